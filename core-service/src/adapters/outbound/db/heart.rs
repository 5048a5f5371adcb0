//! The heartbeat. Every second each core counts a row of the database up, over a connection of its
//! own. So it knows that the database answers and takes what is written, whoever owns the pool's
//! connections, and that the database still is the one it was: a restored one has a lower count, or
//! another identity, and all topics get new epochs then.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryableByName,
    RunQueryDsl as _,
    connection::SimpleConnection as _,
    prelude::{Insertable, Queryable},
    r2d2::ManageConnection as _,
    sql_query,
    sql_types::Text,
};

use super::{
    Answer, Database, Failure,
    connection::{AnyConnection, Pooled},
    in_transaction, log,
    rows::TopicKind,
    schema::{database_identity, topics},
    store_error,
    write_lock::WriteLock,
};
use crate::{
    application::{error::StoreError, ports::Stored},
    domain::time::Timestamp,
};

/// A core whose last heartbeat is older cannot serve what needs the database.
const BEAT_MAX_AGE: Duration = Duration::from_secs(3);

/// The only row.
const ROW: i16 = 1;

/// What a core remembers of its heartbeats.
#[derive(Default)]
pub(super) struct Heart {
    connection: Mutex<Option<Pooled>>,
    last: Mutex<Option<(Instant, Identity)>>,
}

#[derive(Clone, Debug, Insertable, PartialEq, Queryable)]
#[diesel(table_name = database_identity)]
struct Identity {
    id: i16,
    generation: String,
    system_id: String,
    timeline: i64,
    heartbeat: i64,
    beaten_at: Timestamp,
}

#[derive(QueryableByName)]
struct ServerRow {
    #[diesel(sql_type = Text)]
    system_id: String,
    /// The first eight digits are the timeline's, hexadecimal.
    #[diesel(sql_type = Text)]
    wal_file: String,
}

impl Database {
    /// Whether the last heartbeat was a moment ago. Asks nobody, so it answers at once.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let last = locked(&self.heart.last);
        last.as_ref()
            .is_some_and(|(at, _)| at.elapsed() < BEAT_MAX_AGE)
    }

    /// One heartbeat. True when the database was found to be another one than before: then all topics
    /// have new epochs, and whoever remembers anything of them begins anew.
    ///
    /// # Errors
    /// When the database does not answer, or does not take what is written.
    pub fn beat(&self, now: Timestamp) -> Stored<bool> {
        let guard = self.write_lock.as_ref().map(WriteLock::acquire).transpose();
        let _guard = guard.map_err(|error| StoreError::Unavailable(error.into()))?;
        let mut own = locked(&self.heart.connection);
        let mut pooled = match own.take() {
            Some(pooled) => pooled,
            None => self
                .manager
                .connect()
                .map_err(|error| StoreError::Unavailable(error.into()))?,
        };
        let known = locked(&self.heart.last)
            .as_ref()
            .map(|(_, identity)| identity.clone());
        let server = server(&mut pooled.database);
        let begin = match pooled.database {
            AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
            AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        let beaten = in_transaction(&mut pooled.database, begin, |connection| {
            beat(connection, known.as_ref(), &server, now)
        });
        match beaten {
            Ok((identity, is_another)) => {
                *locked(&self.heart.last) = Some((Instant::now(), identity));
                *own = Some(pooled);
                Ok(is_another)
            }
            // The connection is dropped: the next beat makes a new one.
            Err(Failure::NothingChanged(error) | Failure::Changing(error)) => {
                Err(store_error(error))
            }
        }
    }
}

/// Counts up, and finds out whether this is the database that `known` is of.
fn beat(
    connection: &mut AnyConnection,
    known: Option<&Identity>,
    (system_id, timeline): &(String, i64),
    now: Timestamp,
) -> Answer<(Identity, bool)> {
    let counted: Option<Identity> = diesel::update(database_identity::table.find(ROW))
        .set((
            database_identity::heartbeat.eq(database_identity::heartbeat + 1),
            database_identity::beaten_at.eq(now),
        ))
        .returning(database_identity::all_columns)
        .get_result(connection)
        .optional()?;
    let Some(counted) = counted else {
        let first = Identity {
            id: ROW,
            generation: log::epoch()?,
            system_id: system_id.clone(),
            timeline: *timeline,
            heartbeat: 1,
            beaten_at: now,
        };
        diesel::insert_into(database_identity::table)
            .values(first.clone())
            .execute(connection)?;
        return Ok((first, false));
    };
    let went_back = known.is_some_and(|known| {
        known.generation == counted.generation && counted.heartbeat <= known.heartbeat
    });
    let moved = counted.system_id != *system_id || counted.timeline != *timeline;
    if !went_back && !moved {
        return Ok((counted, false));
    }
    let renewed = Identity {
        generation: log::epoch()?,
        system_id: system_id.clone(),
        timeline: *timeline,
        heartbeat: counted
            .heartbeat
            .max(known.map_or(0, |known| known.heartbeat + 1)),
        ..counted
    };
    if let AnyConnection::Postgres(connection) = connection {
        // This is one statement over all topics.
        connection.batch_execute("SET LOCAL statement_timeout = 0")?;
    }
    diesel::update(topics::table)
        .filter(topics::kind.ne(TopicKind::Control))
        .set(topics::epoch.eq(&renewed.generation))
        .execute(connection)?;
    diesel::update(database_identity::table.find(ROW))
        .set((
            database_identity::generation.eq(&renewed.generation),
            database_identity::system_id.eq(&renewed.system_id),
            database_identity::timeline.eq(renewed.timeline),
            database_identity::heartbeat.eq(renewed.heartbeat),
        ))
        .execute(connection)?;
    Ok((renewed, true))
}

