//! [`AttemptStore`].

use diesel::{
    ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{count_star, max},
    prelude::Insertable,
};
use uuid::Uuid;

use super::{Database, connection::on_either, schema::sign_in_attempts, values::Key};
use crate::{
    application::ports::{AttemptStore, NewAttempt, Stored},
    domain::{
        account::Handle,
        attempt::{Attempts, Subject},
        time::Timestamp,
    },
};

#[derive(Insertable)]
#[diesel(table_name = sign_in_attempts, treat_none_as_default_value = false)]
struct AttemptRow<'a> {
    id: Key,
    kind: &'a str,
    account: &'a str,
    origin: &'a str,
    attempted_at: Timestamp,
}

impl AttemptStore for Database {
    fn note_attempt(&self, attempt: &NewAttempt) -> Stored<()> {
        self.write(|connection| {
            let rows: Vec<AttemptRow<'_>> = attempt
                .subjects
                .iter()
                .map(|subject| AttemptRow {
                    id: Key::new(attempt.id),
                    kind: subject.kind.as_str(),
                    account: &subject.account,
                    origin: &subject.origin,
                    attempted_at: attempt.at,
                })
                .collect();
            on_either!(connection, |connection| diesel::insert_into(
                sign_in_attempts::table
            )
            .values(&rows)
            .execute(connection))?;
            Ok(())
        })
    }

    fn attempts(&self, subject: &Subject, since: Timestamp, but: Uuid) -> Stored<Attempts> {
        self.read_one(|connection| {
            let (count, last) = sign_in_attempts::table
                .filter(sign_in_attempts::account.eq(&subject.account))
                .filter(sign_in_attempts::kind.eq(subject.kind.as_str()))
                .filter(sign_in_attempts::origin.eq(&subject.origin))
                .filter(sign_in_attempts::attempted_at.gt(since))
                .filter(sign_in_attempts::id.ne(Key::new(but)))
                .select((count_star(), max(sign_in_attempts::attempted_at)))
                .first(connection)?;
            Ok(Attempts { count, last })
        })
    }

    fn withdraw_attempt(&self, id: Uuid) -> Stored<()> {
        self.write(|connection| {
            diesel::delete(sign_in_attempts::table)
                .filter(sign_in_attempts::id.eq(Key::new(id)))
                .execute(connection)?;
            Ok(())
        })
    }

    fn forget_attempts(&self, subject: &Subject) -> Stored<()> {
        self.write(|connection| {
            diesel::delete(sign_in_attempts::table)
                .filter(sign_in_attempts::account.eq(&subject.account))
                .filter(sign_in_attempts::kind.eq(subject.kind.as_str()))
                .filter(sign_in_attempts::origin.eq(&subject.origin))
                .execute(connection)?;
            Ok(())
        })
    }

    fn unlock_account(&self, handle: &Handle) -> Stored<()> {
        self.write(|connection| {
            diesel::delete(sign_in_attempts::table)
                .filter(sign_in_attempts::account.eq(handle))
                .execute(connection)?;
            Ok(())
        })
    }
}
