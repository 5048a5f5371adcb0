//! What was built before anything can start.

use std::{env, path::PathBuf};

use anyhow::{Context as _, Result};
use rookery_bootstrap::{repository, tools};

/// What a stack runs.
pub(crate) struct Artifacts {
    pub(crate) core: PathBuf,
    pub(crate) hub: PathBuf,
    /// Folder of the built client.
    pub(crate) client: PathBuf,
    pub(crate) nginx: PathBuf,
}

impl Artifacts {
    /// Where everything is once it is built: the programs are of the profile of this one, but for
    /// a hub that was named.
    ///
    /// # Errors
    /// When nginx or the client is missing.
    pub(crate) fn locate(hub: Option<PathBuf>) -> Result<Self> {
        let own = own()?;
        Ok(Self {
            core: own.with_file_name("core-service"),
            hub: hub.unwrap_or_else(|| own.with_file_name("realtime-hub")),
            client: repository()
                .join("client/dist")
                .canonicalize()
                .context("the client is not built; `cargo up` does that")?,
            nginx: tools::find("nginx").context("nginx is missing")?,
        })
    }
}

/// This program's own file; a build may have replaced it since it was started.
///
/// # Errors
/// When the system does not say where it is.
pub(crate) fn own() -> Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program's own file")?;
    // What was replaced is called `xtask (deleted)`.
    Ok(own.with_file_name("xtask"))
}
