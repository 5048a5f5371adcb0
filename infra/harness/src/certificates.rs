//! What `infra/tls/make-certificates.sh` makes, in a folder that is thrown away.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// The certificates of an authority of their own: `ca`, and `core`, `hub`, `nginx` and `public`
/// for `localhost` and `127.0.0.1`.
pub struct Certificates(TempDir);

impl Certificates {
    /// Runs `infra/tls/make-certificates.sh` in a new folder.
    ///
    /// # Errors
    /// The script's own output.
    pub fn make() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tls/make-certificates.sh");
        let made = Command::new(script).arg(folder.path()).output()?;
        if made.status.success() {
            return Ok(Self(folder));
        }
        Err(io::Error::other(String::from_utf8_lossy(&made.stderr)))
    }

    /// The file of a certificate.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("{name}.crt"))
    }

    /// The file of its private key.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("{name}.key"))
    }
}
