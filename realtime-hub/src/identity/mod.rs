//! Who says whose a token is: the cores, or keys that an operator has configured where there is no
//! core.
//!
//! # Layout
//! - this file: what is asked, and of whom
//! - [`jwt`]: keys of an operator
//! - [`ticket`]: what an `EventSource` presents instead of a token
//! - [`api_keys`]: who may use the server API

pub mod api_keys;
pub mod jwt;
pub mod ticket;

use bytes::Bytes;
use shared_proto::core::v1::Grant;

use crate::{cores::gateway::CoreGateway, counters::VerifyStats, identity::jwt::TokenKeys};

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
    /// Topics of other kinds that the connection is to hear from its beginning.
    pub channels: Vec<String>,
}

/// Whoever says whose a token is.
#[expect(clippy::large_enum_variant, reason = "a hub has one")]
pub enum Authority {
    /// The cores are asked.
    Core(CoreGateway),
    /// Tokens speak for themselves.
    Keys(TokenKeys),
}

impl Authority {
    /// Whose token is it, and what may that user hear now?
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn verify(&self, token: &str) -> Result<Identity, VerifyError> {
        match self {
            Self::Keys(keys) => keys.verify(token),
            Self::Core(core) => {
                let verified = core.verify(token).await?;
                Ok(Identity {
                    user: verified.user_id.clone(),
                    session: verified.session_id.clone(),
                    info: Bytes::new(),
                    expires_at_ms: verified.expires_at_ms,
                    grants: verified.grants.clone(),
                    channels: Vec::new(),
                })
            }
        }
    }

    /// The way to the cores, if there are any.
    #[must_use]
    pub fn core(&self) -> Option<&CoreGateway> {
        match self {
            Self::Core(core) => Some(core),
            Self::Keys(_) => None,
        }
    }

    /// Whether tokens can be verified now.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.core().is_none_or(CoreGateway::is_reachable)
    }

    /// What the verifications counted.
    #[must_use]
    pub fn verify_stats(&self) -> &VerifyStats {
        match self {
            Self::Core(core) => core.verify_stats(),
            Self::Keys(keys) => keys.verify_stats(),
        }
    }
}
