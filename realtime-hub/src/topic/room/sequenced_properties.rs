//! Whatever is published twice, filtered, left out or restarted: every subscriber of a topic that
//! the hub numbers ends with what its namespace promises.

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Position, Room, Verdict, Wish,
    testing::{Ear, Heard, namespace, subscribe},
};
use crate::{
    protocol::fossil::apply,
    topic::{filter::Filter, sequence::NewPublication},
};

/// Small, so that its end is met.
const RING_EVENTS: u64 = 4;

const TAGS: [&str; 3] = ["a", "b", "c"];

/// What was published in the present epoch.
#[derive(Clone, Debug)]
struct Sent {
    data: Value,
    tag: &'static str,
}

#[derive(Clone, Debug)]
enum Step {
    Publish {
        tag: usize,
        key: Option<u8>,
        version: u64,
    },
    Subscribe(usize),
    Unsubscribe(usize),
    /// A client reads what waits for it.
    Read(usize),
    /// The hub crashes: another epoch, and everyone has to subscribe again.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = prop::option::weighted(0.3, 0..4_u8);
    let version = prop_oneof![3 => Just(0), 1 => 1..6_u64];
    let step = prop_oneof![
        10 => (0..TAGS.len(), key, version)
            .prop_map(|(tag, key, version)| Step::Publish { tag, key, version }),
        4 => (0..3_usize).prop_map(Step::Subscribe),
        2 => (0..3_usize).prop_map(Step::Unsubscribe),
        4 => (0..3_usize).prop_map(Step::Read),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..80)
}

/// A client with an SDK: knows its position and the payload before the next.
struct Client {
    ear: Ear,
    wants: Option<&'static str>,
    delta: bool,
    subscribed: bool,
    position: Option<Position>,
    base: Vec<u8>,
    /// What waits to be read; of those that may replace each other there is one.
    waiting: Vec<Heard>,
    /// Offsets that it has applied since it began, and where that was.
    applied: Vec<u64>,
    began: u64,
}

impl Client {
    fn hears(&self, sent: &Sent) -> bool {
        self.wants.is_none_or(|tag| tag == sent.tag)
    }

    fn wish(&self) -> Wish {
        let filter = self.wants.map(|tag| {
            let node = json!({ "key": "tag", "cmp": "eq", "val": tag });
            Filter::new(&serde_json::from_value(node).unwrap()).unwrap()
        });
        Wish {
            since: self.position.clone(),
            compact: true,
            delta: self.delta,
            filter,
            ..Wish::default()
        }
    }

    fn gather(&mut self) {
        for heard in self.ear.take() {
            if heard.latest {
                self.waiting.retain(|other| !other.latest);
            }
            self.waiting.push(heard);
        }
    }

    fn read(&mut self, sent: &[Sent]) {
        self.gather();
        for heard in std::mem::take(&mut self.waiting) {
            self.apply(&heard.push["pub"], sent);
        }
    }

    fn apply(&mut self, publication: &Value, sent: &[Sent]) {
        let data = match &publication["data"] {
            Value::String(text) if self.delta => {
                self.base = if publication["delta"] == true {
                    apply(&self.base, text.as_bytes())
                } else {
                    text.clone().into_bytes()
                };
                serde_json::from_slice(&self.base).unwrap()
            }
            data => data.clone(),
        };
        let offset = publication["offset"].as_u64().unwrap();
        let original = &sent[usize::try_from(offset).unwrap() - 1];
        assert_eq!(data, original.data);
        assert!(self.hears(original));
        self.applied.push(offset);
        self.position.as_mut().unwrap().offset = offset;
    }
}

struct World {
    section: Value,
    room: Room<Ear>,
    epochs: u64,
    sent: Vec<Sent>,
    /// Key → offset.
    keys: Vec<(u8, u64)>,
    version: u64,
    clients: Vec<Client>,
}

impl World {
    fn new(section: Value, delta: bool) -> Self {
        let client = |id, wants, delta| Client {
            ear: Ear::new(id, "ada"),
            wants,
            delta,
            subscribed: false,
            position: None,
            base: Vec::new(),
            waiting: Vec::new(),
            applied: Vec::new(),
            began: 0,
        };
        Self {
            room: Room::own(7, namespace("x:1", &section), "x:1", "0"),
            section,
            epochs: 0,
            sent: Vec::new(),
            keys: Vec::new(),
            version: 0,
            clients: vec![
                client(0, None, false),
                client(1, Some("a"), false),
                client(2, None, delta),
            ],
        }
    }

