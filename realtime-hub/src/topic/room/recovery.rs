//! What a subscriber is given of what it missed.

use std::collections::HashMap;

use shared_proto::{
    client::v1::{Publication, SubscribeRequest},
    core::v1::LoggedEvent,
};

use super::{Tail, logged::publication};
use crate::topic::{filter::Filter, log::TopicLog, namespaces::Recovery, sequence::Sequence};

/// A recovery never replays more than this; the application reloads instead.
pub const RECOVERY_EVENTS: u64 = 500;

/// Payload bytes that a recovery may replay.
pub const RECOVERY_BYTES: usize = 256 * 1024;

/// Where a client says it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Epoch of the topic as the client knew it; empty is accepted as any.
    pub epoch: String,
    /// The last offset the client has.
    pub offset: u64,
}

impl Position {
    /// Where a client says it was, if it wants what came since.
    #[must_use]
    pub fn before(request: &SubscribeRequest) -> Option<Self> {
        request.recover.then(|| Self {
            epoch: request.epoch.clone(),
            offset: request.offset,
        })
    }

    /// Whether a topic that stands there can be gone on with from here.
    pub(super) fn leads_to(&self, epoch: &str, head: u64) -> bool {
        (self.epoch.is_empty() || self.epoch == epoch) && self.offset <= head
    }
}

/// What a subscription begins with.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Beginning {
    /// The client has everything, or is given it.
    pub(super) recovered: bool,
    /// What it is given.
    pub(super) publications: Vec<Publication>,
}

impl Tail {
    /// What a client is given that was at `since`, or comes for the first time. `read` holds what
    /// had to be read from a log.
    ///
    /// What a filter keeps away is no gap: the client goes on from the head, or from the last
    /// publication that it is given, and what is between that and the head is filtered again when
    /// it comes back.
    pub(super) fn catch_up(
        &self,
        recovery: Recovery,
        since: Option<&Position>,
        read: &[LoggedEvent],
        filter: Option<&Filter>,
    ) -> Beginning {
        let missed = match (self, recovery) {
            (Self::Sequence(sequence), Recovery::Cache) => {
                return newest(sequence, since, filter);
            }
            (Self::Sequence(sequence), Recovery::Stream) => {
                since.and_then(|since| missed_of_sequence(sequence, since, filter))
            }
            (Self::Log(log), _) => since.and_then(|since| missed_of_log(log, since, read, filter)),
            (Self::None, _) => None,
        };
        Beginning {
            recovered: missed.is_some(),
            publications: missed.unwrap_or_default(),
        }
    }
}

fn passes(filter: Option<&Filter>, tags: &HashMap<String, String>) -> bool {
    filter.is_none_or(|filter| filter.passes(tags))
}

/// Everything after `since` up to the head, or nothing at all.
fn missed_of_log(
    log: &TopicLog,
    since: &Position,
    read: &[LoggedEvent],
    filter: Option<&Filter>,
) -> Option<Vec<Publication>> {
    if !since.leads_to(log.epoch(), log.head()) {
        return None;
    }
    let mut missed = match log.since(since.offset) {
        Some(events) => events.map(|event| publication(event)).collect(),
        None => joined(log, since.offset, read)?,
    };
    missed.retain(|one| passes(filter, &one.tags));
    bounded(missed)
}

/// What was read, which may begin earlier, followed by what the ring has gained since.
fn joined(log: &TopicLog, after: u64, read: &[LoggedEvent]) -> Option<Vec<Publication>> {
    let mut events = Vec::with_capacity(read.len());
    let missed = |event: &&LoggedEvent| event.offset > after && event.offset <= log.head();
    for event in read.iter().filter(missed) {
        if event.offset != after + 1 + events.len() as u64 {
            return None;
        }
        events.push(publication(event));
    }
    let gained = log.since(after + events.len() as u64)?;
    events.extend(gained.map(|event| publication(event)));
    Some(events)
}

fn missed_of_sequence(
    sequence: &Sequence,
    since: &Position,
    filter: Option<&Filter>,
) -> Option<Vec<Publication>> {
    if !since.leads_to(sequence.epoch(), sequence.head()) {
        return None;
    }
    let missed = sequence.since(since.offset)?;
    let missed = missed.filter(|one| passes(filter, &one.tags));
    bounded(missed.map(|one| (**one).clone()).collect())
}

fn bounded(missed: Vec<Publication>) -> Option<Vec<Publication>> {
    let bytes: usize = missed.iter().map(|one| one.data.len()).sum();
    (missed.len() as u64 <= RECOVERY_EVENTS && bytes <= RECOVERY_BYTES).then_some(missed)
}

/// The newest publication, unless the client has it. It stands for everything before it, so it is
/// a recovery from anywhere.
fn newest(sequence: &Sequence, since: Option<&Position>, filter: Option<&Filter>) -> Beginning {
    let known = since.filter(|since| since.leads_to(sequence.epoch(), sequence.head()));
    let has = known.map_or(0, |known| known.offset);
    let newest = sequence.kept().rfind(|one| passes(filter, &one.tags));
    let missed_nothing = known.is_some_and(|known| sequence.since(known.offset).is_some());
    Beginning {
        recovered: since.is_some() && (newest.is_some() || missed_nothing),
        publications: newest
            .filter(|newest| newest.offset > has)
            .map(|newest| (**newest).clone())
            .into_iter()
            .collect(),
    }
}
