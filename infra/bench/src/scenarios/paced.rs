//! One room at an even rate: what a delivery costs.

use std::time::Duration;

use anyhow::Result;

use super::{Results, baseline, in_turn, omissions, one_room};
use crate::{
    options::Options,
    plot::Plot,
    report::Section,
    rig::{Measured, Rig},
    sequence::Faults,
    servers::Subject,
    stats::Values,
    table::Table,
};

/// Who serves one room.
pub(super) const SUBJECTS: [Subject; 5] = [
    Subject::Hub,
    Subject::Nchan,
    Subject::Ws,
    Subject::SocketIo,
    Subject::Floor,
];

const CONNECTIONS: usize = 10_000;
const PER_SECOND: f64 = 10.0;
const SECONDS: u64 = 30;
const WARM_UP_SECONDS: u64 = 5;

/// Of the table.
pub(super) const COLUMNS: usize = 8;

const WANTED: [&str; COLUMNS] = [
    "wanted of the hub",
    "",
    "≤ 1",
    "≤ 1.25",
    "",
    "≤ nchan’s",
    "",
    "0",
];

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let time = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let subjects = options.chosen_and_baseline(&SUBJECTS);
    let name = |subject: Subject| format!("paced, {}", subject.name());
    let results = in_turn(options.rounds(), &subjects, name, &mut notes, |subject| {
        let (server, opening) = one_room(subject, connections, options)?;
        let mut rig = Rig::open(&*server, opening, options.shards)?;
        warmed_up(&mut rig, PER_SECOND, options)?;
        rig.measure_whole(PER_SECOND, time)
    });
    notes.extend(omissions(&results));
    Ok(Section {
        title: "One room at an even rate".into(),
        text: format!(
            "{connections} connections in one room, {PER_SECOND} events a second for {}; CPU is that \
             of all the server's processes.",
            seconds(time)
        ),
        tables: [vec![table(&results, WANTED)], costs(&results)].concat(),
        plots: vec![Plot {
            title: "CPU per delivery, µs".into(),
            name: "paced-cpu".into(),
            decimals: 2,
            bars: bars(&results, Measured::cpu_per_delivery),
        }],
        notes,
    })
}

/// Runs at the rate for a while before anything is measured.
pub(super) fn warmed_up(rig: &mut Rig, per_second: f64, options: &Options) -> Result<()> {
    rig.measure(per_second, options.seconds(WARM_UP_SECONDS))?;
    Ok(())
}

/// CPU and latency beside nchan's and the floor's, and what is wanted in each column.
pub(super) fn table(results: &[Results<Subject, Measured>], wanted: [&str; COLUMNS]) -> Table {
    let cpu = |subject| {
        let found = results.iter().find(|result| result.of == subject);
        found.map(|result| values(&result.rounds, Measured::cpu_per_delivery))
    };
    let (nchan, floor) = (cpu(Subject::Nchan), cpu(Subject::Floor));
    let mut table = Table::new([
        "server",
        "CPU µs per delivery",
        "× nchan",
        "× floor",
        "p50 ms",
        "p99 ms",
        "max ms",
        Faults::COLUMN,
    ]);
    for Results { of, rounds } in results {
        let own = values(rounds, Measured::cpu_per_delivery);
        let beside = |other: &Option<Values>| {
            let other = other.as_ref();
            other.map_or_else(String::new, |other| own.ratios(other).show(2))
        };
        table.row([
            of.name().into(),
            own.show(2),
            beside(&nchan),
            beside(&floor),
            values(rounds, |measured| measured.latency_ms(0.5)).show(1),
            values(rounds, |measured| measured.latency_ms(0.99)).show(1),
            values(rounds, Measured::max_ms).show(0),
            faults(rounds),
        ]);
    }
    table.row(wanted.map(str::to_owned));
    table
}

/// What deliveries cost the hub beside the baseline.
pub(super) fn costs(results: &[Results<Subject, Measured>]) -> Vec<Table> {
    let numbers: [baseline::Number<'_, Measured>; 3] = [
        ("CPU per delivery", Measured::cpu_per_delivery),
        ("p50", |measured| measured.latency_ms(0.5)),
        ("p99", |measured| measured.latency_ms(0.99)),
    ];
    baseline::beside(results, &numbers)
}

/// One number of every round.
pub(super) fn values(rounds: &[Measured], number: impl Fn(&Measured) -> f64) -> Values {
    rounds.iter().map(number).collect()
}

/// One number of every server.
pub(super) fn bars(
    results: &[Results<Subject, Measured>],
    number: impl Fn(&Measured) -> f64 + Copy,
) -> Vec<(String, Values)> {
    results
        .iter()
        .map(|result| (result.of.name().into(), values(&result.rounds, number)))
        .collect()
}

/// The faults of all rounds.
pub(super) fn faults(rounds: &[Measured]) -> String {
    Faults::sum(rounds.iter().map(|measured| measured.tally.faults)).to_string()
}

/// How long a time is, in words of a report.
pub(super) fn seconds(time: Duration) -> String {
    let text = format!("{:.1}", time.as_secs_f64());
    format!("{} s", text.trim_end_matches(".0"))
}
