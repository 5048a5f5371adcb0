//! Connections that hear nothing: what each of them holds.

use std::time::Duration;

use anyhow::Result;

use super::{Results, baseline, in_turn, omissions, one_room, paced::seconds};
use crate::{
    database::World,
    fleet::Fleet,
    options::Options,
    orders::Opening,
    patience,
    plot::Plot,
    proc,
    report::Section,
    rig::float,
    servers::{Server, Subject, stack::Stack},
    stats::Values,
    table::Table,
};

const SUBJECTS: [Subject; 4] = [Subject::Hub, Subject::Nchan, Subject::Ws, Subject::SocketIo];

const CONNECTIONS: usize = 10_000;
const CHATS_EACH: usize = 20;
const MEMBERS: usize = 20;

/// Longer than the interval of the hub's pings.
const SECONDS: u64 = 35;

const OPEN_WITHIN: Duration = Duration::from_secs(120);

const KIB: f64 = 1024.0;

/// Bytes that one connection adds.
struct PerConnection {
    /// To the processes that hold connections.
    holder: f64,
    /// To all of the server's processes.
    all: f64,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let rest = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let subjects = options.chosen_and_baseline(&SUBJECTS);
    let name = |subject: Subject| format!("idle, {}", subject.name());
    let alone = in_turn(options.rounds(), &subjects, name, &mut notes, |subject| {
        let (server, opening) = one_room(subject, connections, options)?;
        measure(&*server, opening, rest, options)
    });
    let world = World::of_chats(connections, connections * CHATS_EACH / MEMBERS, MEMBERS);
    let name = |subject: Subject| format!("idle, 20 watched chats, {}", subject.name());
    let watching = in_turn(
        options.rounds(),
        &options.hubs(),
        name,
        &mut notes,
        |subject| {
            let stack = Stack::start(&world, &options.env_of(subject))?;
            let opening = stack.door()?.opening(stack.plans(&world, |_, _| false));
            measure(&stack, opening, rest, options)
        },
    );
    notes.extend(omissions(&alone));
    notes
        .push("Buffers of the kernel’s sockets are in no process’s memory and not counted.".into());
    let tables = [
        vec![table(&alone, &watching)],
        baseline::beside(&alone, &[("bytes, one room", |bytes| bytes.holder)]),
        baseline::beside(&watching, &[("bytes, 20 chats", |bytes| bytes.holder)]),
    ]
    .concat();
    let bars = alone
        .iter()
        .map(|Results { of, rounds }| (of.name().into(), values(rounds, |bytes| bytes.holder)));
    Ok(Section {
        title: "Idle connections".into(),
        text: format!(
            "{connections} connections that hear nothing for {}: Pss less that of the server \
             before they came, per connection.",
            seconds(rest)
        ),
        plots: vec![Plot {
            title: "KiB per idle connection".into(),
            name: "idle".into(),
            decimals: 1,
            bars: bars.collect(),
        }],
        tables,
        notes,
    })
}

fn measure(
    server: &dyn Server,
    opening: Opening,
    rest: Duration,
    options: &Options,
) -> Result<PerConnection> {
    let connections = float(opening.connections.len() as u64);
    let holders = proc::with_descendants(&server.holders()?)?;
    let all = proc::with_descendants(&server.processes()?)?;
    let read = || Ok::<_, anyhow::Error>((proc::pss_bytes(&holders)?, proc::pss_bytes(&all)?));
    let before = read()?;
    let mut fleet = Fleet::start(opening, options.shards)?;
    fleet.wait_until_open(OPEN_WITHIN)?;
    patience::pause(rest)?;
    let after = read()?;
    Ok(PerConnection {
        holder: (float(after.0) - float(before.0)) / connections,
        all: (float(after.1) - float(before.1)) / connections,
    })
}

fn table(
    alone: &[Results<Subject, PerConnection>],
    watching: &[Results<Subject, PerConnection>],
) -> Table {
    let mut table = Table::new([
        "server",
        "what each connection hears",
        "KiB in the process that holds it",
        "KiB in all processes",
        "wanted of the hub",
    ]);
    let mut row = |server: &str, hears: &str, rounds: &[PerConnection], wanted: &str| {
        table.row([
            server.to_owned(),
            hears.to_owned(),
            values(rounds, |bytes| bytes.holder).show(1),
            values(rounds, |bytes| bytes.all).show(1),
            wanted.to_owned(),
        ]);
    };
    for Results { of, rounds } in alone {
        let wanted = if *of == Subject::Hub { "≤ 8" } else { "" };
        row(of.name(), "one room", rounds, wanted);
    }
    for Results { of, rounds } in watching {
        row(of.name(), "20 chats by `feed`", rounds, "≤ 12");
    }
    table
}

fn values(rounds: &[PerConnection], bytes: impl Fn(&PerConnection) -> f64) -> Values {
    rounds.iter().map(|one| bytes(one) / KIB).collect()
}
