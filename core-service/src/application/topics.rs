//! What the hub asks.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    accounts::Accounts,
    error::Error,
    paging::{GRANTS_MAX, Part},
    ports::{Grant, Identity, LogRange, LogSlice, TopicHead, TopicStore},
};
use crate::domain::{
    event::Topic,
    ids::{ConversationId, UserId},
};

/// A part of what a user may hear.
pub type GrantPart = Part<Grant, ConversationId>;

/// Above every id: where the walk over a user's chats begins.
const ABOVE_ALL: uuid::Uuid = uuid::Uuid::max();

/// Answers what the hub asks about people and logs.
pub struct Topics {
    /// Who is who.
    pub accounts: Arc<Accounts>,
    /// The logs.
    pub topics: Arc<dyn TopicStore>,
}

impl Topics {
    /// Whose token is it, and what may that user hear? The chats with the newest activity come with
    /// the answer. Where there are more, [`Self::grants`] goes on with all chats in the order of their
    /// ids: one in which something happens meanwhile would move past any place in the order of
    /// activity.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn verify(&self, token: &str) -> Result<(Identity, GrantPart), Error> {
        let identity = self.accounts.identify(token)?;
        let newest = self.topics.newest_grants(identity.user, GRANTS_MAX + 1)?;
        let all = ConversationId::new(ABOVE_ALL);
        Ok((identity, Part::cut(newest, GRANTS_MAX, |_| Some(all))))
    }

    /// A part of a user's chats: those below an id, the highest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn grants(&self, user: UserId, before: ConversationId) -> Result<GrantPart, Error> {
        let found = self.topics.grants_before(user, before, GRANTS_MAX + 1)?;
        Ok(Part::cut(found, GRANTS_MAX, chat))
    }

    /// What of these topics may the user hear?
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn authorize(&self, user: UserId, topics: &[String]) -> Result<Vec<Grant>, Error> {
        Ok(self.topics.authorize(user, topics)?)
    }

    /// Ranges of logs; nothing for unknown topics.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn read(&self, ranges: &[LogRange]) -> Result<Vec<Option<LogSlice>>, Error> {
        Ok(ranges
            .iter()
            .map(|range| self.topics.read_log(range))
            .collect::<Result<_, _>>()?)
    }

    /// Where logs stand.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn heads(&self, topics: &[String]) -> Result<Vec<TopicHead>, Error> {
        Ok(self.topics.heads(topics)?)
    }
}

fn chat(grant: &Grant) -> Option<ConversationId> {
    match Topic::parse(&grant.position.name) {
        Some(Topic::Chat(id)) => Some(id),
        _ => None,
    }
}
