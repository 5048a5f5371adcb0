//! Builds what must be there before anything can start. It depends on nothing, so that a first
//! `cargo up` shows its progress after a second of compiling.
//!
//! # Layout
//! - [`cargo`]: the workspace's programs
//! - [`client`]: the client, which nginx serves
//! - [`progress`]: one line instead of cargo's hundreds
//! - [`tools`]: programs and libraries that must be on the machine

#![expect(clippy::print_stdout, reason = "it talks to the person who ran it")]

pub mod cargo;
pub mod client;
pub mod progress;
pub mod tools;

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use cargo::Profile;

/// What cannot be built or run: a sentence that says what to do.
#[derive(Debug)]
pub struct Failure(pub String);

/// A result whose error is a [`Failure`].
pub type Result<T> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Failure {}

impl Failure {
    /// Prefixes an error with what was attempted: for `map_err`.
    pub fn to<E: fmt::Display>(attempt: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{attempt}: {error}"))
    }
}

/// The repository's root folder.
#[must_use]
pub fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Builds programs of the workspace, and the client beside them.
///
/// # Errors
/// [`Failure`] when a tool is missing or a build fails.
pub fn build_all(programs: &[&str], profile: Profile) -> Result<()> {
    tools::ensure(&[tools::TO_START])?;
    thread::scope(|scope| {
        let client = scope.spawn(client::build);
        let built = cargo::build(programs, profile);
        let client = client
            .join()
            .unwrap_or_else(|_| Err(Failure("building the client panicked".into())));
        built.and(client)
    })
}

/// Runs a command in a folder to its end; what it prints is shown.
///
/// # Errors
/// [`Failure`] when it cannot be run or fails.
pub fn run(folder: &Path, program: &str, args: &[&str]) -> Result<()> {
    let line = format!("`{program} {}`", args.join(" "));
    let status = Command::new(program)
        .args(args)
        .current_dir(folder)
        .status()
        .map_err(Failure::to(format!("cannot run {line}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("{line} failed ({status})")))
    }
}
