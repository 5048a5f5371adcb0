//! Everything but the stores.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

use uuid::Uuid;

use crate::{
    application::{
        error::{StoreError, TokenError},
        ports::{
            AuthVerifier, Clock, DeviceTokens, EventPublisher, IdGenerator, Identity, Opened,
            PasswordHasher, SecretSealer, Stored, TokenIssuer,
        },
    },
    domain::{
        account::{Handle, Password},
        event::{LoggedEvent, ReceiptsMoved},
        ids::UserId,
        time::Timestamp,
    },
};

/// Where every test's clock starts: 2025-11-24T16:00:00Z.
const START_MICROS: i64 = 1_764_000_000_000_000;

/// A clock that stands still until a test moves it.
pub(crate) struct FakeClock(AtomicI64);

impl Default for FakeClock {
    fn default() -> Self {
        Self(AtomicI64::new(START_MICROS))
    }
}

impl FakeClock {
    pub(crate) fn pass_micros(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Ids that count up.
#[derive(Default)]
pub(crate) struct CountedIds(AtomicU64);

impl CountedIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl IdGenerator for CountedIds {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(self.next().into())
    }

    fn random(&self) -> Uuid {
        self.uuid()
    }

    fn secret(&self) -> String {
        format!("secret-{}", self.next())
    }
}

/// Keeps passwords as they are.
#[derive(Default)]
pub(crate) struct PlainHasher {
    /// Set by a test for which hashing fails.
    pub(crate) fails: AtomicBool,
    /// How many passwords were hashed or compared.
    pub(crate) runs: AtomicU64,
}

impl PasswordHasher for PlainHasher {
    fn hash(&self, password: &Password) -> Stored<String> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("no randomness".into()));
        }
        Ok(password.reveal().to_owned())
    }

    fn verify(&self, password: &str, kept: Option<&str>) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed);
        kept == Some(password)
    }
}

/// Access tokens in plain text: user, session and expiry.
#[derive(Default)]
pub(crate) struct FakeTokens {
    /// Set by a test for which signing fails.
    pub(crate) fails: AtomicBool,
}

impl TokenIssuer for FakeTokens {
    fn issue(&self, identity: &Identity) -> Stored<String> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("no key".into()));
        }
        let Identity {
            user,
            session,
            expires_at,
        } = identity;
        Ok(format!("{user} {session} {}", expires_at.micros()))
    }

    fn successor(&self, refresh_token: &str) -> String {
        format!("{refresh_token}+")
    }
}

impl DeviceTokens for FakeTokens {
    fn issue_device(&self, account: &Handle) -> String {
        format!("device of {}", account.as_str())
    }

    fn device(&self, token: &str, account: &Handle) -> Option<String> {
        (token == self.issue_device(account)).then(|| token.to_owned())
    }
}

impl AuthVerifier for FakeTokens {
    fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        let mut parts = token.split(' ');
        let mut part = || parts.next().ok_or(TokenError::Invalid);
        Ok(Identity {
            user: part()?.parse().map_err(|_| TokenError::Invalid)?,
            session: part()?.parse().map_err(|_| TokenError::Invalid)?,
            expires_at: Timestamp::from_micros(part()?.parse().map_err(|_| TokenError::Invalid)?),
        })
    }
}

/// Remembers what was published.
#[derive(Default)]
pub(crate) struct RecordingPublisher {
    events: Mutex<Vec<LoggedEvent>>,
    receipts: Mutex<Vec<ReceiptsMoved>>,
}

impl RecordingPublisher {
    /// What was published since the last call.
    pub(crate) fn take_events(&self) -> Vec<LoggedEvent> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watermarks that were told since the last call.
    pub(crate) fn take_receipts(&self) -> Vec<ReceiptsMoved> {
        std::mem::take(&mut self.receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EventPublisher for RecordingPublisher {
    fn publish(&self, events: Vec<LoggedEvent>) {
        let mut published = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        published.extend(events);
    }

    fn tell_receipts(&self, moved: ReceiptsMoved) {
        let mut told = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(moved);
    }
}

/// Seals by writing down the key's number and whose secret it is.
#[derive(Default)]
pub(crate) struct FakeSealer {
    /// Which key is the one of today.
    pub(crate) key: AtomicU64,
}

impl SecretSealer for FakeSealer {
    fn seal(&self, user: UserId, secret: &[u8]) -> Stored<String> {
        let key = self.key.load(Ordering::Relaxed);
        Ok(format!("{key} {user} {}", hex::encode(secret)))
    }

    fn open(&self, user: UserId, sealed: &str) -> Stored<Opened> {
        let [key, of, secret] = sealed.split(' ').collect::<Vec<_>>()[..] else {
            return Err(StoreError::Unavailable("it was not sealed".into()));
        };
        if of != user.to_string() {
            return Err(StoreError::Unavailable("it is somebody else's".into()));
        }
        Ok(Opened {
            secret: hex::decode(secret).unwrap_or_default(),
            is_current: key == self.key.load(Ordering::Relaxed).to_string(),
        })
    }
}
