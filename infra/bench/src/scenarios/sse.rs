//! One topic of event streams at an even rate: what a delivery costs.

use anyhow::Result;

use super::{
    in_the_room, in_turn, omissions,
    paced::{COLUMNS, bars, seconds, table, warmed_up},
};
use crate::{
    database::World,
    options::Options,
    orders::Plan,
    plot::Plot,
    report::Section,
    rig::{Measured, Rig},
    servers::{Server, Subject, peer::Peer, stack::Stack},
};

const SUBJECTS: [Subject; 2] = [Subject::Hub, Subject::Nchan];

const CONNECTIONS: usize = 5_000;
const PER_SECOND: f64 = 10.0;
const SECONDS: u64 = 30;

const WANTED: [&str; COLUMNS] = ["wanted of the hub", "", "≤ 1", "", "", "", "", "0"];

pub(super) fn run(options: &Options) -> Result<Section> {
    let connections = options.scaled(CONNECTIONS);
    let time = options.seconds(SECONDS);
    let mut notes = Vec::new();
    let subjects = options.chosen(&SUBJECTS);
    let name = |subject: Subject| format!("event streams, {}", subject.name());
    let results = in_turn(options.rounds(), &subjects, name, &mut notes, |subject| {
        let (server, plans): (Box<dyn Server>, _) = if subject == Subject::Hub {
            let (stack, plans) = everyone_is_one(connections, options)?;
            (Box::new(stack), plans)
        } else {
            let peer = Peer::start(subject)?.with_event_streams();
            (Box::new(peer), in_the_room(connections))
        };
        let mut rig = Rig::open(&*server, server.door()?.opening(plans), options.shards)?;
        warmed_up(&mut rig, PER_SECOND, options)?;
        rig.measure_whole(PER_SECOND, time)
    });
    notes.extend(omissions(&results));
    notes.push("On the hub all streams are one user’s, on the topic of that user.".into());
    Ok(Section {
        title: "Event streams".into(),
        text: format!(
            "{connections} event streams on one topic, {PER_SECOND} events a second for {}.",
            seconds(time)
        ),
        tables: vec![table(&results, WANTED)],
        plots: vec![Plot {
            title: "Event streams: CPU per delivery, µs".into(),
            name: "sse-cpu".into(),
            decimals: 2,
            bars: bars(&results, Measured::cpu_per_delivery),
        }],
        notes,
    })
}

/// The hub's own kind of stream hears a user's topic.
fn everyone_is_one(connections: usize, options: &Options) -> Result<(Stack, Vec<Plan>)> {
    let world = World {
        people: 1,
        chats: Vec::new(),
    };
    let stack = Stack::start(&world, &options.hub_env([]))?.with_event_streams();
    let plan = Plan {
        token: Some(stack.token(0)),
        subscribed: vec![0],
        ..Plan::default()
    };
    Ok((stack, vec![plan; connections]))
}
