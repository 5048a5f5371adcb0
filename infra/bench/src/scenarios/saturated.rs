//! One room: the highest rate that a server holds.

use std::{collections::HashMap, time::Duration};

use anyhow::{Result, bail};

use super::{
    Results, in_turn, omissions, one_room,
    paced::{SUBJECTS, faults, seconds},
};
use crate::{
    options::Options,
    orders::Order,
    plot::Plot,
    report::Section,
    rig::{Measured, Rig},
    sequence::Faults,
    servers::Subject,
    stats::Values,
    table::Table,
};

const CONNECTIONS: usize = 10_000;

/// A rate is held when this long …
const HOLD_SECONDS: u64 = 30;
/// … 99 of 100 deliveries take at most so long, nothing is lost and nobody is cut off.
const HELD_P99_MS: f64 = 1_000.0;

/// A short probe shows a queue that grows before it is that long.
const PROBE_SECONDS: u64 = 3;
const PROBE_P99_MS: f64 = 600.0;

/// Deliveries a second that every server manages: where the search begins.
const FIRST_DELIVERIES_PER_SECOND: f64 = 20_000.0;

/// Later rounds begin at this part of what an earlier one held.
const BEGIN_AGAIN_AT: f64 = 0.75;

/// A rate that a probe held and the long run did not is lowered by this factor, so often.
const LOWER_BY: f64 = 0.9;
const HOLDS_MAX: usize = 5;

/// How long the clients that were cut off may take to come back.
const REOPENED_WITHIN: Duration = Duration::from_secs(60);

/// A rate that was held.
struct Held {
    events_per_second: f64,
    measured: Measured,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let mut best: HashMap<&str, f64> = HashMap::new();
    let mut notes = Vec::new();
    let subjects = options.chosen(&SUBJECTS);
    let name = |subject: Subject| format!("saturated, {}", subject.name());
    let results = in_turn(options.rounds(), &subjects, name, &mut notes, |subject| {
        let (server, opening) = one_room(subject, connections, options)?;
        let mut rig = Rig::open(&*server, opening, options.shards)?;
        #[expect(clippy::cast_precision_loss, reason = "a number of connections")]
        let first = FIRST_DELIVERIES_PER_SECOND / connections as f64;
        let known = best.get(subject.name()).map(|rate| rate * BEGIN_AGAIN_AT);
        let held = highest(&mut rig, known.unwrap_or(first), options)?;
        best.insert(subject.name(), held.events_per_second);
        Ok(held)
    });
    notes.extend(omissions(&results));
    let bars = results.iter().map(|Results { of, rounds }| {
        (
            of.name().into(),
            values(rounds, |held| held.measured.per_second),
        )
    });
    Ok(Section {
        title: "One room, as fast as it goes".into(),
        text: format!(
            "{connections} connections in one room. A rate counts when it is held for {} with a \
             p99 of at most 1 s, nothing lost and nobody cut off.",
            seconds(options.seconds(HOLD_SECONDS))
        ),
        plots: vec![Plot {
            title: "Deliveries a second, held".into(),
            name: "saturated".into(),
            decimals: 0,
            bars: bars.collect(),
        }],
        tables: vec![table(&results)],
        notes,
    })
}

fn table(results: &[Results<Subject, Held>]) -> Table {
    let rate = |rounds: &[Held]| values(rounds, |held| held.measured.per_second);
    let nchan = results.iter().find(|result| result.of == Subject::Nchan);
    let nchan = nchan.map(|result| rate(&result.rounds));
    let mut table = Table::new([
        "server",
        "deliveries/s",
        "× nchan",
        "events/s",
        "CPU µs per delivery",
        "p99 ms",
        Faults::COLUMN,
    ]);
    for Results { of, rounds } in results {
        let measured: Vec<Measured> = rounds.iter().map(|held| held.measured.clone()).collect();
        let ratio = nchan
            .as_ref()
            .map(|nchan| rate(rounds).ratios(nchan).show(1));
        table.row([
            of.name().into(),
            rate(rounds).show(0),
            ratio.unwrap_or_default(),
            values(rounds, |held| held.events_per_second).show(1),
            values(rounds, |held| held.measured.cpu_per_delivery()).show(2),
            values(rounds, |held| held.measured.latency_ms(0.99)).show(0),
            faults(&measured),
        ]);
    }
    let wanted = ["wanted of the hub", "", "≥ 8", "", "", "≤ 1 000", "0"];
    table.row(wanted.map(str::to_owned));
    table
}

