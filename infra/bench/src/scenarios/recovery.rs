//! Everyone is cut off at once, and comes back with a position.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use nix::sys::signal::Signal;

use super::{Results, in_turn};
use crate::{
    clock::{SECOND_NS, ms, now_ns},
    database::World,
    fleet::Fleet,
    options::Options,
    orders::{Opening, Order, Tally},
    patience,
    publish::Load,
    report::Section,
    rig::float,
    sequence::Faults,
    servers::{Server as _, stack::Stack},
    stats::{Values, peak},
    table::Table,
};

const CONNECTIONS: usize = 10_000;
const ROOMS: usize = 100;

/// Events a second over all rooms, all the time.
const PER_SECOND: f64 = 200.0;

const OPEN_WITHIN: Duration = Duration::from_secs(90);

/// How long events flow before everyone is cut off, and after everyone is back.
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(2);

/// The longest that everyone may take; it ends the run.
const BACK_WITHIN: Duration = Duration::from_secs(90);

/// How long what is under way may take to arrive.
const ARRIVED_WITHIN: Duration = Duration::from_secs(40);

/// Who cuts them off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The network: the hub lives on.
    Network,
    /// The hub is killed, and started again by its supervisor.
    HubKilled,
}

/// How it went.
pub(super) struct Storm {
    /// From the cut until the last client had everything, in seconds.
    pub(super) back_s: f64,
    /// From the cut until half of them had.
    half_back_s: f64,
    /// Within one second.
    pub(super) connects_peak: u64,
    pub(super) tries_peak: u64,
    pub(super) tally: Tally,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let rooms = options.scaled(ROOMS);
    let connections = options.scaled(CONNECTIONS);
    let world = World::of_chats(connections, rooms, connections / rooms);
    let per_second = options.scaled_rate(PER_SECOND);
    let mut notes = Vec::new();
    let cuts = [Cut::Network, Cut::HubKilled];
    let name = |cut: Cut| format!("recovery, {cut:?}");
    let results = in_turn(options.rounds(), &cuts, name, &mut notes, |cut| {
        let stack = Stack::start(&world, &options.hub_env([]))?;
        stack.log_core_calls()?;
        let mut gathering = Gathering::open(&stack, &world, options)?;
        let before = stack.core_calls()?;
        let storm = gathering.cut_off(per_second, |fleet| match cut {
            Cut::Network => fleet.tell(&Order::Drop),
            Cut::HubKilled => stack.signal_hub(Signal::SIGKILL),
        })?;
        let mut calls = stack.core_calls()?;
        for (method, count) in before {
            *calls.entry(method).or_default() -= count;
        }
        Ok((storm, calls))
    });
    Ok(Section {
        title: "Recovery storm".into(),
        text: format!(
            "{connections} clients in {rooms} rooms, each subscribed to its own, {per_second} \
             events a second all the time. All are cut off at once and come back as the official \
             SDK does: after 0.5–1 s, then with its backoff."
        ),
        tables: vec![table(&results, rooms)],
        notes,
        plots: Vec::new(),
    })
}

/// Clients that come back, each subscribed to all of its chats.
pub(super) struct Gathering {
    fleet: Fleet,
    load: Load,
    connections: u64,
}

impl Gathering {
    /// Waits until everyone is there.
    pub(super) fn open(stack: &Stack, world: &World, options: &Options) -> Result<Self> {
        let opening = stack.door()?.opening(stack.plans(world, |_, _| true));
        let (connections, topics) = (opening.connections.len(), opening.topics.len());
        let opening = Opening {
            reconnect: true,
            ..opening
        };
        let mut fleet = Fleet::start(opening, options.shards)?;
        fleet.wait_until_open(OPEN_WITHIN)?;
        Ok(Self {
            fleet,
            load: Load::new(stack.publisher()?, topics),
            connections: connections as u64,
        })
    }

