//! Whatever is duplicated, lost, reordered or restarted: every member ends with exactly the
//! events it may read, once and in order.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use proptest::prelude::*;
use shared_proto::core::v1::{Grant, LoggedEvent, MembershipChange};

use super::{ConnectionId, Listener, Position, Room, RoomId, Seat, Wish};
use crate::topic::listener::Audience;
use crate::{
    protocol::{frame::Frame, topic_name::FEED},
    topic::{log::LogLimits, namespaces::Namespaces},
};

const USERS: [&str; 3] = ["ada", "grace", "linus"];

/// The core's database: the log and who may read what of it.
#[derive(Default)]
struct Core {
    log: Vec<LoggedEvent>,
    /// User → `readable_from` of the present membership.
    members: BTreeMap<&'static str, u64>,
    /// User → every offset the user was ever entitled to.
    entitled: BTreeMap<&'static str, BTreeSet<u64>>,
}

impl Core {
    fn head(&self) -> u64 {
        self.log.len() as u64
    }

    fn append(&mut self, added: Option<&'static str>, removed: Option<&'static str>) {
        let offset = self.head() + 1;
        if let Some(user) = added {
            self.members.insert(user, offset);
        }
        for user in self.members.keys() {
            self.entitled.entry(user).or_default().insert(offset);
        }
        if let Some(user) = removed {
            self.members.remove(user);
        }
        let membership = (added.is_some() || removed.is_some()).then(|| MembershipChange {
            added_user_ids: added.map(str::to_owned).into_iter().collect(),
            removed_user_ids: removed.map(str::to_owned).into_iter().collect(),
            member_count: 0,
            presence_withheld: false,
        });
        self.log.push(LoggedEvent {
            topic: "chat:1".into(),
            epoch: "e".into(),
            offset,
            data: b"{}".as_slice().into(),
            membership,
            ..LoggedEvent::default()
        });
    }

    fn grant(&self, user: &str) -> Option<Grant> {
        self.members.get(user).map(|readable_from| Grant {
            topic: "chat:1".into(),
            epoch: "e".into(),
            head: self.head(),
            readable_from: *readable_from,
            member_count: 0,
            presence_withheld: false,
        })
    }

    /// What `GET changes` answers: never below `readable_from`.
    fn changes(&self, user: &str, after: u64, up_to: u64) -> Vec<u64> {
        let from = self.members.get(user).copied().unwrap_or(u64::MAX);
        (after + 1..=up_to)
            .filter(|offset| *offset >= from)
            .collect()
    }
}

/// A client: applies what it hears by the one rule of docs/events.md.
#[derive(Debug)]
struct Client {
    id: ConnectionId,
    user: &'static str,
    state: RefCell<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    /// Everything applied, in order.
    applied: Vec<u64>,
    /// The last offset that is known.
    known: u64,
    /// Every offset that the hub sent, whatever the client made of it.
    sent: Vec<u64>,
    /// Offsets as the SDK's own subscription gave them, since it was made.
    subscription: Option<Vec<u64>>,
    /// A feed event came that was not next: `changes` has to be loaded.
    behind: bool,
    inside: bool,
}

impl Heard {
    fn apply(&mut self, offset: u64) {
        self.sent.push(offset);
        if offset == self.known + 1 {
            self.applied.push(offset);
            self.known = offset;
        } else if offset > self.known {
            self.behind = true;
        }
    }
}

impl Listener for Rc<Client> {
    fn id(&self) -> ConnectionId {
        self.id
    }

    fn user(&self) -> &str {
        self.user
    }

    fn client(&self) -> &str {
        self.user
    }

    fn is_json(&self) -> bool {
        true
    }

    fn unsubscribed(&self) {}

    fn deliver(&self, frame: &Frame) {
        let push = frame.reply().push.as_ref().expect("a frame is a push");
        let mut heard = self.state.borrow_mut();
        if push.unsubscribe.is_some() {
            heard.subscription = None;
            return;
        }
        let publication = push.r#pub.as_ref().expect("nothing else is pushed here");
        if push.channel == FEED {
            let event: serde_json::Value = serde_json::from_slice(&publication.data).unwrap();
            if let Some(offset) = event["offset"].as_u64() {
                heard.apply(offset);
            }
        } else if publication.offset > 0 {
            heard.apply(publication.offset);
            let subscription = heard.subscription.as_mut();
            subscription
                .expect("pushes to a subscription go to subscribers")
                .push(publication.offset);
        }
    }

