//! The heartbeat. Every second each core counts a row of the database up, over a connection of its
//! own. So it knows that the database answers and takes what is written, whoever owns the pool's
//! connections, and that the database still is the one it was: a restored one has a lower count, or
//! another identity, and all topics get new epochs then. Each core has a row to itself: the beats of
//! one core cannot make up for those that another one lost.

#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryableByName,
    RunQueryDsl as _,
    connection::SimpleConnection as _,
    dsl::sql,
    pg::PgConnection,
    prelude::{Insertable, Queryable},
    r2d2::ManageConnection as _,
    sql_query,
    sql_types::{Bool, Oid, Text},
};
use uuid::Uuid;

use super::{
    Answer, Database, Failure,
    connection::{AnyConnection, Pooled},
    in_transaction, log,
    rows::TopicKind,
    schema::{database_identity, heartbeats, topics},
    store_error,
    values::Key,
    write_lock::WriteLock,
};
use crate::{
    application::{error::StoreError, ports::Stored},
    domain::time::Timestamp,
};

/// A core whose last heartbeat is older cannot serve what needs the database.
const BEAT_MAX_AGE: Duration = Duration::from_secs(3);

/// Rows of cores that have not beaten for so long are deleted. A core that was stopped for longer and
/// goes on takes the database for a restored one.
const FORGOTTEN_AFTER_US: i64 = 24 * 60 * 60 * 1_000_000;

/// The only row of `database_identity`.
const ROW: i16 = 1;

/// What a core remembers of its heartbeats.
pub(super) struct Heart {
    core_id: Key,
    connection: Mutex<Option<Pooled>>,
    last: Mutex<Option<(Instant, Known)>>,
}

impl Default for Heart {
    fn default() -> Self {
        Self {
            core_id: Key::new(Uuid::now_v7()),
            connection: Mutex::default(),
            last: Mutex::default(),
        }
    }
}

/// What a core knows of the database since its last beat.
#[derive(Clone)]
struct Known {
    beats: i64,
    /// All that the core has seen, so that an earlier one that came back with a backup is not taken
    /// for another core's declaration. It grows by one with each restore.
    generations: Vec<String>,
}

