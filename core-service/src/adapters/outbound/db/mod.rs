//! Every store, on SQLite or PostgreSQL, from one code base: SQL that both understand.
//!
//! # Layout
//! - [`connection`]: one connection type for both, chosen by the URL's scheme
//! - [`write_lock`]: SQLite has one writer; this is its queue
//! - `log`: the topic log's writing half, used inside the others' transactions
//! - `accounts`, `sessions`, `conversations`, `members`, `messages`, `marks`, `topics`: the ports
//!
//! Parameters are `$1`, `$2` … in the order of their first use, because SQLite numbers them so.

mod accounts;
mod connection;
mod conversations;
mod log;
mod marks;
mod members;
mod messages;
mod rows;
mod sessions;
mod topics;
mod write_lock;

use std::{error::Error, thread, time::Duration};

use diesel::{
    connection::SimpleConnection as _,
    r2d2::{NopErrorHandler, Pool, PooledConnection},
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use self::{
    connection::{AnyConnection, Manager},
    write_lock::WriteLock,
};
use crate::application::{error::StoreError, ports::Stored};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/portable");

/// Replicas that start together migrate one after the other.
const MIGRATION_LOCK: i64 = 0x726f_6f6b;

/// How long a request waits for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long a health check waits for one: less than whoever asks.
const USABLE_WITHIN: Duration = Duration::from_secs(1);

/// Runs of a transaction that loses races.
const ATTEMPTS: u32 = 6;

/// What a transaction's body answers.
type Answer<T> = Result<T, DieselError>;

/// Why the schema is not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database may come yet.
    #[error("cannot reach the database: {0}")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It cannot be used as it is.
    #[error("cannot prepare the database: {0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// The database.
pub struct Database {
    pool: Pool<Manager>,
    /// SQLite's writers, one after the other; PostgreSQL has row locks.
    write_lock: Option<WriteLock>,
}

impl Database {
    /// Checks that `url` names a database that we know.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn check_url(url: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        Manager::new(url)?;
        Ok(())
    }

    /// The database at `url` (`sqlite:…` or `postgres:…`). It need not be reachable yet; use it once
    /// [`Self::migrate`] has succeeded.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn new(url: &str, pool_size: u32) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let manager = Manager::new(url)?;
        let write_lock = manager.sqlite_path().map(WriteLock::open).transpose()?;
        let pool = Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(0))
            .test_on_check_out(write_lock.is_none())
            .connection_timeout(CONNECT_WITHIN)
            // Whoever asks for a connection is told.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(manager);
        Ok(Self { pool, write_lock })
    }

    /// Whether it answers.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.pool
            .get_timeout(USABLE_WITHIN)
            .is_ok_and(|mut connection| connection.batch_execute("SELECT 1").is_ok())
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub fn migrate(&self) -> Result<(), MigrateError> {
        let failed = |error: Box<dyn Error + Send + Sync>| MigrateError::Failed(error);
        // Of replicas that start together, one switches a new SQLite file to its journal mode; the
        // others would find it locked.
        let guard = self.write_lock.as_ref().map(WriteLock::acquire).transpose();
        let guard = guard.map_err(|error| failed(error.into()))?;
        let mut connection = self.pool.get().map_err(|error| match &guard {
            // A file that cannot be opened stays so.
            Some(_) => failed(error.into()),
            None => MigrateError::Unreachable(error.into()),
        })?;
        let locks = guard.is_none();
        let statement = |how| format!("SELECT pg_advisory_{how}({MIGRATION_LOCK})");
        if locks {
            connection
                .batch_execute(&statement("lock"))
                .map_err(|error| failed(error.into()))?;
        }
        let migrated = connection.run_pending_migrations(MIGRATIONS).map(|_| ());
        if locks {
            connection
                .batch_execute(&statement("unlock"))
                .map_err(|error| failed(error.into()))?;
        }
        migrated.map_err(failed)
    }

    fn connection(&self) -> Stored<PooledConnection<Manager>> {
        self.pool
            .get()
            .map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Reads. All statements see the database as the first one found it.
    fn read<T>(&self, read: impl FnOnce(&mut AnyConnection) -> Answer<T>) -> Stored<T> {
        let mut connection = self.connection()?;
        let begin = match *connection {
            AnyConnection::Sqlite(_) => "BEGIN DEFERRED",
            AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        in_transaction(&mut connection, begin, read).map_err(store_error)
    }

    /// Changes something: all of it or nothing. The body may run several times.
    fn write<T>(&self, write: impl Fn(&mut AnyConnection) -> Answer<T>) -> Stored<T> {
        let mut connection = self.connection()?;
        for attempt in 1.. {
            let done = {
                let guard = self.write_lock.as_ref().map(WriteLock::acquire).transpose();
                let _guard = guard.map_err(|error| StoreError::Unavailable(error.into()))?;
                let begin = match *connection {
                    // A deferred transaction would fail at once when another process writes.
                    AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
                    AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
                };
                in_transaction(&mut connection, begin, &write)
            };
            match done {
                Err(error) if attempt < attempts(&error) => {
                    // Different replicas come back at different times.
                    let jitter = 1 + u64::from(std::process::id() % 7);
                    thread::sleep(Duration::from_millis(jitter * u64::from(attempt)));
                }
                done => return done.map_err(store_error),
            }
        }
        unreachable!("the loop returns at the last attempt")
    }
}

fn in_transaction<T>(
    connection: &mut AnyConnection,
    begin: &str,
    act: impl FnOnce(&mut AnyConnection) -> Answer<T>,
) -> Answer<T> {
    connection.batch_execute(begin)?;
    let done = act(connection).and_then(|answer| {
        connection.batch_execute("COMMIT")?;
        Ok(answer)
    });
    if done.is_err() {
        // A connection that cannot even roll back is found broken at its next use.
        let _ = connection.batch_execute("ROLLBACK");
    }
    done
}

/// How often a transaction that ends like this is run.
fn attempts(error: &DieselError) -> u32 {
    match error {
        // The second run sees what the other transaction committed; there is nothing more to see.
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => 2,
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => ATTEMPTS,
        DieselError::DatabaseError(_, information) => {
            let message = information.message();
            let lost_a_race =
                message.contains("deadlock") || message.contains("database is locked");
            if lost_a_race { ATTEMPTS } else { 1 }
        }
        _ => 1,
    }
}

fn store_error(error: DieselError) -> StoreError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StoreError::Exists,
        other => StoreError::Unavailable(other.into()),
    }
}

/// For what a stored value cannot be: the database was changed by other hands.
fn corrupt(what: &str) -> DieselError {
    DieselError::DeserializationError(format!("stored {what} is not usable").into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rookery_harness::postgres::Postgres;

    use super::*;
    use crate::application::testing::contract::{Stores, store_contract};

    fn migrated(url: &str, folder: tempfile::TempDir) -> Stores {
        let database = Database::new(url, 2).unwrap();
        database.migrate().unwrap();
        Stores::of(Arc::new(database), Some(folder))
    }

    fn on_sqlite() -> Stores {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("rookery.db").display());
        migrated(&url, folder)
    }

    fn on_postgres() -> Stores {
        let postgres = Postgres::shared().unwrap_or_else(|error| panic!("{error}"));
        let url = postgres.create_database().unwrap();
        migrated(&url, tempfile::tempdir().unwrap())
    }

    store_contract!(sqlite, on_sqlite());
    store_contract!(postgres, on_postgres());
}
