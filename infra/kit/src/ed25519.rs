//! Ed25519 private keys as files hold them (RFC 8410).

use pkcs8::{
    PrivateKeyInfoRef, SecretDocument,
    der::{
        Decode as _,
        asn1::OctetStringRef,
        pem::{self, LineEnding},
        zeroize::Zeroizing,
    },
    spki::ObjectIdentifier,
};

const ALGORITHM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

const PEM_LABEL: &str = "PRIVATE KEY";

/// What stands before the seed in a key without its public half.
const DER_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Bytes of a seed, which is the whole secret.
const SEED_BYTES: usize = 32;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("no Ed25519 key in PKCS#8 PEM form: {0}")]
pub struct KeyError(String);

/// An Ed25519 private key.
pub struct Ed25519Key(Zeroizing<[u8; SEED_BYTES]>);

impl Ed25519Key {
    /// A new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        getrandom::fill(seed.as_mut())?;
        Ok(Self(seed))
    }

    /// Reads PKCS#8 in PEM form, with or without the public half.
    ///
    /// # Errors
    /// [`KeyError`] when it is something else.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (_, document) =
            SecretDocument::from_pem(text.trim()).map_err(|error| KeyError(error.to_string()))?;
        let info = PrivateKeyInfoRef::try_from(document.as_bytes())
            .map_err(|error| KeyError(error.to_string()))?;
        if info.algorithm.oid != ALGORITHM {
            return Err(KeyError(format!("its algorithm is {}", info.algorithm.oid)));
        }
        let seed = <&OctetStringRef>::from_der(info.private_key.as_bytes())
            .map_err(|error| KeyError(error.to_string()))?;
        let seed = seed.as_bytes().try_into();
        let seed = seed.map_err(|_| KeyError(format!("it has not {SEED_BYTES} bytes")))?;
        Ok(Self(Zeroizing::new(seed)))
    }

    /// The secret itself.
    #[must_use]
    pub fn seed(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// PKCS#8 without the public half: the form that `jsonwebtoken` and OpenSSL read.
    #[must_use]
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&DER_PREFIX[..], self.seed()].concat())
    }

    /// The same in PEM form.
    ///
    /// # Errors
    /// Never for a key of this length.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        pem::encode_string(PEM_LABEL, LineEnding::LF, &self.to_der())
            .map(Zeroizing::new)
            .map_err(|error| KeyError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3.
    const WITHOUT_PUBLIC: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const WITH_PUBLIC: &str = "-----BEGIN PRIVATE KEY-----\n\
        MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
        Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn key_is_read_with_and_without_its_public_half() {
        let seed = |pem| Ed25519Key::from_pem(pem).unwrap().seed().to_vec();
        assert_eq!(seed(WITHOUT_PUBLIC), seed(WITH_PUBLIC));
        assert_eq!(&seed(WITHOUT_PUBLIC)[..4], [0xd4, 0xee, 0x72, 0xdb]);
    }

    #[test]
    fn written_key_is_what_was_read() {
        let key = Ed25519Key::from_pem(WITH_PUBLIC).unwrap();
        assert_eq!(*key.to_pem().unwrap(), WITHOUT_PUBLIC);
        let made = Ed25519Key::generate().unwrap();
        let read = Ed25519Key::from_pem(&made.to_pem().unwrap()).unwrap();
        assert_eq!(made.seed(), read.seed());
    }

    #[test]
    fn other_keys_are_refused() {
        let x25519 = WITHOUT_PUBLIC.replace("AwBQYDK2Vw", "AwBQYDK2Vu");
        for text in ["", "no key", &x25519, &WITHOUT_PUBLIC[..80]] {
            assert!(Ed25519Key::from_pem(text).is_err(), "{text}");
        }
    }
}
