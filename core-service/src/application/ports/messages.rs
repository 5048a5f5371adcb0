//! What becomes of messages after they were posted.

use super::{Changed, Made, Refused, Stored};
use crate::domain::{
    ids::{ClientId, ConversationId, MessageId, UserId},
    message::{Message, Text, Version, Windows},
    time::Timestamp,
};

/// A message, and who wants something of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Where it must be.
    pub conversation: ConversationId,
    /// Which.
    pub message: MessageId,
    /// Who acts.
    pub user: UserId,
}

/// A message is to say something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which, by whom.
    pub at: At,
    /// What the author's client calls this edit: a repeat changes nothing.
    pub client_op_id: ClientId,
    /// What it is to say.
    pub text: Text,
    /// Whom it is to name; those who are no members are left out.
    pub mentions: Vec<UserId>,
    /// Until when that may be.
    pub windows: Windows,
    /// When.
    pub now: Timestamp,
}

/// A message is to be deleted for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Which, by whom.
    pub at: At,
    /// Until when its author may do that; whoever stands above may always.
    pub windows: Windows,
    /// When.
    pub now: Timestamp,
}

/// Changes of messages. Each is made with what the log says of it in one transaction, in the order of
/// the conversation's log.
pub trait MessageStore: Send + Sync {
    /// Changes what a message says, and keeps what it said. The answer to a repeat is the message as
    /// it is by then.
    fn edit_message(&self, edit: &Edit) -> Stored<Result<Made<Message>, Refused>>;
    /// Deletes a message for everyone: the message, its versions and its earlier events lose their
    /// content.
    fn delete_message(&self, deletion: &Deletion) -> Stored<Changed>;
    /// Deletes a message for one person.
    fn hide_message(&self, at: At, now: Timestamp) -> Stored<Changed>;
    /// What a message has said, the first text first; nothing of a deleted one.
    fn versions(&self, at: At) -> Stored<Result<Vec<Version>, Refused>>;
}
