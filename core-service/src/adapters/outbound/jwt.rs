//! Access tokens: JWTs signed with Ed25519. Refresh tokens: random, each following from the one
//! before it.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    errors::ErrorKind,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};
use rookery_kit::secret::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    application::{
        error::Failure,
        ports::{AuthVerifier, TokenIssuer},
    },
    domain::{
        session::{Identity, TokenFault},
        time::Timestamp,
    },
};

mod key;
pub use key::{KeyError, write_new_key};

/// How far the clocks of two replicas may be apart, in seconds.
const LEEWAY_S: u64 = 2;

const REFRESH_TOKEN_BYTES: usize = 32;

/// Separates this use of the signing key from its other one.
const SUCCESSOR_PURPOSE: &[u8] = b"rookery refresh token successor v1";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// Session.
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Who issues tokens, and for whom.
#[derive(Clone, Debug)]
pub struct TokenNames {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

/// Signs and reads tokens.
pub struct Jwt {
    names: TokenNames,
    signing_key: EncodingKey,
    header: Header,
    own: (String, DecodingKey),
    /// Keys of other replicas, while keys are being replaced.
    others: Option<KeyFile>,
    successor_key: Vec<u8>,
}

impl Jwt {
    /// # Errors
    /// When a key cannot be used.
    pub fn new(
        signing_key: &Secret,
        verification_keys_file: Option<&Path>,
        names: TokenNames,
    ) -> Result<Self, KeyError> {
        let pem = signing_key.reveal();
        let signing_key = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(KeyError::Signing)?;
        let public = Jwk::from_encoding_key(&signing_key, Algorithm::EdDSA);
        let public = public.map_err(KeyError::Signing)?;
        let kid = thumbprint(&public).map_err(KeyError::Signing)?;
        let own = DecodingKey::from_jwk(&public).map_err(KeyError::Signing)?;
        let mut derive = hmac(signing_key.as_bytes());
        derive.update(SUCCESSOR_PURPOSE);
        Ok(Self {
            names,
            header: Header {
                kid: Some(kid.clone()),
                ..Header::new(Algorithm::EdDSA)
            },
            own: (kid, own),
            others: verification_keys_file.map(KeyFile::open).transpose()?,
            successor_key: derive.finalize().into_bytes().to_vec(),
            signing_key,
        })
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        if kid == self.own.0 {
            return Some(self.own.1.clone());
        }
        self.others.as_ref()?.find(kid)
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY_S;
        validation.validate_exp = true;
        validation.validate_nbf = true;
        validation.validate_aud = true;
        validation.set_audience(&[&self.names.audience]);
        validation.set_issuer(&[&self.names.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation
    }
}

impl AuthVerifier for Jwt {
    fn verify(&self, token: &str) -> Result<Identity, TokenFault> {
        let header = decode_header(token).map_err(|_| TokenFault::Invalid)?;
        let kid = header.kid.ok_or(TokenFault::Invalid)?;
        let key = self.key(&kid).ok_or(TokenFault::Invalid)?;
        let claims = decode::<Claims>(token, &key, &self.validation())
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => TokenFault::Expired,
                _ => TokenFault::Invalid,
            })?
            .claims;
        Ok(Identity {
            user_id: claims.sub.parse().map_err(|_| TokenFault::Invalid)?,
            session_id: claims.sid.parse().map_err(|_| TokenFault::Invalid)?,
            expires_at: Timestamp::from_micros(claims.exp.saturating_mul(1_000_000)),
        })
    }
}

impl TokenIssuer for Jwt {
    fn access_token(&self, identity: &Identity) -> Result<String, Failure> {
        let issued_at = jsonwebtoken::get_current_timestamp().cast_signed();
        let claims = Claims {
            iss: self.names.issuer.clone(),
            aud: self.names.audience.clone(),
            sub: identity.user_id.to_string(),
            sid: identity.session_id.to_string(),
            iat: issued_at,
            nbf: issued_at,
            exp: identity.expires_at.as_seconds(),
        };
        encode(&self.header, &claims, &self.signing_key)
            .map_err(|error| Failure::new("signing an access token", error))
    }

    fn refresh_token(&self) -> Result<String, Failure> {
        let mut bytes = [0; REFRESH_TOKEN_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new("asking the system for randomness", error))?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn successor(&self, refresh_token: &str) -> String {
        let mut mac = hmac(&self.successor_key);
        mac.update(refresh_token.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    fn digest(&self, refresh_token: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(refresh_token.as_bytes()))
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    match Hmac::new_from_slice(key) {
        Ok(mac) => mac,
        // RFC 2104 takes keys of any length.
        Err(_) => unreachable!("an HMAC key may have any length"),
    }
}

fn thumbprint(key: &Jwk) -> jsonwebtoken::errors::Result<String> {
    key.thumbprint(ThumbprintHash::SHA256)
}

/// A set of public keys that is read again whenever the file changes, so that keys can be replaced
/// without restarting everything.
struct KeyFile {
    path: PathBuf,
    known: RwLock<(Option<SystemTime>, HashMap<String, DecodingKey>)>,
}

impl KeyFile {
    fn open(path: &Path) -> Result<Self, KeyError> {
        Ok(Self {
            path: path.to_owned(),
            known: RwLock::new((modified(path).ok(), read_keys(path)?)),
        })
    }

    fn find(&self, kid: &str) -> Option<DecodingKey> {
        let modified = modified(&self.path).ok();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.0 == modified {
                return known.1.get(kid).cloned();
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.0 = modified;
        match read_keys(&self.path) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "verification keys were read again");
                known.1 = keys;
            }
            Err(error) => tracing::error!(%error, "the old verification keys stay in use"),
        }
        known.1.get(kid).cloned()
    }
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn read_keys(path: &Path) -> Result<HashMap<String, DecodingKey>, KeyError> {
    let unusable = |reason: String| KeyError::Set(path.to_owned(), reason);
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let set: JwkSet = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let named = |key: &Jwk| {
        let kid = match &key.common.key_id {
            Some(kid) => kid.clone(),
            None => thumbprint(key)?,
        };
        Ok((kid, DecodingKey::from_jwk(key)?))
    };
    let keys: jsonwebtoken::errors::Result<_> = set.keys.iter().map(named).collect();
    keys.map_err(|error| unusable(error.to_string()))
}
