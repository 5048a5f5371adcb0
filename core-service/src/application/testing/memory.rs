//! [`MemoryStore`]: accounts, sessions, second factors, attempts to sign in, the topic log and leases in memory.
//!
//! One lock around everything makes each method one transaction.

mod deletions;
mod factors;
mod topics;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use crate::{
    application::{
        error::StoreError,
        ports::{
            AccountStore, AttemptStore, NewAccount, NewAttempt, NewSession, PasswordChange,
            REPLACED_TOKENS_MAX, Rotation, SessionStore, Stored,
        },
    },
    domain::{
        account::{Handle, User},
        attempt::{Attempts, Subject},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, SessionId, UserId},
        search::PeopleSearch,
        session::{DeviceName, LivingSession},
        time::Timestamp,
    },
};

/// Every topic's epoch: nothing is ever restored here.
pub(super) const EPOCH: &str = "memory";

/// The stores that accounts need, in memory.
#[derive(Default)]
pub(crate) struct MemoryStore(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    accounts: BTreeMap<String, Account>,
    sessions: HashMap<SessionId, Session>,
    tokens: HashMap<String, Token>,
    attempts: Vec<(Uuid, Subject, Timestamp)>,
    factors: HashMap<UserId, factors::Kept>,
    /// Of deleted accounts.
    retired_handles: HashSet<String>,
    /// Each topic's events: offset 1 is the first.
    pub(super) log: BTreeMap<String, Vec<LoggedEvent>>,
    /// What the hub has acknowledged of each topic.
    acked: HashMap<String, i64>,
    /// From which offset on a user hears a chat.
    seats: BTreeMap<(UserId, ConversationId), i64>,
    /// Who does a job, and until when.
    leases: HashMap<String, (String, Timestamp)>,
}

struct Account {
    user: User,
    password_hash: String,
}

struct Session {
    user: UserId,
    device: Option<DeviceName>,
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Timestamp,
    is_revoked: bool,
}

struct Token {
    session: SessionId,
    successor_hash: Option<String>,
    replaced_at: Option<Timestamp>,
}

impl MemoryStore {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_replaced(&mut self, session: SessionId) {
        let of_session = self
            .tokens
            .iter()
            .filter(|(_, token)| token.session == session);
        let mut replaced: Vec<(Timestamp, String)> = of_session
            .filter_map(|(hash, token)| Some((token.replaced_at?, hash.clone())))
            .collect();
        replaced.sort_unstable_by(|one, other| other.cmp(one));
        for (_, hash) in replaced.drain(..).skip(REPLACED_TOKENS_MAX) {
            self.tokens.remove(&hash);
        }
    }

    pub(super) fn user(&self, id: UserId) -> Option<&User> {
        let mut users = self.accounts.values().map(|account| &account.user);
        users.find(|user| user.id == id)
    }

    /// Appends an event at the topic's next offset.
    pub(super) fn append(
        &mut self,
        topic: Topic,
        event: &Event,
        effects: Effects,
        now: Timestamp,
    ) -> Stored<LoggedEvent> {
        let payload =
            serde_json::to_string(event).map_err(|error| StoreError::Unavailable(error.into()))?;
        let topic = topic.to_string();
        let log = self.log.entry(topic.clone()).or_default();
        let event = LoggedEvent {
            topic,
            epoch: EPOCH.to_owned(),
            offset: i64::try_from(log.len()).unwrap_or(i64::MAX) + 1,
            payload,
            committed_at: now,
            effects,
        };
        log.push(event.clone());
        Ok(event)
    }

    fn revoke(&mut self, ids: &[SessionId], now: Timestamp) -> Stored<Vec<LoggedEvent>> {
        let mut revoked = ids.to_vec();
        revoked.retain(|id| {
            let session = self.sessions.get_mut(id);
            session.is_some_and(|session| !std::mem::replace(&mut session.is_revoked, true))
        });
        if revoked.is_empty() {
            return Ok(Vec::new());
        }
        revoked.sort_unstable();
        let effects = Effects {
            revoked_sessions: revoked,
            ..Effects::default()
        };
        let event = self.append(Topic::Control, &Event::SessionRevoked, effects, now)?;
        Ok(vec![event])
    }

