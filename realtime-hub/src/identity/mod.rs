//! Who says whose a token is: the cores, or keys that an operator has configured where there is no
//! core.
//!
//! # Layout
//! - this file: what is asked, and of whom
//! - [`jwt`]: keys of an operator
//! - [`revocations`]: whose tokens count no more there
//! - [`ticket`]: what an `EventSource` presents instead of a token
//! - [`api_keys`]: who may use the server API

pub mod api_keys;
pub mod jwt;
pub mod revocations;
pub mod ticket;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use shared_proto::core::v1::Grant;

use self::revocations::RevokeRefused;
use crate::connection::link::Subject;
use crate::counters::VerifyStats;

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// It ran out: get a new one.
    Expired,
    /// It was never good.
    Invalid,
    /// Its session was ended.
    Revoked,
    /// No core could be asked.
    Unreachable,
}

/// Whose a token is, and what they may hear.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// The user.
    pub user: String,
    /// The sign-in; empty where the token does not say.
    pub session: String,
    /// What others are told of the user, JSON on one line; may be empty.
    pub info: Bytes,
    /// When the token runs out, in UTC milliseconds since 1970-01-01.
    pub expires_at_ms: i64,
    /// Topics that a core logs.
    pub grants: Vec<Grant>,
    /// Where the user's chats go on that are not among them; empty when they are all.
    pub next_grants: String,
    /// Topics of other kinds that the connection is to hear from its beginning.
    pub channels: Vec<String>,
}

/// Whoever says whose a token is.
pub trait Authority: Send + Sync {
    /// Whose token is it, and what may that user hear now?
    ///
    /// # Errors
    /// [`VerifyError`].
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, VerifyError>>;

    /// Whether tokens can be verified now.
    fn is_reachable(&self) -> bool;

    /// Whether tokens were verified when that was tried last; a core may answer and have no
    /// database.
    fn verifies(&self) -> bool {
        true
    }

    /// Refuses tokens of these subjects that were issued until now, until then or for as long as
    /// tokens are good at most. Whoever asks cores has them refuse.
    ///
    /// # Errors
    /// [`RevokeRefused`].
    fn revoke(&self, _: &[Subject], _until_ms: Option<i64>) -> Result<(), RevokeRefused> {
        Ok(())
    }

    /// What the verifications counted.
    fn verify_stats(&self) -> &VerifyStats;
}
