//! What was published and is still here.

use std::sync::Arc;

use shared_proto::client::v1::Publication;

use super::{Listener, Position, Room, Tail};
use crate::hub::sequence::Sequence;

/// What somebody wants to see of a topic's past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryQuery {
    /// Publications at most.
    pub limit: usize,
    /// After this one, or before it where the newest come first.
    pub since: Option<Position>,
    /// Whether the newest come first.
    pub reverse: bool,
}

/// A part of a topic's past, and where the topic stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In the order that was asked for.
    pub publications: Vec<Publication>,
    /// Of the topic; empty where publications have no place.
    pub epoch: Arc<str>,
    /// Of the newest publication.
    pub offset: u64,
}

/// Why there is no history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryRefused {
    /// Publications of this topic are not kept here.
    NotKept,
    /// Not everything after that position is still here, or it was never reached.
    Unrecoverable,
}

impl<L: Listener> Room<L> {
    /// A part of what the hub itself has numbered and kept.
    ///
    /// # Errors
    /// [`HistoryRefused`].
    pub fn history(&self, query: &HistoryQuery) -> Result<History, HistoryRefused> {
        let Tail::Sequence(sequence) = &self.tail else {
            return Err(HistoryRefused::NotKept);
        };
        let publications = selected(sequence, query).ok_or(HistoryRefused::Unrecoverable)?;
        Ok(History {
            publications,
            epoch: sequence.epoch().clone(),
            offset: sequence.head(),
        })
    }
}

fn selected(sequence: &Sequence, query: &HistoryQuery) -> Option<Vec<Publication>> {
    let since = query.since.as_ref();
    if since.is_some_and(|since| !since.leads_to(sequence.epoch(), sequence.head())) {
        return None;
    }
    let publication = |kept: &Arc<Publication>| (**kept).clone();
    let limit = query.limit;
    Some(match (since, query.reverse) {
        (None, false) => sequence.kept().take(limit).map(publication).collect(),
        (None, true) => sequence.kept().rev().take(limit).map(publication).collect(),
        (Some(since), false) => {
            let after = sequence.since(since.offset)?;
            after.take(limit).map(publication).collect()
        }
        (Some(since), true) => {
            let before = sequence.kept().rev();
            let before = before.skip_while(|kept| kept.offset >= since.offset);
            before.take(limit).map(publication).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::hub::{namespaces::RingLimits, sequence::NewPublication};

    /// Publications 3, 4 and 5 of epoch `e`.
    fn sequence() -> Sequence {
        let limits = RingLimits {
            events: 3,
            bytes: 1_024,
            age: Duration::from_secs(60),
        };
        let mut sequence = Sequence::new("e", limits);
        for _ in 0..5 {
            sequence.append(NewPublication::default(), Instant::now());
        }
        sequence
    }

    #[track_caller]
    fn check(limit: usize, since: Option<u64>, reverse: bool, offsets: Option<&[u64]>) {
        let query = HistoryQuery {
            limit,
            since: since.map(|offset| Position {
                epoch: "e".into(),
                offset,
            }),
            reverse,
        };
        let selected = selected(&sequence(), &query);
        let selected: Option<Vec<u64>> =
            selected.map(|all| all.iter().map(|publication| publication.offset).collect());
        assert_eq!(selected.as_deref(), offsets);
    }

    #[test]
    fn history_is_read_in_both_directions() {
        check(0, None, false, Some(&[]));
        check(2, None, false, Some(&[3, 4]));
        check(2, None, true, Some(&[5, 4]));
        check(9, Some(3), false, Some(&[4, 5]));
        check(9, Some(5), true, Some(&[4, 3]));
        check(1, Some(2), false, Some(&[3]));
    }

    #[test]
    fn what_is_not_whole_is_not_shown() {
        check(9, Some(1), false, None);
        check(9, Some(6), false, None);
        let query = HistoryQuery {
            limit: 9,
            since: Some(Position {
                epoch: "another".into(),
                offset: 3,
            }),
            reverse: false,
        };
        assert_eq!(selected(&sequence(), &query), None);
    }
}
