//! One message in a large group, everyone online and acknowledging: what it causes.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use uuid::Uuid;

use super::{Results, in_turn};
use crate::{
    clock::now_ns,
    database::World,
    fleet::Fleet,
    options::Options,
    orders::{Opening, Order},
    patience,
    payload::Mark,
    report::Section,
    rig::float,
    servers::{Server as _, stack::Stack},
    stats::Values,
    table::Table,
};

const MEMBERS: usize = 1_000;

const OPEN_WITHIN: Duration = Duration::from_secs(60);

/// What is counted by itself.
const FIRST: Duration = Duration::from_secs(1);

/// What is counted besides: acknowledgements are on their way to the cores and back.
const LATER: Duration = Duration::from_secs(3);

/// Pushes that one message caused.
struct Caused {
    /// The message itself, in the first second.
    message: u64,
    /// What else was pushed in the first second.
    others: u64,
    /// What else was pushed in all.
    others_later: u64,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let members = options.scaled(MEMBERS);
    let world = World::one_room(members);
    let stack = Stack::start(&world, &options.hub_env([]))?;
    let opening = Opening {
        acknowledge: true,
        // Half of them look at the group.
        ..stack
            .door()?
            .opening(stack.plans(&world, |person, _| person % 2 == 0))
    };
    let mut fleet = Fleet::start(opening, options.shards)?;
    fleet.wait_until_open(OPEN_WITHIN)?;
    let mut number = 0;
    let mut next = || {
        number += 1;
        caused(&stack, &mut fleet, number)
    };
    // The first one also opens connections and caches.
    next()?;
    let mut notes = Vec::new();
    let name = |()| "one message in a large group".to_owned();
    let results = in_turn(options.rounds(), &[()], name, &mut notes, |()| next());
    Ok(Section {
        title: "One message in a large group".into(),
        text: format!(
            "{members} members, all online, half of them subscribed; one of them posts by HTTP, \
             everyone acknowledges. Counted are pushes, by all clients together."
        ),
        tables: vec![table(&results)],
        notes,
        plots: Vec::new(),
    })
}

fn caused(stack: &Stack, fleet: &mut Fleet, number: u32) -> Result<Caused> {
    let published = vec![number];
    fleet.tell(&Order::Measure)?;
    post(stack, number)?;
    patience::pause(FIRST)?;
    let first = fleet.report(&published)?;
    patience::pause(LATER)?;
    let later = fleet.report(&published)?;
    anyhow::ensure!(later.faults.lost == 0, "not everyone has the message");
    Ok(Caused {
        message: first.deliveries,
        others: first.other_pushes,
        others_later: later.other_pushes,
    })
}

fn post(stack: &Stack, number: u32) -> Result<()> {
    let mark = Mark {
        sent_ns: now_ns(),
        number,
        topic: 0,
    };
    let chat = stack.chat(0);
    let url = format!(
        "{}/api/v1/conversations/{chat}/messages",
        stack.public_url()?
    );
    ureq::post(&url)
        .header("authorization", &format!("Bearer {}", stack.token(0)))
        .send_json(json!({ "client_msg_id": Uuid::now_v7(), "text": mark.text() }))
        .context("the message was not posted")?;
    Ok(())
}

fn table(results: &[Results<(), Caused>]) -> Table {
    let mut table = Table::new([
        "",
        "pushes of the message, first second",
        "other pushes, first second",
        "together",
        "other pushes within 4 s",
    ]);
    for Results { rounds, .. } in results {
        let values = |number: fn(&Caused) -> u64| -> Values {
            rounds.iter().map(|caused| float(number(caused))).collect()
        };
        table.row([
            "measured".into(),
            values(|caused| caused.message).show(0),
            values(|caused| caused.others).show(0),
            values(|caused| caused.message + caused.others).show(0),
            values(|caused| caused.others_later).show(0),
        ]);
    }
    table.row(["wanted", "", "", "≤ 1 010", ""].map(str::to_owned));
    table
}
