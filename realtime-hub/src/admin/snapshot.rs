//! What an admin is shown once a second.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc, time::Duration};

use serde::Serialize;

use super::window::{Rates, Totals, Window};
use crate::{
    admin::Sources,
    clock,
    connection::link::Link,
    counters::{
        connections::{CloseCount, Transport},
        latency::Percentiles,
        ping_tally::PingTally,
        rooms::BusyRoom,
    },
    topic::listener::Listener as _,
};

/// Connections in the list of those that lag.
const SLOW_MAX: usize = 10;

/// Everything at one moment.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    hub: String,
    version: &'static str,
    at_ms: i64,
    uptime_s: u64,
    ready: bool,
    connections: BTreeMap<&'static str, u64>,
    users: usize,
    rooms: usize,
    totals: Totals,
    rates: Rates,
    latency_ms: Percentiles,
    queue_bytes: usize,
    closes: Vec<CloseCount>,
    top_rooms: Vec<BusyRoom>,
    slow: Vec<Lagging>,
    cores: BTreeMap<String, Core>,
    pings: PingTally,
    verify: Verify,
}

/// A connection that has not read everything.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Lagging {
    client: String,
    user: String,
    transport: Transport,
    queued_bytes: usize,
}

#[derive(Debug, Serialize)]
struct Core {
    connected: bool,
    published: u64,
    published_per_s: f64,
    receipts: u64,
}

#[derive(Debug, Serialize)]
struct Verify {
    in_flight: u64,
    calls: u64,
    failures: u64,
}

impl Snapshot {
    /// Looks at everything. `rooms_since` is how long ago that was done before.
    #[must_use]
    pub fn take(sources: &Sources, window: &Window, rooms_since: Duration) -> Self {
        let stats = &sources.counters;
        let (queue_bytes, slow) = lagging(&sources.users.all());
        let streams = stats.streams().into_iter();
        let verify = sources.authority.verify_stats();
        Self {
            hub: sources.hub_id.clone(),
            version: env!("CARGO_PKG_VERSION"),
            at_ms: clock::now_ms(),
            uptime_s: sources.started.elapsed().as_secs(),
            ready: sources.readiness.check().is_ok(),
            connections: Transport::ALL
                .map(|transport| (transport.name(), stats.connections.open(transport)))
                .into(),
            users: sources.users.online(),
            rooms: sources.rooms.count(),
            totals: window.totals(),
            rates: window.rates(),
            latency_ms: window.latency(),
            queue_bytes,
            closes: stats.closes.counts(),
            top_rooms: stats.rooms.busiest(rooms_since),
            slow,
            cores: streams
                .map(|(name, stream)| {
                    let core = Core {
                        connected: stream.connected,
                        published: stream.published,
                        published_per_s: window.published_per_s(&name),
                        receipts: stream.receipts,
                    };
                    (name, core)
                })
                .collect(),
            pings: stats.with_pings(|pings| pings.clone()),
            verify: Verify {
                in_flight: verify.in_flight(),
                calls: verify.calls.get(),
                failures: verify.failures.get(),
            },
        }
    }
}

/// What waits in all outboxes together, and where the most waits.
fn lagging(links: &[Arc<Link>]) -> (usize, Vec<Lagging>) {
    let mut waiting: Vec<(usize, &Arc<Link>)> = links
        .iter()
        .map(|link| (link.outbox().queued_bytes(), link))
        .filter(|(queued, _)| *queued > 0)
        .collect();
    let queue_bytes = waiting.iter().map(|(queued, _)| queued).sum();
    waiting.sort_unstable_by_key(|(queued, _)| Reverse(*queued));
    let slow = waiting.into_iter().take(SLOW_MAX);
    let slow = slow.map(|(queued_bytes, link)| Lagging {
        client: link.client().to_owned(),
        user: link.owner().user.to_string(),
        transport: link.transport(),
        queued_bytes,
    });
    (queue_bytes, slow.collect())
}
