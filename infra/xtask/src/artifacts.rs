//! What is built before anything can start.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context as _, Result, bail};

use crate::{stack::repository, tools};

/// What the client is built from.
const CLIENT_SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
];

/// What a stack runs.
pub(crate) struct Artifacts {
    /// `core-service`.
    pub(crate) core: PathBuf,
    /// `realtime-hub`.
    pub(crate) hub: PathBuf,
    /// The built client.
    pub(crate) client: PathBuf,
    /// nginx.
    pub(crate) nginx: PathBuf,
}

impl Artifacts {
    /// Where everything is once it is built.
    ///
    /// # Errors
    /// When nginx is missing.
    pub(crate) fn locate() -> Result<Self> {
        let binaries = binaries()?;
        Ok(Self {
            core: binaries.join("core-service"),
            hub: binaries.join("realtime-hub"),
            client: repository().join("client/dist").canonicalize()?,
            nginx: tools::find("nginx").context("nginx is missing")?,
        })
    }
}

/// This program's own file; a build may have replaced it since it was started.
///
/// # Errors
/// When the system does not say where it is.
pub(crate) fn own() -> Result<PathBuf> {
    Ok(binaries()?.join("xtask"))
}

/// Where cargo leaves programs.
///
/// # Errors
/// When the system does not say where this one is.
pub(crate) fn binaries() -> Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program's own file")?;
    Ok(own
        .parent()
        .context("a program lies in a folder")?
        .to_owned())
}

/// Builds what is older than its sources.
///
/// # Errors
/// When a build fails; it has said why.
pub(crate) fn build() -> Result<()> {
    let client = repository().join("client");
    if is_older(
        &client.join("node_modules/.package-lock.json"),
        &client,
        &["package-lock.json"],
    )? {
        println!("==> installing what the client is built with");
        run(
            &client,
            "npm",
            &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        )?;
    }
    if is_older(&client.join("dist/index.html"), &client, CLIENT_SOURCES)? {
        println!("==> building the client");
        run(&client, "npm", &["run", "--silent", "build"])?;
    }
    // Cargo itself knows what is older, and shows its progress.
    let packages = ["-p", "core-service", "-p", "realtime-hub"];
    let mut arguments = vec!["build", "--bins"];
    arguments.extend(packages);
    if !is_built() {
        println!("==> building the core and the hub; the first time this takes minutes");
    }
    run(&repository(), "cargo", &arguments)
}

/// Runs a command in a folder to its end.
///
/// # Errors
/// When it cannot be run or fails.
pub(crate) fn run(folder: &Path, program: &str, args: &[&str]) -> Result<()> {
    let line = || format!("{program} {}", args.join(" "));
    let status = Command::new(program)
        .args(args)
        .current_dir(folder)
        .status()
        .with_context(|| format!("cannot run `{}`", line()))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line());
    }
    Ok(())
}

fn is_built() -> bool {
    Artifacts::locate().is_ok_and(|built| built.core.exists() && built.hub.exists())
}

fn is_older(target: &Path, folder: &Path, sources: &[&str]) -> Result<bool> {
    let Ok(built) = fs::metadata(target).and_then(|target| target.modified()) else {
        return Ok(true);
    };
    for source in sources {
        if newest(&folder.join(source))? > built {
            return Ok(true);
        }
    }
    Ok(false)
}

fn newest(path: &Path) -> Result<SystemTime> {
    let metadata = fs::metadata(path).with_context(|| format!("{} is missing", path.display()))?;
    let mut newest = metadata.modified()?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            newest = newest.max(self::newest(&entry?.path())?);
        }
    }
    Ok(newest)
}