    fn deliver_latest(&self, _: RoomId, _: &Frame) {
        unreachable!("nothing of a log may be left out");
    }

    fn time(&self, _: i64) {
        let heard = self.state.borrow();
        assert!(!heard.sent.is_empty(), "only a delivery is timed");
    }

    fn enter(&self, _: &Arc<str>) -> bool {
        self.state.borrow_mut().inside = true;
        true
    }

    fn exit(&self, _: &str) {
        self.state.borrow_mut().inside = false;
    }

    fn invalidate(&self) {}
}

/// Everyone is online all the time.
struct Everyone<'a>(&'a [Rc<Client>]);

impl Audience<Rc<Client>> for Everyone<'_> {
    fn added(&self, user: &str, _: &Grant) -> Vec<Rc<Client>> {
        self.0
            .iter()
            .filter(|client| client.user == user)
            .cloned()
            .collect()
    }

    fn removed(&self, _: &str, _: &str) {}
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody writes.
    Write,
    Add(usize),
    Remove(usize),
    /// The event at this part of the log arrives (again, late, early).
    Arrive(prop::sample::Index),
    /// The events that are missing are read.
    Repair,
    Subscribe(usize),
    Unsubscribe(usize),
    /// One connection is lost and comes back with a fresh grant, wherever the room stands.
    Reconnect(usize),
    /// The hub crashes; everyone comes back with the position it has.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Write),
        1 => (0..USERS.len()).prop_map(Step::Add),
        1 => (0..USERS.len()).prop_map(Step::Remove),
        8 => any::<prop::sample::Index>().prop_map(Step::Arrive),
        1 => Just(Step::Repair),
        2 => (0..USERS.len()).prop_map(Step::Subscribe),
        1 => (0..USERS.len()).prop_map(Step::Unsubscribe),
        2 => (0..USERS.len()).prop_map(Step::Reconnect),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..80)
}

struct World {
    core: Core,
    clients: Vec<Rc<Client>>,
    room: Room<Rc<Client>>,
}

impl World {
    fn new() -> Self {
        let mut core = Core::default();
        core.append(Some(USERS[0]), None);
        let clients: Vec<_> = (0..)
            .zip(USERS)
            .map(|(id, user)| {
                Rc::new(Client {
                    id,
                    user,
                    state: RefCell::default(),
                })
            })
            .collect();
        let mut world = Self {
            room: start(&core),
            core,
            clients,
        };
        world.join_all();
        world
    }

    fn join_all(&mut self) {
        for client in 0..self.clients.len() {
            self.join(client);
        }
    }

    fn join(&mut self, client: usize) {
        let client = self.clients[client].clone();
        if let Some(grant) = self.core.grant(client.user) {
            self.room
                .join(client.clone(), &grant, Seat::Watcher)
                .expect("a fresh grant is good");
            self.load(&client, grant.head);
        }
    }

    fn disconnect(&mut self, client: usize) {
        let client = &self.clients[client];
        client.state.borrow_mut().subscription = None;
        client.state.borrow_mut().inside = false;
        self.room.leave(client.id, Instant::now());
    }

