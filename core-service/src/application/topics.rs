//! What the hub asks.

use std::sync::Arc;

use super::{
    accounts::Accounts,
    error::Error,
    ports::{Grant, Identity, LogRange, LogSlice, TopicHead, TopicStore},
};
use crate::domain::ids::UserId;

/// Answers what the hub asks about people and logs.
pub struct Topics {
    /// Who is who.
    pub accounts: Arc<Accounts>,
    /// The logs.
    pub topics: Arc<dyn TopicStore>,
}

impl Topics {
    /// Whose token is it, and what may that user hear?
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn verify(&self, token: &str) -> Result<(Identity, Vec<Grant>), Error> {
        let identity = self.accounts.identify(token)?;
        Ok((identity, self.topics.grants(identity.user)?))
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
