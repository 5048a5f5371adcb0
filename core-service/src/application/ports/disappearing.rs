//! Messages that disappear by themselves.

use super::{Changed, Stored};
use crate::domain::{
    disappearing::Lifetime,
    event::LoggedEvent,
    ids::{ConversationId, UserId},
    time::Timestamp,
};

/// Messages of a chat are to be kept for another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifetimeChange {
    /// Of which chat.
    pub conversation: ConversationId,
    /// By whom.
    pub by: UserId,
    /// For how long; nothing keeps them for ever.
    pub lifetime: Option<Lifetime>,
    /// When.
    pub now: Timestamp,
}

/// How long messages are kept.
pub trait DisappearingStore: Send + Sync {
    /// Changes how long the messages are kept that are posted from now on; the event says so, none when it
    /// was so before.
    fn set_lifetime(&self, change: &LifetimeChange) -> Stored<Changed>;
    /// Removes messages whose time is over, the oldest first, and `limit` at most, with everything that was
    /// said by them and of them. An event of each says so.
    fn expire_messages(&self, now: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>>;
}
