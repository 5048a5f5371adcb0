//! Every store, on SQLite or PostgreSQL, from one code base: diesel's typed queries.
//!
//! # Layout
//! - [`connection`]: one connection type for both, chosen by the URL's scheme
//! - [`schema`], [`values`], [`rows`]: the tables, what their columns keep, and rows as the domain's words
//! - [`write_lock`]: SQLite has one writer; this is its queue
//! - `heart`: whether the database takes what is written, and is the one it was
//! - `log`: the topic log's writing half, used inside the others' transactions
//! - `naming`: what messages that are to be posted name
//! - `scrubbing`: takes deleted messages out of the log
//! - `erasure`: takes deleted messages out of everything else
//! - `accounts`, `sessions`, `conversations`, `listing`, `members`, `departures`, `invites`, `posting`, `messages`,
//!   `message_changes`, `reactions`, `pins`, `keeping`, `drafts`, `chat_settings`, `clearing`, `marks`, `moves`, `topics`, `leases`,
//!   `retention`, `search`, `second_factors`, `deletions`, `uploads`, `attachments`: the ports

mod accounts;
mod attachments;
mod attempts;
mod chat_settings;
mod clearing;
mod clock;
mod connection;
mod contacts;
mod conversations;
mod deletions;
mod departures;
mod disappearing;
mod drafts;
mod erasure;
mod group_info;
mod heart;
mod invites;
mod keeping;
mod leases;
mod listing;
mod log;
mod marks;
mod members;
mod message_changes;
mod messages;
mod moves;
mod naming;
mod pins;
mod portraits;
mod posting;
mod previews;
mod profiles;
mod reactions;
mod retention;
mod rows;
mod schema;
mod scrubbing;
mod search;
mod second_factors;
mod sessions;
mod topics;
mod unread;
mod uploads;
mod values;
mod write_lock;

