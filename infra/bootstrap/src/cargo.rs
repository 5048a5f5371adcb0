//! The workspace's programs, built by cargo.

use std::{
    env,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    Failure, Result,
    progress::{Heard, Listener, Progress},
    repository,
};

/// What a running Rookery consists of, beside nginx.
pub const PROGRAMS: [&str; 2] = ["core-service", "realtime-hub"];

/// How wide cargo believes its progress line to be: enough for its numbers.
const PROGRESS_WIDTH: &str = "80";

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// For starting, testing and linting on this machine; see docs/adr/0022.
    Dev,
    /// For images and measurements.
    Release,
}

impl Profile {
    /// The folder in `target`.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Where cargo leaves programs of a profile. The program that asks was built by cargo itself, in
/// whatever profile.
///
/// # Errors
/// [`Failure`] when the system does not say where the asking program is.
pub fn folder(profile: Profile) -> Result<PathBuf> {
    let own = env::current_exe().map_err(Failure::to("cannot find this program's own file"))?;
    let folder = own
        .parent()
        .ok_or_else(|| Failure("this program lies in no folder".into()))?;
    Ok(folder.with_file_name(profile.folder()))
}

/// Builds programs of the workspace, with a line that says how far it is. What is up to date is not
/// built and costs no line.
///
/// # Errors
/// [`Failure`]; cargo has said what is wrong.
pub fn build(programs: &[&str], profile: Profile) -> Result<()> {
    let mut command = Command::new("cargo");
    command.arg("build");
    if profile == Profile::Release {
        command.arg("--release");
    }
    // Without `--package`, cargo chooses the dependencies' features for the workspace as a whole:
    // the launcher, the programs and the checks then share every compiled dependency.
    for program in programs {
        command.args(["--bin", program]);
    }
    let mut cargo = command
        .current_dir(repository())
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", PROGRESS_WIDTH)
        .env(
            "CARGO_TERM_COLOR",
            if io::stderr().is_terminal() {
                "always"
            } else {
                "never"
            },
        )
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::to("cannot run cargo"))?;
    let mut progress = Progress::new(io::stderr(), io::stderr().is_terminal());
    if let Some(mut output) = cargo.stderr.take() {
        let mut listener = Listener::default();
        let mut chunk = [0; 4096];
        loop {
            let length = output
                .read(&mut chunk)
                .map_err(Failure::to("cannot read what cargo says"))?;
            if length == 0 {
                break;
            }
            for heard in listener.hear(&chunk[..length]) {
                match heard {
                    Heard::Built { done, all } => progress.built(done, all),
                    Heard::Said(line) => progress.say(&line),
                }
            }
        }
        progress.end();
    }
    let status = cargo.wait().map_err(Failure::to("cannot wait for cargo"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!(
            "{} could not be built ({status})",
            programs.join(", ")
        )))
    }
}