    fn account(&mut self, id: UserId) -> Option<&mut Account> {
        let mut accounts = self.accounts.values_mut();
        accounts.find(|account| account.user.id == id)
    }

    /// A person's sessions that have not ended, the one that was used last first.
    fn living(&self, user: UserId, now: Timestamp) -> Vec<LivingSession> {
        let living = self
            .sessions
            .iter()
            .filter(|(_, of)| of.user == user && !of.is_revoked && of.expires_at > now);
        let mut living: Vec<_> = living
            .map(|(id, of)| (of.expires_at, of.created_at, *id))
            .collect();
        living.sort_unstable();
        let session = |(_, _, id): &(Timestamp, Timestamp, SessionId)| {
            let of = &self.sessions[id];
            LivingSession {
                id: *id,
                device: of.device.clone(),
                created_at: of.created_at,
                used_at: of.used_at,
            }
        };
        living.iter().rev().map(session).collect()
    }

    fn end_others(
        &mut self,
        user: UserId,
        keep: SessionId,
        now: Timestamp,
    ) -> Stored<Vec<LoggedEvent>> {
        let living = self.living(user, now).into_iter();
        let others: Vec<SessionId> = living
            .map(|session| session.id)
            .filter(|id| *id != keep)
            .collect();
        self.revoke(&others, now)
    }

    /// Whether the successor of a token was replaced in its turn.
    fn was_used(&self, successor_hash: &str) -> bool {
        let successor = self.tokens.get(successor_hash);
        successor.is_none_or(|token| token.successor_hash.is_some())
    }
}

impl AccountStore for MemoryStore {
    fn create_account(&self, account: &NewAccount) -> Stored<()> {
        let mut state = self.state();
        let handle = account.user.handle.as_str().to_owned();
        if state.accounts.contains_key(&handle) || state.retired_handles.contains(&handle) {
            return Err(StoreError::Exists);
        }
        let topic = Topic::User(account.user.id).to_string();
        state.log.insert(topic, Vec::new());
        let account = Account {
            user: account.user.clone(),
            password_hash: account.password_hash.clone(),
        };
        state.accounts.insert(handle, account);
        Ok(())
    }

    fn credentials(&self, handle: &Handle) -> Stored<Option<(User, String)>> {
        let state = self.state();
        let account = state.accounts.get(handle.as_str());
        Ok(account.map(|account| (account.user.clone(), account.password_hash.clone())))
    }

    fn user(&self, id: UserId) -> Stored<Option<User>> {
        Ok(self.state().user(id).cloned())
    }

    fn change_password(&self, change: &PasswordChange) -> Stored<Option<Vec<LoggedEvent>>> {
        let mut state = self.state();
        let account = state.account(change.user);
        let Some(account) = account.filter(|account| account.password_hash == change.before) else {
            return Ok(None);
        };
        account.password_hash.clone_from(&change.after);
        state
            .end_others(change.user, change.keep, change.now)
            .map(Some)
    }

    fn search_users(&self, search: &PeopleSearch, except: UserId, limit: i64) -> Stored<Vec<User>> {
        let state = self.state();
        let users = state.accounts.values().map(|account| &account.user);
        let mut found: Vec<User> = users
            .filter(|user| search.finds(user) && user.id != except)
            .cloned()
            .collect();
        // The order of the handles stays within both parts.
        found.sort_by_key(|user| !search.finds_handle(user));
        found.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(found)
    }
}

impl AttemptStore for MemoryStore {
    fn note_attempt(&self, attempt: &NewAttempt) -> Stored<()> {
        let mut state = self.state();
        for subject in &attempt.subjects {
            state
                .attempts
                .push((attempt.id, subject.clone(), attempt.at));
        }
        Ok(())
    }

    fn attempts(&self, subject: &Subject, since: Timestamp, but: Uuid) -> Stored<Attempts> {
        let state = self.state();
        let noted = state.attempts.iter();
        let others = noted.filter(|(id, of, at)| of == subject && *at > since && *id != but);
        Ok(
            others.fold(Attempts::default(), |attempts, (_, _, at)| Attempts {
                count: attempts.count + 1,
                last: attempts.last.max(Some(*at)),
            }),
        )
    }