    fn is_cache(&self) -> bool {
        self.section["conflate"] == true
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Publish { tag, key, version } => self.publish(*tag, *key, *version),
            Step::Subscribe(client) => self.subscribe(*client),
            Step::Unsubscribe(client) => {
                let client = &mut self.clients[*client];
                client.read(&self.sent);
                assert_eq!(
                    self.room.unsubscribe(client.ear_id(), Instant::now()),
                    client.subscribed
                );
                client.subscribed = false;
            }
            Step::Read(client) => self.clients[*client].read(&self.sent),
            Step::Restart => self.restart(),
        }
    }

    fn publish(&mut self, tag: usize, key: Option<u8>, version: u64) {
        let head = self.sent.len() as u64;
        let data = json!({ "n": head + 1, "what stays the same": "ä".repeat(30) });
        let publication = NewPublication {
            data: data.to_string().into(),
            tags: [("tag".to_owned(), TAGS[tag].to_owned())].into(),
            idempotency_key: key.map(|key| key.to_string()).unwrap_or_default(),
            version,
            ..NewPublication::default()
        };
        let known = self.keys.iter().find(|(other, _)| Some(*other) == key);
        let expected = match known {
            Some((_, offset)) => (*offset, Verdict::Duplicate),
            None if version > 0 && version <= self.version => (head, Verdict::Stale),
            None => (head + 1, Verdict::Accepted),
        };
        let published = self.room.post(publication, false, Instant::now()).unwrap();
        assert_eq!((published.offset, published.verdict), expected);
        if published.verdict == Verdict::Accepted {
            self.keys.extend(key.map(|key| (key, published.offset)));
            self.version = self.version.max(version);
            self.sent.push(Sent {
                data,
                tag: TAGS[tag],
            });
        }
    }

    fn subscribe(&mut self, index: usize) {
        let client = &mut self.clients[index];
        if client.subscribed {
            return;
        }
        let was = client.position.clone();
        let result = subscribe(&mut self.room, &client.ear, client.wish());
        client.subscribed = true;
        client.position = Some(Position {
            epoch: result.epoch.clone(),
            offset: result.offset,
        });
        let head = self.sent.len() as u64;
        assert_eq!(
            (result.offset, result.was_recovering),
            (head, was.is_some())
        );
        let goes_on = was.filter(|was| was.epoch == result.epoch);
        if self.section["conflate"] != true {
            let whole = |was: &Position| head - was.offset <= RING_EVENTS;
            assert_eq!(result.recovered, goes_on.as_ref().is_some_and(whole));
        }
        if !result.recovered {
            // What the application does then is its own matter; it goes on from here.
            client.applied.clear();
            client.began = head - result.publications.len() as u64;
        } else if goes_on.is_none() {
            client.applied.clear();
        }
        for publication in &result.publications {
            let json = serde_json::to_value(publication).unwrap();
            client.apply(&json, &self.sent);
        }
    }

    fn restart(&mut self) {
        for client in &mut self.clients {
            client.read(&self.sent);
            client.subscribed = false;
        }
        self.epochs += 1;
        let namespace = namespace("x:1", &self.section);
        self.room = Room::own(7, namespace, "x:1", &self.epochs.to_string());
        self.sent.clear();
        self.keys.clear();
        self.version = 0;
    }

    fn check(&mut self) {
        let is_cache = self.is_cache();
        for client in self.clients.iter_mut().filter(|client| client.subscribed) {
            client.gather();
            let latest = client.waiting.iter().filter(|heard| heard.latest);
            assert!(latest.count() <= 1);
            assert!(client.applied.is_sorted_by(|a, b| a < b));
            if !client.waiting.is_empty() {
                continue;
            }
            let offsets = (1..).zip(&self.sent).filter(|(_, sent)| client.hears(sent));
            let offsets = offsets.map(|(offset, _)| offset);
            if is_cache {
                let kept = self.sent.len() as u64 - RING_EVENTS.min(self.sent.len() as u64);
                let newest = offsets.last().filter(|newest| *newest > kept);
                if let Some(newest) = newest {
                    assert_eq!(client.applied.last(), Some(&newest), "the newest is there");
                }
            } else {
                let all: Vec<u64> = offsets.filter(|offset| *offset > client.began).collect();
                assert_eq!(client.applied, all, "everything, once and in order");
            }
        }
    }
}

impl Client {
    fn ear_id(&self) -> u64 {
        super::Listener::id(&self.ear)
    }
}

fn run(section: Value, delta: bool, steps: &[Step]) {
    let mut world = World::new(section, delta);
    for step in steps {
        world.take(step);
        world.check();
    }
    for client in &mut world.clients {
        client.read(&world.sent);
    }
    world.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn stream_is_heard_whole_and_in_order(steps in steps()) {
        run(json!({ "kind": "sequenced", "ring_events": RING_EVENTS }), false, &steps);
    }

    #[test]
    fn differences_add_up(steps in steps()) {
        let section = json!({ "kind": "sequenced", "ring_events": RING_EVENTS, "delta": true });
        run(section, true, &steps);
    }

    #[test]
    fn newest_value_reaches_everyone(steps in steps()) {
        let section = json!({ "kind": "sequenced", "ring_events": RING_EVENTS, "conflate": true });
        run(section, false, &steps);
    }
}
