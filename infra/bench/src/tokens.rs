//! Access tokens, signed with a stack's own key.

use anyhow::{Context as _, Result};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, ThumbprintHash},
};
use rookery_kit::{ed25519::Ed25519Key, jwt_crypto};
use serde_json::json;

/// How long a token of the bench is good: longer than any run, in seconds.
const LIFE_S: u64 = 6 * 3600;

/// Signs as a core does (RFC 8037, its key named by the thumbprint of RFC 7638).
pub(crate) struct TokenSigner {
    key: EncodingKey,
    header: Header,
    /// UTC seconds since 1970-01-01.
    issued_at: u64,
}

impl TokenSigner {
    /// With this key (PKCS#8 PEM), at this time (UTC seconds since 1970-01-01).
    ///
    /// # Errors
    /// When it is no such key.
    pub(crate) fn new(pem: &str, now_s: u64) -> Result<Self> {
        jwt_crypto::install();
        let key = Ed25519Key::from_pem(pem).context("the stack's signing key")?;
        let key = EncodingKey::from_ed_der(&key.to_der());
        let public = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(public.thumbprint(ThumbprintHash::SHA256)?);
        Ok(Self {
            key,
            header,
            issued_at: now_s,
        })
    }

    /// A token of a user's session.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(crate) fn sign(&self, user: &str, session: &str) -> Result<String> {
        let claims = json!({
            "iss": "rookery",
            "aud": "rookery",
            "sub": user,
            "sid": session,
            "iat": self.issued_at,
            "nbf": self.issued_at,
            "exp": self.issued_at + LIFE_S,
        });
        Ok(encode(&self.header, &claims, &self.key)?)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    use super::*;

    /// The key of RFC 8037, appendix A, in PKCS#8.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    /// Its thumbprint and its public half, from the same appendix.
    const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn token_names_the_key_that_signed_it() {
        let signer = TokenSigner::new(PEM, 1_000).unwrap();
        let token = signer.sign("ada", "s-1").unwrap();
        assert_eq!(decode_header(&token).unwrap().kid.unwrap(), THUMBPRINT);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.set_audience(&["rookery"]);
        let key = DecodingKey::from_ed_components(PUBLIC).unwrap();
        let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
        assert_eq!(
            (&claims["sub"], &claims["sid"]),
            (&json!("ada"), &json!("s-1"))
        );
    }
}
