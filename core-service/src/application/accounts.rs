//! Signing up, in, on and out; finding people.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{
    error::{Error, StoreError, TokenError, Wait},
    ports::{
        AccountStore, AuthVerifier, Clock, EventPublisher, IdGenerator, Identity, NewAccount,
        NewSession, PasswordHasher, Rotation, SessionStore, TokenIssuer,
    },
};
use crate::domain::{
    account::{DisplayName, Handle, Password, User},
    ids::{SessionId, UserId},
};

/// Failed logins are counted over this time.
const FAILURE_WINDOW_S: i64 = 15 * 60;

/// Failed logins of one account before it has to wait.
const FAILURES_PER_ACCOUNT: i64 = 10;

/// Failed logins from one address before it has to wait: many people may share one.
const FAILURES_PER_ADDRESS: i64 = 50;

/// People whom a search names.
const SEARCH_LIMIT: i64 = 20;

/// What the operator decides about accounts.
#[derive(Clone, Copy, Debug)]
pub struct AccountRules {
    /// Whether strangers may make accounts.
    pub sign_up_open: bool,
    /// Life of an access token.
    pub access_ttl_s: i64,
    /// How long a session can be refreshed without being used.
    pub refresh_ttl_s: i64,
}

/// The tokens of a sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Its life.
    pub expires_in_s: i64,
    /// For the cookie.
    pub refresh_token: String,
}

/// The use cases.
#[derive(Clone)]
pub struct Accounts {
    /// People.
    pub accounts: Arc<dyn AccountStore>,
    /// Sign-ins.
    pub sessions: Arc<dyn SessionStore>,
    /// Passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Makes tokens.
    pub issuer: Arc<dyn TokenIssuer>,
    /// Reads tokens.
    pub verifier: Arc<dyn AuthVerifier>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names and secrets.
    pub ids: Arc<dyn IdGenerator>,
    /// The operator's decisions.
    pub rules: AccountRules,
}

impl Accounts {
    /// Makes an account and signs it in.
    ///
    /// # Errors
    /// [`Error::SignUpClosed`], [`Error::HandleTaken`], [`Error::Account`].
    pub fn register(&self, handle: &str, name: &str, password: String) -> Result<SignedIn, Error> {
        if !self.rules.sign_up_open {
            return Err(Error::SignUpClosed);
        }
        let user = User {
            id: UserId::new(self.ids.uuid()),
            handle: Handle::parse_new(handle)?,
            display_name: DisplayName::parse(name)?,
        };
        let password = Password::parse(password, &user.handle, &user.display_name)?;
        let password_hash = self.hasher.hash(&password)?;
        let created_at = self.clock.now();
        let account = NewAccount {
            user: user.clone(),
            password_hash,
            created_at,
        };
        match self.accounts.create_account(&account) {
            Err(StoreError::Exists) => Err(Error::HandleTaken),
            created => {
                created?;
                self.sign_in(user)
            }
        }
    }

    /// Signs in with a password, from an address.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::TooManyAttempts`].
    pub fn log_in(&self, handle: &str, password: &str, address: &str) -> Result<SignedIn, Error> {
        let handle = Handle::parse(handle).map_err(|_| Error::InvalidCredentials)?;
        let account = format!("account:{}", handle.as_str());
        let address = format!("address:{address}");
        self.check_failures(&account, FAILURES_PER_ACCOUNT)?;
        self.check_failures(&address, FAILURES_PER_ADDRESS)?;
        let known = self.accounts.credentials(&handle)?;
        let kept = known.as_ref().map(|(_, hash)| hash.as_str());
        if !self.hasher.verify(password, kept) {
            self.accounts
                .note_login_failure(&[account, address], self.clock.now())?;
            return Err(Error::InvalidCredentials);
        }
        let (user, _) = known.ok_or(Error::InvalidCredentials)?;
        self.accounts.forget_login_failures(&account)?;
        self.sign_in(user)
    }

