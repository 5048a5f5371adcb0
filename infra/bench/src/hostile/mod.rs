//! Hostile clients beside honest people, and what those notice: `cargo xtask hostile`.
//!
//! - [`attack`]: the process of hostile clients; [`kinds`] is what they do, [`forger`] makes their
//!   tokens
//! - [`crate::people::honest`]: the process of honest people
//!
//! This process starts the stack, stops and kills cores, and looks at memory and counters.

pub(crate) mod attack;
mod forger;
mod kinds;

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use nix::sys::signal::Signal;

use self::attack::Plan;
use crate::{
    clock::ms,
    patience,
    people::honest::{self, Household, Roll},
    rig::float,
    servers::composed::{CORE_BYTES, CORES, Composed, HUB_BYTES, MIB, NGINX_BYTES, Peaks},
    stats::Values,
    table::Table,
    verdict::{Verdict, latencies},
    worker::Worker,
};

/// Honest people.
const PEOPLE: usize = 200;

/// From one message of somebody to their next, on average: 40 a second by all.
const PAUSE_MS: u64 = 5_000;

/// Connections that hostile clients try to hold.
const HOLD: usize = 10_000;

/// How long they may take until they hold most of them.
const HELD_WITHIN: Duration = Duration::from_secs(20);

/// In each minute one core stands still from this second on, for this long, and another one is
/// killed. A request that meets a core that stands still waits for it, so longer than half a second
/// in a minute would by itself take more than the hundredth of all sends that p99 leaves out.
const STOPPED_AT_S: u64 = 15;
const STOPPED_FOR: Duration = Duration::from_secs(1);
const KILLED_AT_S: u64 = 45;

/// Bounds.
const NEW_PER_SECOND: f64 = 500.0;
const VERIFIED_SHARE: f64 = 0.5;
const SEND_P99_MS: f64 = 250.0;

/// How long counters may take to be where they belong: rooms are kept for a minute.
const QUIET_WITHIN: Duration = Duration::from_secs(150);

/// What counters must say when everybody has left. The hub itself follows one topic, `control`.
const NOBODY: [(&str, f64); 7] = [
    ("rookery_hub_connections", 0.0),
    ("rookery_hub_inbound_bytes", 0.0),
    ("rookery_hub_queue_bytes", 0.0),
    ("rookery_hub_rooms", 1.0),
    ("rookery_hub_sockets", 0.0),
    ("rookery_hub_users", 0.0),
    ("rookery_hub_verify_in_flight", 0.0),
];

/// Options of `cargo xtask hostile`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How long; access tokens of the honest are good for fifteen minutes.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10))]
    minutes: u64,
}

/// What the hub and the system said all the time.
#[derive(Default)]
struct Observed {
    peaks: Peaks,
    /// The hub's sockets, each second.
    sockets: Vec<f64>,
    in_flight_max: f64,
    /// Tokens that cores answered about.
    verified: f64,
}

/// Runs it and prints a table.
///
/// # Errors
/// When something does not start, or a bound does not hold.
pub(crate) fn run(options: Options) -> Result<()> {
    patience::heed_signals()?;
    let composed = Composed::start()?;
    let (api, hub) = (composed.stack.api_address()?, composed.stack.hub_address()?);
    let mut honest = Worker::start(&["honest"])?;
    honest.ask::<()>(&honest::Order::Begin(Household {
        api,
        hub,
        people: PEOPLE,
        pause_ms: PAUSE_MS,
    }))?;
    let mut attack = Worker::start(&["attack"])?;
    attack.ask::<()>(&attack::Order::Begin(Plan {
        api,
        hub,
        hold: HOLD,
    }))?;
    let most = float(HOLD as u64) * 0.9;
    patience::becomes(HELD_WITHIN, || {
        Ok(composed.metrics()?.get("rookery_hub_sockets")? > most)
    })?;

    honest.ask::<honest::Tally>(&honest::Order::Measure)?;
    attack.ask::<attack::Tally>(&attack::Order::Report)?;
    let time = Duration::from_secs(60 * options.minutes);
    let observed = observe(&composed, time)?;
    let attacked: attack::Tally = attack.ask(&attack::Order::Report)?;
    let met: honest::Tally = honest.ask(&honest::Order::Report)?;
    drop(attack);

    let left_beside_honest = counter_settles(&composed, "rookery_hub_sockets", people())?;
    let roll: Roll = honest.ask(&honest::Order::ComeBack)?;
    drop(honest);
    patience::becomes(QUIET_WITHIN, || Ok(left(&composed)?.is_empty()))?;
    let not_left = left(&composed)?;

    let mut verdict = Verdict::default();
    judge_hostile(&mut verdict, &attacked, &observed, time);
    judge_honest(&mut verdict, &met);
    judge_memory(&mut verdict, observed.peaks);
    let panics = composed.panics()?;
    verdict.bound("panics in the logs", panics.to_string(), "0", panics == 0);
    verdict.bound(
        "afterwards: sockets",
        format!("{left_beside_honest}"),
        "200, those of the honest",
        left_beside_honest == people(),
    );
    verdict.bound(
        "everybody leaves and comes back: in, and heard by all of their group",
        format!("{} and {}", roll.connected, roll.heard_by_all),
        "200 and 200",
        roll.connected == PEOPLE && roll.heard_by_all == PEOPLE,
    );
    verdict.bound(
        "all have left: counters that say otherwise",
        match not_left.as_slice() {
            [] => "none".into(),
            counters => counters.join(", "),
        },
        "none",
        not_left.is_empty(),
    );
    println!("{}", endings(&attacked));
    verdict.end()
}

fn people() -> f64 {
    float(PEOPLE as u64)
}

