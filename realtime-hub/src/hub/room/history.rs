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
use crate::hub::topic_log::Gap;

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
    /// The position is one of another epoch.
    Unrecoverable,
    /// No core could be asked.
    Unreachable,
}

/// Offsets after the one and up to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    after: u64,
    up_to: u64,
}

impl<L: Listener> Room<L> {
    /// Which offsets a wish is about: none that its connection may not read.
    ///
    /// # Errors
    /// [`HistoryRefused`].
    pub fn history_range(
        &self,
        connection: ConnectionId,
        wish: &HistoryWish,
    ) -> Result<Range, HistoryRefused> {
        let member = self.members.get(&connection);
        let member = member.ok_or(HistoryRefused::NotInside)?;
        let (epoch, head, first) = match &self.tail {
            Tail::Log(log) => (log.epoch(), log.head(), member.readable_from.max(1)),
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
