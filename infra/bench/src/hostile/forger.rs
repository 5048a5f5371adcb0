//! Tokens that look right and are signed with the wrong key: only who knows the keys can refuse
//! them.

use std::cell::RefCell;

use anyhow::Result;
use jsonwebtoken::{EncodingKey, Header, dangerous::insecure_decode, decode_header, encode};
use rookery_kit::{ed25519::Ed25519Key, jwt_crypto};
use serde_json::Value;
use uuid::Uuid;

/// Makes forged tokens, each another one.
pub(super) struct Forger {
    key: EncodingKey,
    header: Header,
    claims: RefCell<Value>,
}

impl Forger {
    /// From a token that is genuine: with its header and its claims.
    ///
    /// # Errors
    /// When that is none.
    pub(super) fn of(token: &str) -> Result<Self> {
        jwt_crypto::install();
        Ok(Self {
            key: EncodingKey::from_ed_der(&Ed25519Key::generate()?.to_der()),
            header: decode_header(token)?,
            claims: RefCell::new(insecure_decode::<Value>(token)?.claims),
        })
    }

    /// A token of somebody else each time.
    pub(super) fn token(&self) -> String {
        let mut claims = self.claims.borrow_mut();
        claims["sub"] = Uuid::new_v4().to_string().into();
        claims["sid"] = Uuid::new_v4().to_string().into();
        encode(&self.header, &*claims, &self.key).unwrap_or_default()
    }
}
