//! What one person keeps of conversations for themselves.

use super::{At, Changed, Refused, Stored};
use crate::domain::{
    chat_settings::{ChatSettings, SettingsChange},
    draft::Draft,
    event::LoggedEvent,
    ids::{ConversationId, UserId},
    message::{Message, StarPlace},
    time::Timestamp,
};

/// A message is to be starred, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StarChange {
    /// Which, by whom.
    pub at: At,
    /// Whether it is starred afterwards.
    pub on: bool,
    /// When.
    pub now: Timestamp,
}

/// A message that somebody has starred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starred {
    /// Which.
    pub message: Message,
    /// When.
    pub starred_at: Timestamp,
}

/// What somebody has begun to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDraft {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// What; it takes the place of the draft before.
    pub draft: Draft,
}

/// A chat is to be arranged in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Which.
    pub conversation: ConversationId,
    /// By whom, for themselves.
    pub user: UserId,
    /// What is different.
    pub change: SettingsChange,
    /// When.
    pub now: Timestamp,
}

/// A chat is to be cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// Which.
    pub conversation: ConversationId,
    /// By whom, for themselves.
    pub user: UserId,
    /// The last message that goes.
    pub up_to_seq: i64,
    /// When.
    pub now: Timestamp,
}

/// Stars, drafts and how chats are arranged. Each change is made in one transaction with what the person's own log says of it.
pub trait KeepStore: Send + Sync {
    /// Stars a message, or takes the star away; these events say so, none when it was so before.
    fn star(&self, change: &StarChange) -> Stored<Changed>;
    /// Messages that a user has starred and can read, the last one first, after a place in that order.
    fn starred(&self, user: UserId, after: Option<StarPlace>, limit: i64) -> Stored<Vec<Starred>>;
    /// Keeps a draft, or none when it is empty; these events say so, none when it was so before. The
    /// text of the draft before is in no event any more.
    fn keep_draft(&self, new: &NewDraft) -> Stored<Changed>;
    /// Arranges a chat; how it is arranged then, and the events that say so, none when it was so before.
    fn arrange(
        &self,
        arrangement: &Arrangement,
    ) -> Stored<Result<(ChatSettings, Vec<LoggedEvent>), Refused>>;
    /// Takes messages, the stars on them and the draft away from a user; these events say so, none when
    /// it was so before.
    fn clear(&self, clearing: &Clearing) -> Stored<Changed>;
}
