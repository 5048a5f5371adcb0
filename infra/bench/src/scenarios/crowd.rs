//! One person in hundreds of large groups asks for the list of their chats: how long a page takes, and
//! what it takes of the cores' memory.

use std::{thread, time::Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Results, in_turn};
use crate::{
    database::World, options::Options, proc, report::Section, rig::float, servers::stack::Stack,
    stats::Values, table::Table,
};

const GROUPS: usize = 600;
const MEMBERS: usize = 1_000;
const PEOPLE: usize = 3_000;

/// Groups with a message: those of the first page. Every other one's is by the person who asks, who is
/// then told how far all members have got.
const WITH_A_MESSAGE: usize = 50;

/// First pages that one round asks for.
const FIRST_PAGES: usize = 40;

/// Lists that are read to their end at the same time.
const AT_ONCE: usize = 6;

/// Rounds before the first that counts.
const WARM_UPS: usize = 4;

/// A page may take so long.
const WANTED_MS: f64 = 60.0;

/// Cores may hold so much more in the later rounds than in the earlier ones: allocator and caches take a
/// while to reach their size.
const GROWTH_MAX_MIB: f64 = 16.0;

const MIB: f64 = 1024.0 * 1024.0;

/// What one round has shown.
struct Asked {
    /// The median of the first pages.
    first_ms: f64,
    /// A list to its end, one page after the other.
    list_ms: f64,
    /// The slowest page of several lists at once.
    slowest_ms: f64,
    first_kib: f64,
    /// Pss of all cores afterwards.
    cores_mib: f64,
}

/// A page, as far as it is needed.
#[derive(Deserialize)]
struct Page {
    conversations: Vec<serde_json::Value>,
    next: Option<String>,
}

pub(super) fn run(options: &Options) -> Result<Section> {
    let (groups, members) = (options.scaled(GROUPS), options.scaled(MEMBERS).max(2));
    let world = around_one(groups, members, PEOPLE.max(members));
    let stack = Stack::start(&world, &options.hub_env([]))?;
    for group in 0..groups.min(WITH_A_MESSAGE) {
        let writer = world.chats[group][group % 2];
        say(&stack, group, writer)?;
    }
    let mut notes = Vec::new();
    // The first ones fill the caches of all connections to the database, which have a bound, and the
    // memory that every page uses again.
    for _ in 1..WARM_UPS {
        asked(&stack, groups)?;
    }
    let before = asked(&stack, groups)?;
    let name = |()| "the list of somebody in large groups".to_owned();
    let results = in_turn(options.rounds(), &[()], name, &mut notes, |()| {
        asked(&stack, groups)
    });
    let [Results { rounds, .. }] = &results[..] else {
        anyhow::bail!("nothing was measured: {notes:?}");
    };
    let values = |value: fn(&Asked) -> f64| -> Values { rounds.iter().map(value).collect() };
    let held: Vec<f64> = std::iter::once(&before)
        .chain(rounds)
        .map(|asked| asked.cores_mib)
        .collect();
    let (earlier, later) = held.split_at(held.len() / 2);
    let median = |held: &[f64]| held.iter().copied().collect::<Values>().median();
    let growth = median(later) - median(earlier);
    let first = values(|asked| asked.first_ms);
    ensure!(
        first.median() <= WANTED_MS,
        "a first page takes {} ms",
        first.show(1)
    );
    ensure!(
        growth <= GROWTH_MAX_MIB,
        "the cores grew by {growth:.1} MiB"
    );
    let mut table = Table::new(["", "measured", "wanted"]);
    for (what, value, wanted) in [
        ("first page, ms", first.show(1), "≤ 60"),
        ("its size, KiB", values(|asked| asked.first_kib).show(1), ""),
        ("all pages, ms", values(|asked| asked.list_ms).show(0), ""),
        (
            "slowest page of six lists at once, ms",
            values(|asked| asked.slowest_ms).show(0),
            "",
        ),
        (
            "memory of both cores, MiB",
            values(|asked| asked.cores_mib).show(1),
            "",
        ),
        (
            "its growth from the earlier half of the rounds to the later one, MiB",
            format!("{growth:.1}"),
            "≤ 16",
        ),
    ] {
        table.row([what.to_owned(), value, wanted.to_owned()]);
    }
    Ok(Section {
        title: "The list of somebody in large groups".into(),
        text: format!(
            "One person in {groups} groups of {members}; through nginx, two cores on SQLite. Each \
             round asks for {FIRST_PAGES} first pages, reads the list to its end once, and {AT_ONCE} \
             times at once."
        ),
        tables: vec![table],
        notes,
        plots: Vec::new(),
    })
}