    /// Publishes, cuts everyone off by `cut`, and waits until all are back and have everything.
    pub(super) fn cut_off(
        &mut self,
        per_second: f64,
        cut: impl FnOnce(&mut Fleet) -> Result<()>,
    ) -> Result<Storm> {
        let Self {
            fleet,
            load,
            connections,
        } = self;
        let is_over = AtomicBool::new(false);
        let (cut_at, published) = thread::scope(|scope| {
            let publishing = scope.spawn(|| {
                let time = BEFORE + BACK_WITHIN + AFTER;
                load.run(per_second, time, &is_over)?;
                load.flush(ARRIVED_WITHIN)?;
                Ok::<_, anyhow::Error>(load.published.clone())
            });
            let cut_at = cut_and_wait(fleet, *connections, cut);
            is_over.store(true, Ordering::Relaxed);
            let published = publishing.join();
            (
                cut_at,
                published.map_err(|_| anyhow!("the publisher panicked")),
            )
        });
        let (cut_at, published) = (cut_at?, published??);
        let mut tally = Tally::default();
        let is_whole = patience::becomes(ARRIVED_WITHIN, || {
            tally = fleet.report(&published)?;
            Ok(tally.faults.lost == 0)
        })?;
        if !is_whole {
            eprintln!("lost: {:?}", tally.faults);
        }
        let mut opened = tally.opened_at.clone();
        opened.sort_unstable();
        let after_cut = |at: Option<&u64>| {
            let at = at.context("nobody came back")?;
            Ok::<_, anyhow::Error>(ms(at.saturating_sub(cut_at)) / 1e3)
        };
        Ok(Storm {
            back_s: after_cut(opened.last())?,
            half_back_s: after_cut(opened.get(opened.len() / 2))?,
            connects_peak: peak(&opened, SECOND_NS),
            tries_peak: peak(&tally.tried_at, SECOND_NS),
            tally,
        })
    }
}

/// Returns when the cut was made.
fn cut_and_wait(
    fleet: &mut Fleet,
    connections: u64,
    cut: impl FnOnce(&mut Fleet) -> Result<()>,
) -> Result<u64> {
    patience::pause(BEFORE)?;
    fleet.tell(&Order::Measure)?;
    let cut_at = now_ns();
    cut(fleet)?;
    let is_back = patience::becomes(BACK_WITHIN, || {
        let tally = fleet.report(&Vec::new())?;
        let has_ended: u64 = tally.endings.values().sum();
        // Everyone has been away, and is here again.
        Ok(has_ended >= connections && fleet.progress()?.open == connections)
    })?;
    if !is_back {
        let (open, endings) = (fleet.progress()?.open, fleet.report(&Vec::new())?.endings);
        bail!("only {open} of {connections} clients came back: {endings:?}");
    }
    patience::pause(AFTER)?;
    Ok(cut_at)
}

type Outcome = (Storm, BTreeMap<String, u64>);

fn table(results: &[Results<Cut, Outcome>], rooms: usize) -> Table {
    let mut table = Table::new([
        "cut off by",
        "half are back after s",
        "all are back after s",
        "connects/s at most",
        "tries/s at most",
        Faults::COLUMN,
        "to be reloaded",
        "VerifyToken",
        "Log.Read",
        "Log.ReadHeads",
        "other calls",
    ]);
    for Results { of, rounds } in results {
        let values =
            |number: &dyn Fn(&Outcome) -> f64| -> Values { rounds.iter().map(number).collect() };
        let calls = |method: &str| {
            values(&|(_, calls)| float(calls.get(method).copied().unwrap_or(0))).show(0)
        };
        let known = ["Auth.VerifyToken", "Log.Read", "Log.ReadHeads"];
        let others = values(&|(_, calls)| {
            let others = calls
                .iter()
                .filter(|(method, _)| !known.contains(&method.as_str()));
            float(others.map(|(_, count)| count).sum())
        });
        let faults = Faults::sum(rounds.iter().map(|(storm, _)| storm.tally.faults));
        let unrecovered: u64 = rounds
            .iter()
            .map(|(storm, _)| storm.tally.unrecovered)
            .sum();
        table.row([
            match of {
                Cut::Network => "the network".into(),
                Cut::HubKilled => "the hub’s death".into(),
            },
            values(&|(storm, _)| storm.half_back_s).show(1),
            values(&|(storm, _)| storm.back_s).show(1),
            values(&|(storm, _)| float(storm.connects_peak)).show(0),
            values(&|(storm, _)| float(storm.tries_peak)).show(0),
            faults.to_string(),
            unrecovered.to_string(),
            calls(known[0]),
            calls(known[1]),
            calls(known[2]),
            others.show(0),
        ]);
    }
    table.row([
        "wanted".into(),
        String::new(),
        "≤ 15".into(),
        String::new(),
        String::new(),
        "0".into(),
        "0".into(),
        String::new(),
        format!("≤ {rooms} (one per room)"),
    ]);
    table
}
