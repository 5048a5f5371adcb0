//! The topic log.

use super::Stored;
use crate::domain::{
    conversation::TopicPosition,
    event::LoggedEvent,
    ids::{ConversationId, UserId},
    receipt::Receipt,
    time::Timestamp,
};

/// The right to hear a topic, and where its log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where the log stands.
    pub position: TopicPosition,
    /// Nothing below may reach the user.
    pub readable_from: i64,
    /// Members of a conversation; 0 for a user's own topic.
    pub member_count: i64,
    /// The members of this direct chat hear nothing of each other's presence.
    pub presence_withheld: bool,
}

/// A range of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// Whose log.
    pub topic: String,
    /// As the reader knows it; empty for any.
    pub epoch: String,
    /// Exclusive.
    pub after: i64,
    /// Inclusive; everything when absent.
    pub up_to: Option<i64>,
    /// Events at most.
    pub limit: i64,
}

/// What a range holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSlice {
    /// Where the log stands.
    pub position: TopicPosition,
    /// The events; none when the epoch differs.
    pub events: Vec<LoggedEvent>,
    /// The range begins before what the log still has.
    pub trimmed: bool,
}

/// Where a log stands, and how far a conversation's members have got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicHead {
    /// Where the log stands.
    pub position: TopicPosition,
    /// Members of a conversation.
    pub member_count: i64,
    /// See [`Grant`].
    pub presence_withheld: bool,
    /// Both (direct), or the minimum (group).
    pub receipts: Vec<Receipt>,
}

/// The topic log.
pub trait TopicStore: Send + Sync {
    /// The user's own topic, and the chats with the newest activity, `limit` at most.
    fn newest_grants(&self, user: UserId, limit: i64) -> Stored<Vec<Grant>>;
    /// A user's chats below an id, the highest first.
    fn grants_before(&self, user: UserId, before: ConversationId, limit: i64)
    -> Stored<Vec<Grant>>;
    /// What of these topics a user may hear.
    fn authorize(&self, user: UserId, topics: &[String]) -> Stored<Vec<Grant>>;
    /// A range; nothing for an unknown topic.
    fn read_log(&self, range: &LogRange) -> Stored<Option<LogSlice>>;
    /// Heads of the topics that exist.
    fn heads(&self, topics: &[String]) -> Stored<Vec<TopicHead>>;
    /// The hub needs nothing more up to these offsets.
    fn ack_topics(&self, acks: &[(String, i64)]) -> Stored<()>;
    /// Events committed in this time that the hub has not acknowledged.
    fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Stored<Vec<LoggedEvent>>;
}
