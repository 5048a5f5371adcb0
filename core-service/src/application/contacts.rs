//! Whom a user blocks, and whom they let add them to groups.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{BlockChange, Clock, ContactStore, EventPublisher},
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
    /// People whom one person may have blocked.
    pub blocks_max: i64,
}

impl Contacts {
    /// Blocks a person, or unblocks them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person, or it is the user; [`Error::Contact`] when
    /// the user has blocked as many as one may.
    pub fn set_block(&self, user: UserId, other: UserId, on: bool) -> Result<(), Error> {
        if user == other {
            return Err(Error::NotFound("user"));
        }
        let change = BlockChange {
            blocker: user,
            blocked: other,
            on,
            now: self.clock.now(),
            blocks_max: self.blocks_max,
        };
        let events = self.contacts.set_block(&change)?.map_err(refused)?;
        self.publisher.publish(events);
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