use std::{
    error::Error,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    connection::SimpleConnection as _,
    r2d2::{NopErrorHandler, Pool, PooledConnection},
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use self::{
    connection::{AnyConnection, Manager},
    heart::Heart,
    write_lock::{PATIENCE, WriteLock},
};
use crate::application::{error::StoreError, ports::Stored};

/// What both databases understand.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/portable");

/// Indexes of text, which each database has in a form of its own. They come after the others.
const ON_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const ON_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Replicas that start together migrate one after the other.
const MIGRATION_LOCK: i64 = 0x726f_6f6b;

/// How long a request waits for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Runs of a transaction that loses races.
const ATTEMPTS: usize = 6;

/// What took longer is not tried again: more than PostgreSQL takes to notice a deadlock, less than
/// [`connection`] lets a statement take.
const TRY_AGAIN_WITHIN: Duration = Duration::from_secs(2);

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
    manager: Manager,
    heart: Heart,
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

    /// Where the file of the database at `url` is, if it is SQLite's.
    #[must_use]
    pub fn sqlite_path(url: &str) -> Option<PathBuf> {
        let manager = Manager::new(url).ok()?;
        manager.sqlite_path().map(Path::to_owned)
    }

    /// The database at `url` (`sqlite:…` or `postgres:…`). It need not be reachable yet; use it once
    /// [`Self::migrate`] has succeeded.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn new(url: &str, pool_size: u32) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let manager = Manager::new(url)?;
        let write_lock = manager
            .sqlite_path()
            .map(|path| WriteLock::open(path, PATIENCE))
            .transpose()?;
        let pool = Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(0))
            // A broken one is found at its use.
            .test_on_check_out(false)
            .connection_timeout(CONNECT_WITHIN)
            // Whoever asks for a connection is told.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(manager.clone());
        Ok(Self {
            pool,
            manager,
            heart: Heart::default(),
            write_lock,
        })
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
        let mut pooled = self.pool.get().map_err(|error| match &guard {
            // A file that cannot be opened stays so.
            Some(_) => failed(error.into()),
            None => MigrateError::Unreachable(error.into()),
        })?;
        // The limits are for requests, and the lock ends with the connection.
        pooled.is_broken = true;
        let connection = &mut pooled.database;
        if guard.is_none() {
            let prepare = format!(
                "SET lock_timeout = 0; SET statement_timeout = 0; \
                 SELECT pg_advisory_lock({MIGRATION_LOCK})"
            );
            connection
                .batch_execute(&prepare)
                .map_err(|error| failed(error.into()))?;
        }
        let own = match connection {
            AnyConnection::Sqlite(_) => ON_SQLITE,
            AnyConnection::Postgres(_) => ON_POSTGRES,
        };
        for migrations in [MIGRATIONS, own] {
            connection
                .run_pending_migrations(migrations)
                .map_err(failed)?;
        }
        in_transaction(connection, "BEGIN", log::ensure_control)
            .map_err(|failure| failed(failure.into_error().into()))
    }

    fn connection(&self) -> Stored<PooledConnection<Manager>> {
        self.pool
            .get()
            .map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Reads with one statement.
    fn read_one<T>(&self, read: impl Fn(&mut AnyConnection) -> Answer<T>) -> Stored<T> {
        self.attempt(None, |connection, _| {
            read(connection).map_err(Failure::NothingChanged)
        })
    }

    /// Reads. All statements see the database as the first one found it.
    fn read<T>(&self, read: impl Fn(&mut AnyConnection) -> Answer<T>) -> Stored<T> {
        self.attempt(None, |connection, _| {
            let begin = match connection {
                AnyConnection::Sqlite(_) => "BEGIN DEFERRED",
                AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            };
            in_transaction(connection, begin, &read)
                .map_err(|failure| Failure::NothingChanged(failure.into_error()))
        })
    }

    /// Changes something: all of it or nothing. The body may run several times.
    fn write<T>(&self, write: impl Fn(&mut AnyConnection) -> Answer<T>) -> Stored<T> {
        self.write_attempts(|connection, _| write(connection))
    }

    /// As [`Self::write`], with the number of the attempt: 1, 2 … The body begins anew when it
    /// returns [`DieselError::RollbackTransaction`].
    fn write_attempts<T>(
        &self,
        write: impl Fn(&mut AnyConnection, usize) -> Answer<T>,
    ) -> Stored<T> {
        self.attempt(self.write_lock.as_ref(), |connection, attempt| {
            let begin = match connection {
                // A deferred transaction would fail at once when another process writes.
                AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
                AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            };
            in_transaction(connection, begin, |connection| write(connection, attempt))
        })
    }

    fn attempt<T>(
        &self,
        lock: Option<&WriteLock>,
        act: impl Fn(&mut AnyConnection, usize) -> Result<T, Failure>,
    ) -> Stored<T> {
        let began = Instant::now();
        for attempt in 1.. {
            let failure = {
                // Before the connection: writers that wait own none of those that readers need.
                let guard = lock.map(WriteLock::acquire).transpose();
                let _guard = guard.map_err(|error| StoreError::Unavailable(error.into()))?;
                let mut connection = self.connection()?;
                match act(&mut connection.database, attempt) {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => {
                        connection.is_broken |= failure.is_of_connection();
                        failure
                    }
                }
            };
            if attempt >= self.attempts(&failure) || began.elapsed() > TRY_AGAIN_WITHIN {
                return Err(store_error(failure.into_error()));
            }
            if !failure.is_of_connection() {
                // Different replicas come back at different times.
                let jitter = 1 + u64::from(std::process::id() % 7);
                thread::sleep(Duration::from_millis(jitter * attempt as u64));
            }
        }
        unreachable!("the loop returns at the last attempt")
    }

    /// How often something that fails like this is tried.
    fn attempts(&self, failure: &Failure) -> usize {
        match failure {
            // Connections that were idle while the database restarted are found broken one by one.
            Failure::NothingChanged(_) if failure.is_of_connection() => {
                self.pool.max_size() as usize + 1
            }
            Failure::NothingChanged(error) | Failure::Changing(error) => match error {
                DieselError::DatabaseError(kind, _) => match kind {
                    // The second run sees what the other transaction committed.
                    DatabaseErrorKind::UniqueViolation => 2,
                    DatabaseErrorKind::SerializationFailure => ATTEMPTS,
                    // The transaction may have been committed.
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand => 1,
                    // diesel has no kind for a deadlock. The locks' order allows none, but for hands
                    // other than ours.
                    _ => 2,
                },
                DieselError::RollbackTransaction => ATTEMPTS,
                _ => 1,
            },
        }
    }
}

/// How an attempt failed.
enum Failure {
    /// It has changed nothing.
    NothingChanged(DieselError),
    /// It had begun to change something.
    Changing(DieselError),
}

impl Failure {
    fn into_error(self) -> DieselError {
        match self {
            Self::NothingChanged(error) | Self::Changing(error) => error,
        }
    }

