//! What a client missed of a conversation.

use crate::{application::ports::MemberSlice, domain::conversation::TopicPosition};

/// Events that a client missed.
#[derive(Debug)]
pub struct Changes {
    /// The events do not join on to what the client has: it loads the conversation anew.
    pub reset: bool,
    /// Offset and JSON of each event.
    pub events: Vec<(i64, String)>,
    /// There is more after these.
    pub has_more: bool,
    /// Where the log stands.
    pub topic: TopicPosition,
}

/// `epoch` and `after` are what the client knows.
pub(super) fn changes(slice: MemberSlice, epoch: &str, after: i64) -> Changes {
    let MemberSlice {
        position,
        readable_after,
        events,
    } = slice;
    let same_log = epoch.is_empty() || epoch == position.epoch;
    // The answer must join on to what the client has, and the client can have nothing that the log
    // does not have.
    let reset = !same_log || !(readable_after..=position.offset).contains(&after);
    // A slice has a limit in bytes, too, so the number of its events does not tell.
    let reached = events
        .last()
        .map_or(after.max(readable_after), |event| event.offset);
    let has_more = same_log && reached < position.offset;
    let events = events
        .into_iter()
        .map(|event| (event.offset, event.payload));
    Changes {
        reset,
        events: events.collect(),
        has_more,
        topic: position,
    }
}
