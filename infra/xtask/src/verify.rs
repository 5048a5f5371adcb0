//! `cargo verify`: every check, in the order in which a mistake is cheapest to find.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rookery_bootstrap::{
    build_all,
    cargo::{PROGRAMS, Profile, folder},
    repository, run, tools,
};

use crate::tidy;

/// Which cargo-deny checks licences, bans and sources.
const CARGO_DENY: &str = "0.20.2";

/// Which cargo-machete looks for dependencies that nobody uses.
const CARGO_MACHETE: &str = "0.9.2";

const CARGO: &str = "cargo";

/// A check's name and what does it.
type Check = (&'static str, fn() -> Result<()>);

const CHECKS: &[Check] = &[
    ("format", || cargo(&["fmt", "--all", "--check"])),
    ("tidy", || tidy::check(&repository())),
    ("independence", binaries_are_independent),
    ("unused dependencies", unused_dependencies),
    ("licences, bans, sources", deny),
    ("clippy", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ])
    }),
    ("build", || {
        cargo(&["build", "--workspace", "--all-targets"])
    }),
    ("Rust tests", || cargo(&["test", "--workspace", "--quiet"])),
    ("client", client),
    ("end to end", end_to_end),
];

/// Runs every check and stops at the first that fails.
///
/// # Errors
/// The first check that fails.
pub(crate) fn verify() -> Result<()> {
    tools::ensure(&[tools::TO_START, tools::TO_VERIFY, tools::TO_CERTIFY])?;
    let start = Instant::now();
    let mut took: Vec<(&str, Duration)> = Vec::new();
    for (name, check) in CHECKS {
        println!("==> {name}");
        let start = Instant::now();
        check().with_context(|| format!("cargo verify: {name}"))?;
        took.push((name, start.elapsed()));
    }
    println!();
    for (name, time) in took {
        println!("  {name:<24} {:>6.1} s", time.as_secs_f64());
    }
    println!(
        "  {:<24} {:>6.1} s",
        "everything",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Runs one of the scripts in `client/e2e` that take their time, with programs of a profile.
///
/// # Errors
/// When it fails.
pub(crate) fn run_script(name: &str, profile: Profile) -> Result<()> {
    tools::ensure(&[tools::TO_VERIFY])?;
    build_all(&[&PROGRAMS[..], &["xtask"]].concat(), profile)?;
    end_to_end_script(&["run", "--silent", name], profile)
}

fn cargo(args: &[&str]) -> Result<()> {
    Ok(run(&repository(), CARGO, args)?)
}

fn binaries_are_independent() -> Result<()> {
    for (binary, other) in [
        ("core-service", "realtime-hub"),
        ("realtime-hub", "core-service"),
    ] {
        let output = Command::new(CARGO)
            .args([
                "tree",
                "--package",
                binary,
                "--edges",
                "normal,build",
                "--prefix",
                "none",
            ])
            .current_dir(repository())
            .output()?;
        let tree = String::from_utf8(output.stdout)?;
        if !tree.starts_with(binary) {
            bail!("cargo tree says nothing of {binary}");
        }
        if tree
            .lines()
            .any(|line| line.split(' ').next() == Some(other))
        {
            bail!("{binary} depends on {other}; what both know belongs to shared-proto");
        }
    }
    Ok(())
}

fn unused_dependencies() -> Result<()> {
    let machete = installed("cargo-machete", CARGO_MACHETE)?;
    Ok(run(&repository(), &machete, &[])?)
}

/// A cargo subcommand of this version, installed into `target/tools` when it is not there.
fn installed(name: &str, version: &str) -> Result<String> {
    let folder = repository().join("target/tools");
    let program = folder.join("bin").join(name).display().to_string();
    let known = Command::new(&program).arg("--version").output();
    let is_current = known.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .ends_with(version)
    });
    if !is_current {
        // Unoptimised: building it is most of the work.
        let root = folder.display().to_string();
        cargo(&[
            "install",
            name,
            "--version",
            version,
            "--locked",
            "--debug",
            "--quiet",
            "--root",
            &root,
        ])?;
    }
    Ok(program)
}

fn deny() -> Result<()> {
    let deny = installed("cargo-deny", CARGO_DENY)?;
    // It looks at every target's crates, also at those that no build here needs.
    cargo(&["fetch", "--locked", "--quiet"])?;
    // The advisories are a matter of the day: `cargo deny check advisories` where they can be fetched.
    Ok(run(
        &repository(),
        &deny,
        &[
            "--offline",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ],
    )?)
}

fn client() -> Result<()> {
    let folder = repository().join("client");
    install(&folder)?;
    Ok(run(&folder, "npm", &["run", "--silent", "check"])?)
}

fn end_to_end() -> Result<()> {
    end_to_end_script(&["test", "--silent"], Profile::Dev)
}

pub(crate) fn end_to_end_script(args: &[&str], profile: Profile) -> Result<()> {
    let scripts = repository().join("client/e2e");
    install(&scripts)?;
    let status = Command::new("npm")
        .args(args)
        .current_dir(&scripts)
        // It starts stacks; cargo need not look for changes each time.
        .env("ROOKERY_XTASK", folder(profile)?.join("xtask"))
        .status()?;
    if !status.success() {
        bail!("`npm {}` failed ({status})", args.join(" "));
    }
    Ok(())
}

/// Installs what a folder's `package-lock.json` says.
///
/// # Errors
/// When npm fails.
pub(crate) fn install(folder: &Path) -> Result<()> {
    Ok(run(
        folder,
        "npm",
        &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    )?)
}