    /// The client loads what it missed up to `head`, as after every (re)connection.
    fn load(&self, client: &Client, head: u64) {
        let mut heard = client.state.borrow_mut();
        for offset in self.core.changes(client.user, heard.known, head) {
            heard.applied.push(offset);
            heard.known = offset;
        }
        heard.behind = false;
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write => self.core.append(None, None),
            Step::Add(user) => {
                if !self.core.members.contains_key(USERS[*user]) {
                    self.core.append(Some(USERS[*user]), None);
                }
            }
            Step::Remove(user) => {
                if self.core.members.contains_key(USERS[*user]) {
                    self.core.append(None, Some(USERS[*user]));
                }
            }
            Step::Arrive(index) => {
                let event = index.get(&self.core.log).clone();
                self.room.offer(event, &Everyone(&self.clients));
            }
            Step::Repair => self.repair(),
            Step::Subscribe(client) => self.subscribe(*client),
            Step::Unsubscribe(client) => {
                self.room
                    .unsubscribe(self.clients[*client].id, Instant::now());
                self.clients[*client].state.borrow_mut().subscription = None;
            }
            Step::Reconnect(client) => {
                self.disconnect(*client);
                self.join(*client);
            }
            Step::Restart => self.restart(),
        }
    }

    fn repair(&mut self) {
        self.room
            .learn_head("e", self.core.head(), self.room.log().unwrap().head());
        while let Some(gap) = self.room.gap() {
            for offset in gap.after + 1..=gap.up_to {
                let event = self.core.log[usize::try_from(offset).unwrap() - 1].clone();
                self.room.offer(event, &Everyone(&self.clients));
            }
        }
    }

    fn subscribe(&mut self, index: usize) {
        let client = self.clients[index].clone();
        if self.room.seat(client.id) != Some(Seat::Watcher) {
            return;
        }
        let since = Position {
            epoch: "e".into(),
            offset: client.state.borrow().known,
        };
        if since.offset > self.room.log().unwrap().head() {
            // The client is ahead: the room asks for the head first.
            self.repair();
        }
        let read: Vec<LoggedEvent> = match self.room.recovery_gap(client.id, &since) {
            None => Vec::new(),
            Some(gap) => {
                // A reading for several begins where the first of them was.
                let after = gap.after.saturating_sub(2);
                let range = usize::try_from(after).unwrap()..usize::try_from(gap.up_to).unwrap();
                self.core.log[range].to_vec()
            }
        };
        self.room.remember(&read, self.room.log().unwrap().head());
        let wish = Wish {
            since: Some(since.clone()),
            ..Wish::default()
        };
        let seated = self.room.subscribe(&client, Seat::Subscriber, wish, &read);
        let Ok(result) = seated else {
            return;
        };
        let mut heard = client.state.borrow_mut();
        let mut expected = since.offset;
        for publication in &result.publications {
            expected += 1;
            assert_eq!(publication.offset, expected, "a recovery is whole");
            heard.apply(publication.offset);
        }
        heard.subscription = Some(vec![result.offset]);
        drop(heard);
        if !result.recovered {
            self.load(&client, result.offset);
        }
    }

    fn restart(&mut self) {
        for client in 0..self.clients.len() {
            self.disconnect(client);
        }
        self.room = start(&self.core);
        self.join_all();
    }

    fn check(&self) {
        for client in &self.clients {
            let heard = client.state.borrow();
            assert!(
                heard.applied.is_sorted_by(|a, b| a < b),
                "once and in order: {heard:?}"
            );
            let entitled = self
                .core
                .entitled
                .get(client.user)
                .cloned()
                .unwrap_or_default();
            for offset in heard.applied.iter().chain(&heard.sent) {
                assert!(
                    entitled.contains(offset),
                    "{} heard {offset} without a right",
                    client.user
                );
            }
            if let Some(offsets) = &heard.subscription {
                let steps = offsets.windows(2);
                assert!(
                    steps.clone().all(|step| step[1] == step[0] + 1),
                    "no gap: {offsets:?}"
                );
            }
        }
    }

    /// Who is a member at the end has everything since it (last) joined.
    fn check_whole(&self) {
        for (user, readable_from) in &self.core.members {
            let client = self
                .clients
                .iter()
                .find(|client| client.user == *user)
                .unwrap();
            if client.state.borrow().behind {
                self.load(client, self.core.head());
            }
            let heard = client.state.borrow();
            assert!(heard.inside, "{user} is in the room");
            let all: Vec<u64> = (*readable_from..=self.core.head()).collect();
            let since: Vec<u64> = heard
                .applied
                .iter()
                .copied()
                .filter(|offset| offset >= readable_from)
                .collect();
            assert_eq!(since, all, "{user}");
        }
    }
}

fn start(core: &Core) -> Room<Rc<Client>> {
    let head = Grant {
        topic: "chat:1".into(),
        epoch: "e".into(),
        head: core.head(),
        ..Grant::default()
    };
    let namespaces = Namespaces::new(&BTreeMap::new()).unwrap();
    let chat = namespaces.of("chat:1").unwrap().clone();
    // Small, so that every bound is met.
    Room::logged(
        1,
        chat,
        &head,
        LogLimits {
            ring_events: 5,
            ring_bytes: 8,
            held_events: 3,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn every_member_hears_everything_once_in_order_and_nothing_else(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            world.check();
        }
        world.repair();
        world.check();
        world.check_whole();
    }
}
