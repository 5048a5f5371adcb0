//! The folder in which a running Rookery keeps what it must not lose, its secrets and its logs.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

/// A log that has grown this large is put aside at the next start.
const LOG_MAX_BYTES: u64 = 10 * 1024 * 1024;

/// The data folder, an absolute path.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// Files with the secrets, each readable by its owner alone.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    /// Secret that cores and hub share: each call between them presents it.
    pub(crate) internal: PathBuf,
    /// API key for the admin endpoints.
    pub(crate) admin_api_key: PathBuf,
    /// What the operator's page asks for: it reads statistics and nothing else.
    pub(crate) dashboard_api_key: PathBuf,
    /// Private key that signs access tokens, PKCS#8 PEM.
    pub(crate) signing_key: PathBuf,
}

impl DataDir {
    /// The folder, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        for folder in ["", "log", "nginx", "secrets"] {
            let folder = path.join(folder);
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        Ok(Self(path.canonicalize()?))
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A log; an overlong one is put aside.
    ///
    /// # Errors
    /// When it cannot be put aside.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join("log").join(format!("{name}.log"));
        if fs::metadata(&path).is_ok_and(|log| log.len() > LOG_MAX_BYTES) {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        Ok(path)
    }

    /// The secrets, made at the first start.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn secrets(&self, core: &Path) -> Result<Secrets> {
        let folder = self.join("secrets");
        let secrets = Secrets {
            internal: folder.join("internal"),
            admin_api_key: folder.join("admin-api-key"),
            dashboard_api_key: folder.join("dashboard-api-key"),
            signing_key: folder.join("jwt.pem"),
        };
        for path in [
            &secrets.internal,
            &secrets.admin_api_key,
            &secrets.dashboard_api_key,
        ] {
            if !path.exists() {
                let mut random = [0; 32];
                getrandom::fill(&mut random).context("the system gives no randomness")?;
                let mut file = File::options()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)?;
                writeln!(file, "{}", hex::encode(random))?;
            }
        }
        if !secrets.signing_key.exists() {
            let made = Command::new(core)
                .args(["generate-key", "--out"])
                .arg(&secrets.signing_key)
                .status()
                .with_context(|| format!("cannot run {}", core.display()))?;
            if !made.success() {
                bail!(
                    "cannot write a signing key to {}",
                    secrets.signing_key.display()
                );
            }
        }
        Ok(secrets)
    }
}
