//! Publishes what a replica committed and could not hand to the hub, whichever replica that was.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    error::Error,
    ports::{Clock, EventPublisher, LeaseStore, TopicStore},
};
use crate::domain::time::Timestamp;

/// An event is the relay's when its own replica did not get it acknowledged for this long.
const OVERDUE_AFTER_MICROS: i64 = 500_000;

/// Older events are left to the rooms, which compare their heads with the log's.
const OVERDUE_UNTIL_MICROS: i64 = 60_000_000;

/// How long a replica keeps the job without renewing it.
const LEASE_S: i64 = 1;

/// Events of one sweep.
const BATCH: i64 = 1_000;

/// Hands events to the hub that no replica has handed over.
pub struct Relay {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// The log.
    pub topics: Arc<dyn TopicStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl Relay {
    /// Publishes what is overdue, if the job is this replica's. Returns how many events.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        if !self
            .leases
            .hold_lease("relay", &self.instance, now, now.plus_seconds(LEASE_S))?
        {
            return Ok(0);
        }
        let overdue = |micros| Timestamp::from_micros(now.micros() - micros);
        let events = self.topics.unacknowledged(
            overdue(OVERDUE_UNTIL_MICROS),
            overdue(OVERDUE_AFTER_MICROS),
            BATCH,
        )?;
        let count = events.len();
        self.publisher.publish(events);
        Ok(count)
    }
}
