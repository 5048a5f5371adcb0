//! What becomes of messages after they were posted.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::{Origin, refused},
    error::Error,
    paging::Part,
    ports::{
        At, Clock, Deletion, Edit, EventPublisher, Made, MessageStore, NewPin, NewReaction,
        ReactionOf,
    },
};
use crate::domain::{
    ids::{ClientId, UserId},
    message::{Message, Text, Version, Windows, mentioned},
    reaction::{Emoji, pinned_until},
    receipt::Reach,
};

/// Messages whose reactions are told at once.
const TOLD_AT_ONCE: i64 = 100;

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

    /// Sets the user's reaction to a message; without one, takes it back.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::Message`],
    /// [`Error::NotAnEmoji`].
    pub fn react(&self, at: At, emoji: Option<&str>) -> Result<(), Error> {
        let new = NewReaction {
            at,
            emoji: emoji.map(Emoji::parse).transpose()?,
            now: self.clock.now(),
        };
        let events = self.messages.react(&new)?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// Tells of the reactions in large groups that were gathered long enough; how many events that
    /// were.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn tell_reactions(&self) -> Result<usize, Error> {
        let events = self
            .messages
            .tell_reactions(self.clock.now(), TOLD_AT_ONCE)?;
        let count = events.len();
        self.publisher.publish(events);
        Ok(count)
    }

    /// Who has reacted to a message, a part of them in the order of their ids.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn reactions(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Result<Part<ReactionOf, UserId>, Error> {
        let found = self.messages.reactions(at, after, limit + 1)?;
        let found = found.map_err(refused)?;
        Ok(Part::cut(found, limit, |reaction| Some(reaction.user.id)))
    }

    /// How far the others have got with the user's own message, a part of them in the order of their
    /// ids.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn reach(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Result<Part<Reach, UserId>, Error> {
        let found = self.messages.reach(at, after, limit + 1)?;
        let found = found.map_err(refused)?;
        Ok(Part::cut(found, limit, |reach| Some(reach.user.id)))
    }

    /// Pins a message for so many seconds.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::Message`],
    /// [`Error::NotAPinTime`].
    pub fn pin(&self, at: At, for_s: i64) -> Result<(), Error> {
        let now = self.clock.now();
        let until = pinned_until(now, for_s)?;
        let events = self.messages.pin_message(&NewPin { at, until, now })?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// Unpins a message.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`].
    pub fn unpin(&self, at: At) -> Result<(), Error> {
        let events = self.messages.unpin_message(at, self.clock.now())?;
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
