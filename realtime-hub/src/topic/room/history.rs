//! What a topic brought before, on request.

use shared_proto::{
    client::v1::{HistoryRequest, HistoryResult, Publication},
    core::v1::LoggedEvent,
};

use super::{
    ConnectionId, Listener, Room, Tail,
    logged::publication,
    recovery::{Position, RECOVERY_BYTES, RECOVERY_EVENTS},
};
use crate::topic::log::Gap;

/// Which part of the past somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryWish {
    /// From where on; without it from the end.
    pub since: Option<Position>,
    /// How many publications.
    pub limit: u64,
    /// Newest first, backwards.
    pub reverse: bool,
}

impl From<&HistoryRequest> for HistoryWish {
    fn from(request: &HistoryRequest) -> Self {
        let since = request.since.as_ref();
        Self {
            since: since.map(|since| Position {
                epoch: since.epoch.clone(),
                offset: since.offset,
            }),
            // Less than none is as many as there may be.
            limit: u64::try_from(request.limit)
                .map_or(RECOVERY_EVENTS, |limit| limit.min(RECOVERY_EVENTS)),
            reverse: request.reverse,
        }
    }
}

/// Why no history is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryRefused {
    /// The connection is not in the room.
    NotInside,
    /// Nothing is kept.
    NotAvailable,
    /// The position is one of another epoch, or what came right after it is gone.
    Unrecoverable,
    /// No core could tell.
    Unreachable,
}

/// Offsets after the one and up to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    after: u64,
    up_to: u64,
}

impl<L: Listener> Room<L> {
    /// Forgets what a topic keeps that the hub numbers; its positions go on.
    pub fn forget_history(&mut self) {
        if let Tail::Sequence(sequence) = &mut self.tail {
            sequence.forget();
        }
    }

    /// Which offsets a wish is about: none that the connection that asks may not read. A server
    /// asks without one.
    ///
    /// # Errors
    /// [`HistoryRefused`].
    pub fn history_range(
        &self,
        asker: Option<ConnectionId>,
        wish: &HistoryWish,
    ) -> Result<Range, HistoryRefused> {
        let readable_from = match asker.map(|connection| self.members.get(&connection)) {
            None => 0,
            Some(Some(member)) => member.readable_from,
            Some(None) => return Err(HistoryRefused::NotInside),
        };
        let (epoch, head, first) = match &self.tail {
            Tail::Log(log) => (log.epoch(), log.head(), readable_from.max(1)),
            Tail::Sequence(sequence) => {
                let first = sequence.kept().next();
                let first = first.map_or(sequence.head() + 1, |first| first.offset);
                (sequence.epoch(), sequence.head(), first)
            }
            Tail::None => return Err(HistoryRefused::NotAvailable),
        };
        let since = wish.since.as_ref();
        if since.is_some_and(|since| !since.epoch.is_empty() && *since.epoch != **epoch) {
            return Err(HistoryRefused::Unrecoverable);
        }
        let since = since.map(|since| since.offset);
        let is_kept_here = self.log().is_none();
        if is_kept_here
            && !wish.reverse
            && since.is_some_and(|since| since.saturating_add(1) < first)
        {
            return Err(HistoryRefused::Unrecoverable);
        }
        let (after, up_to) = if wish.reverse {
            let up_to = since.map_or(head, |since| since.saturating_sub(1).min(head));
            (up_to.saturating_sub(wish.limit).max(first - 1), up_to)
        } else {
            let after = since.unwrap_or(0).max(first - 1);
            (after, after.saturating_add(wish.limit).min(head))
        };
        Ok(Range {
            after: after.min(up_to),
            up_to,
        })
    }

    /// What must be read from a core for that.
    #[must_use]
    pub fn history_gap(&self, range: Range) -> Option<Gap> {
        let Range { after, up_to } = range;
        let lacks = self.log()?.since(after).is_none();
        (lacks && after < up_to).then_some(Gap { after, up_to })
    }