    /// Replaces a refresh token and makes a new access token.
    ///
    /// # Errors
    /// [`Error::RefreshInvalid`].
    pub fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let successor = self.issuer.successor(refresh_token);
        let rotation = self.sessions.rotate_refresh(
            &digest(refresh_token),
            &digest(&successor),
            now,
            now.plus_seconds(self.rules.refresh_ttl_s),
        )?;
        match rotation {
            Rotation::Rotated { user, session } => self.tokens(user, session, successor),
            Rotation::Refused => Err(Error::RefreshInvalid),
            Rotation::Reused(events) => {
                self.publisher.publish(events);
                Err(Error::RefreshInvalid)
            }
        }
    }

    /// Ends the session that either token names; tokens that name none are as good as ended.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn log_out(&self, access: Option<&str>, refresh: Option<&str>) -> Result<(), Error> {
        let by_access = access.and_then(|token| self.verifier.verify(token).ok());
        let by_refresh = match refresh {
            Some(token) => self.sessions.session_of_refresh(&digest(token))?,
            None => None,
        };
        for session in by_access
            .map(|identity| identity.session)
            .into_iter()
            .chain(by_refresh)
        {
            let events = self.sessions.revoke_session(session, self.clock.now())?;
            self.publisher.publish(events);
        }
        Ok(())
    }

    /// Whose access token is it?
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn identify(&self, token: &str) -> Result<Identity, Error> {
        let identity = self.verifier.verify(token)?;
        if self.sessions.is_session_active(identity.session)? {
            Ok(identity)
        } else {
            Err(TokenError::Revoked.into())
        }
    }

    /// A user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn user(&self, id: UserId) -> Result<User, Error> {
        self.accounts.user(id)?.ok_or(Error::NotFound("user"))
    }

    /// People whose handle begins like that, without the one who asks.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn search(&self, prefix: &str, asker: UserId) -> Result<Vec<User>, Error> {
        let prefix = prefix.trim().trim_start_matches('@').to_lowercase();
        if prefix.is_empty() || prefix.contains('\0') {
            return Ok(Vec::new());
        }
        Ok(self.accounts.search_users(&prefix, asker, SEARCH_LIMIT)?)
    }

    fn check_failures(&self, subject: &str, limit: i64) -> Result<(), Error> {
        let now = self.clock.now();
        let since = now.plus_seconds(-FAILURE_WINDOW_S);
        let (failures, first) = self.accounts.login_failures(subject, since)?;
        if failures < limit {
            return Ok(());
        }
        let free_at = first.unwrap_or(now).plus_seconds(FAILURE_WINDOW_S);
        let wait = free_at.seconds() - now.seconds();
        Err(Error::TooManyAttempts(Wait::seconds(wait)))
    }

    fn sign_in(&self, user: User) -> Result<SignedIn, Error> {
        let refresh_token = self.ids.secret();
        let now = self.clock.now();
        let session = NewSession {
            id: SessionId::new(self.ids.uuid()),
            user: user.id,
            refresh_hash: digest(&refresh_token),
            created_at: now,
            expires_at: now.plus_seconds(self.rules.refresh_ttl_s),
        };
        self.sessions.create_session(&session)?;
        self.tokens(user, session.id, refresh_token)
    }

    fn tokens(
        &self,
        user: User,
        session: SessionId,
        refresh_token: String,
    ) -> Result<SignedIn, Error> {
        let expires_in_s = self.rules.access_ttl_s;
        let expires_at = self.clock.now().plus_seconds(expires_in_s);
        let identity = Identity {
            user: user.id,
            session,
            expires_at,
        };
        let access_token = self.issuer.issue(&identity)?;
        Ok(SignedIn {
            user,
            access_token,
            expires_in_s,
            refresh_token,
        })
    }
}

/// What is kept of a refresh token. It is random, so a plain hash does.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests;
