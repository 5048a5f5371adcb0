//! Publications that no core logs: numbered here, or without a place.

use std::{mem, sync::Arc, time::Instant};

use super::{Listener, Room, Tail};
use crate::hub::sequence::NewPublication;

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Epoch of the topic; empty where publications have no place.
    pub epoch: Arc<str>,
    /// Offset of the publication, of the one that it repeats, or of the newest if it was stale.
    pub offset: u64,
    /// Whether it went out.
    pub verdict: Verdict,
    /// Connections that it was handed to.
    pub delivered: u64,
}

/// Whether a publication went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Accepted,
    /// It had gone out before: its idempotency key is known.
    Duplicate,
    /// The topic has a newer version.
    Stale,
}

/// Why a publication is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostRefused {
    /// A core logs this topic and numbers its events.
    Logged,
    /// Without a place it would break the next delta.
    BreaksDelta,
}

impl<L: Listener> Room<L> {
    /// Publishes; without a place if it is `ephemeral` or its topic keeps nothing.
    ///
    /// # Errors
    /// [`PostRefused`].
    pub fn post(
        &mut self,
        mut new: NewPublication,
        ephemeral: bool,
        now: Instant,
    ) -> Result<Published, PostRefused> {
        if ephemeral && self.namespace.delta {
            return Err(PostRefused::BreaksDelta);
        }
        self.idempotency.expire(now);
        let key = mem::take(&mut new.idempotency_key);
        if let Some(offset) = self.idempotency.known(&key) {
            return Ok(self.published(offset, Verdict::Duplicate, 0));
        }
        let taken_at_us = new.taken_at_us;
        let publication = match &mut self.tail {
            Tail::Log(_) if !ephemeral => return Err(PostRefused::Logged),
            Tail::Sequence(sequence) if !ephemeral => match sequence.append(new, now) {
                Some(publication) => publication,
                None => {
                    let head = sequence.head();
                    return Ok(self.published(head, Verdict::Stale, 0));
                }
            },
            Tail::Log(_) | Tail::Sequence(_) | Tail::None => Arc::new(new.at(0)),
        };
        if !key.is_empty() {
            self.idempotency.note(key, publication.offset, now);
        }
        let delivered = self.spread(&publication, taken_at_us);
        Ok(self.published(publication.offset, Verdict::Accepted, delivered))
    }

    fn published(&self, offset: u64, verdict: Verdict, delivered: u64) -> Published {
        let epoch = match &self.tail {
            Tail::Sequence(sequence) if offset > 0 => sequence.epoch().clone(),
            Tail::Log(_) | Tail::Sequence(_) | Tail::None => "".into(),
        };
        Published {
            epoch,
            offset,
            verdict,
            delivered,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

    use serde::Deserialize as _;
    use serde_json::json;
    use shared_proto::core::v1::Grant;

    use super::*;
    use crate::{
        hub::{
            namespaces::{NamespaceConfig, Namespaces},
            room::{ConnectionId, Position, RoomId, Seat, Wish},
            topic_log::LogLimits,
        },
        protocol::frame::Frame,
    };

    /// Notes the offset of everything it hears, and whether it could replace what waits.
    #[derive(Clone, Default)]
    struct Ear(Rc<RefCell<Vec<(u64, bool)>>>);

    impl Ear {
        fn note(&self, frame: &Frame, latest: bool) {
            let push = frame.reply().push.as_ref().unwrap();
            let offset = push.r#pub.as_ref().unwrap().offset;
            self.0.borrow_mut().push((offset, latest));
        }
    }

    impl Listener for Ear {
        fn id(&self) -> ConnectionId {
            1
        }

        fn user(&self) -> &'static str {
            "ada"
        }

        fn client(&self) -> &'static str {
            "c"
        }

        fn deliver(&self, frame: &Frame) {
            self.note(frame, false);
        }

        fn deliver_latest(&self, _: RoomId, frame: &Frame) {
            self.note(frame, true);
        }

        fn enter(&self, _: &Arc<str>) -> bool {
            true
        }

        fn exit(&self, _: &str) {}

        fn time(&self, _: i64) {}

        fn invalidate(&self) {}
    }

    fn room(section: &serde_json::Value) -> Room<Ear> {
        let written = json!({ "x": section });
        let written = BTreeMap::<String, NamespaceConfig>::deserialize(written).unwrap();
        let namespaces = Namespaces::new(&written).unwrap();
        Room::own(1, namespaces.of("x").unwrap().clone(), "x", "e")
    }

