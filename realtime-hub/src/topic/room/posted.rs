//! Publications that no core logs: numbered here, or without a place.

use std::{mem, sync::Arc, time::Instant};

use super::{Listener, Room, Tail};
use crate::topic::sequence::NewPublication;

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
            self.idempotency.note(&key, publication.offset, now);
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
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::topic::room::{
        Position, Wish,
        testing::{Ear, chat_room, own_room, post, subscribe},
    };

    fn keyed(key: &str) -> NewPublication {
        NewPublication {
            data: "{}".into(),
            idempotency_key: key.into(),
            ..NewPublication::default()
        }
    }

    /// What a subscription from there begins with; it ends at once.
    #[track_caller]
    fn check_beginning(room: &mut Room<Ear>, since: Option<u64>, missed: &[u64], recovered: bool) {
        let wish = Wish {
            since: since.map(|offset| Position {
                epoch: "e".into(),
                offset,
            }),
            ..Wish::default()
        };
        let result = subscribe(room, &Ear::new(1, "ada"), wish);
        let offsets = result.publications.iter().map(|one| one.offset);
        assert_eq!(offsets.collect::<Vec<_>>(), missed, "{since:?}");
        assert_eq!(result.recovered, recovered, "{since:?}");
        assert!(room.unsubscribe(1, Instant::now()));
    }

    #[test]
    fn repetition_is_answered_with_the_first_offset() {
        let mut room = own_room(&json!({ "kind": "sequenced" }));
        let ear = Ear::new(1, "ada");
        subscribe(&mut room, &ear, Wish::default());
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
        assert_eq!(ear.take().len(), 3);
    }

    #[test]
    fn stale_state_is_dropped_and_the_head_told() {
        let mut room = own_room(&json!({ "kind": "sequenced" }));
        let ear = Ear::new(1, "ada");
        subscribe(&mut room, &ear, Wish::default());
        let versioned = |version| NewPublication {
            version,
            ..keyed("")
        };
        for (version, offset, verdict) in [
            (4, 1, Verdict::Accepted),
            (3, 1, Verdict::Stale),
            (5, 2, Verdict::Accepted),
        ] {
            let published = room.post(versioned(version), false, Instant::now());
            let published = published.unwrap();
            assert_eq!((published.offset, published.verdict), (offset, verdict));
        }
        assert_eq!(ear.take().len(), 2);
    }

    #[test]
    fn topic_of_a_core_takes_nothing_with_a_place() {
        let mut room: Room<Ear> = chat_room(&json!({}), 0, 2);
        let now = Instant::now();
        assert_eq!(room.post(keyed(""), false, now), Err(PostRefused::Logged));
        let published = room.post(keyed(""), true, now).unwrap();
        assert_eq!((published.offset, &*published.epoch), (0, ""));
    }

    #[test]
    fn publication_without_a_place_would_break_a_delta() {
        let mut room: Room<Ear> = own_room(&json!({ "kind": "sequenced", "delta": true }));
        let refused = room.post(keyed(""), true, Instant::now());
        assert_eq!(refused, Err(PostRefused::BreaksDelta));
    }

    #[test]
    fn ephemeral_publication_reaches_who_is_there() {
        let mut room = own_room(&json!({ "kind": "ephemeral" }));
        let ear = Ear::new(1, "ada");
        let result = subscribe(&mut room, &ear, Wish::default());
        assert!(!result.recoverable && !result.positioned && result.epoch.is_empty());
        let published = post(&mut room, "1");
        assert_eq!((published.offset, published.delivered), (0, 1));
        assert_eq!(ear.take()[0].push["pub"], json!({ "data": 1 }));
        room.unsubscribe(1, Instant::now());
        check_beginning(&mut room, Some(0), &[], false);
    }

    #[test]
    fn stream_is_recovered_whole_or_not_at_all() {
        let mut room = own_room(&json!({ "kind": "sequenced", "ring_events": 2 }));
        for _ in 0..4 {
            post(&mut room, "1");
        }
        check_beginning(&mut room, None, &[], false);
        check_beginning(&mut room, Some(4), &[], true);
        check_beginning(&mut room, Some(2), &[3, 4], true);
        check_beginning(&mut room, Some(1), &[], false);
        check_beginning(&mut room, Some(5), &[], false);
    }

    #[test]
    fn newest_value_is_given_to_everyone_who_lacks_it() {
        let mut room =
            own_room(&json!({ "kind": "sequenced", "conflate": true, "ring_events": 1 }));
        check_beginning(&mut room, None, &[], false);
        check_beginning(&mut room, Some(0), &[], true);
        for _ in 0..4 {
            post(&mut room, "1");
        }
        check_beginning(&mut room, None, &[4], false);
        check_beginning(&mut room, Some(0), &[4], true);
        check_beginning(&mut room, Some(4), &[], true);
        check_beginning(&mut room, Some(5), &[4], true);
        let ear = Ear::new(1, "ada");
        subscribe(&mut room, &ear, Wish::default());
        post(&mut room, "1");
        assert!(ear.take()[0].latest);
    }

    #[test]
    fn room_lives_while_it_has_something_to_give() {
        let mut room = own_room(&json!({ "kind": "sequenced", "ring_age_s": 60 }));
        let now = Instant::now();
        assert!(room.is_idle(now));
        room.post(keyed("a"), false, now).unwrap();
        let later = |seconds| now + Duration::from_secs(seconds);
        assert!(!room.is_idle(later(59)), "the ring");
        assert!(!room.is_idle(later(299)), "the key");
        assert!(room.is_idle(later(300)));
        subscribe(&mut room, &Ear::new(1, "ada"), Wish::default());
        assert!(!room.is_idle(later(300)), "the subscriber");
    }
}
