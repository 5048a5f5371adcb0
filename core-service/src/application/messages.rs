//! What becomes of messages after they were posted.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::{Origin, refused},
    error::Error,
    ports::{At, Clock, Deletion, Edit, EventPublisher, Made, MessageStore},
};
use crate::domain::{
    ids::{ClientId, UserId},
    message::{Message, Text, Version, Windows, mentioned},
};

/// The use cases.
pub struct Messages {
    /// Messages.
    pub messages: Arc<dyn MessageStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Until when messages can be changed.
    pub windows: Windows,
}

impl Messages {
    /// Changes what the user's own message says. The answer to a repeat is the message as it is by
    /// then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::Message`],
    /// [`Error::Text`], [`Error::TooManyMentions`].
    pub fn edit(
        &self,
        at: At,
        client_op_id: ClientId,
        text: &str,
        mentions: Vec<UserId>,
    ) -> Result<(Message, Origin), Error> {
        let edit = Edit {
            at,
            client_op_id,
            text: Text::parse(text)?,
            mentions: mentioned(mentions)?,
            windows: self.windows,
            now: self.clock.now(),
        };
        match self.messages.edit_message(&edit)?.map_err(refused)? {
            Made::New(message, events) => {
                self.publisher.publish(events);
                Ok((message, Origin::New))
            }
            Made::Replayed(message) | Made::Existing(message, _) => Ok((message, Origin::Replayed)),
        }
    }

    /// Deletes a message for everyone. One that is deleted stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::Message`].
    pub fn delete_for_everyone(&self, at: At) -> Result<(), Error> {
        let deletion = Deletion {
            at,
            windows: self.windows,
            now: self.clock.now(),
        };
        let events = self.messages.delete_message(&deletion)?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// Deletes a message for the user alone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn delete_for_me(&self, at: At) -> Result<(), Error> {
        let events = self.messages.hide_message(at, self.clock.now())?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// What a message has said, the first text first; nothing of a deleted one.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn versions(&self, at: At) -> Result<Vec<Version>, Error> {
        self.messages.versions(at)?.map_err(refused)
    }
}
