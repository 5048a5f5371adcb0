//! `cargo xtask …`, `cargo up`, `cargo verify`: builds the launcher, and for `up` all programs and
//! the client, then becomes the launcher.

#![expect(clippy::print_stderr, reason = "it talks to the person who ran it")]

use std::{
    env,
    ffi::OsString,
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

use rookery_bootstrap::{
    Failure, Result, build_all,
    cargo::{self, PROGRAMS, Profile},
};

const LAUNCHER: &str = "xtask";

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    match become_launcher(&args) {
        Ok(never) => match never {},
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn become_launcher(args: &[OsString]) -> Result<std::convert::Infallible> {
    if starts(args) {
        build_all(&[&PROGRAMS[..], &[LAUNCHER]].concat(), Profile::Dev)?;
    } else {
        cargo::build(&[LAUNCHER], Profile::Dev)?;
    }
    let launcher = cargo::folder(Profile::Dev)?.join(LAUNCHER);
    let error = Command::new(&launcher).args(args).exec();
    Err(Failure(format!(
        "cannot run {}: {error}",
        launcher.display()
    )))
}

/// Whether the launcher is going to start the programs: they are built with it, in one go.
fn starts(args: &[OsString]) -> bool {
    let says = |word: &str| args.iter().any(|arg| arg == word);
    args.first().is_some_and(|command| command == "up")
        && !["--no-build", "--help", "-h"].into_iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_built_for_a_start_alone() {
        let starts = |line: &str| {
            let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            starts(&args)
        };
        assert!(starts("up --demo --http-port 8090"));
        for line in ["", "down", "verify", "up --help", "up --detach --no-build"] {
            assert!(!starts(line), "{line}");
        }
    }
}
