//! Rookery's launcher, checks and measurements: `cargo up`, `cargo down`, `cargo verify`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person who ran it"
)]

mod artifacts;
mod bench;
mod compose_check;
mod conformance;
mod data_dir;
mod demo;
mod fuzz;
mod layers;
mod log_tail;
mod stack;
mod stack_file;
mod supervisor;
mod tidy;
mod up;
mod verify;
mod verify_log;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use rookery_bootstrap::cargo::Profile;

use crate::data_dir::DataDir;

#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    about = "Starts, checks and measures Rookery"
)]
enum Command {
    /// Starts nginx, the cores and the hub; `cargo up`.
    Up(up::Options),
    /// Stops what `cargo up --detach` started; `cargo down`.
    Down {
        /// Where everything is kept.
        #[arg(long, default_value = ".data")]
        data_dir: PathBuf,
    },
    /// Runs every check; `cargo verify`.
    Verify,
    /// Runs every check and adds a line to `docs/verify-log.tsv`.
    VerifyLog,
    /// Kills cores and hub in turn while people chat, and proves that nothing is lost.
    Chaos,
    /// Starts everything in containers, takes parts away while people chat, and stops it again.
    ComposeCheck,
    /// Measures latency and memory and prints a table.
    Measure,
    /// Puts the hub under load, beside others, and prints tables; `bench-hub help` says more.
    BenchHub {
        /// What to measure, and how.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Puts hostile clients beside honest people for some minutes, and proves that those notice
    /// nothing.
    Hostile {
        /// How long, from 1 to 10.
        #[arg(long, default_value_t = 5)]
        minutes: u64,
    },
    /// Lets 400 people register and sign in at once, and proves that a chat beside them goes on.
    SignIns,
    /// Counts how many messages are posted in a second, beside pgbench with the same statements.
    Posts,
    /// Offers the hub more than it can write for a minute, and proves that nobody is ended.
    Overload,
    /// Drives the official Go and Python SDKs through the hub; needs Go and Python.
    SdkCheck,
    /// Looks for input of clients that the hub does not withstand.
    Fuzz(fuzz::Options),
    /// Takes the screenshots in `docs/screenshots`.
    Screenshots,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Up(options) => up::up(&options),
        Command::Down { data_dir } => up::down(&DataDir::new(&data_dir)?),
        Command::Verify => verify::verify(),
        Command::VerifyLog => verify_log::verify_log(),
        Command::Chaos => verify::run_script("chaos", Profile::Dev),
        Command::ComposeCheck => compose_check::compose_check(),
        Command::Measure => verify::run_script("measure", Profile::Release),
        Command::BenchHub { args } => bench::bench_hub(&args),
        Command::Hostile { minutes } => {
            bench::bench_all(&["hostile", "--minutes", &minutes.to_string()])
        }
        Command::SignIns => bench::bench_all(&["sign-ins"]),
        Command::Posts => bench::bench_all(&["posts"]),
        Command::Overload => bench::overload(),
        Command::SdkCheck => verify::run_script("sdk-check", Profile::Dev),
        Command::Fuzz(options) => fuzz::fuzz(&options),
        Command::Screenshots => verify::run_script("screenshots", Profile::Dev),
    }
}
