//! `cargo xtask fuzz`: libFuzzer on everything that reads what clients send.
//!
//! It runs with the toolchain that builds everything else: counting branches is LLVM's, and only
//! cargo-fuzz's sanitizers would need a nightly one.

use std::{
    env::consts::ARCH,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use rookery_bootstrap::{repository, tools};

/// Every branch and what it compares is counted; what wraps around or breaks a debug assertion in
/// a dependency ends the run as well.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions=on \
    -Coverflow-checks=on";

/// An input that takes longer is a finding. The slowest that is none takes milliseconds.
const INPUT_TIMEOUT_S: u32 = 5;

/// A process that grows beyond this is a finding. Without one it needs a tenth of it.
const MEMORY_MAX_MB: u32 = 512;

/// Lines of libFuzzer's report that tell what it found.
const REPORT_LINES: usize = 60;

/// How it is run.
#[derive(Parser)]
pub(crate) struct Options {
    /// For how long in all, in minutes.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// One target alone: a folder in `infra/fuzz/corpus`.
    #[arg(long)]
    target: Option<String>,
}

/// What a run came to, as libFuzzer says it.
struct Tally {
    executions: String,
    edges: String,
    inputs: String,
}

/// Runs every target, one after the other, and prints a table.
///
/// # Errors
/// The first input for which something does not hold.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    tools::ensure(&[tools::TO_FUZZ])?;
    let program = build()?;
    let corpus = repository().join("infra/fuzz/corpus");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&corpus)? {
        targets.push(entry?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    targets.retain(|target| {
        options
            .target
            .as_ref()
            .is_none_or(|wanted| wanted == target)
    });
    let Some(count) = u32::try_from(targets.len()).ok().filter(|count| *count > 0) else {
        bail!("there is no such target");
    };
    let each = Duration::from_secs(options.minutes * 60) / count;
    println!("target     seconds  executions  edges  inputs kept");
    for target in targets {
        let tally = run(&program, &target, &corpus.join(&target), each)?;
        println!(
            "{target:<10} {:>7} {:>11} {:>6} {:>12}",
            each.as_secs(),
            tally.executions,
            tally.edges,
            tally.inputs
        );
    }
    println!("nothing was found");
    Ok(())
}

fn folder() -> PathBuf {
    repository().join("target/fuzz")
}

fn build() -> Result<PathBuf> {
    println!("==> building with counted branches; the first time this takes minutes");
    // With a target named, build scripts and macros are not counted.
    let triple = format!("{ARCH}-unknown-linux-gnu");
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--package", "rookery-fuzz"])
        .args(["--features", "libfuzzer", "--target", &triple])
        .arg("--target-dir")
        .arg(folder())
        .env("RUSTFLAGS", FLAGS)
        .current_dir(repository())
        .status()?;
    if !status.success() {
        bail!("the fuzzer could not be built ({status})");
    }
    Ok(folder().join(triple).join("release/rookery-fuzz"))
}

fn run(program: &Path, target: &str, seeds: &Path, time: Duration) -> Result<Tally> {
    // What it finds on its way to more branches stays here, so that the next run goes on from it.
    let kept = folder().join("corpus").join(target);
    let found = folder().join("found").join(target);
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&found)?;
    let mut fuzzer = Command::new(program)
        .arg(format!("--target={target}"))
        .args([&kept, seeds])
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-timeout={INPUT_TIMEOUT_S}"))
        .arg(format!("-rss_limit_mb={MEMORY_MAX_MB}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .stderr(Stdio::piped())
        .spawn()
        .context("the fuzzer does not start")?;
    let stderr = fuzzer.stderr.take().context("its output is piped")?;
    let lines = BufReader::new(stderr).lines();
    let lines = lines.collect::<Result<Vec<String>, _>>()?;
    if !fuzzer.wait()?.success() {
        let report = &lines[lines.len().saturating_sub(REPORT_LINES)..];
        bail!(
            "{}\n{target}: mend it and put the input in {} into {}",
            report.join("\n"),
            found.display(),
            seeds.display()
        );
    }
    lines
        .iter()
        .rev()
        .find_map(|line| tally(line))
        .with_context(|| format!("{target}: libFuzzer did not say what it did"))
}

/// Reads `#1234 DONE cov: 56 ft: 78 corp: 9/1011b …`.
fn tally(line: &str) -> Option<Tally> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    if words.get(1) != Some(&"DONE") {
        return None;
    }
    Some(Tally {
        executions: words.first()?.strip_prefix('#')?.to_owned(),
        edges: after("cov:")?.to_owned(),
        inputs: after("corp:")?.split('/').next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_is_read() {
        let line = "#201435\tDONE   cov: 2543 ft: 9211 corp: 1321/88Kb lim: 4096 exec/s: 22381";
        let tally = tally(line).unwrap();
        assert_eq!(tally.executions, "201435");
        assert_eq!((&*tally.edges, &*tally.inputs), ("2543", "1321"));
        assert!(super::tally("Done 201435 runs in 9 second(s)").is_none());
    }
}
