//! Messages that disappear by themselves: choosing it, and the job that removes them.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{Clock, DisappearingStore, EventPublisher, LeaseStore, LifetimeChange},
};
use crate::domain::{
    disappearing::Lifetime,
    ids::{ConversationId, UserId},
};

/// How long a replica keeps the job without renewing it: longer than the time between two runs.
const LEASE_S: i64 = 30;

/// Messages that are removed in one transaction: writers wait for it.
const EXPIRED_AT_ONCE: i64 = 20;

/// Transactions of one run.
const TRANSACTIONS_MAX: usize = 50;

/// The use cases.
pub struct Disappearing {
    /// Who removes them.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is.
    pub store: Arc<dyn DisappearingStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl Disappearing {
    /// Has the messages that are posted in a chat from now on disappear after so many seconds; 0 keeps them.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::NotALifetime`].
    pub fn set(&self, by: UserId, conversation: ConversationId, seconds: i64) -> Result<(), Error> {
        let change = LifetimeChange {
            conversation,
            by,
            lifetime: Lifetime::parse(seconds)?,
            now: self.clock.now(),
        };
        let events = self.store.set_lifetime(&change)?.map_err(refused)?;
        self.publisher.publish(events);
        Ok(())
    }

    /// Removes messages whose time is over, if the job is this replica's. Returns how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn run(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_S);
        if !self
            .leases
            .hold_lease("disappearing", &self.instance, now, until)?
        {
            return Ok(0);
        }
        let mut removed = 0;
        for _ in 0..TRANSACTIONS_MAX {
            let events = self.store.expire_messages(now, EXPIRED_AT_ONCE)?;
            if events.is_empty() {
                break;
            }
            removed += events.len();
            self.publisher.publish(events);
        }
        Ok(removed)
    }
}
