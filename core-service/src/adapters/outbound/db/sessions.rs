//! [`SessionStore`].

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _, dsl::exists, prelude::Insertable,
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    log,
    rows::UserRow,
    schema::{refresh_tokens, sessions, users},
    values::Key,
};
use crate::{
    application::ports::{
        NewSession, PasswordChange, REPLACED_TOKENS_MAX, Rotation, SessionStore, Stored,
    },
    domain::{
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{SessionId, UserId},
        session::{DeviceName, LivingSession},
        time::Timestamp,
    },
};

#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct SessionRow<'a> {
    id: SessionId,
    user_id: UserId,
    created_at: Timestamp,
    expires_at: Timestamp,
    device: Option<&'a DeviceName>,
    used_at: Timestamp,
}

/// Sessions that one sign-in ends at most: there are so many only where a limit was lowered. No event
/// names more.
const ENDED_AT_ONCE: usize = 1_000;

/// Sessions that a person is shown, those that were used last.
const SHOWN_MAX: i64 = 1_000;

/// A refresh token with its session.
struct Token {
    session: SessionId,
    successor_hash: Option<String>,
    expires_at: Timestamp,
    is_revoked: bool,
    user: UserRow,
}

impl SessionStore for Database {
    fn create_session(&self, session: &NewSession) -> Stored<Option<Vec<LoggedEvent>>> {
        self.write(|connection| {
            if !has_password(connection, session)? {
                return Ok(None);
            }
            let row = SessionRow {
                id: session.id,
                user_id: session.user,
                created_at: session.created_at,
                expires_at: session.expires_at,
                device: session.device.as_ref(),
                used_at: session.created_at,
            };
            diesel::insert_into(sessions::table)
                .values(row)
                .execute(connection)?;
            insert_token(connection, &session.refresh_hash, session.id)?;
            let unused = unused(connection, session)?;
            revoke(connection, &unused, session.created_at).map(Some)
        })
    }

    fn rotate_refresh(
        &self,
        hash: &str,
        successor_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Rotation> {
        self.write(|connection| {
            let living = sessions::table
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(now))
                .select(sessions::id);
            // Takes the row, so that two replicas do not both replace the token.
            let replaced = diesel::update(refresh_tokens::table.find(hash))
                .filter(refresh_tokens::replaced_at.is_null())
                .filter(refresh_tokens::session_id.eq_any(living))
                .set((
                    refresh_tokens::replaced_at.eq(now),
                    refresh_tokens::successor_hash.eq(successor_hash),
                ))
                .execute(connection)?;
            let Some(token) = token(connection, hash)? else {
                return Ok(Rotation::Refused);
            };
            if token.is_revoked || token.expires_at <= now {
                return Ok(Rotation::Refused);
            }
            if replaced > 0 {
                insert_token(connection, successor_hash, token.session)?;
                forget_replaced(connection, token.session)?;
                prolong(connection, token.session, now, expires_at)?;
            } else if was_used(connection, &token)? {
                return Ok(Rotation::Reused(revoke(connection, &[token.session], now)?));
            } else if token.successor_hash.as_deref() != Some(successor_hash) {
                // A replica with another signing key made the successor, which only it can repeat.
                return Ok(Rotation::Refused);
            }
            Ok(Rotation::Rotated {
                user: token.user.into(),
                session: token.session,
            })
        })
    }

    fn is_session_active(&self, session: SessionId) -> Stored<bool> {
        self.read_one(|connection| {
            let active = sessions::table
                .find(session)
                .filter(sessions::revoked_at.is_null());
            diesel::select(exists(active)).get_result(connection)
        })
    }

    fn session_of_refresh(&self, hash: &str) -> Stored<Option<SessionId>> {
        self.read_one(|connection| {
            refresh_tokens::table
                .find(hash)
                .select(refresh_tokens::session_id)
                .first(connection)
                .optional()
        })
    }

    fn living_sessions(&self, user: UserId, now: Timestamp) -> Stored<Vec<LivingSession>> {
        self.read_one(|connection| living(connection, user, now))
    }

