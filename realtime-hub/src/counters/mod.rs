//! What the hub counts.
//!
//! Whatever lies on the way of a delivery is an atomic that is added to once per event, not once
//! per delivery; a lock is only taken where something ends or is decided.
//!
//! # Layout
//! - this file: counters
//! - [`connections`]: connections by transport, and why they ended
//! - [`core_streams`]: what each core publishes
//! - [`latency`]: from commit to socket
//! - [`rooms`]: counters of each room
//! - [`journal`]: what happened, for people
//! - [`ping_tally`]: the start-up check
//! - [`refused_tokens`]: why tokens were refused

pub mod connections;
pub mod core_streams;
pub mod journal;
pub mod latency;
pub mod ping_tally;
pub mod refused_tokens;
pub mod rooms;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use self::{
    connections::{Closes, Connections},
    core_streams::{CoreStreams, StreamStats},
    journal::{Kind, Lifecycle},
    latency::Latency,
    ping_tally::PingTally,
    refused_tokens::RefusedTokens,
    rooms::Rooms,
};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Reads.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Calls to a core that verify tokens.
#[derive(Debug, Default)]
pub struct VerifyStats {
    /// Calls that were begun.
    pub calls: Counter,
    /// Calls that ended.
    pub ended: Counter,
    /// Calls that ended without an answer about the token.
    pub failures: Counter,
    /// Why tokens were refused.
    pub refused: RefusedTokens,
}

/// A verification under way; its drop counts it as ended.
#[derive(Debug)]
pub struct InFlight<'a>(&'a VerifyStats);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.ended.add(1);
    }
}

impl VerifyStats {
    /// Counts a call, until what is returned is dropped as one that is under way.
    #[must_use]
    pub fn begin(&self) -> InFlight<'_> {
        self.calls.add(1);
        InFlight(self)
    }

    /// Calls that have not ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        // Read first: one that ends in between must not make it negative.
        let ended = self.ended.get();
        self.calls.get().saturating_sub(ended)
    }
}

/// Every counter of one hub.
#[derive(Debug, Default)]
pub struct Stats {
    /// Connections by transport.
    pub connections: Connections,
    /// Why connections ended.
    pub closes: Closes,
    /// Logged events that rooms accepted, each once.
    pub events: Counter,
    /// Publications that rooms took and no core logs.
    pub publications: Counter,
    /// Pushes of events and publications to connections.
    pub deliveries: Counter,
    /// Gaps that rooms closed by reading the log.
    pub repairs: Counter,
    /// Topics whose log was found restored.
    pub resets: Counter,
    /// Connections that were cut off because they did not read.
    pub slow: Counter,
    /// Asynchronous messages that clients sent.
    pub messages: Counter,
    /// Messages acknowledged as delivered by clients.
    pub acks: Counter,
    /// Sockets that were closed at once, because there were as many as may be.
    pub sockets_refused: Counter,
    /// Commands of clients.
    pub commands: Counter,
    /// Commands that were answered with an error, and connections that were not opened.
    pub refused: Counter,
    /// From commit to socket.
    pub latency: Arc<Latency>,
    /// Every room's counters.
    pub rooms: Rooms,
    /// What happened.
    pub lifecycle: Lifecycle,
    /// What each core publishes.
    streams: Mutex<CoreStreams>,
    /// The start-up check.
    pub pings: Mutex<PingTally>,
}

impl Stats {
    /// A connection was cut off because its peer did not read. `owner` names the connection and its
    /// user, once it has one.
    pub fn cut(&self, owner: Option<(&str, &str)>) {
        self.slow.add(1);
        let text = owner.map_or_else(
            || "a connection without a user did not read".to_owned(),
            |(client, user)| format!("{client} of {user} did not read"),
        );
        self.lifecycle.note(Kind::ConnectionCut, text);
    }

    /// Changes or reads what is known of cores' streams.
    pub fn with_streams<T>(&self, act: impl FnOnce(&mut CoreStreams) -> T) -> T {
        act(&mut self.streams.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The counters of every core's streams.
    #[must_use]
    pub fn streams(&self) -> BTreeMap<String, StreamStats> {
        self.with_streams(|streams| streams.all(Instant::now()))
    }

    /// Changes or reads the ping tally.
    pub fn with_pings<T>(&self, act: impl FnOnce(&mut PingTally) -> T) -> T {
        act(&mut self.pings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How often per second that is.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64();
    if seconds > 0.0 {
        as_f64(count) / seconds
    } else {
        0.0
    }
}

/// Counts stay far below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "statistics are for people to look at"
)]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}
