//! [`LinkSigner`]: HMAC-SHA-256 with a key of the cores'.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use rookery_kit::ed25519::{Ed25519Key, KeyError};
use sha2::Sha256;

use super::jwt::{derived, hmac};
use crate::application::ports::{Link, LinkSigner};

/// Separates this use of the cores' signing key from the others.
const PURPOSE: &[u8] = b"rookery link to media v1";

/// Signs links with a key that is derived from the one that signs access tokens: cores share that, and
/// nobody else has it.
pub struct HmacLinks {
    key: Hmac<Sha256>,
}

impl HmacLinks {
    /// From the signing key (PKCS#8 PEM).
    ///
    /// # Errors
    /// When it has another form.
    pub fn new(signing_key: &str) -> Result<Self, KeyError> {
        let secret = Ed25519Key::from_pem(signing_key)?;
        Ok(Self {
            key: hmac(&derived(&secret, PURPOSE)),
        })
    }

    fn mac(&self, link: Link) -> Hmac<Sha256> {
        let Link {
            id,
            variant,
            expires_s,
        } = link;
        let mut mac = self.key.clone();
        // No part of it holds a space.
        mac.update(format!("{id} {} {expires_s}", variant.as_str()).as_bytes());
        mac
    }
}

impl LinkSigner for HmacLinks {
    fn sign_link(&self, link: Link) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(link).finalize().into_bytes())
    }

    fn is_signed(&self, link: Link, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| self.mac(link).verify_slice(&signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{attachment::Variant, ids::AttachmentId};

    fn links() -> (HmacLinks, String) {
        let key = Ed25519Key::generate().unwrap().to_pem().unwrap();
        (HmacLinks::new(&key).unwrap(), key.to_string())
    }

    #[test]
    fn signature_is_of_one_link_and_one_key() {
        let (signer, key) = links();
        let link = Link {
            id: AttachmentId::new(Uuid::from_u128(1)),
            variant: Variant::Content,
            expires_s: 1_764_000_000,
        };
        let signature = signer.sign_link(link);
        assert!(HmacLinks::new(&key).unwrap().is_signed(link, &signature));
        let others = [
            Link {
                id: AttachmentId::new(Uuid::from_u128(2)),
                ..link
            },
            Link {
                variant: Variant::Thumbnail,
                ..link
            },
            Link {
                expires_s: link.expires_s + 1,
                ..link
            },
        ];
        for other in others {
            assert!(!signer.is_signed(other, &signature));
        }
        for forged in ["", "AAAA", "é", &signature[1..], &signature.to_uppercase()] {
            assert!(!signer.is_signed(link, forged), "{forged}");
        }
        assert!(!links().0.is_signed(link, &signature));
    }
}
