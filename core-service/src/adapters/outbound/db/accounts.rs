//! [`AccountStore`].

use diesel::{
    EscapeExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _, TextExpressionMethods as _,
    dsl::{count_star, min},
    prelude::Insertable,
};
use uuid::Uuid;

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    log,
    rows::UserRow,
    schema::{sign_in_attempts, users},
    values::Key,
};
use crate::{
    application::ports::{AccountStore, NewAccount, Stored},
    domain::{
        account::{DisplayName, Handle, User},
        event::Topic,
        ids::UserId,
        time::Timestamp,
    },
};

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow<'a> {
    id: UserId,
    handle: &'a Handle,
    display_name: &'a DisplayName,
    password_hash: &'a str,
    created_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = sign_in_attempts, treat_none_as_default_value = false)]
struct AttemptRow<'a> {
    id: Key,
    kind: &'a str,
    account: &'a str,
    origin: &'a str,
    attempted_at: Timestamp,
}

impl<'a> AttemptRow<'a> {
    fn new(id: Key, subject: &'a str, attempted_at: Timestamp) -> Self {
        let (kind, account, origin) = parts(subject);
        Self {
            id,
            kind,
            account,
            origin,
            attempted_at,
        }
    }
}

impl AccountStore for Database {
    fn create_account(&self, account: &NewAccount) -> Stored<()> {
        let user = &account.user;
        self.write(|connection| {
            let row = NewUserRow {
                id: user.id,
                handle: &user.handle,
                display_name: &user.display_name,
                password_hash: &account.password_hash,
                created_at: account.created_at,
            };
            diesel::insert_into(users::table)
                .values(row)
                .execute(connection)?;
            log::create_topic(connection, Topic::User(user.id), account.created_at)
        })
    }

    fn credentials(&self, handle: &Handle) -> Stored<Option<(User, String)>> {
        self.read_one(|connection| {
            let row: Option<(UserRow, String)> = users::table
                .filter(users::handle.eq(handle))
                .select((UserRow::as_select(), users::password_hash))
                .first(connection)
                .optional()?;
            Ok(row.map(|(user, password_hash)| (user.into(), password_hash)))
        })
    }

    fn user(&self, id: UserId) -> Stored<Option<User>> {
        self.read_one(|connection| user(connection, id))
    }

    fn search_users(&self, prefix: &str, except: UserId, limit: i64) -> Stored<Vec<User>> {
        // What people type is no pattern.
        let escaped = prefix
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        self.read_one(|connection| {
            let rows: Vec<UserRow> = users::table
                .filter(users::handle.like(format!("{escaped}%")).escape('\\'))
                .filter(users::id.ne(except))
                .order(users::handle)
                .limit(limit)
                .select(UserRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(User::from).collect())
        })
    }

    fn note_login_failure(&self, subjects: &[String], at: Timestamp) -> Stored<()> {
        self.write(|connection| {
            let id = Key::new(Uuid::now_v7());
            let rows: Vec<AttemptRow<'_>> = subjects
                .iter()
                .map(|subject| AttemptRow::new(id, subject, at))
                .collect();
            on_either!(connection, |connection| diesel::insert_into(
                sign_in_attempts::table
            )
            .values(&rows)
            .execute(connection))?;
            Ok(())
        })
    }

    fn login_failures(&self, subject: &str, since: Timestamp) -> Stored<(i64, Option<Timestamp>)> {
        let (kind, account, origin) = parts(subject);
        self.read_one(|connection| {
            sign_in_attempts::table
                .filter(sign_in_attempts::kind.eq(kind))
                .filter(sign_in_attempts::account.eq(account))
                .filter(sign_in_attempts::origin.eq(origin))
                .filter(sign_in_attempts::attempted_at.gt(since))
                .select((count_star(), min(sign_in_attempts::attempted_at)))
                .first(connection)
        })
    }

    fn forget_login_failures(&self, subject: &str) -> Stored<()> {
        let (kind, account, origin) = parts(subject);
        self.write(|connection| {
            diesel::delete(sign_in_attempts::table)
                .filter(sign_in_attempts::kind.eq(kind))
                .filter(sign_in_attempts::account.eq(account))
                .filter(sign_in_attempts::origin.eq(origin))
                .execute(connection)?;
            Ok(())
        })
    }
}

pub(super) fn user(connection: &mut AnyConnection, id: UserId) -> Answer<Option<User>> {
    let row: Option<UserRow> = users::table
        .find(id)
        .select(UserRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(User::from))
}

/// Kind, account and origin of a subject such as `account:ada` or `address:192.0.2.1`.
fn parts(subject: &str) -> (&str, &str, &str) {
    match subject.split_once(':') {
        Some(("address", address)) => ("address", "", address),
        Some((_, account)) => ("account", account, ""),
        None => ("account", subject, ""),
    }
}