    fn end_session(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Stored<Option<Vec<LoggedEvent>>> {
        self.write(|connection| {
            let own = sessions::table
                .find(session)
                .filter(sessions::user_id.eq(user));
            if !diesel::select(exists(own)).get_result::<bool>(connection)? {
                return Ok(None);
            }
            revoke(connection, &[session], now).map(Some)
        })
    }

    fn end_other_sessions(
        &self,
        user: UserId,
        keep: SessionId,
        now: Timestamp,
    ) -> Stored<Vec<LoggedEvent>> {
        self.write(|connection| end_others(connection, user, keep, now))
    }

    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>> {
        self.write(|connection| revoke(connection, &[session], now))
    }
}

/// Changes a password that is still the one before; see [`AccountStore::change_password`].
///
/// [`AccountStore::change_password`]: crate::application::ports::AccountStore::change_password
pub(super) fn change_password(
    connection: &mut AnyConnection,
    change: &PasswordChange,
) -> Answer<Option<Vec<LoggedEvent>>> {
    let changed = diesel::update(users::table.find(change.user))
        .filter(users::password_hash.eq(&change.before))
        .set(users::password_hash.eq(&change.after))
        .execute(connection)?;
    if changed == 0 {
        return Ok(None);
    }
    end_others(connection, change.user, change.keep, change.now).map(Some)
}

/// Whether the account still has the password with which somebody signs in. It has until the
/// transaction ends.
fn has_password(connection: &mut AnyConnection, session: &NewSession) -> Answer<bool> {
    let own = users::table
        .find(session.user)
        .filter(users::password_hash.eq(&session.password_hash))
        .select(users::id);
    let found: Option<UserId> = match connection {
        AnyConnection::Postgres(connection) => own.for_share().first(connection).optional()?,
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => own.first(connection).optional()?,
    };
    Ok(found.is_some())
}

fn living(
    connection: &mut AnyConnection,
    user: UserId,
    now: Timestamp,
) -> Answer<Vec<LivingSession>> {
    type Row = (SessionId, Option<DeviceName>, Timestamp, Option<Timestamp>);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        // It moves with every use.
        .order((
            sessions::expires_at.desc(),
            sessions::created_at.desc(),
            sessions::id.desc(),
        ))
        .limit(SHOWN_MAX)
        .select((
            sessions::id,
            sessions::device,
            sessions::created_at,
            sessions::used_at,
        ))
        .load(connection)?;
    let session = |(id, device, created_at, used_at): Row| LivingSession {
        id,
        device,
        created_at,
        used_at: used_at.unwrap_or(created_at),
    };
    Ok(rows.into_iter().map(session).collect())
}

pub(super) fn end_others(
    connection: &mut AnyConnection,
    user: UserId,
    keep: SessionId,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let others: Vec<SessionId> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(keep))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id)
        .select(sessions::id)
        .load(connection)?;
    let mut events = Vec::new();
    for some in others.chunks(ENDED_AT_ONCE) {
        events.extend(revoke(connection, some, now)?);
    }
    Ok(events)
}

fn token(connection: &mut AnyConnection, hash: &str) -> Answer<Option<Token>> {
    type Row = (
        SessionId,
        Option<String>,
        Timestamp,
        Option<Timestamp>,
        UserRow,
    );
    let row: Option<Row> = refresh_tokens::table
        .inner_join(sessions::table.inner_join(users::table))
        .filter(refresh_tokens::hash.eq(hash))
        .select((
            sessions::id,
            refresh_tokens::successor_hash,
            sessions::expires_at,
            sessions::revoked_at,
            UserRow::as_select(),
        ))
        .first(connection)
        .optional()?;
    Ok(row.map(
        |(session, successor_hash, expires_at, revoked_at, user)| Token {
            session,
            successor_hash,
            expires_at,
            is_revoked: revoked_at.is_some(),
            user,
        },
    ))
}

/// Whether the token that replaced this one has been replaced in its turn.
fn was_used(connection: &mut AnyConnection, replaced: &Token) -> Answer<bool> {
    let Some(hash) = &replaced.successor_hash else {
        return Ok(true);
    };
    let unused = refresh_tokens::table
        .find(hash)
        .filter(refresh_tokens::replaced_at.is_null());
    let is_unused: bool = diesel::select(exists(unused)).get_result(connection)?;
    Ok(!is_unused)
}

fn insert_token(connection: &mut AnyConnection, hash: &str, session: SessionId) -> Answer<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(hash),
            refresh_tokens::session_id.eq(session),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes replaced tokens of a session beyond the newest.
fn forget_replaced(connection: &mut AnyConnection, session: SessionId) -> Answer<()> {
    let old: Vec<String> = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session))
        .filter(refresh_tokens::replaced_at.is_not_null())
        .order(refresh_tokens::replaced_at.desc())
        .offset(i64::try_from(REPLACED_TOKENS_MAX).unwrap_or(i64::MAX))
        .limit(100)
        .select(refresh_tokens::hash)
        .load(connection)?;
    if !old.is_empty() {
        diesel::delete(refresh_tokens::table)
            .filter(refresh_tokens::hash.eq_any(old))
            .execute(connection)?;
    }
    Ok(())
}

fn prolong(
    connection: &mut AnyConnection,
    session: SessionId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Answer<()> {
    diesel::update(sessions::table.find(session))
        .set((
            sessions::expires_at.eq(expires_at),
            sessions::used_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Sessions of the person who has signed in that are more than they may have: those that were used
/// last stay.
fn unused(connection: &mut AnyConnection, new: &NewSession) -> Answer<Vec<SessionId>> {
    sessions::table
        .filter(sessions::user_id.eq(new.user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(new.created_at))
        .order((
            sessions::expires_at.desc(),
            sessions::created_at.desc(),
            sessions::id.desc(),
        ))
        .offset(new.sessions_max)
        .limit(i64::try_from(ENDED_AT_ONCE).unwrap_or(i64::MAX))
        .select(sessions::id)
        .load(connection)
}

fn revoke(
    connection: &mut AnyConnection,
    sessions: &[SessionId],
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let mut revoked: Vec<SessionId> = on_either!(connection, |connection| {
        diesel::update(sessions::table)
            .filter(sessions::id.eq_any(sessions))
            .filter(sessions::revoked_at.is_null())
            // Nobody refreshes it any more, so it is kept no longer than one that ran out.
            .set((sessions::revoked_at.eq(now), sessions::expires_at.eq(now)))
            .returning(sessions::id)
            .get_results(connection)
    })?;
    revoked.sort_unstable();
    let Some(first) = revoked.first() else {
        return Ok(Vec::new());
    };
    let subject = Key::new(*first.as_uuid());
    let entry = log::Entry {
        topic: Topic::Control,
        event: Event::SessionRevoked,
        subject,
        effects: Effects {
            revoked_sessions: revoked,
            ..Effects::default()
        },
    };
    log::append(connection, vec![entry], now)
}