#[derive(Clone, Debug, Insertable, Queryable)]
#[diesel(table_name = database_identity)]
struct Identity {
    id: i16,
    generation: String,
    system_id: String,
    timeline: i64,
    table_oid: i64,
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
            .map(|(_, known)| known.clone());
        // The connection is dropped where that fails, as below.
        let server = server(&mut pooled.database).map_err(store_error)?;
        let begin = match pooled.database {
            AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
            AnyConnection::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        let beaten = in_transaction(&mut pooled.database, begin, |connection| {
            beat(connection, self.heart.core_id, known, &server, now)
        });
        match beaten {
            Ok((known, is_another)) => {
                *locked(&self.heart.last) = Some((Instant::now(), known));
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
    core_id: Key,
    known: Option<Known>,
    (system_id, timeline): &(String, i64),
    now: Timestamp,
) -> Answer<(Known, bool)> {
    // Locks the row, so one core at a time looks and declares.
    let stored: Option<Identity> = diesel::update(database_identity::table.find(ROW))
        .set(database_identity::beaten_at.eq(now))
        .returning(database_identity::all_columns)
        .get_result(connection)
        .optional()?;
    let mut identity = Identity {
        id: ROW,
        generation: String::new(),
        system_id: system_id.clone(),
        timeline: *timeline,
        table_oid: table_oid(connection)?,
        beaten_at: now,
    };
    let counted = count(connection, core_id, now)?;
    let mut generations = known
        .as_ref()
        .map_or_else(Vec::new, |known| known.generations.clone());
    let is_another = stored.as_ref().is_some_and(|stored| {
        // A beat whose answer was lost counts too, so the count may be further than known.
        let lost = known.is_some_and(|known| counted <= known.beats);
        let moved = stored.system_id != identity.system_id
            || stored.timeline != identity.timeline
            || stored.table_oid != identity.table_oid;
        moved || (lost && generations.contains(&stored.generation))
    });
    identity.generation = match stored {
        Some(stored) if !is_another => stored.generation,
        Some(_) => {
            let generation = log::epoch()?;
            renew(connection, &generation)?;
            diesel::update(database_identity::table.find(ROW))
                .set((
                    database_identity::generation.eq(&generation),
                    database_identity::system_id.eq(&identity.system_id),
                    database_identity::timeline.eq(identity.timeline),
                    database_identity::table_oid.eq(identity.table_oid),
                ))
                .execute(connection)?;
            generation
        }
        None => {
            let generation = log::epoch()?;
            let first = Identity {
                generation: generation.clone(),
                ..identity
            };
            diesel::insert_into(database_identity::table)
                .values(first)
                .execute(connection)?;
            generation
        }
    };
    if !generations.contains(&identity.generation) {
        generations.push(identity.generation);
    }
    let known = Known {
        beats: counted,
        generations,
    };
    Ok((known, is_another))
}

/// Counts a core's own row up; 1 where it has none.
fn count(connection: &mut AnyConnection, core_id: Key, now: Timestamp) -> Answer<i64> {
    let counted = diesel::update(heartbeats::table.find(core_id))
        .set((
            heartbeats::beats.eq(heartbeats::beats + 1),
            heartbeats::beaten_at.eq(now),
        ))
        .returning(heartbeats::beats)
        .get_result(connection)
        .optional()?;
    if let Some(counted) = counted {
        return Ok(counted);
    }
    let forgotten = Timestamp::from_micros(now.micros() - FORGOTTEN_AFTER_US);
    diesel::delete(heartbeats::table.filter(heartbeats::beaten_at.lt(forgotten)))
        .execute(connection)?;
    diesel::insert_into(heartbeats::table)
        .values((
            heartbeats::core_id.eq(core_id),
            heartbeats::beats.eq(1),
            heartbeats::beaten_at.eq(now),
        ))
        .execute(connection)?;
    Ok(1)
}

/// Gives all topics a new epoch.
fn renew(connection: &mut AnyConnection, epoch: &str) -> Answer<()> {
    if let AnyConnection::Postgres(connection) = connection {
        // This is one statement over all topics.
        connection.batch_execute("SET LOCAL statement_timeout = 0")?;
    }
    diesel::update(topics::table)
        .filter(topics::kind.ne(TopicKind::Control))
        .set(topics::epoch.eq(epoch))
        .execute(connection)?;
    Ok(())
}

/// PostgreSQL's OID of the table of identities. `pg_restore` makes the table anew, so it shows a
/// restore that lost no beat.
fn table_oid(connection: &mut AnyConnection) -> Answer<i64> {
    let AnyConnection::Postgres(connection) = connection else {
        return Ok(0);
    };
    // The builder has no names of tables as values.
    let oid: u32 =
        diesel::select(sql::<Oid>("'database_identity'::regclass::oid")).get_result(connection)?;
    Ok(oid.into())
}

/// PostgreSQL's system identifier and timeline; nothing of SQLite, and of a server that tells them to
/// nobody but its administrator: there the count and the table's OID alone show a restore.
///
/// # Errors
/// When the server does not answer: it must not be taken for another one.
fn server(connection: &mut AnyConnection) -> Answer<(String, i64)> {
    let AnyConnection::Postgres(connection) = connection else {
        return Ok((String::new(), 0));
    };
    // The builder has no functions of the server's administration.
    let row = sql_query(
        "SELECT system_identifier::text AS system_id, \
         pg_walfile_name(pg_current_wal_lsn()) AS wal_file FROM pg_control_system()",
    )
    .get_result::<ServerRow>(connection);
    match row {
        Ok(row) => {
            let timeline = row.wal_file.get(..8).unwrap_or_default();
            let timeline = i64::from_str_radix(timeline, 16).unwrap_or(0);
            Ok((row.system_id, timeline))
        }
        Err(error) if may_ask(connection)? => Err(error),
        Err(_) => Ok((String::new(), 0)),
    }
}

/// Whether the role may ask the server who it is.
fn may_ask(connection: &mut PgConnection) -> Answer<bool> {
    // The builder has no functions of privileges.
    diesel::select(sql::<Bool>(
        "has_function_privilege('pg_control_system()', 'EXECUTE') \
         AND has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE') \
         AND has_function_privilege('pg_current_wal_lsn()', 'EXECUTE')",
    ))
    .get_result(connection)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole at any time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
