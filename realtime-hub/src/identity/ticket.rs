//! Tickets of event streams.
//!
//! A browser's `EventSource` sends no headers, so it presents a ticket: the access token, sealed
//! with a key that every hub of an installation has. Nobody else can read or make one; it is good
//! as long as the token in it, because every connect has that verified.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rookery_kit::secret::Secret;
use sha2::{Digest as _, Sha256};

/// What the key is for: the same secret makes other keys elsewhere. Also sealed with every ticket.
const PURPOSE: &[u8] = b"rookery event stream ticket 1";

const NONCE_BYTES: usize = 24;

/// Makes and opens tickets.
pub struct Tickets(XChaCha20Poly1305);

impl Tickets {
    /// With a key of its own, made from what cores and hubs share.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        let key = Sha256::new()
            .chain_update(PURPOSE)
            .chain_update(secret.reveal())
            .finalize();
        Self(XChaCha20Poly1305::new(&key))
    }

    /// Seals a token.
    #[must_use]
    pub fn seal(&self, token: &str) -> Option<String> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload(token.as_bytes()))
            .ok()?;
        Some(BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// The token in a ticket; `None` when it is not ours.
    #[must_use]
    pub fn open(&self, ticket: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(ticket).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let token = self
            .0
            .decrypt(&XNonce::from(*nonce), payload(sealed))
            .ok()?;
        String::from_utf8(token).ok()
    }
}

fn payload(msg: &[u8]) -> Payload<'_, '_> {
    Payload { msg, aad: PURPOSE }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tickets(secret: &str) -> Tickets {
        Tickets::new(&Secret::new(secret))
    }

    #[test]
    fn ticket_is_opened_by_every_hub_of_the_installation_alone() {
        let ticket = tickets("ours").seal("a.b.c").unwrap();
        assert_eq!(tickets("ours").open(&ticket).as_deref(), Some("a.b.c"));
        assert_eq!(tickets("theirs").open(&ticket), None);
        assert_ne!(tickets("ours").seal("a.b.c"), Some(ticket));
    }

    #[test]
    fn what_was_tampered_with_is_no_ticket() {
        let (tickets, token) = (tickets("ours"), "header.claims.signature");
        let ticket = tickets.seal(token).unwrap();
        assert!(!ticket.contains(token));
        for at in 0..ticket.len() {
            let mut bytes = ticket.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).unwrap();
            assert_eq!(tickets.open(&forged), None, "at {at}");
        }
        assert_eq!(tickets.open(&ticket[..ticket.len() - 4]), None);
        assert_eq!(tickets.open(""), None);
        assert_eq!(tickets.open(token), None);
    }

    proptest! {
        #[test]
        fn garbage_is_no_ticket(garbage in "[A-Za-z0-9_.=\\-]{0,120}") {
            prop_assert_eq!(tickets("ours").open(&garbage), None);
        }
    }
}
