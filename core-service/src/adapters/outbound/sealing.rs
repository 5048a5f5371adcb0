//! [`SecretSealer`]: XChaCha20-Poly1305 with a key of the cores'.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rookery_kit::ed25519::{Ed25519Key, KeyError};

use super::jwt::derived;
use crate::{
    application::{
        error::StoreError,
        ports::{Opened, SecretSealer, Stored},
    },
    domain::ids::UserId,
};

/// Separates this use of the cores' signing key from the others.
const PURPOSE: &[u8] = b"rookery sealed secret v1";

const NONCE_BYTES: usize = 24;

/// Seals with a key that is derived from the one that signs access tokens: cores share that, and the
/// database does not have it.
pub struct SealingKeys {
    current: XChaCha20Poly1305,
    former: Option<XChaCha20Poly1305>,
}

impl SealingKeys {
    /// From the signing key and the one before it (PKCS#8 PEM), which opens alone.
    ///
    /// # Errors
    /// When one has another form.
    pub fn new(signing_key: &str, former: Option<&str>) -> Result<Self, KeyError> {
        Ok(Self {
            current: cipher(signing_key)?,
            former: former.map(cipher).transpose()?,
        })
    }
}

fn cipher(signing_key: &str) -> Result<XChaCha20Poly1305, KeyError> {
    let key = derived(&Ed25519Key::from_pem(signing_key)?, PURPOSE);
    let Ok(key) = Key::try_from(key.as_slice()) else {
        unreachable!("HMAC-SHA-256 makes the 32 bytes of a key")
    };
    Ok(XChaCha20Poly1305::new(&key))
}

impl SecretSealer for SealingKeys {
    fn seal(&self, user: UserId, secret: &[u8]) -> Stored<String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| StoreError::Unavailable(error.into()))?;
        let payload = Payload {
            msg: secret,
            aad: user.as_uuid().as_bytes(),
        };
        let sealed = self.current.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| StoreError::Unavailable(error.to_string().into()))?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn open(&self, user: UserId, sealed: &str) -> Stored<Opened> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap_or_default();
        let open = |cipher: &XChaCha20Poly1305| {
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
            let payload = Payload {
                msg: sealed,
                aad: user.as_uuid().as_bytes(),
            };
            cipher.decrypt(&XNonce::from(*nonce), payload).ok()
        };
        let current = open(&self.current).map(|secret| (secret, true));
        let opened = current.or_else(|| Some((open(self.former.as_ref()?)?, false)));
        let (secret, is_current) = opened.ok_or_else(|| {
            let why = "a second factor was sealed with another signing key; \
                       set jwt.former_signing_key to it";
            StoreError::Unavailable(why.into())
        })?;
        Ok(Opened { secret, is_current })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ADA: UserId = UserId::new(Uuid::from_u128(1));
    const BEN: UserId = UserId::new(Uuid::from_u128(2));
    const SECRET: &[u8] = b"twenty secret bytes!";

    fn pem() -> String {
        Ed25519Key::generate()
            .unwrap()
            .to_pem()
            .unwrap()
            .to_string()
    }

    fn open(keys: &SealingKeys, user: UserId, sealed: &str) -> Option<(Vec<u8>, bool)> {
        let opened = keys.open(user, sealed).ok()?;
        Some((opened.secret, opened.is_current))
    }

    #[test]
    fn secret_is_opened_by_its_key_for_its_person_alone() {
        let (key, other) = (pem(), pem());
        let keys = SealingKeys::new(&key, None).unwrap();
        let sealed = keys.seal(ADA, SECRET).unwrap();
        assert_ne!(keys.seal(ADA, SECRET).unwrap(), sealed);
        let same = SealingKeys::new(&key, Some(&other)).unwrap();
        assert_eq!(open(&same, ADA, &sealed), Some((SECRET.to_vec(), true)));
        assert_eq!(open(&keys, BEN, &sealed), None);
        let others = SealingKeys::new(&other, None).unwrap();
        assert_eq!(open(&others, ADA, &sealed), None);
        for forged in ["", "AAAA", "é", &sealed[1..], &sealed[..sealed.len() - 2]] {
            assert_eq!(open(&keys, ADA, forged), None, "{forged}");
        }
        assert!(SealingKeys::new(&key, Some("no key")).is_err());
    }

    #[test]
    fn key_of_before_opens_what_it_has_sealed() {
        let (old, new) = (pem(), pem());
        let sealed = SealingKeys::new(&old, None).unwrap().seal(ADA, SECRET);
        let sealed = sealed.unwrap();
        let keys = SealingKeys::new(&new, Some(&old)).unwrap();
        assert_eq!(open(&keys, ADA, &sealed), Some((SECRET.to_vec(), false)));
        let again = keys.seal(ADA, SECRET).unwrap();
        assert_eq!(open(&keys, ADA, &again), Some((SECRET.to_vec(), true)));
    }
}
