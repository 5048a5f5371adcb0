//! Messages that are found by what they say.

use super::{Refused, Stored};
use crate::domain::{ids::UserId, message::Message, message_search::MessageSearch};

/// A place in the messages that a search finds: newer ones stand before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchPlace {
    /// Messages that are found stand in the order of these numbers, the highest first.
    pub position: i64,
}

/// What is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// For whom: only what they can read.
    pub reader: UserId,
    /// What.
    pub search: MessageSearch,
    /// Only messages behind this place.
    pub after: Option<SearchPlace>,
    /// At most so many messages.
    pub limit: i64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The newest first.
    pub messages: Vec<Message>,
    /// Where to go on. There may be more also where nothing was found: one look is bounded.
    pub next: Option<SearchPlace>,
}

/// What messages are found by. It changes in the transaction that changes the message.
pub trait SearchStore: Send + Sync {
    /// Looks for messages: as far as one look may go, so that nobody has the database for long.
    fn search_messages(&self, wanted: &Wanted) -> Stored<Result<Found, Refused>>;
    /// Makes messages findable that were written before there was a search, or by a core that knows of
    /// none: `limit` at most, the newest first. How many.
    fn index_messages(&self, limit: i64) -> Stored<usize>;
}
