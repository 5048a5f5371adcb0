//! `cargo xtask bench-hub` and other measurements: builds everything and hands over to the bench.

use anyhow::Result;
use rookery_bootstrap::{
    build_all,
    cargo::{self, PROGRAMS, Profile},
    repository, run, tools,
};

use crate::verify::install;

const BENCH: &str = "rookery-bench";

/// Measures the hub beside others.
///
/// # Errors
/// When something is missing, or the bench fails.
pub(crate) fn bench_hub(args: &[String]) -> Result<()> {
    tools::ensure(&[tools::TO_BENCH])?;
    install(&repository().join("infra/bench/peers"))?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    bench(&args)
}

/// Measures nginx, cores, hub and PostgreSQL together.
///
/// # Errors
/// When something is missing, or a bound does not hold.
pub(crate) fn bench_all(args: &[&str]) -> Result<()> {
    tools::ensure(&[tools::TO_VERIFY])?;
    bench(args)
}

/// Runs the bench with these arguments. The bench, the programs that it measures and the launcher
/// that starts them are of the release profile.
fn bench(args: &[&str]) -> Result<()> {
    build_all(
        &[&PROGRAMS[..], &["xtask", BENCH]].concat(),
        Profile::Release,
    )?;
    let bench = cargo::folder(Profile::Release)?.join(BENCH);
    Ok(run(&repository(), &bench.display().to_string(), args)?)
}
