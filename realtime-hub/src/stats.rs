//! What the hub counts.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use crate::{hub::ping_tally::PingTally, protocol::codec::Wire};

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

/// See the module's description.
#[derive(Debug, Default)]
pub struct Stats {
    /// WebSockets that were opened.
    pub websockets_opened: Counter,
    /// WebSockets that ended.
    pub websockets_closed: Counter,
    /// HTTP streams of SDKs that were opened.
    pub http_streams_opened: Counter,
    /// HTTP streams of SDKs that ended.
    pub http_streams_closed: Counter,
    /// Event streams that were opened.
    pub event_streams_opened: Counter,
    /// Event streams that ended.
    pub event_streams_closed: Counter,
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
    /// Replica → its stream.
    pub streams: Mutex<BTreeMap<String, StreamStats>>,
    /// The start-up check.
    pub pings: Mutex<PingTally>,
}

impl Stats {
    /// An SDK's connection was opened.
    pub fn opened(&self, wire: Wire) {
        if wire.is_websocket() {
            self.websockets_opened.add(1);
        } else {
            self.http_streams_opened.add(1);
        }
    }

    /// An SDK's connection ended.
    pub fn closed(&self, wire: Wire) {
        if wire.is_websocket() {
            self.websockets_closed.add(1);
        } else {
            self.http_streams_closed.add(1);
        }
    }

    /// Changes the counters of one core's stream.
    pub fn with_stream(&self, replica: &str, change: impl FnOnce(&mut StreamStats)) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        change(streams.entry(replica.to_owned()).or_default());
    }

    /// Changes or reads the ping tally.
    pub fn with_pings<T>(&self, act: impl FnOnce(&mut PingTally) -> T) -> T {
        act(&mut self.pings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What an admin sees once a second.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    /// Which hub.
    pub hub: String,
    /// Open connections.
    pub connections: Connections,
    /// Users with at least one connection.
    pub users: usize,
    /// Live rooms.
    pub rooms: usize,
    /// Totals since the start; see [`Stats`].
    pub totals: Totals,
    /// Replica → its stream.
    pub cores: BTreeMap<String, StreamStats>,
    /// The start-up check.
    pub pings: PingTally,
}

/// Open connections by kind.
#[derive(Debug, Serialize)]
pub struct Connections {
    /// WebSockets.
    pub websocket: u64,
    /// HTTP streams of SDKs.
    pub http_stream: u64,
    /// Event streams.
    pub sse: u64,
}

/// Totals since the start.
#[derive(Debug, Serialize)]
pub struct Totals {
    events: u64,
    deliveries: u64,
    repairs: u64,
    resets: u64,
    slow: u64,
    acks: u64,
}

impl Stats {
    /// Everything at this moment.
    #[must_use]
    pub fn snapshot(&self, hub: &str, users: usize, rooms: usize) -> Snapshot {
        let open = |opened: &Counter, closed: &Counter| opened.get().saturating_sub(closed.get());
        Snapshot {
            hub: hub.to_owned(),
            connections: Connections {
                websocket: open(&self.websockets_opened, &self.websockets_closed),
                http_stream: open(&self.http_streams_opened, &self.http_streams_closed),
                sse: open(&self.event_streams_opened, &self.event_streams_closed),
            },
            users,
            rooms,
            totals: Totals {
                events: self.events.get(),
                deliveries: self.deliveries.get(),
                repairs: self.repairs.get(),
                resets: self.resets.get(),
                slow: self.slow.get(),
                acks: self.acks.get(),
            },
            cores: self
                .streams
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            pings: self.with_pings(|pings| pings.clone()),
        }
    }
}
