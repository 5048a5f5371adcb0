//! Many people who register and sign in at once beside a chat: `cargo xtask sign-ins`.

use std::time::Duration;

use anyhow::Result;

use crate::{
    clock::ms,
    patience,
    people::{
        crowd,
        honest::{self, Household},
    },
    servers::composed::Composed,
    verdict::{Verdict, latencies},
    worker::Worker,
};

/// Registrations, and as many sign-ins.
const EACH: usize = 200;

/// People who chat beside them.
const PEOPLE: usize = 20;

/// From one message of somebody to their next, on average: 40 a second by all.
const PAUSE_MS: u64 = 500;

/// How long the chat is measured before anybody comes.
const ALONE: Duration = Duration::from_secs(10);

/// Bounds.
const POST_P50_MS: f64 = 50.0;
const THROUGH_WITHIN_MS: f64 = 90_000.0;

/// Runs it and prints a table.
///
/// # Errors
/// When something does not start, or a bound does not hold.
pub(crate) fn run() -> Result<()> {
    patience::heed_signals()?;
    let composed = Composed::start()?;
    let api = composed.stack.api_address()?;
    let mut crowd = Worker::start(&["crowd"])?;
    crowd.ask::<()>(&crowd::Order::Prepare {
        api,
        accounts: EACH,
    })?;
    let mut chat = Worker::start(&["honest"])?;
    chat.ask::<()>(&honest::Order::Begin(Household {
        api,
        hub: composed.stack.hub_address()?,
        people: PEOPLE,
        pause_ms: PAUSE_MS,
    }))?;
    chat.ask::<honest::Tally>(&honest::Order::Measure)?;
    patience::pause(ALONE)?;
    let alone: honest::Tally = chat.ask(&honest::Order::Measure)?;
    let came: crowd::Tally = crowd.ask(&crowd::Order::Rush)?;
    let beside: honest::Tally = chat.ask(&honest::Order::Report)?;

    let mut verdict = Verdict::default();
    verdict.note("a post before, p50, p99, max", latencies(&alone.sends));
    let p50 = ms(beside.sends.quantile(0.5));
    verdict.bound(
        "a post meanwhile, p50, p99, max",
        format!("{}, of {}", latencies(&beside.sends), beside.sends.count()),
        "p50 ≤ 50 ms",
        p50 <= POST_P50_MS,
    );
    let through = came.took.count();
    verdict.bound(
        "registrations and sign-ins that came through",
        format!("{through} of {}", 2 * EACH),
        "all",
        through == 2 * EACH as u64,
    );
    let last_ms = ms(came.took.max());
    verdict.bound(
        "until the last one was in",
        format!("{:.1} s", last_ms / 1e3),
        "≤ 90 s",
        last_ms <= THROUGH_WITHIN_MS,
    );
    verdict.note(
        "until half were in",
        format!("{:.1} s", ms(came.took.quantile(0.5)) / 1e3),
    );
    verdict.note("answers 503 that were repeated", came.refused.to_string());
    verdict.note("what failed", came.failures.join("; "));
    verdict.end()
}
