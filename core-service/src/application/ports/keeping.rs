//! What one person keeps of conversations for themselves.

use super::{At, Changed, Stored};
use crate::domain::{
    ids::UserId,
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

/// Stars. Each change is made in one transaction with what the person's own log says of it.
pub trait KeepStore: Send + Sync {
    /// Stars a message, or takes the star away; these events say so, none when it was so before.
    fn star(&self, change: &StarChange) -> Stored<Changed>;
    /// Messages that a user has starred and can read, the last one first, after a place in that order.
    fn starred(&self, user: UserId, after: Option<StarPlace>, limit: i64) -> Stored<Vec<Starred>>;
}
