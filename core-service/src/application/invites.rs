//! Links by which people come into groups.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{Clock, Entry, EventPublisher, IdGenerator, InviteStore, NewInvite},
};
use crate::domain::{
    ids::{ConversationId, InviteId, UserId},
    invite::{Invitation, Invite, Terms, is_token},
};

const NO_INVITE: Error = Error::NotFound("invite");

/// The use cases.
pub struct Invites {
    /// The links.
    pub store: Arc<dyn InviteStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names and secrets.
    pub ids: Arc<dyn IdGenerator>,
    /// Chats that one person may be in, requests and hidden ones included.
    pub chats_max: i64,
}

impl Invites {
    /// Makes a link into a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Invite`].
    pub fn create(
        &self,
        user: UserId,
        conversation: ConversationId,
        expires_in_s: Option<i64>,
        max_uses: Option<i64>,
    ) -> Result<Invite, Error> {
        let now = self.clock.now();
        let new = NewInvite {
            conversation,
            invite: Invite {
                terms: Terms::new(expires_in_s, max_uses, now)?,
                id: InviteId::new(self.ids.uuid()),
                token: self.ids.secret(),
                created_by: user,
                created_at: now,
                uses: 0,
            },
        };
        self.store.create_invite(&new)?.map_err(refused)?;
        Ok(new.invite)
    }

    /// The links of a group that can be used, the last one first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn list(&self, user: UserId, conversation: ConversationId) -> Result<Vec<Invite>, Error> {
        let found = self.store.invites(conversation, user, self.clock.now())?;
        found.map_err(refused)
    }

    /// Revokes a link of a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn revoke(
        &self,
        user: UserId,
        conversation: ConversationId,
        invite: InviteId,
    ) -> Result<(), Error> {
        let revoked = self.store.revoke_invite(conversation, user, invite)?;
        revoked.map_err(refused)
    }

    /// What a link tells a user who follows it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that brings nobody (any more).
    pub fn show(&self, user: UserId, token: &str) -> Result<Invitation, Error> {
        if !is_token(token) {
            return Err(NO_INVITE);
        }
        let found = self.store.invitation(token, user, self.clock.now())?;
        found.ok_or(NO_INVITE)
    }

    /// Makes a member of who follows a link; of which group.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a link that brings nobody (any more), [`Error::Contact`],
    /// [`Error::Conversation`], [`Error::Invite`].
    pub fn accept(&self, user: UserId, token: String) -> Result<ConversationId, Error> {
        if !is_token(&token) {
            return Err(NO_INVITE);
        }
        let entry = Entry {
            token,
            user,
            now: self.clock.now(),
            chats_max: self.chats_max,
        };
        let (conversation, events) = self.store.enter(&entry)?.map_err(refused)?;
        self.publisher.publish(events);
        Ok(conversation)
    }
}
