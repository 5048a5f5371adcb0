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
    application::ports::{NewSession, Rotation, SessionStore, Stored},
    domain::{
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{SessionId, UserId},
        time::Timestamp,
    },
};

#[derive(Insertable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: SessionId,
    user_id: UserId,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// Sessions that one sign-in ends at most: there are so many only where a limit was lowered.
const ENDED_AT_ONCE: i64 = 1_000;

/// A refresh token with its session.
struct Token {
    session: SessionId,
    successor_hash: Option<String>,
    expires_at: Timestamp,
    is_revoked: bool,
    user: UserRow,
}

impl SessionStore for Database {
    fn create_session(&self, session: &NewSession) -> Stored<Vec<LoggedEvent>> {
        self.write(|connection| {
            let row = SessionRow {
                id: session.id,
                user_id: session.user,
                created_at: session.created_at,
                expires_at: session.expires_at,
            };
            diesel::insert_into(sessions::table)
                .values(row)
                .execute(connection)?;
            insert_token(connection, &session.refresh_hash, session.id)?;
            let unused = unused(connection, session)?;
            revoke(connection, &unused, session.created_at)
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
                prolong(connection, token.session, expires_at)?;
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

    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>> {
        self.write(|connection| revoke(connection, &[session], now))
    }
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

fn prolong(
    connection: &mut AnyConnection,
    session: SessionId,
    expires_at: Timestamp,
) -> Answer<()> {
    diesel::update(sessions::table.find(session))
        .set(sessions::expires_at.eq(expires_at))
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
        .limit(ENDED_AT_ONCE)
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