    fn chat() -> Room<Ear> {
        let namespaces = Namespaces::new(&BTreeMap::new()).unwrap();
        let chat = namespaces.of("chat:1").unwrap();
        let start = Grant {
            topic: "chat:1".into(),
            epoch: "e".into(),
            ..Grant::default()
        };
        Room::logged(1, chat.clone(), &start, LogLimits::from(chat.ring))
    }

    fn keyed(key: &str) -> NewPublication {
        NewPublication {
            data: "{}".into(),
            idempotency_key: key.into(),
            ..NewPublication::default()
        }
    }

    fn subscribe(room: &mut Room<Ear>, since: Option<u64>) -> (Ear, Vec<u64>, bool) {
        let ear = Ear::default();
        let wish = Wish {
            since: since.map(|offset| Position {
                epoch: "e".into(),
                offset,
            }),
        };
        let result = room.subscribe(&ear, Seat::Subscriber, &wish, &[]).unwrap();
        let publications = result.publications.iter().map(|one| one.offset);
        (ear, publications.collect(), result.recovered)
    }

    #[test]
    fn repetition_is_answered_with_the_first_offset() {
        let mut room = room(&json!({ "kind": "sequenced" }));
        let (ear, ..) = subscribe(&mut room, None);
        let now = Instant::now();
        for (key, offset, verdict) in [
            ("a", 1, Verdict::Accepted),
            ("", 2, Verdict::Accepted),
            ("", 3, Verdict::Accepted),
            ("a", 1, Verdict::Duplicate),
        ] {
            let published = room.post(keyed(key), false, now).unwrap();
            assert_eq!((published.offset, published.verdict), (offset, verdict));
            assert_eq!(&*published.epoch, "e");
        }
        assert_eq!(*ear.0.borrow(), [(1, false), (2, false), (3, false)]);
    }

    #[test]
    fn topic_of_a_core_takes_nothing_with_a_place() {
        let mut room = chat();
        let now = Instant::now();
        assert_eq!(room.post(keyed(""), false, now), Err(PostRefused::Logged));
        let published = room.post(keyed(""), true, now).unwrap();
        assert_eq!((published.offset, &*published.epoch), (0, ""));
    }

    #[test]
    fn publication_without_a_place_would_break_a_delta() {
        let mut room = room(&json!({ "kind": "sequenced", "delta": true }));
        let refused = room.post(keyed(""), true, Instant::now());
        assert_eq!(refused, Err(PostRefused::BreaksDelta));
    }

    #[test]
    fn stream_is_recovered_whole_or_not_at_all() {
        let mut room = room(&json!({ "kind": "sequenced", "ring_events": 2 }));
        for _ in 0..4 {
            room.post(keyed(""), false, Instant::now()).unwrap();
        }
        for (since, missed, recovered) in [
            (None, vec![], false),
            (Some(4), vec![], true),
            (Some(2), vec![3, 4], true),
            (Some(1), vec![], false),
            (Some(5), vec![], false),
        ] {
            let (_, publications, was) = subscribe(&mut room, since);
            assert_eq!((publications, was), (missed, recovered), "{since:?}");
            assert!(room.unsubscribe(1, Instant::now()));
        }
    }

    #[test]
    fn newest_value_is_given_to_everyone_who_lacks_it() {
        let mut room = room(&json!({ "kind": "sequenced", "conflate": true, "ring_events": 1 }));
        assert_eq!(subscribe(&mut room, None).1, [] as [u64; 0]);
        room.unsubscribe(1, Instant::now());
        for _ in 0..4 {
            room.post(keyed(""), false, Instant::now()).unwrap();
        }
        for (since, missed, recovered) in [
            (None, vec![4], false),
            (Some(0), vec![4], true),
            (Some(4), vec![], true),
            (Some(5), vec![4], true),
        ] {
            let (_, publications, was) = subscribe(&mut room, since);
            assert_eq!((publications, was), (missed, recovered), "{since:?}");
            room.unsubscribe(1, Instant::now());
        }
        let (ear, ..) = subscribe(&mut room, None);
        room.post(keyed(""), false, Instant::now()).unwrap();
        assert_eq!(*ear.0.borrow(), [(5, true)]);
    }

    #[test]
    fn room_lives_while_it_has_something_to_give() {
        let mut room = room(&json!({ "kind": "sequenced", "ring_age_s": 60 }));
        let now = Instant::now();
        assert!(room.is_idle(now));
        room.post(keyed("a"), false, now).unwrap();
        let later = |seconds| now + std::time::Duration::from_secs(seconds);
        assert!(!room.is_idle(later(59)), "the ring");
        assert!(!room.is_idle(later(299)), "the key");
        assert!(room.is_idle(later(300)));
        subscribe(&mut room, None);
        assert!(!room.is_idle(later(300)), "the subscriber");
    }
}
