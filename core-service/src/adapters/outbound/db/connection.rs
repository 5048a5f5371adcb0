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

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = PoolError;

    fn connect(&self) -> Result<AnyConnection, PoolError> {
        match &self.address {
            Address::Postgres(url) => Ok(AnyConnection::Postgres(PgConnection::establish(url)?)),
            Address::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // FULL: a committed message survives a power cut.
                connection.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA cache_size = -2000;",
                )?;
                Ok(AnyConnection::Sqlite(connection))
            }
        }
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), PoolError> {
        Ok(connection.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, _: &mut AnyConnection) -> bool {
        std::thread::panicking()
    }
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
}
