//! How long events take from the commit to the socket.
//!
//! One delivery per event is timed, each time to another member of the room, so that a delivery
//! costs no clock and no lock more than it must.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use super::{Counter, as_f64};
use crate::clock;

/// Upper bounds of the buckets in microseconds; a last bucket takes what is beyond. Six per
/// decade keep an interpolated percentile within a fifth of the truth.
pub const BOUNDS_US: [u64; 31] = [
    100, 150, 200, 300, 500, 700, // up to 1 ms
    1_000, 1_500, 2_000, 3_000, 5_000, 7_000, // up to 10 ms
    10_000, 15_000, 20_000, 30_000, 50_000, 70_000, // up to 100 ms
    100_000, 150_000, 200_000, 300_000, 500_000, 700_000, // up to 1 s
    1_000_000, 1_500_000, 2_000_000, 3_000_000, 5_000_000, 7_000_000, 10_000_000,
];

/// Seconds that the percentiles look back.
const WINDOW_S: usize = 10;

/// How many measurements fell into each bucket.
pub type Buckets = [u64; BOUNDS_US.len() + 1];

/// All measurements since the start.
#[derive(Debug)]
pub struct Latency {
    buckets: [Counter; BOUNDS_US.len() + 1],
    sum_us: Counter,
    /// The longest since the window last looked.
    max_us: AtomicU64,
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| Counter::default()),
            sum_us: Counter::default(),
            max_us: AtomicU64::new(0),
        }
    }
}

impl Latency {
    /// Takes a measurement.
    pub fn record(&self, took_us: u64) {
        self.buckets[BOUNDS_US.partition_point(|bound| *bound < took_us)].add(1);
        self.sum_us.add(took_us);
        self.max_us.fetch_max(took_us, Ordering::Relaxed);
    }

    /// Measurements by bucket.
    #[must_use]
    pub fn buckets(&self) -> Buckets {
        std::array::from_fn(|bucket| self.buckets[bucket].get())
    }

    /// The sum of all measurements, in microseconds.
    #[must_use]
    pub fn sum_us(&self) -> u64 {
        self.sum_us.get()
    }
}

/// Runs from an event's commit until a socket took it.
#[derive(Clone, Debug)]
pub struct Stopwatch {
    committed_at_us: i64,
    latency: Arc<Latency>,
}

impl Stopwatch {
    /// Started at the commit, in UTC microseconds since 1970-01-01.
    #[must_use]
    pub fn new(committed_at_us: i64, latency: Arc<Latency>) -> Self {
        Self {
            committed_at_us,
            latency,
        }
    }

    /// The socket took it. Between machines this holds the difference of their clocks; what would
    /// be negative counts as nothing.
    pub fn stop(self) {
        let took_us = clock::now_us().saturating_sub(self.committed_at_us);
        self.latency.record(u64::try_from(took_us).unwrap_or(0));
    }
}

/// Percentiles of the last seconds, in milliseconds; `None` without a measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half of the measurements were no longer.
    pub p50: Option<f64>,
    /// Of a hundred, one was longer.
    pub p99: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// What was measured in the last seconds.
#[derive(Debug, Default)]
pub struct LatencyWindow {
    /// The buckets at the end of each second, and that second's longest.
    seconds: VecDeque<(Buckets, u64)>,
}

impl LatencyWindow {
    /// Another second has passed.
    pub fn tick(&mut self, latency: &Latency) {
        let max_us = latency.max_us.swap(0, Ordering::Relaxed);
        self.seconds.push_back((latency.buckets(), max_us));
        // One more than the window: the oldest is what the newest is compared with.
        if self.seconds.len() > WINDOW_S + 1 {
            self.seconds.pop_front();
        }
    }

    /// Over the seconds in the window.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let (Some((before, _)), Some((now, _))) = (self.seconds.front(), self.seconds.back())
        else {
            return Percentiles::default();
        };
        let counts: Buckets = std::array::from_fn(|bucket| now[bucket] - before[bucket]);
        let maxima = self.seconds.iter().skip(1).map(|(_, max_us)| *max_us);
        let max_us = maxima.max().unwrap_or(0);
        Percentiles {
            p50: percentile_ms(&counts, max_us, 0.5),
            p99: percentile_ms(&counts, max_us, 0.99),
            max: counts.iter().any(|count| *count > 0).then(|| ms(max_us)),
        }
    }
}

/// The rank's place in its bucket, taken as evenly filled.
fn percentile_ms(counts: &Buckets, max_us: u64, quantile: f64) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    let rank = quantile * as_f64(total);
    let mut below = 0.0;
    for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let count = as_f64(*count);
        if below + count >= rank {
            let lower = bucket.checked_sub(1).map_or(0, |lower| BOUNDS_US[lower]);
            let upper = BOUNDS_US
                .get(bucket)
                .map_or(max_us, |bound| (*bound).min(max_us));
            let part = (rank - below) / count;
            return Some(ms(lower) + (ms(upper) - ms(lower)).max(0.0) * part);
        }
        below += count;
    }
    None
}

fn ms(us: u64) -> f64 {
    as_f64(us) / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_about(measured: Option<f64>, expected: f64) {
        let measured = measured.unwrap();
        assert!(
            (measured - expected).abs() <= expected * 0.2,
            "{measured} is not about {expected}"
        );
    }

    #[test]
    fn percentiles_are_about_right() {
        let (latency, mut window) = (Latency::default(), LatencyWindow::default());
        window.tick(&latency);
        for took_us in 1..=1_000 {
            latency.record(took_us * 10);
        }
        window.tick(&latency);
        let percentiles = window.percentiles();
        check_about(percentiles.p50, 5.0);
        check_about(percentiles.p99, 9.9);
        assert_eq!(percentiles.max, Some(10.0));
    }

    #[test]
    fn window_forgets() {
        let (latency, mut window) = (Latency::default(), LatencyWindow::default());
        assert_eq!(window.percentiles(), Percentiles::default());
        window.tick(&latency);
        latency.record(60_000_000);
        window.tick(&latency);
        assert_eq!(window.percentiles().max, Some(60_000.0));
        for _ in 0..WINDOW_S {
            window.tick(&latency);
        }
        assert_eq!(window.percentiles(), Percentiles::default());
        assert_eq!(latency.buckets().iter().sum::<u64>(), 1, "totals stay");
    }

    #[test]
    fn measurement_falls_into_the_bucket_that_ends_at_it() {
        let latency = Latency::default();
        for took_us in [0, 100, 101, 10_000_000, 10_000_001] {
            latency.record(took_us);
        }
        let buckets = latency.buckets();
        assert_eq!((buckets[0], buckets[1]), (2, 1));
        assert_eq!(
            (buckets[BOUNDS_US.len() - 1], buckets[BOUNDS_US.len()]),
            (1, 1)
        );
    }
}
