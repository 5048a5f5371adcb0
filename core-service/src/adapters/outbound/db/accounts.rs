//! [`AccountStore`].

use diesel::{
    EscapeExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _, TextExpressionMethods as _, prelude::Insertable,
};

use super::{Answer, Database, connection::AnyConnection, log, rows::UserRow, schema::users};
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
}

pub(super) fn user(connection: &mut AnyConnection, id: UserId) -> Answer<Option<User>> {
    let row: Option<UserRow> = users::table
        .find(id)
        .select(UserRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(User::from))
}
