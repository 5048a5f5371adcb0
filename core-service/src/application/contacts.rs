//! Whom a user blocks, and whom they let add them to groups.

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{Clock, ContactStore, EventPublisher},
};
use crate::domain::{account::User, contact::WhoMayAdd, ids::UserId};

/// People in one answer.
const PAGE: i64 = 100;

/// The use cases.
pub struct Contacts {
    /// Blocks and settings.
    pub contacts: Arc<dyn ContactStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Contacts {
    /// Blocks a person, or unblocks them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person, or it is the user.
    pub fn set_block(&self, user: UserId, other: UserId, on: bool) -> Result<(), Error> {
        if user == other {
            return Err(Error::NotFound("user"));
        }
        let now = self.clock.now();
        let events = self.contacts.set_block(user, other, on, now)?;
        self.publisher.publish(events.map_err(refused)?);
        Ok(())
    }

    /// People whom the user has blocked, after one of them in the order of their ids, and whether
    /// there are more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn blocked(&self, user: UserId, after: Option<UserId>) -> Result<(Vec<User>, bool), Error> {
        let mut people = self.contacts.blocked(user, after, PAGE + 1)?;
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let has_more = people.len() > page;
        people.truncate(page);
        Ok((people, has_more))
    }

    /// Whom the user lets add them to groups.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn who_may_add(&self, user: UserId) -> Result<WhoMayAdd, Error> {
        Ok(self.contacts.who_may_add(user)?)
    }

    /// Changes that.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn set_who_may_add(&self, user: UserId, who: WhoMayAdd) -> Result<(), Error> {
        Ok(self.contacts.set_who_may_add(user, who)?)
    }
}
