//! Thousands of chats, of which everyone looks at half: what a hub does all day.

use anyhow::Result;

use super::{
    Results, in_turn,
    paced::{costs, faults, seconds, values, warmed_up},
};
use crate::{
    database::World,
    options::Options,
    report::Section,
    rig::{Measured, Rig},
    sequence::Faults,
    servers::{Server as _, Subject, stack::Stack},
    table::Table,
};

const CONNECTIONS: usize = 10_000;
const CHATS: usize = 5_000;
const MEMBERS: usize = 20;
const MESSAGES_PER_SECOND: f64 = 2_000.0;
const SECONDS: u64 = 30;

pub(super) fn run(options: &Options) -> Result<Section> {
    let (people, chats) = (options.scaled(CONNECTIONS), options.scaled(CHATS));
    let per_second = options.scaled_rate(MESSAGES_PER_SECOND);
    let time = options.seconds(SECONDS);
    let world = World::of_chats(people, chats, MEMBERS);
    let mut notes = Vec::new();
    let name = |subject: Subject| format!("chats, {}", subject.name());
    let hubs = options.hubs();
    let results = in_turn(options.rounds(), &hubs, name, &mut notes, |subject| {
        let stack = Stack::start(&world, &options.env_of(subject))?;
        // In every chat every second member.
        let plans = stack.plans(&world, |person, chat| (person + chat) % 2 == 0);
        let opening = stack.door()?.opening(plans);
        let mut rig = Rig::open(&stack, opening, options.shards)?;
        warmed_up(&mut rig, per_second, options)?;
        rig.measure_whole(per_second, time)
    });
    Ok(Section {
        title: "Many chats".into(),
        text: format!(
            "{people} connections, {chats} chats of {MEMBERS}, {per_second} messages a second for \
             {}; in every chat half of the members subscribe and half hear it by `feed`.",
            seconds(time)
        ),
        tables: [vec![table(&results)], costs(&results)].concat(),
        notes,
        plots: Vec::new(),
    })
}

fn table(results: &[Results<Subject, Measured>]) -> Table {
    let mut table = Table::new([
        "server",
        "deliveries/s",
        "CPU µs per delivery",
        "p50 ms",
        "p99 ms",
        "max ms",
        Faults::COLUMN,
    ]);
    for Results { of, rounds } in results {
        table.row([
            of.name().into(),
            values(rounds, |measured| measured.per_second).show(0),
            values(rounds, Measured::cpu_per_delivery).show(2),
            values(rounds, |measured| measured.latency_ms(0.5)).show(1),
            values(rounds, |measured| measured.latency_ms(0.99)).show(1),
            values(rounds, Measured::max_ms).show(0),
            faults(rounds),
        ]);
    }
    table.row(["wanted", "", "", "", "≤ 100", "", "0"].map(str::to_owned));
    table
}
