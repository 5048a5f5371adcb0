//! Puts the hub under load, beside servers that others wrote: `cargo xtask bench-hub`.
//!
//! # Layout
//! - [`scenarios`]: what is measured of the hub
//! - [`hostile`], [`sign_ins`], [`posts`]: what is measured of everything together, with [`people`] as clients
//! - [`servers`]: what is started for it; [`floor`] is one of them
//! - [`fleet`], [`orders`], [`shard`]: client processes, what they are told, what they do
//! - [`dialect`], [`wire`], [`payload`]: what clients say and understand
//! - [`audience`]: who listens while the hub is overloaded
//! - [`publish`], [`database`], [`tokens`]: what a core would do
//! - [`rig`], [`proc`], [`clock`]: one measurement
//! - [`histogram`], [`sequence`], [`stats`]: what is made of it
//! - [`report`], [`table`], [`plot`], [`verdict`]: how it is shown
//! - [`worker`]: processes of this program

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person who ran it"
)]

mod audience;
mod clock;
mod database;
mod dialect;
mod fleet;
mod floor;
mod histogram;
mod hostile;
mod options;
mod orders;
mod patience;
mod payload;
mod people;
mod plot;
mod posts;
mod proc;
mod publish;
mod random;
mod report;
mod rig;
mod scenarios;
mod sequence;
mod servers;
mod shard;
mod sign_ins;
mod stats;
mod table;
mod tokens;
mod verdict;
mod wire;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::{options::Options, report::Report, scenarios::Scenario};

#[derive(Parser)]
#[command(
    bin_name = "cargo xtask bench-hub",
    about = "Puts the hub under load, beside others"
)]
enum Command {
    /// Measures and prints tables.
    Run {
        /// Names of scenarios, or `all`.
        #[arg(required = true)]
        scenarios: Vec<Scenario>,
        #[command(flatten)]
        options: Options,
    },
    /// Puts hostile clients beside honest people; `cargo xtask hostile`.
    #[command(hide = true)]
    Hostile(hostile::Options),
    /// Lets many people in at once beside a chat; `cargo xtask sign-ins`.
    #[command(hide = true)]
    SignIns,
    /// Counts posts beside pgbench; `cargo xtask posts`.
    #[command(hide = true)]
    Posts,
    /// The process of hostile clients.
    #[command(hide = true)]
    Attack,
    /// A process of people who chat.
    #[command(hide = true)]
    Honest,
    /// Connections that take everything and look at nothing; `cargo xtask overload`.
    #[command(hide = true)]
    Audience(audience::Options),
    /// A process of people who come in all at once.
    #[command(hide = true)]
    Crowd,
    /// A process of people who write as fast as they can.
    #[command(hide = true)]
    Senders,
    /// A client process.
    #[command(hide = true)]
    Shard {
        /// Index of this process.
        index: u8,
    },
    /// The floor's server.
    #[command(hide = true)]
    Floor {
        /// Port to listen on.
        port: u16,
    },
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run { scenarios, options } => run(&scenarios, &options),
        Command::Hostile(options) => hostile::run(options),
        Command::SignIns => sign_ins::run(),
        Command::Posts => posts::run(),
        Command::Attack => hostile::attack::run(),
        Command::Honest => people::honest::run(),
        Command::Audience(options) => audience::run(&options),
        Command::Crowd => people::crowd::run(),
        Command::Senders => people::senders::run(),
        Command::Shard { index } => shard::run(index),
        Command::Floor { port } => floor::run(port),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(scenarios: &[Scenario], options: &Options) -> Result<()> {
    patience::heed_signals()?;
    let scenarios: Vec<Scenario> = scenarios.iter().flat_map(|one| one.each()).collect();
    let mut report = Report::begin(&options.out, &head(&scenarios, options))?;
    for scenario in scenarios {
        report.add(&scenario.name(), || scenario.run(options))?;
        patience::check()?;
    }
    report.end()
}

/// What everything below has in common.
fn head(scenarios: &[Scenario], options: &Options) -> String {
    let names: Vec<String> = scenarios.iter().map(|scenario| scenario.name()).collect();
    format!(
        "## The hub under load\n\n`cargo xtask bench-hub run {}`: {} round(s), servers in turn, \
         {} client processes on the same machine ({}), loopback, events of {} bytes. Numbers are \
         medians of the rounds, with the least and the greatest; ratios are taken within each \
         round.\n",
        names.join(" "),
        options.rounds(),
        options.shards,
        proc::machine(),
        payload::PAYLOAD_BYTES,
    )
}
