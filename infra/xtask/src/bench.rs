//! `cargo xtask bench-hub`: builds everything and hands over to the bench.

use anyhow::Result;
use rookery_bootstrap::{
    build_all,
    cargo::{self, PROGRAMS, Profile},
    repository, run, tools,
};

use crate::verify::install;

const BENCH: &str = "rookery-bench";

/// Runs the bench with these arguments. The bench, the programs that it measures and the launcher
/// that starts them are of the release profile.
///
/// # Errors
/// When something is missing, or the bench fails.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    tools::ensure(&[tools::TO_BENCH])?;
    build_all(
        &[&PROGRAMS[..], &["xtask", BENCH]].concat(),
        Profile::Release,
    )?;
    install(&repository().join("infra/bench/peers"))?;
    let bench = cargo::folder(Profile::Release)?.join(BENCH);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Ok(run(&repository(), &bench.display().to_string(), &args)?)
}
