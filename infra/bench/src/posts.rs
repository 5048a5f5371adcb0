//! How many messages are posted in a second, beside pgbench with the same statements on the same
//! server: `cargo xtask posts`. What lies between is HTTP, nginx, two cores and the hub.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    histogram::Histogram,
    patience,
    people::senders::Order,
    rig::float,
    servers::composed::Composed,
    stats::Values,
    verdict::{Verdict, latencies},
    worker::Worker,
};

/// Clients of both, each in a conversation of its own.
const SENDERS: usize = 64;

/// Rounds, and how long each takes on either side.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(10);

/// Before anything counts.
const WARM_UP: Duration = Duration::from_secs(2);

/// People and groups for pgbench, as migrations left the tables.
const SEED: &str = include_str!("posts/seed.sql");

/// What `POST message` says to PostgreSQL.
const SCRIPT: &str = include_str!("posts/message.sql");

/// Runs it and prints a table.
///
/// # Errors
/// When something does not start, or a message is refused.
pub(crate) fn run() -> Result<()> {
    patience::heed_signals()?;
    let composed = Composed::start()?;
    let mut senders = Worker::start(&["senders"])?;
    senders.ask::<()>(&Order::Begin {
        api: composed.stack.api_address()?,
        senders: SENDERS,
    })?;
    let pgbench = Pgbench::prepare(&composed)?;
    let mut write = |time: Duration| -> Result<Histogram> {
        let ms = u64::try_from(time.as_millis())?;
        senders.ask(&Order::Write { ms })
    };
    write(WARM_UP)?;
    pgbench.run(WARM_UP)?;
    let (mut posts, mut transactions) = (Vec::new(), Vec::new());
    let mut took = Histogram::default();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        let written = write(ROUND)?;
        posts.push(float(written.count()) / ROUND.as_secs_f64());
        took.merge(&written);
        transactions.push(pgbench.run(ROUND)?);
        patience::check()?;
    }
    let (posts, transactions) = (Values::from_iter(posts), Values::from_iter(transactions));
    let mut verdict = Verdict::default();
    verdict.note("`POST message` each second", posts.show(0));
    verdict.note("pgbench, transactions each second", transactions.show(0));
    verdict.note("× pgbench", posts.ratios(&transactions).show(2));
    verdict.note("a post, p50, p99, max", latencies(&took));
    verdict.end()
}

/// The same tables in a database of its own, so that no core publishes what pgbench writes.
struct Pgbench {
    url: String,
    folder: tempfile::TempDir,
}

impl Pgbench {
    fn prepare(composed: &Composed) -> Result<Self> {
        let url = composed.database.create_database()?;
        let folder = tempfile::tempdir()?;
        let pgbench = Self { url, folder };
        let tables =
            output(Command::new("pg_dump").args(["--schema-only", &composed.database_url]))?;
        pgbench.sql(&pgbench.file("tables.sql", &tables)?)?;
        pgbench.sql(&pgbench.file("seed.sql", SEED)?)?;
        pgbench.file("message.sql", SCRIPT)?;
        Ok(pgbench)
    }

    /// Transactions each second.
    fn run(&self, time: Duration) -> Result<f64> {
        let clients = SENDERS.to_string();
        let said = output(
            Command::new("pgbench")
                .args([
                    "--no-vacuum",
                    "--protocol=prepared",
                    "--jobs=1",
                    "--client",
                    &clients,
                ])
                .args(["--time", &time.as_secs().to_string(), "--file"])
                .arg(self.folder.path().join("message.sql"))
                .arg(&self.url),
        )?;
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench says no rate: {said}"))
    }

    fn file(&self, name: &str, text: &str) -> Result<std::path::PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn sql(&self, file: &Path) -> Result<()> {
        output(
            Command::new("psql")
                .args(["--quiet", "--set=ON_ERROR_STOP=1", "--file"])
                .arg(file)
                .arg(&self.url),
        )?;
        Ok(())
    }
}

fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
