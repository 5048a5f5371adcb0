//! The same deliveries a second to few connections and to many.

use anyhow::Result;

use super::{
    Results, in_turn, one_room,
    paced::{faults, seconds, values, warmed_up},
};
use crate::{
    options::Options,
    report::Section,
    rig::{Measured, Rig, float},
    sequence::Faults,
    servers::Subject,
    stats::grouped,
    table::Table,
};

const FEW: usize = 1_000;
const MANY: usize = 18_000;
const DELIVERIES_PER_SECOND: f64 = 90_000.0;
const SECONDS: u64 = 30;

/// Whose growth, and with how many connections.
type Variant = (Subject, usize);

pub(super) fn run(options: &Options) -> Result<Section> {
    let per_second = options.scaled_rate(DELIVERIES_PER_SECOND);
    let time = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let sizes = [FEW, MANY].map(|size| options.scaled(size));
    let subjects = options.chosen(&[Subject::Hub, Subject::Floor]);
    let variants: Vec<Variant> = subjects
        .iter()
        .flat_map(|subject| sizes.map(|size| (*subject, size)))
        .collect();
    let name = |(subject, size): Variant| format!("growth, {}, {size}", subject.name());
    let results = in_turn(
        options.rounds(),
        &variants,
        name,
        &mut notes,
        |(subject, size)| {
            let (server, opening) = one_room(subject, size, options)?;
            let mut rig = Rig::open(&*server, opening, options.shards)?;
            let events_per_second = per_second / float(size as u64);
            warmed_up(&mut rig, events_per_second, options)?;
            rig.measure_whole(events_per_second, time)
        },
    );
    notes.push(
        "The floor shows how much of the growth is the system’s: more sockets than the processor’s \
         caches hold."
            .into(),
    );
    Ok(Section {
        title: "Few connections and many".into(),
        text: format!(
            "One room, {} deliveries a second for {}: few connections that hear a lot, and many \
             that hear little.",
            grouped(per_second, 0),
            seconds(time)
        ),
        tables: vec![table(&results)],
        notes,
        plots: Vec::new(),
    })
}

fn table(results: &[Results<Variant, Measured>]) -> Table {
    let cpu = |rounds: &[Measured]| values(rounds, Measured::cpu_per_delivery);
    let mut table = Table::new([
        "server",
        "connections",
        "deliveries/s",
        "CPU µs per delivery",
        "× few",
        "p99 ms",
        Faults::COLUMN,
    ]);
    for Results { of, rounds } in results {
        let few = results.iter().find(|result| result.of.0 == of.0);
        let ratio = few.map(|few| cpu(rounds).ratios(&cpu(&few.rounds)).show(2));
        table.row([
            of.0.name().into(),
            of.1.to_string(),
            values(rounds, |measured| measured.per_second).show(0),
            cpu(rounds).show(2),
            ratio.unwrap_or_default(),
            values(rounds, |measured| measured.latency_ms(0.99)).show(1),
            faults(rounds),
        ]);
    }
    table.row(["wanted of the hub", "", "", "", "≤ 1.15", "", "0"].map(str::to_owned));
    table
}
