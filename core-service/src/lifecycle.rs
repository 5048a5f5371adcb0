//! From starting to stopping: what this replica can do at the moment, and why it is not ready.

use std::{fmt::Display, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinError, time::timeout};

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

/// Why a replica stops serving, though nobody asked for it. One that serves half would be taken for a
/// whole one.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// By itself.
    #[error("the gRPC server has ended: {0}")]
    Grpc(String),
    /// By itself.
    #[error("the HTTP server has ended: {0}")]
    Http(String),
    /// It cannot hear that it is asked to stop.
    #[error("cannot listen for signals")]
    Deaf(#[from] std::io::Error),
}

/// How a server's task ended.
type Served<E> = Result<Result<(), E>, JoinError>;

/// Waits until the replica is asked to stop.
///
/// # Errors
/// [`Ended`] when a server ends before that.
pub async fn serve_until<G: Display, H: Display>(
    stop: impl Future<Output = std::io::Result<()>>,
    grpc: impl Future<Output = Served<G>>,
    http: impl Future<Output = Served<H>>,
) -> Result<(), Ended> {
    tokio::select! {
        stopped = stop => Ok(stopped?),
        served = grpc => Err(Ended::Grpc(why(served))),
        served = http => Err(Ended::Http(why(served))),
    }
}

/// Why a server has ended by itself.
fn why<E: Display>(served: Served<E>) -> String {
    match served {
        Ok(Ok(())) => "nobody asked it to".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(panicked) => panicked.to_string(),
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
    use std::{
        future::{pending, ready},
        io,
    };

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

    type Server = Served<io::Error>;

    #[tokio::test]
    async fn replica_that_is_asked_to_stop_stops() {
        let never = pending::<Server>;
        assert!(serve_until(ready(Ok(())), never(), never()).await.is_ok());
        let deaf = ready(Err(io::Error::other("no signals")));
        let ended = serve_until(deaf, never(), never()).await;
        assert!(matches!(ended, Err(Ended::Deaf(_))), "{ended:?}");
    }

    #[tokio::test]
    async fn replica_does_not_outlive_either_of_its_servers() {
        let stop = pending::<io::Result<()>>;
        let never = pending::<Server>;
        let said = |ended: Result<(), Ended>| ended.unwrap_err().to_string();
        let grpc = ready(Ok(Err(io::Error::other("no sockets"))));
        assert_eq!(
            said(serve_until(stop(), grpc, never()).await),
            "the gRPC server has ended: no sockets"
        );
        let http: Server = Ok(Ok(()));
        assert_eq!(
            said(serve_until(stop(), never(), ready(http)).await),
            "the HTTP server has ended: nobody asked it to"
        );
        let panicked = tokio::spawn(async { panic!("a bug") });
        let ended = serve_until::<io::Error, io::Error>(stop(), panicked, never()).await;
        assert!(said(ended).contains("panicked"));
    }
}
