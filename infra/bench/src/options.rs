//! How much is measured.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::servers::Subject;

/// What a smoke run has of everything.
const QUICK_SCALE: f64 = 0.03;
const QUICK_SECONDS: f64 = 2.0;

/// How long most measurements take.
const FULL_SECONDS: f64 = 30.0;

/// Nothing is measured for a shorter time.
const LEAST_SECONDS: f64 = 0.5;

/// Options of `bench-hub run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where results.md and the pictures go.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    pub(crate) out: PathBuf,
    /// How often everything is measured, servers in turn.
    #[arg(long, value_name = "N", default_value_t = 7)]
    rounds: usize,
    /// One round, few connections, seconds: shows that everything works, not how well.
    #[arg(long)]
    quick: bool,
    /// Multiplies connections, chats and messages.
    #[arg(long, value_name = "FACTOR")]
    scale: Option<f64>,
    /// How long a measurement takes that takes 30 s; others are longer or shorter in proportion.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// Number of client processes.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) shards: usize,
    /// Measure these alone; the hub is always measured.
    #[arg(long, value_name = "SERVER", value_delimiter = ',')]
    only: Vec<Subject>,
    /// Sets a key of the hub's configuration, such as `ROOKERY_HUB_WORKERS=4`.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_env)]
    hub_env: Vec<(String, String)>,
}

fn parse_env(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("give KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Options {
    /// How often everything is measured.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds }
    }

    /// So many of something, at full scale.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "counts of connections"
    )]
    pub(crate) fn scaled(&self, count: usize) -> usize {
        (count as f64 * self.factor()).round().max(1.0) as usize
    }

    /// A rate that grows with the number of connections.
    pub(crate) fn scaled_rate(&self, per_second: f64) -> f64 {
        per_second * self.factor()
    }

    /// How long one measurement takes that takes so long at full length.
    pub(crate) fn seconds(&self, full: u64) -> Duration {
        let full = Duration::from_secs(full);
        match self.seconds.or(self.quick.then_some(QUICK_SECONDS)) {
            None => full,
            Some(seconds) => {
                let least = Duration::from_secs_f64(LEAST_SECONDS).min(full);
                full.mul_f64(seconds / FULL_SECONDS).max(least)
            }
        }
    }

    /// Those of these that are to be measured.
    pub(crate) fn chosen(&self, subjects: &[Subject]) -> Vec<Subject> {
        let is_chosen = |subject: &&Subject| {
            **subject == Subject::Hub || self.only.is_empty() || self.only.contains(subject)
        };
        subjects.iter().filter(is_chosen).copied().collect()
    }

    /// Keys of the hub's configuration: the caller's, and the scenario's own.
    pub(crate) fn hub_env<const N: usize>(&self, own: [(&str, u64); N]) -> Vec<(String, String)> {
        let own = own.map(|(key, value)| (format!("ROOKERY_HUB_{key}"), value.to_string()));
        own.into_iter()
            .chain(self.hub_env.iter().cloned())
            .collect()
    }

    fn factor(&self) -> f64 {
        self.scale
            .unwrap_or(if self.quick { QUICK_SCALE } else { 1.0 })
    }
}
