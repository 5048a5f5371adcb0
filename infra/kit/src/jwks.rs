//! Public keys in a file, as a JWK Set (RFC 7517) or as PEM (RFC 7468).

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::SystemTime,
};

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use pkcs8::spki::{
    self, ObjectIdentifier, SubjectPublicKeyInfoOwned,
    der::{DecodePem as _, asn1::BitString},
};

use crate::jwt_crypto;

/// RFC 8017, appendix A.1; RFC 5480, section 2; RFC 8410, section 3.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What a PEM file's first key begins with, and what each ends with.
const PEM_BEGINS: &str = "-----BEGIN ";
const PEM_ENDS: &str = "-----END PUBLIC KEY-----";

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} is no usable set of keys: {reason}")]
pub struct KeyFileError {
    path: PathBuf,
    reason: String,
}

/// Why one key cannot be used.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    #[error(transparent)]
    Jwk(#[from] jsonwebtoken::errors::Error),
    #[error("a PEM key is none in SPKI form (`BEGIN PUBLIC KEY`): {0}")]
    Pem(#[from] spki::der::Error),
    #[error("a key is for {0}, which is not offered")]
    Unsupported(String),
    #[error("a key is secret: only public keys belong here")]
    Secret,
}

/// A public key with the one algorithm that it is for. A token that names another was not made for
/// it: whoever checks a signature asks for this algorithm and no other.
#[derive(Clone, Debug)]
pub struct VerificationKey {
    /// The key itself.
    pub key: DecodingKey,
    /// The algorithm that tokens must name.
    pub algorithm: Algorithm,
}

/// A set of keys that is read again whenever the file changes, so that keys can be replaced without
/// restarting everything. A key without a `kid`, as every PEM key is, is found by its thumbprint
/// (RFC 7638).
pub struct KeyFile {
    path: PathBuf,
    known: RwLock<KnownKeys>,
}

type Keys = HashMap<String, VerificationKey>;

struct KnownKeys {
    modified: Option<SystemTime>,
    by_kid: Keys,
}

impl KeyFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn open(path: PathBuf) -> Result<Self, KeyFileError> {
        jwt_crypto::install();
        let known = KnownKeys {
            modified: modified(&path).ok(),
            by_kid: read(&path)?,
        };
        Ok(Self {
            path,
            known: RwLock::new(known),
        })
    }

    /// The key of that name, if the file has it now. A file that became unusable is as it was.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<VerificationKey> {
        self.with_keys(|keys| keys.get(kid).cloned())
    }

    /// Every key that the file has now.
    #[must_use]
    pub fn all(&self) -> Vec<VerificationKey> {
        self.with_keys(|keys| keys.values().cloned().collect())
    }

    fn with_keys<T>(&self, look: impl FnOnce(&Keys) -> T) -> T {
        let modified = modified(&self.path).ok();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.modified == modified {
                return look(&known.by_kid);
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.modified = modified;
        match read(&self.path) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "verification keys were read again");
                known.by_kid = keys;
            }
            Err(error) => tracing::error!(%error, "the old verification keys stay in use"),
        }
        look(&known.by_kid)
    }
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn read(path: &Path) -> Result<Keys, KeyFileError> {
    let unusable = |reason: String| KeyFileError {
        path: path.to_owned(),
        reason,
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let keys = if text.contains(PEM_BEGINS) {
        from_pem(&text)
    } else {
        let set: JwkSet =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        from_set(&set)
    };
    keys.map_err(|error| unusable(error.to_string()))
}

fn from_set(set: &JwkSet) -> Result<Keys, KeyError> {
    let signs = |key: &&Jwk| key.common.public_key_use != Some(PublicKeyUse::Encryption);
    let named = |jwk: &Jwk| {
        let kid = match &jwk.common.key_id {
            Some(kid) => kid.clone(),
            None => jwk.thumbprint(ThumbprintHash::SHA256)?,
        };
        let (key, algorithm) = (DecodingKey::from_jwk(jwk)?, algorithm(jwk)?);
        if key.family() == AlgorithmFamily::Hmac {
            return Err(KeyError::Secret);
        }
        if key.family() != algorithm.family() {
            return Err(KeyError::Unsupported(format!("{algorithm:?}")));
        }
        Ok((kid, VerificationKey { key, algorithm }))
    };
    set.keys.iter().filter(signs).map(named).collect()
}

/// What the key says, or else what is usual for its kind.
fn algorithm(jwk: &Jwk) -> Result<Algorithm, KeyError> {
    if let Some(algorithm) = jwk.common.key_algorithm {
        return Ok(algorithm.try_into()?);
    }
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Ok(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Ok(Algorithm::ES256)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => {
            Ok(Algorithm::ES384)
        }
        AlgorithmParameters::OctetKeyPair(_) => Ok(Algorithm::EdDSA),
        AlgorithmParameters::OctetKey(_) => Err(KeyError::Secret),
        _ => Err(KeyError::Jwk(ErrorKind::UnsupportedAlgorithm.into())),
    }
}

fn from_pem(text: &str) -> Result<Keys, KeyError> {
    if text.contains("PRIVATE KEY") {
        return Err(KeyError::Secret);
    }
    let keys = text.split_inclusive(PEM_ENDS).map(str::trim);
    keys.filter(|pem| !pem.is_empty())
        .map(|pem| {
            let key = from_spki(&SubjectPublicKeyInfoOwned::from_pem(pem)?)?;
            let jwk = Jwk::from_decoding_key(&key.key, Some(key.algorithm))?;
            Ok((jwk.thumbprint(ThumbprintHash::SHA256)?, key))
        })
        .collect()
}

fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<VerificationKey, KeyError> {
    let bits: &BitString = &spki.subject_public_key;
    let bytes = bits.raw_bytes();
    let parameters = spki.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.decode_as().ok());
    let (key, algorithm) = match (spki.algorithm.oid, curve) {
        (RSA, _) => (DecodingKey::from_rsa_der(bytes), Algorithm::RS256),
        (EC, Some(P256)) => (DecodingKey::from_ec_der(bytes), Algorithm::ES256),
        (EC, Some(P384)) => (DecodingKey::from_ec_der(bytes), Algorithm::ES384),
        (ED25519, _) => (DecodingKey::from_ed_der(bytes), Algorithm::EdDSA),
        (kind, curve) => {
            let kind = curve.unwrap_or(kind);
            return Err(KeyError::Unsupported(kind.to_string()));
        }
    };
    Ok(VerificationKey { key, algorithm })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of RFC 8037, appendix A.2, under a name.
    fn set(kid: &str) -> String {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        format!(r#"{{"keys": [{{"kty": "OKP", "crv": "Ed25519", "kid": "{kid}", "x": "{x}"}}]}}"#)
    }

    /// The same key in PEM form, and one of P-256.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";
    const PEM_P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECzekTIxU8RDC6pzrZSWebm8F1OjL
vDXaia4eLZy6b6EHF9G94rgcFhp1r9f1OFl3xIgnry8IIluZy3Tx+BUV5g==
-----END PUBLIC KEY-----
";

    /// That key's thumbprint, from RFC 8037, appendix A.3.
    const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

    #[track_caller]
    fn check_refused(text: &str, why: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        write(&path, text, 1);
        let error = KeyFile::open(path).err().unwrap().to_string();
        assert!(error.contains(why), "{error}");
    }

    fn write(path: &Path, text: &str, modified_s: u64) {
        fs::write(path, text).unwrap();
        let modified = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(modified_s);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
    }

    #[test]
    fn file_that_changed_is_read_again_and_one_that_broke_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        assert!(KeyFile::open(path.clone()).is_err());
        write(&path, &set("old"), 1);
        let keys = KeyFile::open(path.clone()).unwrap();
        let known = |kid| keys.find(kid).is_some();
        assert!(known("old") && !known("new"));
        write(&path, &set("new"), 2);
        assert!(!known("old") && known("new"));
        write(&path, "broken", 3);
        assert!(known("new"));
    }

    #[test]
    fn key_is_for_the_algorithm_that_it_says_or_its_kind_is_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let algorithms = |text: &str| {
            write(&path, text, 1);
            let keys = KeyFile::open(path.clone()).unwrap().all();
            let mut names: Vec<_> = keys
                .iter()
                .map(|key| format!("{:?}", key.algorithm))
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(algorithms(&set("a")), ["EdDSA"]);
        let rsa = |more: &str| {
            format!(r#"{{"keys": [{{"kty": "RSA", "n": "AQAB", "e": "AQAB"{more}}}]}}"#)
        };
        assert_eq!(algorithms(&rsa("")), ["RS256"]);
        assert_eq!(algorithms(&rsa(r#", "alg": "PS256""#)), ["PS256"]);
        let encrypts = rsa(r#", "use": "enc", "alg": "RSA-OAEP""#);
        assert!(algorithms(&encrypts).is_empty(), "it signs nothing");
        assert_eq!(algorithms(&format!("{PEM}{PEM_P256}")), ["ES256", "EdDSA"]);
    }

    #[test]
    fn pem_key_is_found_by_its_thumbprint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        write(&path, PEM, 1);
        let keys = KeyFile::open(path).unwrap();
        let found = keys.find(THUMBPRINT).unwrap();
        assert_eq!(found.algorithm, Algorithm::EdDSA);
        assert!(keys.find("another").is_none());
    }

    #[test]
    fn secret_keys_and_unknown_kinds_are_refused() {
        check_refused(r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#, "secret");
        let hmac = r#"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256"}]}"#;
        check_refused(hmac, "HS256");
        let private = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";
        check_refused(private, "secret");
        let certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
        check_refused(certificate, "SPKI");
    }
}