/// Stops and kills cores, and looks at everything each second.
fn observe(composed: &Composed, time: Duration) -> Result<Observed> {
    let mut observed = Observed::default();
    let verified = || -> Result<f64> {
        let metrics = composed.metrics()?;
        let failed = metrics.get("rookery_hub_verify_failures_total")?;
        Ok(metrics.get("rookery_hub_verify_calls_total")? - failed)
    };
    let verified_before = verified()?;
    let begun = Instant::now();
    for second in 1..=time.as_secs() {
        let minute = usize::try_from(second / 60)?;
        let [one, other] = [CORES[minute % 2], CORES[(minute + 1) % 2]];
        match second % 60 {
            STOPPED_AT_S => {
                composed.stack.signal(one, Signal::SIGSTOP)?;
                let paused = patience::pause(STOPPED_FOR);
                composed.stack.signal(one, Signal::SIGCONT)?;
                paused?;
            }
            KILLED_AT_S => {
                // Its peak goes with it.
                composed.watch(&mut observed.peaks)?;
                composed.stack.signal(other, Signal::SIGKILL)?;
            }
            _ => {}
        }
        patience::pause(Duration::from_secs(second).saturating_sub(begun.elapsed()))?;
        composed.watch(&mut observed.peaks)?;
        let metrics = composed.metrics()?;
        observed.sockets.push(metrics.get("rookery_hub_sockets")?);
        let in_flight = metrics.get("rookery_hub_verify_in_flight")?;
        observed.in_flight_max = observed.in_flight_max.max(in_flight);
    }
    observed.verified = verified()? - verified_before;
    Ok(observed)
}

/// Counters that do not say that nobody is there.
fn left(composed: &Composed) -> Result<Vec<String>> {
    let metrics = composed.metrics()?;
    let mut left = Vec::new();
    for (name, wanted) in NOBODY {
        let value = metrics.get(name)?;
        if value != wanted {
            left.push(format!("{name} {value}"));
        }
    }
    Ok(left)
}

/// Waits until a counter is what it should be; what it is then.
fn counter_settles(composed: &Composed, name: &str, wanted: f64) -> Result<f64> {
    let mut last = f64::NAN;
    patience::becomes(QUIET_WITHIN, || {
        last = composed.metrics()?.get(name)?;
        Ok(last == wanted)
    })?;
    Ok(last)
}

fn judge_hostile(
    verdict: &mut Verdict,
    attacked: &attack::Tally,
    observed: &Observed,
    time: Duration,
) {
    let per_second = float(attacked.begun) / time.as_secs_f64();
    verdict.bound(
        "hostile: new connections each second",
        format!("{per_second:.0}"),
        "≥ 500",
        per_second >= NEW_PER_SECOND,
    );
    let held = Values::from_iter(observed.sockets.iter().copied());
    verdict.note("hostile and honest: sockets at the hub", held.show(0));
    verdict.note(
        "hostile: connections held at the end, at hub and nginx, of 10 000 tried",
        attacked.open.to_string(),
    );
    let brought = float(attacked.forged + attacked.genuine);
    let share = observed.verified / brought;
    verdict.bound(
        "hostile: tokens brought to the hub, and verified by a core",
        format!("{brought:.0}, {:.0} %", share * 100.0),
        "≥ 50 %",
        share >= VERIFIED_SHARE,
    );
    verdict.note(
        "most verifications at once",
        format!("{:.0}", observed.in_flight_max),
    );
}

fn judge_honest(verdict: &mut Verdict, met: &honest::Tally) {
    let p99 = ms(met.sends.quantile(0.99));
    verdict.bound(
        "honest: a send, p50, p99, max, of so many",
        format!("{}, of {}", latencies(&met.sends), met.sends.count()),
        "p99 ≤ 250 ms",
        p99 <= SEND_P99_MS,
    );
    verdict.note(
        "honest: from sending to another screen, p50, p99, max",
        latencies(&met.seen),
    );
    verdict.note(
        "honest: coming back, p50, p99, max",
        latencies(&met.connects),
    );
    verdict.note(
        "honest: tries of a send that were repeated",
        counts(&met.repeated),
    );
    verdict.note("honest: tries to connect that failed", counts(&met.not_in));
    let ended = met.ended.values().sum::<u64>();
    verdict.bound(
        "honest: connections ended",
        counts(&met.ended),
        "none",
        ended == 0,
    );
    let wrong = [met.unsent, met.lost, met.twice];
    verdict.bound(
        "honest: messages not sent, lost, twice",
        wrong.map(|count| count.to_string()).join(", "),
        "0, 0, 0",
        wrong == [0; 3],
    );
}

fn judge_memory(verdict: &mut Verdict, peaks: Peaks) {
    for (what, bytes, limit) in [
        ("memory: the hub at most, MiB", peaks.hub, HUB_BYTES),
        ("memory: a core at most, MiB", peaks.core, CORE_BYTES),
        ("memory: nginx at most, MiB", peaks.nginx, NGINX_BYTES),
    ] {
        let wanted = format!("≤ {}, compose's limit", limit / MIB);
        verdict.bound(what, (bytes / MIB).to_string(), &wanted, bytes <= limit);
    }
}

/// Words and how often, the most frequent first.
fn counts(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<(&String, &u64)> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(**count));
    match counts.as_slice() {
        [] => "none".into(),
        counts => {
            let shown = counts
                .iter()
                .map(|(what, count)| format!("{what} × {count}"));
            shown.collect::<Vec<_>>().join(", ")
        }
    }
}

/// What hostile clients met.
fn endings(attacked: &attack::Tally) -> String {
    let mut table = Table::new(["hostile clients and what they met", "times"]);
    for (ending, times) in &attacked.endings {
        table.row([ending.clone(), times.to_string()]);
    }
    table.markdown()
}
