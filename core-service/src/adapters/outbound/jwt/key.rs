//! Making a signing key, and what can be wrong with one.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// PKCS#8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The signing key is no Ed25519 key.
    #[error("jwt.signing_key is not an Ed25519 key in PKCS#8 PEM form: {0}")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// The set of verification keys cannot be read.
    #[error("jwt.verification_keys_file {0} is not usable: {1}")]
    Set(PathBuf, String),
    /// A new key cannot be written.
    #[error("cannot write a key to {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
}

/// A new Ed25519 key in PKCS#8 PEM form.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn new_key() -> io::Result<String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let encoded = STANDARD.encode([PKCS8_ED25519.as_slice(), &seed].concat());
    Ok(format!(
        "-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n"
    ))
}

/// Writes a new key to a file that only its owner may read. An existing file stays as it is.
///
/// # Errors
/// [`KeyError::Write`], also when the file exists.
pub fn write_new_key(path: &Path) -> Result<(), KeyError> {
    let written = new_key().and_then(|pem| {
        fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?
            .write_all(pem.as_bytes())
    });
    written.map_err(|error| KeyError::Write(path.to_owned(), error))
}
