//! What is measured. Each scenario starts what it needs, ends by itself and returns a section of
//! the report.

mod baseline;
mod chat;
mod crowd;
mod growth;
mod idle;
mod paced;
mod receipts;
mod recovery;
mod restart;
mod saturated;
mod sse;
mod stall;
mod storm;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    database::World,
    options::Options,
    orders::{Opening, Plan},
    report::Section,
    servers::{Server, Subject, peer::Peer, stack::Stack},
};

/// What can be measured; each has a module of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Everything, one after the other.
    All,
    /// One room: the highest rate that is held.
    Saturated,
    /// One room: CPU per delivery at an even rate.
    Paced,
    /// Thousands of chats: CPU per delivery and latency.
    Chat,
    /// Memory of a connection that hears nothing.
    Idle,
    /// Everyone connects at once.
    Storm,
    /// One reader in a hundred stops reading.
    Stall,
    /// What one message in a large group causes.
    Receipts,
    /// The list of somebody in hundreds of large groups: a page's time, the cores' memory.
    Crowd,
    /// One topic of event streams: CPU per delivery.
    Sse,
    /// CPU per delivery with few connections and with many.
    Growth,
    /// Everyone is cut off at once.
    Recovery,
    /// The hub is restarted under everyone.
    Restart,
}

impl Scenario {
    /// All that are measured, in the order of the report.
    pub(crate) fn each(self) -> Vec<Self> {
        match self {
            Self::All => Self::value_variants()[1..].to_vec(),
            one => vec![one],
        }
    }

    /// Name on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Runs all rounds of the scenario.
    ///
    /// # Errors
    /// When something does not start, or loses what it must not lose.
    pub(crate) fn run(self, options: &Options) -> Result<Section> {
        match self {
            Self::All => Ok(Section::default()),
            Self::Saturated => saturated::run(options),
            Self::Paced => paced::run(options),
            Self::Chat => chat::run(options),
            Self::Idle => idle::run(options),
            Self::Storm => storm::run(options),
            Self::Stall => stall::run(options),
            Self::Receipts => receipts::run(options),
            Self::Crowd => crowd::run(options),
            Self::Sse => sse::run(options),
            Self::Growth => growth::run(options),
            Self::Recovery => recovery::run(options),
            Self::Restart => restart::run(options),
        }
    }
}

/// Everything that was measured of one server, or of one variant.
struct Results<K, T> {
    of: K,
    rounds: Vec<T>,
}

/// Measures some things in turn, in another order each round, so that what disturbs the machine
/// disturbs all. What cannot be measured is left out and noted.
fn in_turn<K: Copy, T>(
    rounds: usize,
    things: &[K],
    name: impl Fn(K) -> String,
    notes: &mut Vec<String>,
    mut measure: impl FnMut(K) -> Result<T>,
) -> Vec<Results<K, T>> {
    let mut results: Vec<Option<Results<K, T>>> = things
        .iter()
        .map(|of| {
            Some(Results {
                of: *of,
                rounds: Vec::new(),
            })
        })
        .collect();
    for round in 0..rounds {
        for turn in 0..results.len() {
            let at = (round + turn) % results.len();
            let Some(result) = &mut results[at] else {
                continue;
            };
            eprintln!("round {} of {rounds}: {}", round + 1, name(result.of));
            match measure(result.of) {
                Ok(measured) => result.rounds.push(measured),
                Err(error) => {
                    let name = name(result.of);
                    eprintln!("{name}: {error:#}");
                    notes.push(format!("{name} could not be measured: {error:#}"));
                    results[at] = None;
                }
            }
        }
    }
    results.into_iter().flatten().collect()
}

/// Starts a server with one room, and the connections that will be in it.
fn one_room(
    subject: Subject,
    connections: usize,
    options: &Options,
) -> Result<(Box<dyn Server>, Opening)> {
    if subject.is_hub() {
        let world = World::one_room(connections);
        let stack = Stack::start(&world, &options.env_of(subject))?;
        let plans = stack.plans(&world, |_, _| true);
        let opening = stack.door()?.opening(plans);
        return Ok((Box::new(stack), opening));
    }
    let peer = Peer::start(subject)?;
    let opening = peer.door()?.opening(in_the_room(connections));
    Ok((Box::new(peer), opening))
}

/// Connections that subscribe to the first topic and present no token.
fn in_the_room(connections: usize) -> Vec<Plan> {
    let plan = Plan {
        subscribed: vec![0],
        ..Plan::default()
    };
    vec![plan; connections]
}

/// What the others do not do.
fn omissions<T>(results: &[Results<Subject, T>]) -> impl Iterator<Item = String> {
    results
        .iter()
        .map(|result| result.of)
        .filter(|subject| !subject.omits().is_empty())
        .map(|subject| format!("{} {}.", subject.name(), subject.omits()))
}