    /// The publications in a range. `read` holds what [`Self::history_gap`] asked for, as far as a
    /// core gave it.
    #[must_use]
    pub fn history(&self, range: Range, reverse: bool, read: &[LoggedEvent]) -> HistoryResult {
        let Range { after, up_to } = range;
        let (epoch, head, found): (_, _, Vec<Publication>) = match &self.tail {
            Tail::Log(log) => {
                let found = match log.since(after) {
                    Some(events) => events.map(|event| publication(event)).collect(),
                    None => read.iter().map(publication).collect(),
                };
                (log.epoch().to_string(), log.head(), found)
            }
            Tail::Sequence(sequence) => {
                let found = sequence.kept().map(|one| (**one).clone()).collect();
                (sequence.epoch().to_string(), sequence.head(), found)
            }
            Tail::None => (String::new(), 0, Vec::new()),
        };
        let mut found: Vec<Publication> = found
            .into_iter()
            .filter(|one| one.offset > after && one.offset <= up_to)
            .collect();
        if reverse {
            found.reverse();
        }
        let mut bytes = 0;
        let fits = found.iter().take_while(|one| {
            let is_first = bytes == 0;
            bytes += one.data.len();
            is_first || bytes <= RECOVERY_BYTES
        });
        let count = fits.count();
        found.truncate(count);
        HistoryResult {
            publications: found,
            epoch,
            offset: head,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::topic::{
        listener::Audience,
        room::{
            Seat, Wish,
            testing::{Ear, chat_room, grant, own_room, post, subscribe},
        },
    };

    const READER: ConnectionId = 1;

    struct Nobody;

    impl Audience<Ear> for Nobody {
        fn added(&self, _: &str, _: &shared_proto::core::v1::Grant) -> Vec<Ear> {
            Vec::new()
        }

        fn removed(&self, _: &str, _: &str) {}
    }

    fn event(offset: u64) -> LoggedEvent {
        LoggedEvent {
            topic: "chat:1".into(),
            epoch: "e".into(),
            offset,
            data: b"{}".as_slice().into(),
            ..LoggedEvent::default()
        }
    }

    /// A chat whose ring has the newest `kept` of `head` events, and a member that may read from
    /// `readable_from` on.
    fn chat(head: u64, kept: u64, readable_from: u64) -> Room<Ear> {
        let before = head - kept;
        let mut room = chat_room(&json!({}), before, 2);
        room.join(
            Ear::new(READER, "ada"),
            &grant(before, readable_from, 2),
            Seat::Watcher,
        )
        .unwrap();
        for offset in before + 1..=head {
            room.offer(event(offset), &Nobody);
        }
        room
    }

    fn wish(since: Option<u64>, limit: i32, reverse: bool) -> HistoryWish {
        let since = since.map(|offset| shared_proto::client::v1::StreamPosition {
            offset,
            epoch: "e".into(),
        });
        HistoryWish::from(&HistoryRequest {
            channel: String::new(),
            limit,
            since,
            reverse,
        })
    }

    /// What a reader gets: what the ring lacks is read from a core that has everything.
    fn page(room: &Room<Ear>, wish: &HistoryWish) -> Vec<u64> {
        let range = room.history_range(Some(READER), wish).unwrap();
        let read: Vec<_> = match room.history_gap(range) {
            Some(gap) => (gap.after + 1..=gap.up_to).map(event).collect(),
            None => Vec::new(),
        };
        let result = room.history(range, wish.reverse, &read);
        let offsets = result.publications.iter().map(|one| one.offset);
        offsets.collect()
    }

    #[test]
    fn position_alone_is_an_answer() {
        let room = chat(5, 5, 0);
        let range = room
            .history_range(Some(READER), &wish(None, 0, false))
            .unwrap();
        assert_eq!(room.history_gap(range), None);
        let result = room.history(range, false, &[]);
        assert_eq!((result.offset, &*result.epoch), (5, "e"));
        assert!(result.publications.is_empty());
    }

    #[test]
    fn pages_go_both_ways() {
        let room = chat(9, 3, 0);
        assert_eq!(page(&room, &wish(None, 3, false)), [1, 2, 3]);
        assert_eq!(page(&room, &wish(None, 3, true)), [9, 8, 7]);
        assert_eq!(page(&room, &wish(Some(6), 2, false)), [7, 8]);
        assert_eq!(page(&room, &wish(Some(7), 2, true)), [6, 5]);
        assert_eq!(page(&room, &wish(Some(9), 2, false)), [0_u64; 0]);
        assert_eq!(page(&room, &wish(Some(1), 2, true)), [0_u64; 0]);
        assert_eq!(page(&room, &wish(Some(99), 2, true)), [9, 8]);
        assert_eq!(page(&room, &wish(None, -1, false)).len(), 9);
    }

    #[test]
    fn history_is_for_those_in_the_room() {
        let room = chat(1, 1, 0);
        let refused = |room: &Room<Ear>, connection, wish: &HistoryWish| {
            room.history_range(Some(connection), wish).unwrap_err()
        };
        let all = wish(None, -1, false);
        assert_eq!(refused(&room, 2, &all), HistoryRefused::NotInside);
        let mut foreign = wish(Some(0), 1, false);
        foreign.since.as_mut().unwrap().epoch = "f".into();
        assert_eq!(
            refused(&room, READER, &foreign),
            HistoryRefused::Unrecoverable
        );
        let mut room = own_room(&json!({ "kind": "ephemeral" }));
        subscribe(&mut room, &Ear::new(READER, "ada"), Wish::default());
        assert_eq!(refused(&room, READER, &all), HistoryRefused::NotAvailable);
    }

    #[test]
    fn server_reads_everything_without_being_there() {
        let room = chat(5, 5, 4);
        let all = wish(None, -1, false);
        assert_eq!(page(&room, &all), [4, 5]);
        let range = room.history_range(None, &all).unwrap();
        assert_eq!(range, Range { after: 0, up_to: 5 });
    }

    #[test]
    fn what_came_after_a_position_is_whole_or_an_error() {
        let mut room = own_room(&json!({ "kind": "sequenced", "ring_events": 2 }));
        subscribe(&mut room, &Ear::new(READER, "ada"), Wish::default());
        for _ in 0..4 {
            post(&mut room, "1");
        }
        assert_eq!(page(&room, &wish(Some(2), 9, false)), [3, 4]);
        assert_eq!(page(&room, &wish(Some(4), 9, false)), [0_u64; 0]);
        assert_eq!(page(&room, &wish(Some(4), 9, true)), [3]);
        let refused = room.history_range(Some(READER), &wish(Some(1), 9, false));
        assert_eq!(refused, Err(HistoryRefused::Unrecoverable));
    }

    #[test]
    fn answer_is_bounded_in_bytes() {
        let mut room =
            own_room(&json!({ "kind": "sequenced", "ring_bytes": 1_000_000, "ring_events": 99 }));
        subscribe(&mut room, &Ear::new(READER, "ada"), Wish::default());
        for _ in 0..9 {
            post(&mut room, &format!("\"{}\"", "1".repeat(60_000)));
        }
        assert_eq!(page(&room, &wish(None, -1, false)), [1, 2, 3, 4]);
        assert_eq!(page(&room, &wish(None, -1, true)), [9, 8, 7, 6]);
    }

    proptest! {
        #[test]
        fn pages_hold_everything_that_may_be_read_once_and_in_order(
            head in 0..40_u64,
            kept in 0..40_u64,
            readable_from in 0..45_u64,
            limit in 1..12_i32,
            reverse: bool,
        ) {
            let room = chat(head, kept.min(head), readable_from);
            let mut all = Vec::new();
            let mut since = None;
            loop {
                let page = page(&room, &wish(since, limit, reverse));
                let Some(last) = page.last() else {
                    break;
                };
                since = Some(*last);
                all.extend(page);
            }
            let mut expected: Vec<u64> = (readable_from.max(1)..=head).collect();
            if reverse {
                expected.reverse();
            }
            prop_assert_eq!(all, expected);
        }

        #[test]
        fn pages_of_a_sequence_hold_what_is_kept(
            sent in 0..40_u64,
            limit in 1..12_i32,
            reverse: bool,
        ) {
            let mut room = own_room(&json!({ "kind": "sequenced", "ring_events": 16 }));
            subscribe(&mut room, &Ear::new(READER, "ada"), Wish::default());
            for _ in 0..sent {
                post(&mut room, "1");
            }
            let (mut all, mut since) = (HashSet::new(), None);
            loop {
                let page = page(&room, &wish(since, limit, reverse));
                prop_assert!(usize::try_from(limit).is_ok_and(|limit| page.len() <= limit));
                let Some(last) = page.last() else {
                    break;
                };
                since = Some(*last);
                for offset in page {
                    prop_assert!(all.insert(offset));
                }
            }
            let kept: HashSet<u64> = (sent.saturating_sub(16) + 1..=sent).collect();
            prop_assert_eq!(all, kept);
        }
    }
}
