//! How fast counters grow: what they were a second ago.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::counters::{
    Stats,
    latency::{LatencyWindow, Percentiles},
    per_second,
};

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    connects: u64,
    disconnects: u64,
    events: u64,
    deliveries: u64,
    repairs: u64,
    resets: u64,
    slow: u64,
    acks: u64,
    refused: u64,
    #[serde(skip)]
    commands: u64,
}

impl Totals {
    /// What the counters say now.
    #[must_use]
    pub fn of(stats: &Stats) -> Self {
        Self {
            connects: stats.connections.connects(),
            disconnects: stats.connections.disconnects(),
            events: stats.events.get() + stats.publications.get(),
            deliveries: stats.deliveries.get(),
            repairs: stats.repairs.get(),
            resets: stats.resets.get(),
            slow: stats.slow.get(),
            acks: stats.acks.get(),
            refused: stats.refused.get(),
            commands: stats.commands.get(),
        }
    }
}

/// Over the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rates {
    connects_per_s: f64,
    disconnects_per_s: f64,
    events_per_s: f64,
    deliveries_per_s: f64,
    commands_per_s: f64,
}

impl Rates {
    fn between(before: &Totals, now: &Totals, elapsed: Duration) -> Self {
        let rate = |before: u64, now: u64| per_second(now.saturating_sub(before), elapsed);
        Self {
            connects_per_s: rate(before.connects, now.connects),
            disconnects_per_s: rate(before.disconnects, now.disconnects),
            events_per_s: rate(before.events, now.events),
            deliveries_per_s: rate(before.deliveries, now.deliveries),
            commands_per_s: rate(before.commands, now.commands),
        }
    }
}

/// Totals and rates as of the last tick.
#[derive(Debug)]
pub struct Window {
    ticked_at: Instant,
    totals: Totals,
    rates: Rates,
    published: BTreeMap<String, u64>,
    published_per_s: BTreeMap<String, f64>,
    latency: LatencyWindow,
}

impl Window {
    /// A window that begins now.
    #[must_use]
    pub fn new(stats: &Stats, now: Instant) -> Self {
        let mut window = Self {
            ticked_at: now,
            totals: Totals::of(stats),
            rates: Rates::default(),
            published: BTreeMap::new(),
            published_per_s: BTreeMap::new(),
            latency: LatencyWindow::default(),
        };
        window.latency.tick(&stats.latency);
        window
    }

    /// Another second has passed.
    pub fn tick(&mut self, stats: &Stats, now: Instant) {
        let elapsed = now.duration_since(self.ticked_at);
        let totals = Totals::of(stats);
        self.rates = Rates::between(&self.totals, &totals, elapsed);
        self.totals = totals;
        self.ticked_at = now;
        let streams = stats.streams();
        self.published_per_s = streams
            .iter()
            .map(|(core, stream)| {
                let before = self.published.get(core).copied().unwrap_or(0);
                (
                    core.clone(),
                    per_second(stream.published.saturating_sub(before), elapsed),
                )
            })
            .collect();
        let published = streams
            .into_iter()
            .map(|(core, stream)| (core, stream.published));
        self.published = published.collect();
        self.latency.tick(&stats.latency);
    }

    /// What was counted until the last tick.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Between the last two ticks.
    #[must_use]
    pub fn rates(&self) -> Rates {
        self.rates
    }

    /// Events per second that a core published.
    #[must_use]
    pub fn published_per_s(&self, core: &str) -> f64 {
        self.published_per_s.get(core).copied().unwrap_or(0.0)
    }

    /// From commit to socket, over the last ten seconds.
    #[must_use]
    pub fn latency(&self) -> Percentiles {
        self.latency.percentiles()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::connections::Transport;

    #[test]
    fn rates_are_of_the_last_interval_alone() {
        let (stats, start) = (Stats::default(), Instant::now());
        stats.events.add(1_000);
        let mut window = Window::new(&stats, start);
        stats.events.add(10);
        stats.deliveries.add(30);
        stats.connections.opened(Transport::Sse);
        stats.with_streams(|streams| {
            streams.opened("core-1", start);
            streams.published("core-1", 8, 0, start);
        });
        window.tick(&stats, start + Duration::from_secs(2));
        assert_eq!(
            window.rates(),
            Rates {
                connects_per_s: 0.5,
                events_per_s: 5.0,
                deliveries_per_s: 15.0,
                ..Rates::default()
            }
        );
        assert_eq!(
            window.published_per_s("core-1").to_bits(),
            4.0_f64.to_bits()
        );
        window.tick(&stats, start + Duration::from_secs(3));
        assert_eq!(window.rates(), Rates::default());
        assert_eq!(window.totals().events, 1_010);
    }
}
