//! What the hub counts.
//!
//! Whatever lies on the way of a delivery is an atomic that is added to once per event, not once
//! per delivery; a lock is only taken where something ends or is decided.
//!
//! # Layout
//! - this file: counters
//! - [`connections`]: connections by transport, and why they ended
//! - [`latency`]: from commit to socket
//! - [`rooms`]: counters of each room
//! - [`journal`]: what happened, for people
//! - [`ping_tally`]: the start-up check

pub mod connections;
pub mod journal;
pub mod latency;
pub mod ping_tally;
pub mod rooms;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Serialize;

use self::{
    connections::{Closes, Connections},
    journal::{Kind, Lifecycle},
    latency::Latency,
    ping_tally::PingTally,
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

/// Counters of one core's publish stream.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct StreamStats {
    /// Whether it is open now.
    pub connected: bool,
    /// Logged events it published, copies included.
    pub published: u64,
    /// Receipt updates it published.
    pub receipts: u64,
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
}

impl VerifyStats {
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
    /// Replica → its stream.
    pub streams: Mutex<BTreeMap<String, StreamStats>>,
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

    /// Changes the counters of one core's stream.
    pub fn with_stream(&self, replica: &str, change: impl FnOnce(&mut StreamStats)) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        change(streams.entry(replica.to_owned()).or_default());
    }

    /// The counters of every core's stream.
    #[must_use]
    pub fn streams(&self) -> BTreeMap<String, StreamStats> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.clone()
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
