//! Everyone connects as fast as it goes: tokens that were never seen before, verified by the cores.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{Results, baseline, in_turn};
use crate::{
    clock::ms,
    database::World,
    fleet::Fleet,
    options::Options,
    orders::{Opening, Order, Published},
    patience, proc,
    report::Section,
    rig::float,
    servers::{Server as _, Subject, stack::Stack},
    stats::Values,
    table::Table,
};

const CONNECTIONS: usize = 10_000;

/// With the user's own topic these are five grants.
const CHATS_EACH: usize = 4;
const MEMBERS: usize = 20;

/// Clients that knock at the same time.
const IN_FLIGHT: usize = 1_000;

const OPEN_WITHIN: Duration = Duration::from_secs(60);

/// How long the hub has to forget the clients of a round.
const FORGOTTEN_WITHIN: Duration = Duration::from_secs(5);

/// Figures of one storm.
struct Storm {
    per_second: f64,
    failures: u64,
    /// CPU time for one connect, in microseconds: the hub's, and that of cores and nginx.
    hub_us: f64,
    others_us: f64,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let world = World::of_chats(connections, connections * CHATS_EACH / MEMBERS, MEMBERS);
    let in_flight = options.scaled(IN_FLIGHT);
    let hubs = options.hubs();
    let mut stacks = Vec::new();
    for subject in &hubs {
        let stack = Stack::start(&world, &options.env_of(*subject))?;
        let opening = Opening {
            in_flight,
            ..stack.door()?.opening(stack.plans(&world, |_, _| false))
        };
        // The caches of a server that has just started are nobody's everyday.
        storm(&stack, opening.clone(), options)?;
        stacks.push((*subject, stack, opening));
    }
    let mut notes = Vec::new();
    let name = |subject: Subject| format!("connect storm, {}", subject.name());
    let results = in_turn(options.rounds(), &hubs, name, &mut notes, |subject| {
        let found = stacks.iter().find(|(of, ..)| *of == subject);
        let (_, stack, opening) = found.context("every hub has a stack")?;
        storm(stack, opening.clone(), options)
    });
    let numbers: [baseline::Number<'_, Storm>; 2] = [
        ("seconds per connect", |storm| 1.0 / storm.per_second),
        ("hub CPU per connect", |storm| storm.hub_us),
    ];
    Ok(Section {
        title: "Connect storm".into(),
        text: format!(
            "{connections} clients, each with a token of its own and {} grants, {} at a time; the \
             cores verify every token, through nginx. After one storm that does not count.",
            CHATS_EACH + 1,
            in_flight
        ),
        tables: [vec![table(&results)], baseline::beside(&results, &numbers)].concat(),
        notes,
        plots: Vec::new(),
    })
}

fn storm(stack: &Stack, opening: Opening, options: &Options) -> Result<Storm> {
    let connections = opening.connections.len() as u64;
    let hub = stack.holders()?;
    let all = proc::with_descendants(&stack.processes()?)?;
    let cpu = || Ok::<_, anyhow::Error>((proc::cpu_us(&hub)?, proc::cpu_us(&all)?));
    let before = cpu()?;
    let mut fleet = Fleet::start(opening, options.shards)?;
    let is_over = patience::becomes(OPEN_WITHIN, || {
        let progress = fleet.progress()?;
        Ok(progress.open + progress.ended >= connections)
    })?;
    if !is_over {
        bail!("not everyone was answered within {OPEN_WITHIN:?}");
    }
    let after = cpu()?;
    let tally = fleet.report(&Published::new())?;
    let first = tally.tried_at.iter().min().copied().unwrap_or_default();
    let last = tally.opened_at.iter().max().copied().unwrap_or_default();
    let opened = float(tally.opened_at.len() as u64);
    fleet.tell(&Order::Drop)?;
    drop(fleet);
    patience::pause(options.seconds(FORGOTTEN_WITHIN.as_secs()))?;
    let hub_us = float(after.0 - before.0);
    Ok(Storm {
        per_second: opened / ms(last.saturating_sub(first)) * 1e3,
        failures: tally.endings.values().sum(),
        hub_us: hub_us / opened,
        others_us: (float(after.1 - before.1) - hub_us) / opened,
    })
}

fn table(results: &[Results<Subject, Storm>]) -> Table {
    let mut table = Table::new([
        "server",
        "connects/s",
        "failures",
        "hub CPU µs per connect",
        "cores and nginx CPU µs per connect",
    ]);
    for Results { of, rounds } in results {
        let values = |number: fn(&Storm) -> f64| -> Values { rounds.iter().map(number).collect() };
        let failures: u64 = rounds.iter().map(|storm| storm.failures).sum();
        table.row([
            of.name().into(),
            values(|storm| storm.per_second).show(0),
            failures.to_string(),
            values(|storm| storm.hub_us).show(0),
            values(|storm| storm.others_us).show(0),
        ]);
    }
    table.row(["wanted", "≥ 2 000", "0"].map(str::to_owned));
    table
}
