//! The cryptography of `jsonwebtoken`, by ring, which TLS brings anyway. The crate's own choices
//! would bring a second library: RustCrypto's takes half a minute of a first build, AWS-LC wants
//! CMake and a minute.

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind, Result},
    jwk::{EllipticCurve, ThumbprintHash},
    signature::{self, Signer, Verifier},
};
use pkcs8::der::{Decode as _, Reader as _, SliceReader, asn1::UintRef};
use ring::{
    digest, hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
    },
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: rsa_components,
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: ed25519_public_key,
        compute_digest,
    },
};

/// Chooses ring for this process. Call it before anything else of `jsonwebtoken`'s; again does no
/// harm.
pub fn install() {
    // It fails when the choice is made already, which is the same one.
    let _ = PROVIDER.install_default();
}

/// Signs with a secret or an Ed25519 key; verifies with any key that JWTs are signed with.
struct Key<K> {
    key: K,
    algorithm: Algorithm,
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let algorithm = *algorithm;
    if let Some(digest) = hmac_digest(algorithm) {
        let key = hmac::Key::new(digest, key.as_bytes());
        return Ok(Box::new(Key { key, algorithm }));
    }
    if algorithm != Algorithm::EdDSA {
        return Err(unsupported());
    }
    let key = ed25519(key.as_bytes())?;
    Ok(Box::new(Key { key, algorithm }))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let algorithm = *algorithm;
    if let Some(digest) = hmac_digest(algorithm) {
        let key = hmac::Key::new(digest, key.try_get_as_bytes()?);
        return Ok(Box::new(Key { key, algorithm }));
    }
    let key = key.clone();
    let ring: &'static dyn VerificationAlgorithm = match algorithm {
        Algorithm::EdDSA => &ED25519,
        Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
        _ => {
            let parameters = rsa(algorithm).ok_or_else(unsupported)?;
            let key = RsaKey { key, parameters };
            return Ok(Box::new(Key { key, algorithm }));
        }
    };
    let key = UnparsedPublicKey::new(ring, key.try_get_as_bytes()?.to_vec());
    Ok(Box::new(Key { key, algorithm }))
}

fn hmac_digest(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::HS256 => Some(hmac::HMAC_SHA256),
        Algorithm::HS384 => Some(hmac::HMAC_SHA384),
        Algorithm::HS512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// An RSA key, in DER form or by its numbers.
struct RsaKey {
    key: DecodingKey,
    parameters: &'static RsaParameters,
}

impl<K> JwtSigner for Key<K>
where
    Self: Signer<Vec<u8>>,
{
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl<K> JwtVerifier for Key<K>
where
    Self: Verifier<Vec<u8>>,
{
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Signer<Vec<u8>> for Key<hmac::Key> {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Vec<u8>> {
        Ok(hmac::sign(&self.key, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Key<hmac::Key> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> signature::Result<()> {
        hmac::verify(&self.key, message, signature).map_err(|_| signature::Error::new())
    }
}

impl Signer<Vec<u8>> for Key<Ed25519KeyPair> {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Vec<u8>> {
        Ok(self.key.sign(message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Key<UnparsedPublicKey<Vec<u8>>> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> signature::Result<()> {
        let verified = self.key.verify(message, signature);
        verified.map_err(|_| signature::Error::new())
    }
}

impl Verifier<Vec<u8>> for Key<RsaKey> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> signature::Result<()> {
        let RsaKey { key, parameters } = &self.key;
        let verified = match key.kind() {
            DecodingKeyKind::SecretOrDer(der) => {
                UnparsedPublicKey::new(*parameters, der).verify(message, signature)
            }
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
        };
        verified.map_err(|_| signature::Error::new())
    }
}

fn unsupported() -> Error {
    ErrorKind::UnsupportedAlgorithm.into()
}

fn ed25519(pkcs8: &[u8]) -> Result<Ed25519KeyPair> {
    // "Maybe unchecked": the form without the public key has nothing to check against.
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| ErrorKind::InvalidEddsaKey.into())
}

fn ed25519_public_key(pkcs8: &[u8], curve: &EllipticCurve) -> Result<Vec<u8>> {
    match curve {
        EllipticCurve::Ed25519 => Ok(ed25519(pkcs8)?.public_key().as_ref().to_vec()),
        _ => Err(unsupported()),
    }
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_components(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let read = || -> pkcs8::der::Result<_> {
        SliceReader::new(der)?.sequence(|numbers| {
            let n = UintRef::decode(numbers)?.as_bytes().to_vec();
            Ok((n, UintRef::decode(numbers)?.as_bytes().to_vec()))
        })
    };
    read().map_err(|error| ErrorKind::InvalidRsaKey(error.to_string()).into())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`KeyUtils` wants a function of this type"
)]
fn compute_digest(data: &[u8], hash: ThumbprintHash) -> Result<Vec<u8>> {
    let algorithm = match hash {
        ThumbprintHash::SHA256 => &digest::SHA256,
        ThumbprintHash::SHA384 => &digest::SHA384,
        ThumbprintHash::SHA512 => &digest::SHA512,
        _ => return Err(unsupported()),
    };
    Ok(digest::digest(algorithm, data).as_ref().to_vec())
}
