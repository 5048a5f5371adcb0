//! The hub is asked to stop, and started again, while everyone is connected.

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{
    Results, in_turn,
    paced::seconds,
    recovery::{Gathering, Storm},
};
use crate::{
    database::World, options::Options, report::Section, rig::float, sequence::Faults,
    servers::stack::Stack, stats::Values, table::Table,
};

const CONNECTIONS: usize = 10_000;
const ROOMS: usize = 100;
const PER_SECOND: f64 = 200.0;

/// How long the hub takes to send everyone away, in seconds.
const DRAIN_SECONDS: u64 = 20;

/// How much faster than they are sent away clients are let in again: everyone finds the hub gone
/// for a while, so they would come back together.
const LET_IN_PERCENT: u64 = 120;

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let rooms = options.scaled(ROOMS);
    let world = World::of_chats(connections, rooms, connections / rooms);
    let drain = options.seconds(DRAIN_SECONDS);
    let drain_ms = u64::try_from(drain.as_millis())?;
    let per_second = options.scaled_rate(PER_SECOND);
    let paced = float(connections as u64) / drain.as_secs_f64();
    let let_in = connections as u64 * 10 * LET_IN_PERCENT / drain_ms;
    let mut notes = Vec::new();
    let name = |()| "restart".to_owned();
    let hub = [
        ("DRAIN_MS", drain_ms),
        ("LIMITS__CONNECTS_PER_SECOND", let_in),
    ];
    let results = in_turn(options.rounds(), &[()], name, &mut notes, |()| {
        let stack = Stack::start(&world, &options.hub_env(hub))?;
        let mut gathering = Gathering::open(&stack, &world, options)?;
        gathering.cut_off(per_second, |_| stack.signal_hub(Signal::SIGTERM))
    });
    notes
        .push("The hub is started again at the same place; no other one takes its clients.".into());
    Ok(Section {
        title: "Restart".into(),
        text: format!(
            "{connections} clients; the hub is asked to stop, sends them away over {} \
             ({paced:.0} a second) and is started again; it lets {let_in} a second in. {per_second} events a second in {rooms} \
             rooms all the time.",
            seconds(drain)
        ),
        tables: vec![table(&results, paced)],
        notes,
        plots: Vec::new(),
    })
}

fn table(results: &[Results<(), Storm>], paced: f64) -> Table {
    let mut table = Table::new([
        "",
        "all are back after s",
        "connects/s at most",
        "× paced rate",
        "tries/s at most",
        Faults::COLUMN,
        "to be reloaded",
    ]);
    for Results { rounds, .. } in results {
        let values =
            |number: &dyn Fn(&Storm) -> f64| -> Values { rounds.iter().map(number).collect() };
        let faults = Faults::sum(rounds.iter().map(|storm| storm.tally.faults));
        let unrecovered: u64 = rounds.iter().map(|storm| storm.tally.unrecovered).sum();
        table.row([
            "measured".into(),
            values(&|storm| storm.back_s).show(1),
            values(&|storm| float(storm.connects_peak)).show(0),
            values(&|storm| float(storm.connects_peak) / paced).show(2),
            values(&|storm| float(storm.tries_peak)).show(0),
            faults.to_string(),
            unrecovered.to_string(),
        ]);
    }
    table.row(["wanted", "", "", "≤ 1.5", "", "0", "0"].map(str::to_owned));
    table
}
