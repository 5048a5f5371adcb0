//! How much is measured.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::servers::Subject;

/// What a smoke run has of everything.
const QUICK_SCALE: f64 = 0.03;
const QUICK_SECONDS: f64 = 2.0;

/// How long most measurements take.
const FULL_SECONDS: f64 = 30.0;

/// Tells `cargo up` which hub to run.
const HUB_PROGRAM: &str = "HUB_PROGRAM";

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
    /// A second hub to measure beside this one in `paced`, `chat`, `storm` and `idle`.
    #[arg(long, value_name = "FILE", value_parser = parse_program)]
    baseline_hub: Option<PathBuf>,
    /// Sets a key of the hub's configuration, such as `ROOKERY_HUB_WORKERS=4`.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_env)]
    hub_env: Vec<(String, String)>,
}

fn parse_env(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("give KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn parse_program(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text).canonicalize();
    path.map_err(|error| format!("{error}; give the file of a built hub"))
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

    /// Those of these that are to be measured, without the baseline.
    pub(crate) fn chosen(&self, subjects: &[Subject]) -> Vec<Subject> {
        let is_chosen = |subject: &&Subject| {
            **subject == Subject::Hub || self.only.is_empty() || self.only.contains(subject)
        };
        subjects.iter().filter(is_chosen).copied().collect()
    }

    /// The same with the baseline behind the hub, if there is one.
    pub(crate) fn chosen_and_baseline(&self, subjects: &[Subject]) -> Vec<Subject> {
        let mut chosen = self.chosen(subjects);
        if self.baseline_hub.is_some() {
            chosen.insert(1, Subject::Baseline);
        }
        chosen
    }

    /// The hub, and the baseline if there is one.
    pub(crate) fn hubs(&self) -> Vec<Subject> {
        self.chosen_and_baseline(&[Subject::Hub])
    }

    /// Keys of the hub's configuration: the caller's, and the scenario's own.
    pub(crate) fn hub_env<const N: usize>(&self, own: [(&str, u64); N]) -> Vec<(String, String)> {
        let own = own.map(|(key, value)| (format!("ROOKERY_HUB_{key}"), value.to_string()));
        own.into_iter()
            .chain(self.hub_env.iter().cloned())
            .collect()
    }

    /// What a stack is started with so that it runs this hub.
    pub(crate) fn env_of(&self, subject: Subject) -> Vec<(String, String)> {
        let baseline = self.baseline_hub.as_ref();
        let program = baseline.filter(|_| subject == Subject::Baseline);
        let program = program.map(|file| (HUB_PROGRAM.to_owned(), file.display().to_string()));
        self.hub_env([]).into_iter().chain(program).collect()
    }

    fn factor(&self) -> f64 {
        self.scale
            .unwrap_or(if self.quick { QUICK_SCALE } else { 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &[&str]) -> Result<Options, clap::Error> {
        let line = Line::try_parse_from(["run"].iter().chain(arguments));
        line.map(|line| line.options)
    }

    #[test]
    fn baseline_is_a_hub_of_its_own_beside_the_hub() {
        let file = std::env::current_exe().unwrap().canonicalize().unwrap();
        let name = file.display().to_string();
        let both = options(&["--baseline-hub", &name, "--only", "floor"]).unwrap();
        assert_eq!(both.hubs(), [Subject::Hub, Subject::Baseline]);
        assert_eq!(both.env_of(Subject::Hub), []);
        let program = (HUB_PROGRAM.to_owned(), name);
        assert_eq!(both.env_of(Subject::Baseline), [program]);
        assert_eq!(options(&[]).unwrap().hubs(), [Subject::Hub]);
    }

    #[test]
    fn baseline_that_is_not_there_is_refused() {
        let refused = options(&["--baseline-hub", "no/such/hub"]).unwrap_err();
        assert!(refused.to_string().contains("give the file of a built hub"));
    }
}
