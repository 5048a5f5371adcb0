//! `cargo xtask bench-hub`: builds everything and hands over to the bench.

use anyhow::Result;

use crate::{
    artifacts::{self, build, run},
    stack::repository,
    tools,
    verify::install,
};

/// Runs the bench with these arguments.
///
/// # Errors
/// When something is missing, or the bench fails.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    tools::ensure(&[tools::TO_START, tools::TO_BENCH])?;
    build()?;
    install(&repository().join("infra/bench/peers"))?;
    run(
        &repository(),
        "cargo",
        &[
            "build",
            "--release",
            "--quiet",
            "--package",
            "rookery-bench",
        ],
    )?;
    let bench = artifacts::own()?.with_file_name("rookery-bench");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run(&repository(), &bench.display().to_string(), &args)
}
