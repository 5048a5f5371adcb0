//! What becomes of messages after they were posted.

use super::{Changed, Made, Refused, Stored};
use crate::domain::{
    account::User,
    event::LoggedEvent,
    ids::{ClientId, ConversationId, MessageId, UserId},
    message::{Message, Text, Version, Windows},
    reaction::Emoji,
    receipt::Reach,
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

/// Somebody reacts to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReaction {
    /// To which, who.
    pub at: At,
    /// How; nothing takes the reaction back.
    pub emoji: Option<Emoji>,
    /// When.
    pub now: Timestamp,
}

/// A message is to stand above its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPin {
    /// Which, by whom.
    pub at: At,
    /// Until when.
    pub until: Timestamp,
    /// When.
    pub now: Timestamp,
}

/// How somebody has reacted to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionOf {
    /// Who.
    pub user: User,
    /// How.
    pub emoji: Emoji,
    /// When.
    pub at: Timestamp,
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
    /// Sets a person's reaction to a message. In a large group the person's own devices are told at
    /// once, the others by [`Self::tell_reactions`].
    fn react(&self, new: &NewReaction) -> Stored<Changed>;
    /// Tells of reactions that were gathered long enough, of `limit` messages at most; each once,
    /// whichever replica asks.
    fn tell_reactions(&self, now: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>>;
    /// Who has reacted to a message, in the order of their ids, after one of them.
    fn reactions(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<ReactionOf>, Refused>>;
    /// How far the other members who can read a user's own message have got with it, in the order of
    /// their ids, after one of them. Nobody where people are not told of each other.
    fn reach(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<Reach>, Refused>>;
    /// Pins a message.
    fn pin_message(&self, new: &NewPin) -> Stored<Changed>;
    /// Unpins a message; one that is not pinned changes nothing.
    fn unpin_message(&self, at: At, now: Timestamp) -> Stored<Changed>;
}
