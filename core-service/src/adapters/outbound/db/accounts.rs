//! [`AccountStore`].

use std::collections::BTreeSet;

use diesel::{
    BoolExpressionMethods as _, BoxableExpression, EscapeExpressionMethods as _,
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _, TextExpressionMethods as _, prelude::Insertable, sql_types::Bool,
};

use super::{
    Answer, Database,
    connection::{AnyConnection, MultiBackend},
    deletions, log, profiles,
    rows::UserRow,
    schema::users,
    sessions,
};
use crate::{
    application::{
        error::StoreError,
        ports::{AccountStore, NewAccount, PasswordChange, Stored},
    },
    domain::{
        account::{DisplayName, Handle, User},
        event::{LoggedEvent, Topic},
        ids::UserId,
        search::{self, PeopleSearch},
        time::Timestamp,
    },
};

/// A condition on users.
type OnUsers = Box<dyn BoxableExpression<users::table, MultiBackend, SqlType = Bool>>;

/// Stands before what means something in a pattern and is meant as it is.
const ESCAPE: char = '\\';

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow<'a> {
    id: UserId,
    handle: &'a Handle,
    display_name: &'a DisplayName,
    search_terms: String,
    password_hash: &'a str,
    created_at: Timestamp,
}

impl AccountStore for Database {
    fn create_account(&self, account: &NewAccount) -> Stored<()> {
        let user = &account.user;
        let is_made = self.write(|connection| {
            let row = NewUserRow {
                id: user.id,
                handle: &user.handle,
                display_name: &user.display_name,
                search_terms: search::terms(user.display_name.as_str()),
                password_hash: &account.password_hash,
                created_at: account.created_at,
            };
            diesel::insert_into(users::table)
                .values(row)
                .execute(connection)?;
            // Behind the row, which waits for a deletion that is under way.
            if deletions::is_retired(connection, &user.handle)? {
                diesel::delete(users::table.find(user.id)).execute(connection)?;
                return Ok(false);
            }
            log::create_topic(connection, Topic::User(user.id), account.created_at)?;
            Ok(true)
        })?;
        if is_made {
            Ok(())
        } else {
            Err(StoreError::Exists)
        }
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

    fn change_password(&self, change: &PasswordChange) -> Stored<Option<Vec<LoggedEvent>>> {
        self.write(|connection| sessions::change_password(connection, change))
    }

    fn search_users(&self, search: &PeopleSearch, except: UserId, limit: i64) -> Stored<Vec<User>> {
        let has_handle = || {
            let pattern = format!("{}%", escaped(search.handle_prefix()));
            users::handle.like(pattern).escape(ESCAPE)
        };
        let has_word = |word: &String| -> OnUsers {
            let pattern = format!("% {}%", escaped(word));
            Box::new(users::search_terms.like(pattern).escape(ESCAPE))
        };
        self.read(|connection| {
            let words = search.words().iter().map(has_word);
            let is_called_so = words.reduce(|one, other| Box::new(one.and(other)));
            let found: OnUsers = match is_called_so {
                Some(is_called_so) => Box::new(has_handle().or(is_called_so)),
                None => Box::new(has_handle()),
            };
            let rows: Vec<UserRow> = users::table
                .filter(found)
                .filter(users::id.ne(except))
                .filter(users::deleted_at.is_null())
                .order((has_handle().desc(), users::handle))
                .limit(limit)
                .select(UserRow::as_select())
                .load(connection)?;
            let mut found: Vec<User> = rows.into_iter().map(User::from).collect();
            profiles::hide_pictures(connection, except, &BTreeSet::new(), found.iter_mut())?;
            Ok(found)
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

/// What people type is no pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push(ESCAPE);
        }
        escaped.push(character);
    }
    escaped
}
