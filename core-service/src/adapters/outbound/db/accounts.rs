//! [`AccountStore`].

use diesel::{
    OptionalExtension as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use uuid::Uuid;

use super::{Database, log, rows::UserRow};
use crate::{
    application::ports::{AccountStore, NewAccount, Stored},
    domain::{
        account::{Handle, User},
        event::Topic,
        ids::UserId,
        time::Timestamp,
    },
};

#[derive(QueryableByName)]
struct CredentialsRow {
    #[diesel(embed)]
    user: UserRow,
    #[diesel(sql_type = Text)]
    password_hash: String,
}

#[derive(QueryableByName)]
struct FailuresRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
}

impl AccountStore for Database {
    fn create_account(&self, account: &NewAccount) -> Stored<()> {
        let user = &account.user;
        self.write(|connection| {
            sql_query(
                "INSERT INTO users (id, handle, display_name, password_hash, created_at) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind::<Text, _>(user.id.to_string())
            .bind::<Text, _>(user.handle.as_str())
            .bind::<Text, _>(user.display_name.as_str())
            .bind::<Text, _>(&account.password_hash)
            .bind::<BigInt, _>(account.created_at.micros())
            .execute(connection)?;
            log::create_topic(connection, Topic::User(user.id))
        })
    }

    fn credentials(&self, handle: &Handle) -> Stored<Option<(User, String)>> {
        self.read(|connection| {
            let row: Option<CredentialsRow> = sql_query(
                "SELECT id, handle, display_name, password_hash FROM users WHERE handle = $1",
            )
            .bind::<Text, _>(handle.as_str())
            .get_result(connection)
            .optional()?;
            row.map(|row| Ok((row.user.user()?, row.password_hash)))
                .transpose()
        })
    }

    fn user(&self, id: UserId) -> Stored<Option<User>> {
        self.read(|connection| {
            let row: Option<UserRow> =
                sql_query("SELECT id, handle, display_name FROM users WHERE id = $1")
                    .bind::<Text, _>(id.to_string())
                    .get_result(connection)
                    .optional()?;
            row.map(|row| row.user()).transpose()
        })
    }

    fn search_users(&self, prefix: &str, except: UserId, limit: i64) -> Stored<Vec<User>> {
        // What people type is no pattern.
        let escaped = prefix
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        self.read(|connection| {
            let rows: Vec<UserRow> = sql_query(
                "SELECT id, handle, display_name FROM users \
                 WHERE handle LIKE $1 ESCAPE '\\' AND id <> $2 ORDER BY handle LIMIT $3",
            )
            .bind::<Text, _>(format!("{escaped}%"))
            .bind::<Text, _>(except.to_string())
            .bind::<BigInt, _>(limit)
            .load(connection)?;
            rows.iter().map(UserRow::user).collect()
        })
    }

    fn note_login_failure(&self, subjects: &[String], at: Timestamp) -> Stored<()> {
        self.write(|connection| {
            for subject in subjects {
                sql_query(
                    "INSERT INTO login_failures (id, subject, failed_at) VALUES ($1, $2, $3)",
                )
                .bind::<Text, _>(Uuid::now_v7().to_string())
                .bind::<Text, _>(subject)
                .bind::<BigInt, _>(at.micros())
                .execute(connection)?;
            }
            Ok(())
        })
    }

    fn login_failures(&self, subject: &str, since: Timestamp) -> Stored<(i64, Option<Timestamp>)> {
        self.read(|connection| {
            let row: FailuresRow = sql_query(
                "SELECT count(*) AS count, min(failed_at) AS first FROM login_failures \
                 WHERE subject = $1 AND failed_at > $2",
            )
            .bind::<Text, _>(subject)
            .bind::<BigInt, _>(since.micros())
            .get_result(connection)?;
            Ok((row.count, row.first.map(Timestamp::from_micros)))
        })
    }

    fn forget_login_failures(&self, subject: &str) -> Stored<()> {
        self.write(|connection| {
            sql_query("DELETE FROM login_failures WHERE subject = $1")
                .bind::<Text, _>(subject)
                .execute(connection)?;
            Ok(())
        })
    }
}
