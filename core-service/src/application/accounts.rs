//! Signing up, in, on and out; finding people; deleting one's account. `second_factor` has what is asked besides the password.

mod deletion;
pub mod second_factor;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{
    error::{Error, StoreError, TokenError, Wait},
    ports::{
        AccountStore, AttemptStore, AuthVerifier, Clock, DeletionStore, DeviceTokens,
        EventPublisher, IdGenerator, Identity, NewAccount, NewAttempt, NewSession, PasswordChange,
        PasswordHasher, Rotation, SecondFactorStore, SecretSealer, SessionStore, Stored,
        TokenIssuer,
    },
};
use crate::domain::{
    account::{DisplayName, Handle, Password, User},
    attempt::{ATTEMPTS_COUNT_FOR_S, Subject, SubjectKind},
    ids::{SessionId, UserId},
    search::PeopleSearch,
    session::{DeviceName, LivingSession},
};

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
    /// Sessions that one person may have; one more ends the one that was not used for longest.
    pub sessions_max: i64,
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
    /// By which the device is known again, after a sign-in.
    pub device_token: Option<String>,
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The network they come from.
    pub address: String,
    /// What the device shows from an earlier sign-in.
    pub device_token: Option<String>,
    /// What the device calls itself.
    pub device: Option<DeviceName>,
}

/// Somebody whose password was right.
struct Known {
    user: User,
    /// What is kept of the password.
    kept: String,
    attempt: NewAttempt,
}