fn values(rounds: &[Held], number: impl Fn(&Held) -> f64) -> Values {
    rounds.iter().map(number).collect()
}

/// Looks for the highest rate by short probes, then holds it.
fn highest(rig: &mut Rig, first: f64, options: &Options) -> Result<Held> {
    let mut search = Search::new(first);
    while let Some(rate) = search.next() {
        let is_held = holds(rig, rate, options.seconds(PROBE_SECONDS), PROBE_P99_MS)?.is_some();
        search.learn(rate, is_held);
    }
    let mut rate = search.held;
    for _ in 0..HOLDS_MAX {
        if let Some(measured) = holds(rig, rate, options.seconds(HOLD_SECONDS), HELD_P99_MS)? {
            return Ok(Held {
                events_per_second: rate,
                measured,
            });
        }
        rate *= LOWER_BY;
    }
    bail!("no rate was held, not even {rate:.1} events a second");
}

/// What was measured if the rate was held; otherwise everything is mended for the next try.
fn holds(rig: &mut Rig, rate: f64, time: Duration, p99_ms: f64) -> Result<Option<Measured>> {
    let lost_before = rig.fleet.report(&rig.load.published)?.faults.lost;
    let measured = rig.measure(rate, time)?;
    let lost = measured.tally.faults.lost - lost_before.min(measured.tally.faults.lost);
    let (p99, ended) = (measured.latency_ms(0.99), measured.tally.endings.len());
    eprintln!(
        "  {rate:.1} events/s: {:.0} deliveries/s, p99 {p99:.0} ms, {lost} lost, {:?}",
        measured.per_second, measured.tally.endings
    );
    if measured.is_complete && p99 <= p99_ms && lost == 0 && ended == 0 {
        return Ok(Some(measured));
    }
    rig.load.flush(REOPENED_WITHIN)?;
    rig.fleet.settle(REOPENED_WITHIN)?;
    rig.fleet.tell(&Order::Reopen(rig.load.published.clone()))?;
    rig.fleet.wait_until_open(REOPENED_WITHIN)?;
    Ok(None)
}

/// Doubles a rate until it is not held, then halves the interval.
struct Search {
    held: f64,
    not_held: f64,
    first: f64,
}

impl Search {
    /// The interval is small enough when its ends are so close.
    const PRECISION: f64 = 1.06;

    /// A rate below this part of the first one is not looked for.
    const LEAST: f64 = 1.0 / 256.0;

    fn new(first: f64) -> Self {
        Self {
            held: 0.0,
            not_held: f64::INFINITY,
            first,
        }
    }

    /// The rate to try next, if the search goes on.
    fn next(&self) -> Option<f64> {
        if self.not_held.is_infinite() {
            return Some(f64::max(self.held * 2.0, self.first));
        }
        if self.held == 0.0 {
            return (self.not_held > self.first * Self::LEAST).then_some(self.not_held / 2.0);
        }
        (self.not_held / self.held > Self::PRECISION).then(|| (self.held * self.not_held).sqrt())
    }

    fn learn(&mut self, rate: f64, is_held: bool) {
        if is_held {
            self.held = self.held.max(rate);
        } else {
            self.not_held = self.not_held.min(rate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: f64, limit: f64, tries_max: usize) {
        let mut search = Search::new(first);
        let mut tries = 0;
        while let Some(rate) = search.next() {
            search.learn(rate, rate <= limit);
            tries += 1;
            assert!(tries <= tries_max, "{tries} tries");
        }
        assert!(search.held <= limit && search.held * Search::PRECISION >= limit);
    }

    #[test]
    fn search_closes_in_from_either_side() {
        check(1.0, 100.0, 12);
        check(100.0, 3.0, 12);
        check(75.0, 100.0, 6);
    }

    #[test]
    fn search_gives_up_where_nothing_is_held() {
        let mut search = Search::new(1.0);
        let mut tries = 0;
        while let Some(rate) = search.next() {
            search.learn(rate, false);
            tries += 1;
        }
        assert_eq!((search.held, tries), (0.0, 9));
    }
}