    fn withdraw_attempt(&self, attempt: Uuid) -> Stored<()> {
        self.state().attempts.retain(|(id, ..)| *id != attempt);
        Ok(())
    }

    fn forget_attempts(&self, subject: &Subject) -> Stored<()> {
        self.state().attempts.retain(|(_, of, _)| of != subject);
        Ok(())
    }

    fn unlock_account(&self, handle: &Handle) -> Stored<()> {
        let mut state = self.state();
        state
            .attempts
            .retain(|(_, of, _)| of.account != handle.as_str());
        Ok(())
    }
}

impl SessionStore for MemoryStore {
    fn create_session(&self, session: &NewSession) -> Stored<Option<Vec<LoggedEvent>>> {
        let now = session.created_at;
        let mut state = self.state();
        let account = state.account(session.user);
        if account.is_none_or(|account| account.password_hash != session.password_hash) {
            return Ok(None);
        }
        let token = Token {
            session: session.id,
            successor_hash: None,
            replaced_at: None,
        };
        state.tokens.insert(session.refresh_hash.clone(), token);
        let kept = Session {
            user: session.user,
            device: session.device.clone(),
            created_at: now,
            used_at: now,
            expires_at: session.expires_at,
            is_revoked: false,
        };
        state.sessions.insert(session.id, kept);
        let max = usize::try_from(session.sessions_max).unwrap_or_default();
        let living = state.living(session.user, now).into_iter();
        let unused: Vec<SessionId> = living.skip(max).map(|session| session.id).collect();
        state.revoke(&unused, now).map(Some)
    }

    fn rotate_refresh(
        &self,
        hash: &str,
        successor_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Rotation> {
        let mut state = self.state();
        let Some(token) = state.tokens.get(hash) else {
            return Ok(Rotation::Refused);
        };
        let (id, replaced_by) = (token.session, token.successor_hash.clone());
        let Some(session) = state.sessions.get_mut(&id) else {
            return Ok(Rotation::Refused);
        };
        if session.is_revoked || session.expires_at <= now {
            return Ok(Rotation::Refused);
        }
        let user = session.user;
        match replaced_by {
            None => {
                session.expires_at = expires_at;
                session.used_at = now;
                if let Some(token) = state.tokens.get_mut(hash) {
                    token.successor_hash = Some(successor_hash.to_owned());
                    token.replaced_at = Some(now);
                }
                let successor = Token {
                    session: id,
                    successor_hash: None,
                    replaced_at: None,
                };
                state.tokens.insert(successor_hash.to_owned(), successor);
                state.forget_replaced(id);
            }
            Some(used) if state.was_used(&used) => {
                return Ok(Rotation::Reused(state.revoke(&[id], now)?));
            }
            Some(other) if other != successor_hash => return Ok(Rotation::Refused),
            Some(_) => {}
        }
        match state.user(user) {
            Some(user) => Ok(Rotation::Rotated {
                user: user.clone(),
                session: id,
            }),
            None => Ok(Rotation::Refused),
        }
    }

    fn is_session_active(&self, session: SessionId) -> Stored<bool> {
        let state = self.state();
        let session = state.sessions.get(&session);
        Ok(session.is_some_and(|session| !session.is_revoked))
    }

    fn session_of_refresh(&self, hash: &str) -> Stored<Option<SessionId>> {
        Ok(self.state().tokens.get(hash).map(|token| token.session))
    }

    fn living_sessions(&self, user: UserId, now: Timestamp) -> Stored<Vec<LivingSession>> {
        Ok(self.state().living(user, now))
    }

    fn end_session(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Stored<Option<Vec<LoggedEvent>>> {
        let mut state = self.state();
        let of = state.sessions.get(&session);
        if of.is_none_or(|of| of.user != user) {
            return Ok(None);
        }
        state.revoke(&[session], now).map(Some)
    }

    fn end_other_sessions(
        &self,
        user: UserId,
        keep: SessionId,
        now: Timestamp,
    ) -> Stored<Vec<LoggedEvent>> {
        self.state().end_others(user, keep, now)
    }

    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>> {
        self.state().revoke(&[session], now)
    }
}

mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::application::testing::contract::{Stores, store_contract};

    store_contract!(memory, Stores::of(Arc::<MemoryStore>::default(), None));
}
