//! Second factors at sign-in.

use super::Stored;
use crate::domain::{ids::UserId, time::Timestamp};

/// What is kept of somebody's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// See [`SecretSealer`].
    pub sealed_secret: String,
    /// Whether it was confirmed, and so is asked for.
    pub is_on: bool,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

/// A second factor that was confirmed with a code.
#[derive(Clone, Debug)]
pub struct NewFactor {
    /// Whose.
    pub user: UserId,
    /// The secret that the code was made with.
    pub sealed_secret: String,
    /// The step of that code, which is used up.
    pub step: i64,
    /// Hashes of the recovery codes.
    pub code_hashes: Vec<String>,
    /// When.
    pub now: Timestamp,
}

/// Somebody's code by time that is to be used.
#[derive(Clone, Copy, Debug)]
pub struct StepUse<'a> {
    /// Whose.
    pub user: UserId,
    /// The secret that the code was made with.
    pub sealed_secret: &'a str,
    /// The code's step.
    pub step: i64,
    /// The same secret, sealed with the key of today.
    pub resealed: Option<&'a str>,
}

/// Second factors.
pub trait SecondFactorStore: Send + Sync {
    /// Somebody's factor, on or to be confirmed.
    fn second_factor(&self, user: UserId) -> Stored<Option<Factor>>;
    /// Keeps a secret that is to be confirmed, in the place of one before. False where one is on.
    fn offer_secret(&self, user: UserId, sealed_secret: &str, now: Timestamp) -> Stored<bool>;
    /// Turns on the factor whose secret was confirmed. False where one is on, or where another secret is
    /// offered by then.
    fn turn_on(&self, factor: &NewFactor) -> Stored<bool>;
    /// Uses a step up, with all before it. False where it was used up before, and where the factor has
    /// another secret by then.
    fn use_step(&self, used: &StepUse<'_>) -> Stored<bool>;
    /// Uses a recovery code up. False where there is none such.
    fn use_recovery_code(&self, user: UserId, hash: &str) -> Stored<bool>;
    /// Forgets a factor with its recovery codes. False where none was on.
    fn turn_off(&self, user: UserId) -> Stored<bool>;
}

/// What was sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The secret.
    pub secret: Vec<u8>,
    /// Whether the key of today has sealed it; otherwise it is one of before, which goes some day.
    pub is_current: bool,
}

/// Seals secrets that must not be read in the database.
pub trait SecretSealer: Send + Sync {
    /// A secret of a person, sealed.
    ///
    /// # Errors
    /// When there is no randomness.
    fn seal(&self, user: UserId, secret: &[u8]) -> Stored<String>;
    /// What was sealed for this person.
    ///
    /// # Errors
    /// When another key has sealed it, or for somebody else.
    fn open(&self, user: UserId, sealed: &str) -> Stored<Opened>;
}