/// The use cases.
#[derive(Clone)]
pub struct Accounts {
    /// People.
    pub accounts: Arc<dyn AccountStore>,
    /// Sign-ins.
    pub sessions: Arc<dyn SessionStore>,
    /// Attempts to sign in.
    pub attempts: Arc<dyn AttemptStore>,
    /// What is asked for besides the password.
    pub factors: Arc<dyn SecondFactorStore>,
    /// Seals their secrets.
    pub sealer: Arc<dyn SecretSealer>,
    /// Deletes accounts.
    pub deletions: Arc<dyn DeletionStore>,
    /// Knows devices again.
    pub devices: Arc<dyn DeviceTokens>,
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
    pub fn register(
        &self,
        handle: &str,
        name: &str,
        password: String,
        from: &Origin,
    ) -> Result<SignedIn, Error> {
        if !self.rules.sign_up_open {
            return Err(Error::SignUpClosed);
        }
        let user = User {
            id: UserId::new(self.ids.uuid()),
            handle: Handle::parse_new(handle)?,
            display_name: DisplayName::parse(name)?,
            picture: None,
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
                self.sign_in(user, account.password_hash, from)
            }
        }
    }

    /// Signs in with a password, and with a code where a second factor is on.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::TooManyAttempts`], [`Error::SecondFactor`].
    pub fn log_in(
        &self,
        handle: &str,
        password: &str,
        code: Option<&str>,
        from: &Origin,
    ) -> Result<SignedIn, Error> {
        let handle = Handle::parse(handle).map_err(|_| Error::InvalidCredentials)?;
        let known = self
            .try_password(&handle, password, from)?
            .ok_or(Error::InvalidCredentials)?;
        self.check_second_factor(&known, code)?;
        self.forget_failures(&known.attempt)?;
        self.sign_in(known.user, known.kept, from)
    }

    /// Changes the password of somebody who knows it. Their other sessions end, this one goes on.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`Error::Account`] for the new one.
    pub fn change_password(
        &self,
        user: UserId,
        session: SessionId,
        current: &str,
        new: String,
        from: &Origin,
    ) -> Result<(), Error> {
        let user = self.user(user)?;
        let new = Password::parse(new, &user.handle, &user.display_name)?;
        let known = self
            .try_password(&user.handle, current, from)?
            .ok_or(Error::WrongPassword)?;
        self.forget_failures(&known.attempt)?;
        let changed = self.accounts.change_password(&PasswordChange {
            user: user.id,
            before: known.kept,
            after: self.hasher.hash(&new)?,
            keep: session,
            now: self.clock.now(),
        })?;
        // Another device may have changed it while this one was waiting.
        self.publisher.publish(changed.ok_or(Error::WrongPassword)?);
        Ok(())
    }

    /// Where somebody is signed in, the session that was used last first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sessions(&self, user: UserId) -> Result<Vec<LivingSession>, Error> {
        Ok(self.sessions.living_sessions(user, self.clock.now())?)
    }

    /// Ends a session of somebody.
    ///
    /// # Errors
    /// [`Error::NotFound`] where they have none such.
    pub fn end_session(&self, user: UserId, session: SessionId) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = self.sessions.end_session(user, session, now)?;
        self.publisher
            .publish(ended.ok_or(Error::NotFound("session"))?);
        Ok(())
    }

    /// Ends all sessions of somebody but this one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn end_other_sessions(&self, user: UserId, session: SessionId) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = self.sessions.end_other_sessions(user, session, now)?;
        self.publisher.publish(ended);
        Ok(())
    }

    /// Whose password it is; nothing when it is wrong. The attempt counts until it is withdrawn or its
    /// failures are forgotten.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    fn try_password(
        &self,
        handle: &Handle,
        password: &str,
        from: &Origin,
    ) -> Result<Option<Known>, Error> {
        let attempt = self.begin_attempt(handle, from)?;
        let known = match self.accounts.credentials(handle) {
            Ok(known) => known,
            Err(error) => {
                // The password was not looked at, so nobody has guessed.
                self.attempts.withdraw_attempt(attempt.id)?;
                return Err(error.into());
            }
        };
        let kept = known.as_ref().map(|(_, hash)| hash.as_str());
        // Without an account it takes as long.
        let is_right = self.hasher.verify(password, kept);
        let Some((user, kept)) = known.filter(|_| is_right) else {
            let (account, address) = (handle.as_str(), &from.address);
            tracing::info!(account, address, "sign-in failed");
            return Ok(None);
        };
        Ok(Some(Known {
            user,
            kept,
            attempt,
        }))
    }

    /// Forgets an attempt that was right, and the failures of whoever made it.
    fn forget_failures(&self, attempt: &NewAttempt) -> Stored<()> {
        self.attempts.withdraw_attempt(attempt.id)?;
        // What others do to the account or from this address goes on counting.
        let own = |subject: &&Subject| subject.kind.is_own();
        for subject in attempt.subjects.iter().filter(own) {
            self.attempts.forget_attempts(subject)?;
        }
        Ok(())
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

    /// People whose handle begins like that, then those whose name has such words, without the one who
    /// asks.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn search(&self, text: &str, asker: UserId) -> Result<Vec<User>, Error> {
        let Some(search) = PeopleSearch::parse(text) else {
            return Ok(Vec::new());
        };
        Ok(self.accounts.search_users(&search, asker, SEARCH_LIMIT)?)
    }

    /// Notes an attempt before its password is looked at, and refuses it when it comes too soon.
    fn begin_attempt(&self, account: &Handle, from: &Origin) -> Result<NewAttempt, Error> {
        let shown = from.device_token.as_deref();
        let device = shown.and_then(|token| self.devices.device(token, account));
        let subjects = match device {
            // Nobody else slows down an owner's own device.
            Some(device) => vec![Subject::device(account, &device)],
            None => vec![
                Subject::pair(account, &from.address),
                Subject::account(account),
                Subject::address(&from.address),
            ],
        };
        let now = self.clock.now();
        let attempt = NewAttempt {
            id: self.ids.uuid(),
            subjects,
            at: now,
        };
        self.attempts.note_attempt(&attempt)?;
        let longest = self.longest_wait(&attempt);
        if let Ok((0, _)) = longest {
            return Ok(attempt);
        }
        // Otherwise whoever only asks again would keep the account waiting.
        self.attempts.withdraw_attempt(attempt.id)?;
        let (wait_s, by) = longest?;
        tracing::warn!(
            account = account.as_str(),
            address = from.address,
            %by,
            wait_s,
            "sign-ins are slowed down"
        );
        Err(Error::TooManyAttempts(Wait::seconds(wait_s)))
    }

    /// How many seconds an attempt has to wait for those before it, and by what they are counted.
    fn longest_wait(&self, attempt: &NewAttempt) -> Stored<(i64, SubjectKind)> {
        let since = attempt.at.plus_seconds(-ATTEMPTS_COUNT_FOR_S);
        let mut longest = (0, SubjectKind::Pair);
        for subject in &attempt.subjects {
            let before = self.attempts.attempts(subject, since, attempt.id)?;
            let wait = before.wait_s(subject.kind, attempt.at);
            if wait > longest.0 {
                longest = (wait, subject.kind);
            }
        }
        Ok(longest)
    }

    fn sign_in(&self, user: User, password_hash: String, from: &Origin) -> Result<SignedIn, Error> {
        let refresh_token = self.ids.secret();
        let now = self.clock.now();
        let session = NewSession {
            id: SessionId::new(self.ids.uuid()),
            user: user.id,
            password_hash,
            device: from.device.clone(),
            refresh_hash: digest(&refresh_token),
            created_at: now,
            expires_at: now.plus_seconds(self.rules.refresh_ttl_s),
            sessions_max: self.rules.sessions_max,
        };
        let events = self.sessions.create_session(&session)?;
        self.publisher
            .publish(events.ok_or(Error::InvalidCredentials)?);
        let device_token = self.devices.issue_device(&user.handle);
        Ok(SignedIn {
            device_token: Some(device_token),
            ..self.tokens(user, session.id, refresh_token)?
        })
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
            device_token: None,
        })
    }
}

/// Lets an account be signed in to at once, whatever was tried before.
///
/// # Errors
/// [`Error::Account`] for what is no handle, [`Error::NotFound`], [`Error::Store`].
pub fn unlock(
    accounts: &dyn AccountStore,
    attempts: &dyn AttemptStore,
    handle: &str,
) -> Result<(), Error> {
    let handle = Handle::parse(handle)?;
    if accounts.credentials(&handle)?.is_none() {
        return Err(Error::NotFound("account"));
    }
    Ok(attempts.unlock_account(&handle)?)
}

/// What is kept of a refresh token. It is random, so a plain hash does.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests;