/// The first person is in all groups; the others take turns.
fn around_one(groups: usize, members: usize, people: usize) -> World {
    let other = |seat: usize| u32::try_from(1 + seat % (people - 1)).unwrap_or(u32::MAX);
    let group = |group: usize| {
        let first = group * (members - 1);
        let others = (first..first + members - 1).map(other);
        std::iter::once(0).chain(others).collect()
    };
    World {
        people,
        chats: (0..groups).map(group).collect(),
    }
}

fn say(stack: &Stack, group: usize, writer: u32) -> Result<()> {
    let (url, chat) = (stack.public_url()?, stack.chat(group));
    let token = stack.token(writer as usize);
    ureq::post(format!("{url}/api/v1/conversations/{chat}/messages"))
        .header("authorization", &format!("Bearer {token}"))
        .send_json(json!({ "client_msg_id": Uuid::now_v7(), "text": "hello" }))
        .context("a message was not posted")?;
    Ok(())
}

fn asked(stack: &Stack, groups: usize) -> Result<Asked> {
    let mut first = Vec::with_capacity(FIRST_PAGES);
    let mut first_bytes = 0;
    for _ in 0..FIRST_PAGES {
        let (_, ms, bytes) = page(stack, None)?;
        first.push(ms);
        first_bytes = bytes;
    }
    let alone = list(stack, groups)?;
    let at_once = thread::scope(|scope| {
        let lists: Vec<_> = (0..AT_ONCE)
            .map(|_| scope.spawn(|| list(stack, groups)))
            .collect();
        let ended = lists.into_iter().map(|list| {
            list.join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("a reader panicked")))
        });
        ended.collect::<Result<Vec<_>>>()
    })?;
    let slowest = at_once.iter().flatten().copied().fold(0.0, f64::max);
    let cores = proc::with_descendants(&stack.cores()?)?;
    Ok(Asked {
        first_ms: first.into_iter().collect::<Values>().median(),
        list_ms: alone.iter().sum(),
        slowest_ms: slowest,
        first_kib: float(first_bytes) / 1024.0,
        cores_mib: float(proc::pss_bytes(&cores)?) / MIB,
    })
}

/// Reads the list to its end; the milliseconds that each page took.
fn list(stack: &Stack, groups: usize) -> Result<Vec<f64>> {
    let (mut took, mut seen, mut cursor) = (Vec::new(), 0, None);
    loop {
        let (page, ms, _) = page(stack, cursor.as_deref())?;
        took.push(ms);
        seen += page.conversations.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    ensure!(seen == groups, "{seen} of {groups} groups are in the list");
    Ok(took)
}

/// A page, the milliseconds that it took, and its bytes.
fn page(stack: &Stack, cursor: Option<&str>) -> Result<(Page, f64, u64)> {
    let cursor = cursor.map(|cursor| format!("?cursor={cursor}"));
    let url = format!(
        "{}/api/v1/conversations{}",
        stack.public_url()?,
        cursor.unwrap_or_default()
    );
    let token = stack.token(0);
    let begun = Instant::now();
    let mut answer = ureq::get(url)
        .header("authorization", &format!("Bearer {token}"))
        .call()
        .context("a page was not answered")?;
    let body = answer.body_mut().read_to_vec()?;
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    Ok((serde_json::from_slice(&body)?, ms, body.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_in_every_group_and_nobody_twice() {
        let world = around_one(600, 1_000, 3_000);
        assert_eq!(world.chats.len(), 600);
        for members in &world.chats {
            let mut unique = members.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!((members[0], unique.len()), (0, 1_000));
            assert!(unique.iter().all(|member| *member < 3_000));
        }
    }
}