/// PostgreSQL's system identifier and timeline; nothing of SQLite, and of a server that does not
/// tell: there the count alone shows a restore.
fn server(connection: &mut AnyConnection) -> (String, i64) {
    let AnyConnection::Postgres(connection) = connection else {
        return (String::new(), 0);
    };
    // The builder has no functions of the server's administration.
    let row = sql_query(
        "SELECT system_identifier::text AS system_id, \
         pg_walfile_name(pg_current_wal_lsn()) AS wal_file FROM pg_control_system()",
    )
    .get_result::<ServerRow>(connection);
    row.map_or_else(
        |_| (String::new(), 0),
        |row| {
            let timeline = row.wal_file.get(..8).unwrap_or_default();
            let timeline = i64::from_str_radix(timeline, 16).unwrap_or(0);
            (row.system_id, timeline)
        },
    )
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole at any time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use diesel::Connection as _;

    use super::*;
    use crate::{
        adapters::outbound::db::tests::{postgres_url, sqlite_url},
        application::ports::{AccountStore as _, NewAccount, TopicStore as _},
        domain::{
            account::{DisplayName, Handle, User},
            ids::UserId,
        },
    };

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    /// Two cores and a topic over one database.
    fn scene(url: &str) -> ([Database; 2], UserId) {
        let cores = [(); 2].map(|()| Database::new(url, 2).unwrap());
        cores[0].migrate().unwrap();
        let id = UserId::new(uuid::Uuid::now_v7());
        let account = NewAccount {
            user: User {
                id,
                handle: Handle::parse("ada").unwrap(),
                display_name: DisplayName::parse("Ada").unwrap(),
            },
            password_hash: "hash".to_owned(),
            created_at: NOW,
        };
        cores[0].create_account(&account).unwrap();
        (cores, id)
    }

    fn epoch(database: &Database, user: UserId) -> String {
        let grants = database.newest_grants(user, 1).unwrap();
        grants[0].position.epoch.clone()
    }

    fn check_restore(url: &str) {
        let ([one, other], user) = scene(url);
        assert!(!one.is_usable());
        for core in [&one, &other, &one, &other] {
            assert!(!core.beat(NOW).unwrap());
            assert!(core.is_usable());
        }
        let before = epoch(&one, user);
        // What a backup from a moment ago brings back.
        one.write(|connection| {
            diesel::update(database_identity::table)
                .set(database_identity::heartbeat.eq(1))
                .execute(connection)
        })
        .unwrap();
        assert!(one.beat(NOW).unwrap());
        let after = epoch(&one, user);
        assert_ne!(after, before);
        // Once for all cores.
        for core in [&other, &one, &other] {
            assert!(!core.beat(NOW).unwrap());
        }
        assert_eq!(epoch(&other, user), after);
        // A core that starts anew finds a database that came from another server.
        other
            .write(|connection| {
                diesel::update(database_identity::table)
                    .set(database_identity::timeline.eq(database_identity::timeline + 1))
                    .execute(connection)
            })
            .unwrap();
        assert!(Database::new(url, 2).unwrap().beat(NOW).unwrap());
        assert_ne!(epoch(&other, user), after);
    }

    #[test]
    fn restored_database_gets_new_epochs_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        check_restore(&sqlite_url(&folder));
    }

    #[test]
    fn restored_database_gets_new_epochs_on_postgres() {
        check_restore(&postgres_url());
    }

    #[test]
    fn database_that_takes_nothing_is_not_usable() {
        let url = postgres_url();
        let ([core, _], _) = scene(&url);
        core.beat(NOW).unwrap();
        let mut admin = diesel::PgConnection::establish(&url).unwrap();
        admin
            .batch_execute(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only \
                 = on', current_database()); END $$; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .unwrap();
        assert!(core.beat(NOW).is_err());
        assert!(core.beat(NOW).is_err());
        locked(&core.heart.last).as_mut().unwrap().0 -= BEAT_MAX_AGE;
        assert!(!core.is_usable());
    }
}
