//! Access tokens: JWTs signed with Ed25519 (RFC 8037), their key named by its thumbprint
//! (RFC 7638), so that keys can be replaced while replicas run.

use std::{path::PathBuf, sync::Arc};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    errors::ErrorKind,
    jwk::{Jwk, ThumbprintHash},
};
use rookery_kit::{
    ed25519::{self, Ed25519Key},
    jwks::{KeyFile, KeyFileError},
    jwt_crypto,
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    application::{
        error::{StoreError, TokenError},
        ports::{AuthVerifier, Clock, DeviceTokens, Identity, Stored, TokenIssuer},
    },
    domain::{account::Handle, time::Timestamp},
};

const ISSUER: &str = "rookery";
const AUDIENCE: &str = "rookery";

/// How long a token is good beyond its expiry. Clocks of replicas are some seconds apart while one
/// of them cannot reach the database, by which they set them.
const LEEWAY_S: i64 = 5;

/// Separate these uses of the signing key from each other and from its first one.
const SUCCESSOR_PURPOSE: &[u8] = b"rookery refresh token successor v1";
const DEVICE_PURPOSE: &[u8] = b"rookery known device v1";

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The signing key has another form.
    #[error("jwt.signing_key is {0}; make one with `generate-key`")]
    Form(#[from] ed25519::KeyError),
    /// The signing key cannot be described as a JWK.
    #[error("jwt.signing_key cannot be used: {0}")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// The set of verification keys cannot be read.
    #[error("jwt.verification_keys_file: {0}")]
    Set(#[from] KeyFileError),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// Session.
    sid: String,
    iat: i64,
    exp: i64,
}

/// Signs and reads tokens.
pub struct JwtKeys {
    header: Header,
    signing_key: EncodingKey,
    own: DecodingKey,
    own_kid: String,
    /// Keys of other replicas, while keys are being replaced.
    others: Option<KeyFile>,
    successor_key: Vec<u8>,
    device_key: Vec<u8>,
    validation: Validation,
    clock: Arc<dyn Clock>,
}

impl JwtKeys {
    /// From the signing key (PKCS#8 PEM) and a JWKS of further keys to accept; the clock says what
    /// has expired.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(
        signing_key: &str,
        verification_keys: Option<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, KeyError> {
        jwt_crypto::install();
        let secret = Ed25519Key::from_pem(signing_key)?;
        let signing_key = EncodingKey::from_ed_der(&secret.to_der());
        let public =
            Jwk::from_encoding_key(&signing_key, Algorithm::EdDSA).map_err(KeyError::Signing)?;
        let own_kid = public
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(KeyError::Signing)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(own_kid.clone());
        let derived = |purpose| derived(&secret, purpose);
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Not by the machine's clock: `read` does that. A token is good from its making on, so it
        // has no `nbf`, which a replica whose clock is behind would refuse.
        validation.validate_exp = false;
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        Ok(Self {
            header,
            own: DecodingKey::from_jwk(&public).map_err(KeyError::Signing)?,
            own_kid,
            others: verification_keys.map(KeyFile::open).transpose()?,
            successor_key: derived(SUCCESSOR_PURPOSE),
            device_key: derived(DEVICE_PURPOSE),
            signing_key,
            validation,
            clock,
        })
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        if kid == self.own_kid {
            Some(self.own.clone())
        } else {
            Some(self.others.as_ref()?.find(kid)?.key)
        }
    }

    fn device_mac(&self, device: &str, account: &Handle) -> Hmac<Sha256> {
        let mut mac = hmac(&self.device_key);
        // Neither holds a space.
        mac.update(format!("{device} {}", account.as_str()).as_bytes());
        mac
    }

    fn read(&self, token: &str) -> jsonwebtoken::errors::Result<Claims> {
        let kid = decode_header(token)?.kid.ok_or(ErrorKind::InvalidToken)?;
        let key = self.key(&kid).ok_or(ErrorKind::InvalidToken)?;
        let claims: Claims = decode(token, &key, &self.validation)?.claims;
        if claims.exp.saturating_add(LEEWAY_S) < self.clock.now().seconds() {
            return Err(ErrorKind::ExpiredSignature.into());
        }
        Ok(claims)
    }
}

impl AuthVerifier for JwtKeys {
    fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        let claims = self.read(token).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => TokenError::Expired,
            _ => TokenError::Invalid,
        })?;
        Ok(Identity {
            user: claims.sub.parse().map_err(|_| TokenError::Invalid)?,
            session: claims.sid.parse().map_err(|_| TokenError::Invalid)?,
            expires_at: Timestamp::from_micros(claims.exp.saturating_mul(1_000_000)),
        })
    }
}

