//! One reader in a hundred stops reading: what that does to the others and to the hub.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};

use super::{
    Results, in_turn, one_room,
    paced::{seconds, warmed_up},
};
use crate::{
    options::Options,
    orders::Order,
    patience, proc,
    report::Section,
    rig::{Measured, Rig, float},
    servers::Subject,
    stats::Values,
    table::Table,
};

const CONNECTIONS: usize = 10_000;
const STALL_EVERY: usize = 100;

/// Fast enough to keep the hub busy and to fill what it holds for a stalled reader.
const PER_SECOND: f64 = 40.0;

/// Longer than the hub waits for a peer that takes nothing (25 s).
const SECONDS: u64 = 40;

/// How often the hub's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long stalled clients that read again may take to find out what became of them.
const FOUND_OUT_WITHIN: Duration = Duration::from_secs(2);

const MIB: f64 = 1024.0 * 1024.0;

/// Figures of one round.
struct Run {
    /// Deliveries a second to one of those who read.
    per_reader: f64,
    measured: Measured,
    /// Of the hub: before, at most, after.
    memory_mib: [f64; 3],
    /// How the stalled ended.
    endings: BTreeMap<String, u64>,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let time = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let name = |stalls: bool| format!("stalled readers: {stalls}");
    let results = in_turn(
        options.rounds(),
        &[false, true],
        name,
        &mut notes,
        |stalls| {
            let (server, mut opening) = one_room(Subject::Hub, connections, options)?;
            for plan in opening.connections.iter_mut().step_by(STALL_EVERY) {
                plan.stalls = stalls;
            }
            let readers = opening.connections.iter().filter(|plan| !plan.stalls);
            let readers = float(readers.count() as u64);
            let hub = server.holders()?;
            let mut rig = Rig::open(&*server, opening, options.shards)?;
            warmed_up(&mut rig, PER_SECOND, options)?;
            watched(&mut rig, &hub, readers, time)
        },
    );
    for Results { of, rounds } in &results {
        if *of {
            let mut sum: BTreeMap<&str, u64> = BTreeMap::new();
            for (why, count) in rounds.iter().flat_map(|run| &run.endings) {
                *sum.entry(why).or_default() += count;
            }
            notes.push(format!("How the stalled ended, over all rounds: {sum:?}."));
        }
    }
    Ok(Section {
        title: "Readers that stall".into(),
        text: format!(
            "{connections} connections in one room, {PER_SECOND} events a second for {}; one in \
             {STALL_EVERY} does not read, with a receive buffer of 4 KiB.",
            seconds(time)
        ),
        tables: vec![table(&results)],
        notes,
        plots: Vec::new(),
    })
}

/// Measures while the hub's memory is watched, then lets the stalled find out what became of them.
fn watched(rig: &mut Rig, hub: &[u32], readers: f64, time: Duration) -> Result<Run> {
    let before = proc::pss_bytes(hub)?;
    let is_over = AtomicBool::new(false);
    let (measured, most) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = before;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(proc::pss_bytes(hub)?);
                thread::sleep(LOOK_EVERY);
            }
            Ok::<_, anyhow::Error>(most)
        });
        let measured = rig.measure(PER_SECOND, time);
        is_over.store(true, Ordering::Relaxed);
        let most = watch.join().map_err(|_| anyhow!("the watch panicked"));
        (measured, most)
    });
    let (measured, most) = (measured?, most??);
    let after = proc::pss_bytes(hub)?;
    rig.fleet.tell(&Order::Resume)?;
    patience::pause(FOUND_OUT_WITHIN)?;
    let mut endings = rig.fleet.report(&rig.load.published)?.endings;
    let open = rig.fleet.progress()?.open;
    endings.insert("open, of all".into(), open);
    Ok(Run {
        per_reader: measured.per_second / readers,
        measured,
        memory_mib: [before, most, after].map(|bytes| float(bytes) / MIB),
        endings,
    })
}

fn table(results: &[Results<bool, Run>]) -> Table {
    let mut table = Table::new([
        "stalled readers",
        "deliveries/s to each of the others",
        "× none",
        "p99 ms of the others",
        "lost, ended of the others",
        "hub MiB before",
        "at most",
        "after",
    ]);
    let rate = |rounds: &[Run]| values(rounds, |run| run.per_reader);
    let none = results.iter().find(|result| !result.of);
    let none = none.map(|result| rate(&result.rounds));
    for Results { of, rounds } in results {
        let ratio = none.as_ref().map(|none| rate(rounds).ratios(none).show(3));
        let lost: u64 = rounds
            .iter()
            .map(|run| run.measured.tally.faults.lost)
            .sum();
        let ended = rounds.iter().flat_map(|run| &run.measured.tally.endings);
        let ended: u64 = ended
            .filter(|(why, _)| !why.starts_with("stalled"))
            .map(|(_, count)| count)
            .sum();
        table.row([
            if *of { "1 in 100" } else { "none" }.into(),
            rate(rounds).show(2),
            ratio.unwrap_or_default(),
            values(rounds, |run| run.measured.latency_ms(0.99)).show(1),
            format!("{lost}, {ended}"),
            values(rounds, |run| run.memory_mib[0]).show(1),
            values(rounds, |run| run.memory_mib[1]).show(1),
            values(rounds, |run| run.memory_mib[2]).show(1),
        ]);
    }
    table.row(["wanted", "", "≥ 0.9", "", "0, 0"].map(str::to_owned));
    table
}

fn values(rounds: &[Run], number: impl Fn(&Run) -> f64) -> Values {
    rounds.iter().map(number).collect()
}
