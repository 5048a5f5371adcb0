//! Accounts that their people delete.

use super::Stored;
use crate::domain::{event::LoggedEvent, ids::UserId, time::Timestamp};

/// Somebody's account is to be deleted.
#[derive(Clone, Debug)]
pub struct AccountDeletion {
    /// Whose.
    pub user: UserId,
    /// What is kept of the password that they have shown.
    pub before: String,
    /// Whether their messages go as well, for everybody.
    pub erase_messages: bool,
    /// When.
    pub now: Timestamp,
}

/// What one step of a removal did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovalStep {
    /// What it is told by.
    pub events: Vec<LoggedEvent>,
    /// Whether there may be more to do by now.
    pub is_more: bool,
}

/// Deletes accounts: what others see at once, and the rest step by step.
pub trait DeletionStore: Send + Sync {
    /// Closes an account for good: its name, picture, password, sessions and second factor go, and nobody
    /// gets its handle again. Nothing when another password was kept by then.
    fn delete_account(&self, deletion: &AccountDeletion) -> Stored<Option<Vec<LoggedEvent>>>;
    /// Takes one step of removing what deleted accounts have left: a message, a group, a draft, or some
    /// rows that they alone saw. What requests that were under way have added is removed, too.
    fn remove_next(&self, now: Timestamp) -> Stored<RemovalStep>;
}
