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
    servers::Subject,
    table::Table,
};

const FEW: usize = 1_000;
const MANY: usize = 18_000;
const DELIVERIES_PER_SECOND: f64 = 90_000.0;
const SECONDS: u64 = 30;

pub(super) fn run(options: &Options) -> Result<Section> {
    let per_second = options.scaled_rate(DELIVERIES_PER_SECOND);
    let time = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let sizes = [FEW, MANY].map(|size| options.scaled(size));
    let name = |size: usize| format!("growth, {size} connections");
    let results = in_turn(options.rounds(), &sizes, name, &mut notes, |size| {
        let (server, opening) = one_room(Subject::Hub, size, options)?;
        let mut rig = Rig::open(&*server, opening, options.shards)?;
        let events_per_second = per_second / float(size as u64);
        warmed_up(&mut rig, events_per_second, options)?;
        rig.measure_whole(events_per_second, time)
    });
    Ok(Section {
        title: "Few connections and many".into(),
        text: format!(
            "One room, {per_second} deliveries a second for {}: few connections that hear a lot, \
             and many that hear little.",
            seconds(time)
        ),
        tables: vec![table(&results)],
        notes,
        plots: Vec::new(),
    })
}

fn table(results: &[Results<usize, Measured>]) -> Table {
    let cpu = |rounds: &[Measured]| values(rounds, Measured::cpu_per_delivery);
    let few = results.first().map(|result| cpu(&result.rounds));
    let mut table = Table::new([
        "connections",
        "deliveries/s",
        "CPU µs per delivery",
        "× few",
        "p99 ms",
        "lost, twice, out of order",
    ]);
    for Results { of, rounds } in results {
        let ratio = few.as_ref().map(|few| cpu(rounds).ratios(few).show(2));
        table.row([
            of.to_string(),
            values(rounds, |measured| measured.per_second).show(0),
            cpu(rounds).show(2),
            ratio.unwrap_or_default(),
            values(rounds, |measured| measured.latency_ms(0.99)).show(1),
            faults(rounds),
        ]);
    }
    table.row(["wanted", "", "", "≤ 1.15", "", "0, 0, 0"].map(str::to_owned));
    table
}
