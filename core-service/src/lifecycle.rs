//! From starting to stopping: what this replica can do at the moment, and why it is not ready.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};

use crate::adapters::outbound::db::Database;

/// How long a request waits for a replica that is only just starting.
const START_WITHIN: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Migrating,
    Serving,
    Draining,
}

/// Why a replica is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The schema is being brought up to date, or the database is still being looked for.
    #[error("This replica is preparing the database.")]
    Migrating,
    /// The database does not answer, or does not take what is written.
    #[error("The database does not answer, or takes nothing.")]
    DatabaseUnreachable,
    /// It was asked to stop.
    #[error("This replica is stopping.")]
    Draining,
}

impl NotReady {
    /// What programs go by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Migrating => "migrating",
            Self::DatabaseUnreachable => "database_unreachable",
            Self::Draining => "draining",
        }
    }
}

/// The phase of this replica and the health of its database.
pub struct Lifecycle {
    phase: watch::Sender<Phase>,
    database: Arc<Database>,
}

impl Lifecycle {
    /// A replica that is about to migrate its database.
    #[must_use]
    pub fn new(database: Arc<Database>) -> Self {
        Self {
            phase: watch::Sender::new(Phase::Migrating),
            database,
        }
    }

    /// The database can be used.
    pub fn migrated(&self) {
        self.phase.send_if_modified(|phase| {
            let first = *phase == Phase::Migrating;
            if first {
                *phase = Phase::Serving;
            }
            first
        });
    }

    /// It was asked to stop.
    pub fn drain(&self) {
        self.phase.send_replace(Phase::Draining);
    }

    /// Whether load balancers may choose this replica. Asks nobody: the heartbeat knows.
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn check(&self) -> Result<(), NotReady> {
        match *self.phase.borrow() {
            Phase::Migrating => Err(NotReady::Migrating),
            Phase::Draining => Err(NotReady::Draining),
            Phase::Serving if self.database.is_usable() => Ok(()),
            Phase::Serving => Err(NotReady::DatabaseUnreachable),
        }
    }

    /// Waits until requests can be answered; a replica that drains still answers them.
    ///
    /// # Errors
    /// [`NotReady::Migrating`] when that takes long.
    pub async fn started(&self) -> Result<(), NotReady> {
        let mut phases = self.phase.subscribe();
        let started = phases.wait_for(|phase| *phase != Phase::Migrating);
        match timeout(START_WITHIN, started).await {
            Ok(_) => Ok(()),
            Err(_) => Err(NotReady::Migrating),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn lifecycle(folder: &tempfile::TempDir) -> Lifecycle {
        let url = format!("sqlite:{}", folder.path().join("rookery.db").display());
        let database = Database::new(&url, 2).unwrap();
        database.migrate().unwrap();
        Lifecycle::new(Arc::new(database))
    }

    #[tokio::test(start_paused = true)]
    async fn readiness_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let lifecycle = lifecycle(&folder);
        assert_eq!(lifecycle.check(), Err(NotReady::Migrating));
        assert_eq!(lifecycle.started().await, Err(NotReady::Migrating));
        lifecycle.migrated();
        assert_eq!(lifecycle.check(), Err(NotReady::DatabaseUnreachable));
        lifecycle.database.beat(Timestamp::from_micros(0)).unwrap();
        assert_eq!(lifecycle.check(), Ok(()));
        lifecycle.drain();
        assert_eq!(lifecycle.check(), Err(NotReady::Draining));
        // What is under way is still answered.
        assert_eq!(lifecycle.started().await, Ok(()));
    }

    #[tokio::test]
    async fn stopping_while_migrating_does_not_end_in_serving() {
        let folder = tempfile::tempdir().unwrap();
        let lifecycle = lifecycle(&folder);
        lifecycle.drain();
        lifecycle.migrated();
        assert_eq!(lifecycle.check(), Err(NotReady::Draining));
    }
}
