//! Access tokens, signed with a stack's own key.

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey, pkcs8::DecodePrivateKey as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// How long a token of the bench is good: longer than any run, in seconds.
const LIFE_S: u64 = 6 * 3600;

/// Signs as a core does (RFC 8037, its key named by the thumbprint of RFC 7638).
pub(crate) struct TokenSigner {
    key: SigningKey,
    header: String,
    /// UTC seconds since 1970-01-01.
    issued_at: u64,
}

impl TokenSigner {
    /// With this key (PKCS#8 PEM), at this time (UTC seconds since 1970-01-01).
    ///
    /// # Errors
    /// When it is no such key.
    pub(crate) fn new(pem: &str, now_s: u64) -> Result<Self> {
        let key = SigningKey::from_pkcs8_pem(pem).context("the stack's signing key")?;
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let thumbprint =
            Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#));
        let header = json!({
            "alg": "EdDSA",
            "typ": "JWT",
            "kid": URL_SAFE_NO_PAD.encode(thumbprint),
        });
        Ok(Self {
            key,
            header: URL_SAFE_NO_PAD.encode(header.to_string()),
            issued_at: now_s,
        })
    }

    /// A token of a user's session.
    pub(crate) fn sign(&self, user: &str, session: &str) -> String {
        let claims = json!({
            "iss": "rookery",
            "aud": "rookery",
            "sub": user,
            "sid": session,
            "iat": self.issued_at,
            "nbf": self.issued_at,
            "exp": self.issued_at + LIFE_S,
        });
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let text = format!("{}.{claims}", self.header);
        let signature = self.key.sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier as _};

    use super::*;

    /// The key of RFC 8037, appendix A, in PKCS#8.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    /// Its thumbprint, from the same appendix.
    const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

    #[test]
    fn token_names_the_key_that_signed_it() {
        let signer = TokenSigner::new(PEM, 1_000).unwrap();
        let token = signer.sign("ada", "s-1");
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&decode(parts[0])).unwrap();
        assert_eq!(header["kid"], THUMBPRINT);
        let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).unwrap();
        assert_eq!(
            (&claims["sub"], &claims["sid"]),
            (&json!("ada"), &json!("s-1"))
        );
        let signature = Signature::from_slice(&decode(parts[2])).unwrap();
        let text = format!("{}.{}", parts[0], parts[1]);
        assert!(
            signer
                .key
                .verifying_key()
                .verify(text.as_bytes(), &signature)
                .is_ok()
        );
    }
}
