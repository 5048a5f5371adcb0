//! [`SessionStore`].

use diesel::{
    OptionalExtension as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    log,
    rows::{CountRow, UserRow, id},
};
use crate::{
    application::ports::{NewSession, Rotation, SessionStore, Stored},
    domain::{
        event::{Effects, Event, LoggedEvent, Topic},
        ids::SessionId,
        time::Timestamp,
    },
};

#[derive(QueryableByName)]
struct TokenRow {
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    replaced_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    successor_hash: Option<String>,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    revoked_at: Option<i64>,
    #[diesel(embed)]
    user: UserRow,
}

impl SessionStore for Database {
    fn create_session(&self, session: &NewSession) -> Stored<()> {
        self.write(|connection| {
            sql_query(
                "INSERT INTO sessions (id, user_id, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind::<Text, _>(session.id.to_string())
            .bind::<Text, _>(session.user.to_string())
            .bind::<BigInt, _>(session.created_at.micros())
            .bind::<BigInt, _>(session.expires_at.micros())
            .execute(connection)?;
            insert_token(connection, &session.refresh_hash, session.id)
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
            // Takes the row, so that two replicas do not both replace the token.
            let replaced = sql_query(
                "UPDATE refresh_tokens SET replaced_at = $1, successor_hash = $2 \
                 WHERE hash = $3 AND replaced_at IS NULL AND session_id IN \
                 (SELECT id FROM sessions WHERE revoked_at IS NULL AND expires_at > $1)",
            )
            .bind::<BigInt, _>(now.micros())
            .bind::<Text, _>(successor_hash)
            .bind::<Text, _>(hash)
            .execute(connection)?;
            let Some(token) = token(connection, hash)? else {
                return Ok(Rotation::Refused);
            };
            let session: SessionId = id(&token.session_id)?;
            if token.revoked_at.is_some() || token.expires_at <= now.micros() {
                return Ok(Rotation::Refused);
            }
            if replaced > 0 {
                insert_token(connection, successor_hash, session)?;
                prolong(connection, session, expires_at)?;
            } else if was_used(connection, &token)? {
                return Ok(Rotation::Reused(revoke(connection, session, now)?));
            } else if token.successor_hash.as_deref() != Some(successor_hash) {
                // A replica with another signing key made the successor, which only it can repeat.
                return Ok(Rotation::Refused);
            }
            Ok(Rotation::Rotated {
                user: token.user.user()?,
                session,
            })
        })
    }

    fn is_session_active(&self, session: SessionId) -> Stored<bool> {
        self.read(|connection| {
            let row: CountRow = sql_query(
                "SELECT count(*) AS count FROM sessions WHERE id = $1 AND revoked_at IS NULL",
            )
            .bind::<Text, _>(session.to_string())
            .get_result(connection)?;
            Ok(row.count > 0)
        })
    }

    fn session_of_refresh(&self, hash: &str) -> Stored<Option<SessionId>> {
        self.read(|connection| {
            token(connection, hash)?
                .map(|token| id(&token.session_id))
                .transpose()
        })
    }

    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>> {
        self.write(|connection| revoke(connection, session, now))
    }
}

fn token(connection: &mut AnyConnection, hash: &str) -> Answer<Option<TokenRow>> {
    sql_query(
        "SELECT t.session_id, t.replaced_at, t.successor_hash, s.expires_at, s.revoked_at, \
                u.id, u.handle, u.display_name \
         FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id \
         JOIN users u ON u.id = s.user_id WHERE t.hash = $1",
    )
    .bind::<Text, _>(hash)
    .get_result(connection)
    .optional()
}

/// Whether the token that replaced this one has been replaced in its turn.
fn was_used(connection: &mut AnyConnection, replaced: &TokenRow) -> Answer<bool> {
    let Some(hash) = &replaced.successor_hash else {
        return Ok(true);
    };
    let successor = token(connection, hash)?;
    Ok(successor.is_none_or(|successor| successor.replaced_at.is_some()))
}

fn insert_token(connection: &mut AnyConnection, hash: &str, session: SessionId) -> Answer<()> {
    sql_query("INSERT INTO refresh_tokens (hash, session_id) VALUES ($1, $2)")
        .bind::<Text, _>(hash)
        .bind::<Text, _>(session.to_string())
        .execute(connection)?;
    Ok(())
}

fn prolong(
    connection: &mut AnyConnection,
    session: SessionId,
    expires_at: Timestamp,
) -> Answer<()> {
    sql_query("UPDATE sessions SET expires_at = $1 WHERE id = $2")
        .bind::<BigInt, _>(expires_at.micros())
        .bind::<Text, _>(session.to_string())
        .execute(connection)?;
    Ok(())
}

fn revoke(
    connection: &mut AnyConnection,
    session: SessionId,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let revoked =
        sql_query("UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind::<BigInt, _>(now.micros())
            .bind::<Text, _>(session.to_string())
            .execute(connection)?;
    if revoked == 0 {
        return Ok(Vec::new());
    }
    let effects = Effects {
        revoked_sessions: vec![session],
        ..Effects::default()
    };
    let event = log::append(
        connection,
        Topic::Control,
        &Event::SessionRevoked,
        &session,
        effects,
        now,
    )?;
    Ok(vec![event])
}
