//! Links by which people come into groups.

use super::{Refused, Stored};
use crate::domain::{
    event::LoggedEvent,
    ids::{ConversationId, InviteId, UserId},
    invite::{Invitation, Invite},
    time::Timestamp,
};

/// A new link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvite {
    /// Into which group.
    pub conversation: ConversationId,
    /// The link, made by whoever it names.
    pub invite: Invite,
}

/// Somebody follows a link into a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of the link.
    pub token: String,
    /// Who.
    pub user: UserId,
    /// When.
    pub now: Timestamp,
    /// Chats that one person may be in.
    pub chats_max: i64,
}

/// Which group somebody is in now, and the events that say so: none when they were in it before.
pub type Entered = Result<(ConversationId, Vec<LoggedEvent>), Refused>;

/// Links into groups.
pub trait InviteStore: Send + Sync {
    /// Adds a link, in the place of those of the group that bring nobody any more.
    fn create_invite(&self, new: &NewInvite) -> Stored<Result<(), Refused>>;
    /// The links of a group that can be used at `now`, the last one first.
    fn invites(
        &self,
        conversation: ConversationId,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Result<Vec<Invite>, Refused>>;
    /// Revokes a link.
    fn revoke_invite(
        &self,
        conversation: ConversationId,
        user: UserId,
        invite: InviteId,
    ) -> Stored<Result<(), Refused>>;
    /// What a link that can be used at `now` tells a user; nothing of others.
    fn invitation(&self, token: &str, user: UserId, now: Timestamp) -> Stored<Option<Invitation>>;
    /// Makes a member of who follows a link. It counts those who were none before.
    fn enter(&self, entry: &Entry) -> Stored<Entered>;
}
