//! [`RetentionStore`].

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use super::{
    Database, moves,
    schema::{refresh_tokens, sessions, sign_in_attempts},
    values::Key,
};
use crate::{
    application::ports::{Ended, RetentionStore, Stored},
    domain::ids::SessionId,
};

impl RetentionStore for Database {
    fn delete_ended(&self, ended: &Ended, limit: i64) -> Stored<usize> {
        self.write(|connection| {
            let over: Vec<SessionId> = sessions::table
                .filter(sessions::expires_at.lt(ended.sessions_before))
                .order(sessions::expires_at)
                .limit(limit)
                .select(sessions::id)
                .load(connection)?;
            let tokens = diesel::delete(refresh_tokens::table)
                .filter(refresh_tokens::session_id.eq_any(&over))
                .execute(connection)?;
            let sessions = diesel::delete(sessions::table)
                .filter(sessions::id.eq_any(&over))
                .execute(connection)?;
            let replaced: Vec<String> = refresh_tokens::table
                .filter(refresh_tokens::replaced_at.lt(ended.replaced_before))
                .order(refresh_tokens::replaced_at)
                .limit(limit)
                .select(refresh_tokens::hash)
                .load(connection)?;
            let replaced = diesel::delete(refresh_tokens::table)
                .filter(refresh_tokens::hash.eq_any(replaced))
                .execute(connection)?;
            let old: Vec<Key> = sign_in_attempts::table
                .filter(sign_in_attempts::attempted_at.lt(ended.attempts_before))
                .order(sign_in_attempts::attempted_at)
                .limit(limit)
                .select(sign_in_attempts::id)
                .load(connection)?;
            let attempts = diesel::delete(sign_in_attempts::table)
                .filter(sign_in_attempts::id.eq_any(old))
                .execute(connection)?;
            let moves = moves::forget(connection, ended.moves_before.minutes(), limit)?;
            Ok(tokens + sessions + replaced + attempts + moves)
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        adapters::outbound::db::tests::{postgres_url, sqlite_url},
        application::ports::{
            AccountStore as _, NewAccount, NewSession, Rotation, SessionStore as _,
        },
        domain::{
            account::{DisplayName, Handle, User},
            ids::UserId,
            time::Timestamp,
        },
    };

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    fn check(url: &str) {
        let database = Database::new(url, 2).unwrap();
        database.migrate().unwrap();
        let user = User {
            id: UserId::new(Uuid::now_v7()),
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            picture: None,
        };
        let account = NewAccount {
            user: user.clone(),
            password_hash: "hash".to_owned(),
            created_at: NOW,
        };
        database.create_account(&account).unwrap();
        let sign_in = |token: &str, expires_at| {
            let session = NewSession {
                id: SessionId::new(Uuid::now_v7()),
                user: user.id,
                password_hash: "hash".to_owned(),
                device: None,
                refresh_hash: token.to_owned(),
                created_at: NOW,
                expires_at,
                sessions_max: 99,
            };
            database.create_session(&session).unwrap();
            session.id
        };
        let over: Vec<SessionId> = (1..=3)
            .map(|day| sign_in(&format!("over {day}"), NOW.plus_seconds(day)))
            .collect();
        let later = NOW.plus_seconds(1_000);
        let revoked = sign_in("revoked", later);
        database.revoke_session(revoked, NOW).unwrap();
        let lives = sign_in("first", later);
        for (token, successor, at) in [("first", "second", 10), ("second", "third", 90)] {
            let rotated = database.rotate_refresh(token, successor, NOW.plus_seconds(at), later);
            assert!(matches!(rotated, Ok(Rotation::Rotated { .. })));
        }
        let ended = Ended {
            sessions_before: NOW.plus_seconds(100),
            replaced_before: NOW.plus_seconds(50),
            attempts_before: NOW,
            moves_before: NOW,
        };
        // Two sessions with their tokens and the first token; then the others.
        assert_eq!(database.delete_ended(&ended, 2).unwrap(), 5);
        assert_eq!(database.delete_ended(&ended, 2).unwrap(), 4);
        assert_eq!(database.delete_ended(&ended, 2).unwrap(), 0);
        for session in over {
            assert!(!database.is_session_active(session).unwrap());
        }
        assert!(database.is_session_active(lives).unwrap());
        let known = |token: &str| database.session_of_refresh(token).unwrap().is_some();
        assert!(!known("revoked") && !known("first") && known("second") && known("third"));
    }

    #[test]
    fn ended_rows_are_deleted_part_by_part_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        check(&sqlite_url(&folder));
    }

    #[test]
    fn ended_rows_are_deleted_part_by_part_on_postgres() {
        check(&postgres_url());
    }
}