impl TokenIssuer for JwtKeys {
    fn issue(&self, identity: &Identity) -> Stored<String> {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: identity.user.to_string(),
            sid: identity.session.to_string(),
            iat: self.clock.now().seconds(),
            exp: identity.expires_at.seconds(),
        };
        encode(&self.header, &claims, &self.signing_key)
            .map_err(|error| StoreError::Unavailable(error.into()))
    }

    fn successor(&self, refresh_token: &str) -> String {
        let mut mac = hmac(&self.successor_key);
        mac.update(refresh_token.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

impl DeviceTokens for JwtKeys {
    fn issue_device(&self, account: &Handle) -> String {
        let device = Uuid::new_v4().simple().to_string();
        let mac = self.device_mac(&device, account).finalize().into_bytes();
        format!("{device}.{}", hex::encode(mac))
    }

    fn device(&self, token: &str, account: &Handle) -> Option<String> {
        let (device, mac) = token.split_once('.')?;
        let mac = hex::decode(mac).ok()?;
        let expected = self.device_mac(device, account);
        expected.verify_slice(&mac).ok()?;
        Some(device.to_owned())
    }
}

/// A key for one purpose of those for which the cores' signing key is used.
pub(super) fn derived(secret: &Ed25519Key, purpose: &[u8]) -> Vec<u8> {
    let mut derivation = hmac(secret.seed());
    derivation.update(purpose);
    derivation.finalize().into_bytes().to_vec()
}

pub(super) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    let Ok(mac) = Hmac::new_from_slice(key) else {
        unreachable!("an HMAC key may have any length (RFC 2104)")
    };
    mac
}

#[cfg(test)]
mod tests {
    use std::{fs, time::SystemTime};

    use super::*;
    use crate::{
        application::testing::FakeClock,
        domain::ids::{SessionId, UserId},
    };
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    use jsonwebtoken::jwk::JwkSet;

    fn pem() -> String {
        let pem = Ed25519Key::generate().unwrap().to_pem();
        pem.unwrap().to_string()
    }

    fn keys(others: Option<PathBuf>) -> JwtKeys {
        let clock = Arc::new(FakeClock::default());
        JwtKeys::new(&pem(), others, clock).unwrap()
    }

    fn identity(expires_in_s: i64) -> Identity {
        Identity {
            user: UserId::new(Uuid::new_v4()),
            session: SessionId::new(Uuid::new_v4()),
            expires_at: FakeClock::default().now().plus_seconds(expires_in_s),
        }
    }

    #[test]
    fn replica_whose_clock_is_behind_accepts_a_fresh_token() {
        let pem = pem();
        let replica = |ahead_s| {
            let clock = Arc::new(FakeClock::default());
            clock.pass_seconds(ahead_s);
            JwtKeys::new(&pem, None, clock).unwrap()
        };
        let (slow, fast) = (replica(-30), replica(0));
        let fresh = fast.issue(&identity(900)).unwrap();
        assert_eq!(slow.verify(&fresh), fast.verify(&fresh));
        assert!(slow.verify(&fresh).is_ok());
        // One that is some seconds over is good on the fast one, too.
        assert!(
            replica(4)
                .verify(&fast.issue(&identity(0)).unwrap())
                .is_ok()
        );
        assert!(
            replica(6)
                .verify(&fast.issue(&identity(0)).unwrap())
                .is_err()
        );
    }

    #[test]
    fn token_has_no_beginning() {
        let keys = keys(None);
        let token = keys.issue(&identity(60)).unwrap();
        let body = token.split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&BASE64.decode(body).unwrap()).unwrap();
        assert!(claims.get("nbf").is_none(), "{claims}");
        assert_eq!(claims["iat"], FakeClock::default().now().seconds());
    }

    #[test]
    fn issued_token_is_read_back() {
        let keys = keys(None);
        let identity = identity(60);
        assert_eq!(keys.verify(&keys.issue(&identity).unwrap()), Ok(identity));
    }

    #[test]
    fn expired_and_foreign_tokens_are_told_apart() {
        let (ours, theirs) = (keys(None), keys(None));
        let late = ours.issue(&identity(-10)).unwrap();
        assert_eq!(ours.verify(&late), Err(TokenError::Expired));
        let foreign = theirs.issue(&identity(60)).unwrap();
        assert_eq!(ours.verify(&foreign), Err(TokenError::Invalid));
        assert_eq!(ours.verify("a.b.c"), Err(TokenError::Invalid));
    }

    #[test]
    fn key_file_admits_the_other_replicas_key_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(&path, r#"{"keys": []}"#).unwrap();
        let theirs = keys(None);
        let ours = keys(Some(path.clone()));
        let token = theirs.issue(&identity(60)).unwrap();
        assert_eq!(ours.verify(&token), Err(TokenError::Invalid));

        let public = Jwk::from_encoding_key(&theirs.signing_key, Algorithm::EdDSA).unwrap();
        let set = serde_json::to_string(&JwkSet { keys: vec![public] }).unwrap();
        fs::write(&path, set).unwrap();
        let later = SystemTime::UNIX_EPOCH;
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert!(ours.verify(&token).is_ok());
    }

    #[test]
    fn device_is_known_for_its_account_alone() {
        let (ours, theirs) = (keys(None), keys(None));
        let [ada, ben] = ["ada", "ben"].map(|handle| Handle::parse(handle).unwrap());
        let token = ours.issue_device(&ada);
        assert!(ours.device(&token, &ada).is_some());
        assert_ne!(
            ours.device(&token, &ada),
            ours.device(&ours.issue_device(&ada), &ada)
        );
        assert_eq!(ours.device(&token, &ben), None);
        assert_eq!(theirs.device(&token, &ada), None);
        for forged in ["", ".", "x.00", &token[1..], &token[..token.len() - 2]] {
            assert_eq!(ours.device(forged, &ada), None, "{forged}");
        }
    }

    #[test]
    fn successor_is_the_same_on_replicas_with_the_same_key() {
        let pem = pem();
        let clock = || Arc::new(FakeClock::default());
        let replica = || {
            JwtKeys::new(&pem, None, clock())
                .unwrap()
                .successor("token")
        };
        assert_eq!(replica(), replica());
        assert_ne!(replica(), keys(None).successor("token"));
    }
}
