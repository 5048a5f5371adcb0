//! `cargo xtask bench-hub` and other measurements: builds everything and hands over to the bench.

use anyhow::Result;
use rookery_bootstrap::{
    build_all,
    cargo::{self, PROGRAMS, Profile},
    repository, run, tools,
};

use crate::verify::{end_to_end_script, install};

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

/// Offers the hub more than it can write, before an audience that the bench brings.
///
/// # Errors
/// When something is missing, or a bound does not hold.
pub(crate) fn overload() -> Result<()> {
    tools::ensure(&[tools::TO_VERIFY])?;
    build()?;
    end_to_end_script(&["run", "--silent", "overload"], Profile::Release)
}

/// Runs the bench with these arguments.
fn bench(args: &[&str]) -> Result<()> {
    build()?;
    let bench = cargo::folder(Profile::Release)?.join(BENCH);
    Ok(run(&repository(), &bench.display().to_string(), args)?)
}

/// The bench, the programs that it measures and the launcher that starts them, of the release
/// profile.
fn build() -> Result<()> {
    Ok(build_all(
        &[&PROGRAMS[..], &["xtask", BENCH]].concat(),
        Profile::Release,
    )?)
}
