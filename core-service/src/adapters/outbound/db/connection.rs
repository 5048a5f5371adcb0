//! One connection type for both databases.

use std::path::{Path, PathBuf};

use diesel::{
    Connection as _, ConnectionError, PgConnection, SqliteConnection,
    connection::SimpleConnection as _, r2d2::ManageConnection,
};

/// A connection to whichever database the URL names.
///
/// Its derived `establish` tries one backend after the other, so that a mistyped PostgreSQL URL
/// would become a SQLite file; [`Manager`] decides by the scheme instead.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs an expression on the connection that it is, for what diesel has no form over both: rows in
/// one `INSERT`, `ON CONFLICT`, and counting them.
macro_rules! on_either {
    ($connection:expr, |$each:ident| $run:expr) => {
        match $connection {
            $crate::adapters::outbound::db::connection::AnyConnection::Postgres($each) => $run,
            $crate::adapters::outbound::db::connection::AnyConnection::Sqlite($each) => $run,
        }
    };
}
pub(super) use on_either;

/// Opens connections for the pool.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    address: Address,
}

#[derive(Clone, Debug)]
enum Address {
    Postgres(String),
    Sqlite(PathBuf),
}

/// How long PostgreSQL may take to accept a connection, unless the URL says so itself.
const CONNECT_TIMEOUT_S: u32 = 5;

/// A row that somebody else holds, or a table, is given up on before whoever asked gives up, and a
/// transaction whose owner is gone or stopped lets go of what it holds.
const POSTGRES_LIMITS: &str = "SET lock_timeout = '3s'; SET statement_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '10s'";

/// The URL names no database that we know.
#[derive(Debug, thiserror::Error)]
#[error("database_url must begin with sqlite: or postgres:, such as sqlite:data/rookery.db")]
pub(super) struct UnknownScheme;

impl Manager {
    /// For `sqlite:path`, `sqlite://path`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// [`UnknownScheme`].
    pub(super) fn new(url: &str) -> Result<Self, UnknownScheme> {
        let address = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Address::Postgres(url.to_owned())
        } else {
            let path = url
                .strip_prefix("sqlite://")
                .or_else(|| url.strip_prefix("sqlite:"));
            Address::Sqlite(
                path.filter(|path| !path.is_empty())
                    .ok_or(UnknownScheme)?
                    .into(),
            )
        };
        Ok(Self { address })
    }

    /// Where the SQLite file is, if it is one.
    pub(super) fn sqlite_path(&self) -> Option<&Path> {
        match &self.address {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }
}

/// Why the pool has no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum PoolError {
    /// It could not be opened.
    #[error("cannot connect: {0}")]
    Connect(#[from] ConnectionError),
    /// It does not answer.
    #[error("connection does not answer: {0}")]
    Query(#[from] diesel::result::Error),
}

/// A connection in the pool.
pub(super) struct Pooled {
    pub(super) database: AnyConnection,
    /// It has failed: the pool drops it.
    pub(super) is_broken: bool,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = PoolError;

    fn connect(&self) -> Result<Pooled, PoolError> {
        let database = match &self.address {
            Address::Postgres(url) => {
                let mut connection = PgConnection::establish(&with_time_limit(url))?;
                connection.batch_execute(POSTGRES_LIMITS)?;
                AnyConnection::Postgres(connection)
            }
            Address::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // FULL: a committed message survives a power cut. What is deleted is overwritten.
                connection.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA secure_delete = ON; \
                     PRAGMA cache_size = -2000;",
                )?;
                AnyConnection::Sqlite(connection)
            }
        };
        Ok(Pooled {
            database,
            is_broken: false,
        })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), PoolError> {
        Ok(pooled.database.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.is_broken || std::thread::panicking()
    }
}

/// A server that accepts a connection and says nothing must not hold a thread for ever.
fn with_time_limit(url: &str) -> String {
    if url.contains("connect_timeout=") {
        return url.to_owned();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}connect_timeout={CONNECT_TIMEOUT_S}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_decides() {
        let path = |url| Manager::new(url).unwrap().sqlite_path().map(Path::to_owned);
        assert_eq!(path("sqlite:data/r.db"), Some("data/r.db".into()));
        assert_eq!(path("sqlite:///var/r.db"), Some("/var/r.db".into()));
        assert_eq!(path("postgres://u@h/d"), None);
        assert!(Manager::new("postgre://u@h/d").is_err());
        assert!(Manager::new("sqlite:").is_err());
    }

    #[test]
    fn connecting_has_a_time_limit() {
        let limited = with_time_limit;
        assert_eq!(
            limited("postgres://h/d"),
            "postgres://h/d?connect_timeout=5"
        );
        assert_eq!(
            limited("postgres://h/d?sslmode=require"),
            "postgres://h/d?sslmode=require&connect_timeout=5"
        );
        let own = "postgres://h/d?connect_timeout=30";
        assert_eq!(limited(own), own);
    }
}
