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
    let id = UserId::new(Uuid::now_v7());
    let account = NewAccount {
        user: User {
            id,
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            picture: None,
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

/// What a backup brings back.
type Backup = (Vec<(Key, i64, Timestamp)>, String);

/// A backup that is taken right after a core's beat.
fn backup_after(core: &Database) -> Backup {
    assert!(!core.beat(NOW).unwrap());
    core.write(|connection| {
        let generation = database_identity::table.select(database_identity::generation);
        Ok((
            heartbeats::table.load(connection)?,
            generation.first(connection)?,
        ))
    })
    .unwrap()
}

fn restore(database: &Database, (beats, generation): &Backup) {
    database
        .write(|connection| {
            diesel::delete(heartbeats::table).execute(connection)?;
            for (core_id, beats, beaten_at) in beats {
                diesel::insert_into(heartbeats::table)
                    .values((
                        heartbeats::core_id.eq(core_id),
                        heartbeats::beats.eq(beats),
                        heartbeats::beaten_at.eq(beaten_at),
                    ))
                    .execute(connection)?;
            }
            diesel::update(database_identity::table)
                .set(database_identity::generation.eq(generation))
                .execute(connection)
        })
        .unwrap();
}

fn check_restore(url: &str) {
    let ([one, other], user) = scene(url);
    assert!(!one.is_usable());
    let before_all = backup_after(&one);
    for core in [&other, &one, &other] {
        assert!(!core.beat(NOW).unwrap());
        assert!(core.is_usable());
    }
    let before = epoch(&one, user);
    let backup = backup_after(&other);
    assert!(!one.beat(NOW).unwrap());
    restore(&one, &backup);
    // Only `one` has lost a beat; those of `other` do not make up for it.
    for _ in 0..3 {
        assert!(!other.beat(NOW).unwrap());
    }
    assert_eq!(epoch(&one, user), before);
    assert!(one.beat(NOW).unwrap());
    let after = epoch(&one, user);
    assert_ne!(after, before);
    // Once for all cores.
    for core in [&other, &one, &other] {
        assert!(!core.beat(NOW).unwrap());
    }
    assert_eq!(epoch(&other, user), after);
    // Backups with an earlier generation, with and without a row of the core that beats next.
    for (backup, core) in [(&backup, &one), (&before_all, &other)] {
        restore(&one, backup);
        assert!(core.beat(NOW).unwrap());
        for core in [&other, &one] {
            assert!(!core.beat(NOW).unwrap());
        }
    }
}

/// A core that starts anew finds a database that came from another place.
fn check_moved(url: &str, moved: impl Fn(&mut AnyConnection) -> diesel::QueryResult<usize>) {
    let ([core, _], user) = scene(url);
    assert!(!core.beat(NOW).unwrap());
    let before = epoch(&core, user);
    core.write(moved).unwrap();
    let started = Database::new(url, 2).unwrap();
    assert!(started.beat(NOW).unwrap());
    assert_ne!(epoch(&core, user), before);
    assert!(!core.beat(NOW).unwrap());
    assert!(!started.beat(NOW).unwrap());
}

fn other_timeline(connection: &mut AnyConnection) -> diesel::QueryResult<usize> {
    diesel::update(database_identity::table)
        .set(database_identity::timeline.eq(database_identity::timeline + 1))
        .execute(connection)
}

#[test]
fn database_of_another_place_gets_new_epochs_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check_moved(&sqlite_url(&folder), other_timeline);
}

#[test]
fn database_of_another_place_gets_new_epochs_on_postgres() {
    check_moved(&postgres_url(), other_timeline);
}

#[test]
fn restore_that_lost_no_beat_gets_new_epochs_on_postgres() {
    // What `pg_restore --clean` does with each table.
    check_moved(&postgres_url(), |connection| {
        connection.batch_execute(
            "CREATE TABLE dumped AS TABLE database_identity; DROP TABLE database_identity; \
             ALTER TABLE dumped RENAME TO database_identity",
        )?;
        Ok(1)
    });
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
fn server_that_does_not_answer_is_not_another_one() {
    let ([core, _], _) = scene(&postgres_url());
    assert!(!core.beat(NOW).unwrap());
    let mut pooled = core.manager.connect().unwrap();
    assert_ne!(server(&mut pooled.database).unwrap().0, "");
    let AnyConnection::Postgres(connection) = &mut pooled.database else {
        panic!("PostgreSQL was asked for");
    };
    // Nothing is answered in a transaction that has failed.
    connection.batch_execute("BEGIN").unwrap();
    assert!(connection.batch_execute("SELECT 1 / 0").is_err());
    assert!(server(&mut pooled.database).is_err());
}

#[test]
fn role_that_may_not_ask_who_the_server_is_is_told_nothing() {
    let ([core, _], _) = scene(&postgres_url());
    let mut pooled = core.manager.connect().unwrap();
    let AnyConnection::Postgres(connection) = &mut pooled.database else {
        panic!("PostgreSQL was asked for");
    };
    let role = format!("plain_{}", Uuid::now_v7().simple());
    // All of it ends with the connection.
    connection
        .batch_execute(&format!(
            "BEGIN; CREATE ROLE {role}; \
             REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; \
             SET LOCAL ROLE {role}"
        ))
        .unwrap();
    assert!(!may_ask(connection).unwrap());
}

#[test]
fn database_that_takes_nothing_is_not_usable() {
    let url = postgres_url();
    let ([core, _], _) = scene(&url);
    core.beat(NOW).unwrap();
    let mut admin = PgConnection::establish(&url).unwrap();
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
