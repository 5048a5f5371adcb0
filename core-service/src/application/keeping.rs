//! What one person keeps of conversations for themselves. Nobody else learns of it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    paging::Part,
    ports::{
        Arrangement, At, Clearing, Clock, EventPublisher, KeepStore, NewDraft, StarChange, Starred,
    },
};
use crate::domain::{
    chat_settings::{ChatSettings, SettingsChange},
    draft::{Draft, DraftText},
    ids::{ConversationId, MessageId, UserId},
    message::StarPlace,
};

/// The use cases.
pub struct Keeping {
    /// What is kept.
    pub store: Arc<dyn KeepStore>,
    /// Tells the person's other devices.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Keeping {
    /// Stars a message, or takes the star away.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Message`].
    pub fn star(&self, at: At, on: bool) -> Result<(), Error> {
        let now = self.clock.now();
        let events = self.store.star(&StarChange { at, on, now })?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// Keeps what the user has begun to write; nothing when that is empty.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Text`], [`Error::NoReplyTo`].
    pub fn keep_draft(
        &self,
        user: UserId,
        conversation: ConversationId,
        text: String,
        reply_to: Option<MessageId>,
    ) -> Result<(), Error> {
        let draft = Draft {
            text: DraftText::parse(text)?,
            reply_to,
            updated_at: self.clock.now(),
        };
        let events = self.store.keep_draft(&NewDraft {
            conversation,
            user,
            draft,
        })?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// Arranges a chat for the user; how it is arranged then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Settings`].
    pub fn arrange(
        &self,
        user: UserId,
        conversation: ConversationId,
        change: SettingsChange,
    ) -> Result<ChatSettings, Error> {
        let now = self.clock.now();
        change.check(now)?;
        let arranged = self.store.arrange(&Arrangement {
            conversation,
            user,
            change,
            now,
        })?;
        let (settings, events) = arranged.map_err(refused)?;
        self.publisher.publish(events);
        Ok(settings)
    }

    /// Clears a chat for the user, up to a message.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn clear(
        &self,
        user: UserId,
        conversation: ConversationId,
        up_to_seq: i64,
    ) -> Result<(), Error> {
        let events = self.store.clear(&Clearing {
            conversation,
            user,
            up_to_seq,
            now: self.clock.now(),
        })?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// A part of the messages that the user has starred, the last one first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn starred(
        &self,
        user: UserId,
        after: Option<StarPlace>,
        limit: i64,
    ) -> Result<Part<Starred, StarPlace>, Error> {
        let found = self.store.starred(user, after, limit + 1)?;
        Ok(Part::cut(found, limit, |starred| {
            Some(StarPlace {
                starred_at: starred.starred_at,
                message: starred.message.id,
            })
        }))
    }
}