    /// Whether the connection may be what failed.
    fn is_of_connection(&self) -> bool {
        let (Self::NothingChanged(error) | Self::Changing(error)) = self;
        let DieselError::DatabaseError(kind, _) = error else {
            return matches!(error, DieselError::BrokenTransactionManager);
        };
        !matches!(
            kind,
            DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::RestrictViolation
                | DatabaseErrorKind::ExclusionViolation
        )
    }
}

fn in_transaction<T>(
    connection: &mut AnyConnection,
    begin: &str,
    act: impl FnOnce(&mut AnyConnection) -> Answer<T>,
) -> Result<T, Failure> {
    connection
        .batch_execute(begin)
        .map_err(Failure::NothingChanged)?;
    let done = act(connection).and_then(|answer| {
        connection.batch_execute("COMMIT")?;
        Ok(answer)
    });
    done.map_err(|error| {
        // A connection that cannot even roll back is found broken at its next use.
        let _ = connection.batch_execute("ROLLBACK");
        Failure::Changing(error)
    })
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
    use crate::{
        application::{
            ports::{ChatStore as _, NewConversation, SessionStore as _},
            testing::contract::{
                ChatStores, ProfileStores, Seats, Stores, chat_store_contract,
                profile_store_contract, store_contract,
            },
        },
        domain::{
            conversation::{Blueprint, Title},
            ids::{ClientId, ConversationId, SessionId, UserId},
            time::Timestamp,
        },
    };

    impl Seats for Database {
        fn seat(&self, user: UserId, chat: ConversationId, now: Timestamp) {
            let made = self.create_conversation(&NewConversation {
                id: chat,
                blueprint: Blueprint::Group(Title::parse("Rooks").unwrap(), Vec::new()),
                creator: user,
                client_id: ClientId::new(*chat.as_uuid()),
                created_at: now,
                chats_max: 99,
            });
            made.unwrap().unwrap();
        }
    }

    fn migrated(url: &str) -> Arc<Database> {
        let database = Database::new(url, 2).unwrap();
        database.migrate().unwrap();
        Arc::new(database)
    }

    pub(super) fn sqlite_url(folder: &tempfile::TempDir) -> String {
        format!("sqlite:{}", folder.path().join("rookery.db").display())
    }

    pub(super) fn postgres_url() -> String {
        let postgres = Postgres::shared().unwrap_or_else(|error| panic!("{error}"));
        postgres.create_database().unwrap()
    }

    pub(super) fn on_sqlite() -> (Arc<Database>, Option<tempfile::TempDir>) {
        let folder = tempfile::tempdir().unwrap();
        (migrated(&sqlite_url(&folder)), Some(folder))
    }

    pub(super) fn on_postgres() -> (Arc<Database>, Option<tempfile::TempDir>) {
        (migrated(&postgres_url()), None)
    }

    fn stores((database, folder): (Arc<Database>, Option<tempfile::TempDir>)) -> Stores {
        Stores::of(database, folder)
    }

    fn chat_stores((database, folder): (Arc<Database>, Option<tempfile::TempDir>)) -> ChatStores {
        ChatStores::of(database, folder)
    }

    fn profile_stores(
        (database, folder): (Arc<Database>, Option<tempfile::TempDir>),
    ) -> ProfileStores {
        ProfileStores::of(database, folder)
    }

    #[test]
    fn waiting_writers_leave_the_connections_to_readers() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(&sqlite_url(&folder), 2).unwrap();
        database.migrate().unwrap();
        let lock = database.write_lock.as_ref().unwrap();
        let held = lock.acquire().unwrap();
        let session = SessionId::new(uuid::Uuid::nil());
        let write = || database.revoke_session(session, Timestamp::from_micros(0));
        thread::scope(|scope| {
            let writers: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
            while lock.waiting() < writers.len() {
                thread::yield_now();
            }
            assert!(!database.is_session_active(session).unwrap());
            drop(held);
            for writer in writers {
                assert_eq!(writer.join().unwrap().unwrap(), Vec::new());
            }
        });
    }

    store_contract!(sqlite, stores(on_sqlite()));
    store_contract!(postgres, stores(on_postgres()));
    chat_store_contract!(chats_on_sqlite, chat_stores(on_sqlite()));
    chat_store_contract!(chats_on_postgres, chat_stores(on_postgres()));
    profile_store_contract!(profiles_on_sqlite, profile_stores(on_sqlite()));
    profile_store_contract!(profiles_on_postgres, profile_stores(on_postgres()));
}
