//! Accounts, sign-ins, passwords and tokens.

use super::Stored;
use crate::{
    application::error::TokenError,
    domain::{
        account::{Handle, Password, User},
        attempt::{Attempts, Subject},
        event::LoggedEvent,
        ids::{SessionId, UserId},
        search::PeopleSearch,
        session::{DeviceName, LivingSession},
        time::Timestamp,
    },
};

/// Passwords in the form in which they are kept.
pub trait PasswordHasher: Send + Sync {
    /// The form to keep.
    ///
    /// # Errors
    /// When hashing fails.
    fn hash(&self, password: &Password) -> Stored<String>;
    /// Whether `password` is the one that was kept. Without one it takes as long and says no.
    fn verify(&self, password: &str, kept: Option<&str>) -> bool;
}

/// An access token's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whose.
    pub user: UserId,
    /// Of which sign-in.
    pub session: SessionId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Makes access tokens.
pub trait TokenIssuer: Send + Sync {
    /// A signed token.
    ///
    /// # Errors
    /// When signing fails.
    fn issue(&self, identity: &Identity) -> Stored<String>;
    /// What a refresh token is replaced with: the same for the same token, on every replica, and
    /// known to nobody else.
    fn successor(&self, refresh_token: &str) -> String;
}

/// What an owner's device shows to be known again. It opens nothing by itself.
pub trait DeviceTokens: Send + Sync {
    /// A token for a device on which this account has signed in.
    fn issue_device(&self, account: &Handle) -> String;
    /// Which device shows it; nothing when it was not made here for this account.
    fn device(&self, token: &str, account: &Handle) -> Option<String>;
}

/// Reads access tokens.
pub trait AuthVerifier: Send + Sync {
    /// Whose token it is; whether its session still exists is the store's to say.
    ///
    /// # Errors
    /// [`TokenError`].
    fn verify(&self, token: &str) -> Result<Identity, TokenError>;
}

/// A new account with its first session.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Who.
    pub user: User,
    /// See [`PasswordHasher`].
    pub password_hash: String,
    /// When.
    pub created_at: Timestamp,
}

/// A new password in the place of another one.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Whose.
    pub user: UserId,
    /// What was kept of the one before.
    pub before: String,
    /// What is kept of the new one.
    pub after: String,
    /// The session that goes on; all others end.
    pub keep: SessionId,
    /// When.
    pub now: Timestamp,
}

/// People.
pub trait AccountStore: Send + Sync {
    /// Adds an account and its `user:` topic. [`StoreError::Exists`] when the handle is taken.
    fn create_account(&self, account: &NewAccount) -> Stored<()>;
    /// An account and its password hash.
    fn credentials(&self, handle: &Handle) -> Stored<Option<(User, String)>>;
    /// An account.
    fn user(&self, id: UserId) -> Stored<Option<User>>;
    /// Changes a password and ends the other sessions; the events that say so. Nothing when another
    /// password was kept by then.
    fn change_password(&self, change: &PasswordChange) -> Stored<Option<Vec<LoggedEvent>>>;
    /// Accounts that `search` finds, those by their handle first, each in alphabetical order of the
    /// handles; without `except`.
    fn search_users(&self, search: &PeopleSearch, except: UserId, limit: i64) -> Stored<Vec<User>>;
}

/// An attempt to sign in.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// Names it.
    pub id: uuid::Uuid,
    /// What it counts for.
    pub subjects: Vec<Subject>,
    /// When it was made.
    pub at: Timestamp,
}

/// Attempts to sign in, counted over all replicas. They are noted before a password is looked at, so
/// that attempts at the same time count each other.
pub trait AttemptStore: Send + Sync {
    /// Notes an attempt. Whoever counts after this call counts it.
    fn note_attempt(&self, attempt: &NewAttempt) -> Stored<()>;
    /// Attempts of a subject after `since`, without the one named `but`.
    fn attempts(&self, subject: &Subject, since: Timestamp, but: uuid::Uuid) -> Stored<Attempts>;
    /// Forgets one attempt: it was not carried out, or it was right.
    fn withdraw_attempt(&self, id: uuid::Uuid) -> Stored<()>;
    /// Forgets the attempts of a subject.
    fn forget_attempts(&self, subject: &Subject) -> Stored<()>;
    /// Forgets every attempt on an account, from wherever it was made.
    fn unlock_account(&self, handle: &Handle) -> Stored<()>;
}

/// A new sign-in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What was kept of the password with which somebody signs in.
    pub password_hash: String,
    /// What the device calls itself.
    pub device: Option<DeviceName>,
    /// Hash of its first refresh token.
    pub refresh_hash: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it can be refreshed.
    pub expires_at: Timestamp,
    /// Sessions that one person may have.
    pub sessions_max: i64,
}

/// Replaced refresh tokens of one session that are known: somebody who refreshes without end keeps no
/// more rows than that.
pub const REPLACED_TOKENS_MAX: usize = 200;

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was replaced by this successor, now or before.
    Rotated {
        /// Whose.
        user: User,
        /// Of which sign-in.
        session: SessionId,
    },
    /// Unknown, expired or revoked.
    Refused,
    /// Its successor has been used: two hold a copy of it. The session is revoked, and these events
    /// say so.
    Reused(Vec<LoggedEvent>),
}

/// Sign-ins.
pub trait SessionStore: Send + Sync {
    /// Adds one. Where the person has more than they may, those that were not used for longest are
    /// revoked; the events that say so. Nothing when the password was changed meanwhile: that ends all
    /// sessions, and this one must not come after it.
    fn create_session(&self, session: &NewSession) -> Stored<Option<Vec<LoggedEvent>>>;
    /// Replaces a refresh token, and keeps its session until `expires_at`. A token that was replaced
    /// before is answered the same, however long ago that was, until its successor is replaced in
    /// its turn: the first answer may have been lost. Of a session's replaced tokens the newest
    /// [`REPLACED_TOKENS_MAX`] are known; one from before is refused and ends nothing.
    fn rotate_refresh(
        &self,
        hash: &str,
        successor_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Rotation>;
    /// Whether it has not been revoked.
    fn is_session_active(&self, session: SessionId) -> Stored<bool>;
    /// The session of a refresh token.
    fn session_of_refresh(&self, hash: &str) -> Stored<Option<SessionId>>;
    /// A person's sessions that have not ended by `now`, the one that was used last first.
    fn living_sessions(&self, user: UserId, now: Timestamp) -> Stored<Vec<LivingSession>>;
    /// Revokes a session of a person; the events that say so, none when it was revoked before. Nothing
    /// when the person has no such session.
    fn end_session(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Stored<Option<Vec<LoggedEvent>>>;
    /// Revokes all sessions of a person but one; the events that say so.
    fn end_other_sessions(
        &self,
        user: UserId,
        keep: SessionId,
        now: Timestamp,
    ) -> Stored<Vec<LoggedEvent>>;
    /// Revokes a session; the events that say so, none when it was revoked before.
    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>>;
}
