//! Publishing to a server at an even rate.

pub(crate) mod grpc;
pub(crate) mod http;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::Result;
use bytes::Bytes;

use crate::{
    clock::{SECOND_NS, now_ns},
    orders::Published,
    patience,
    payload::Mark,
    random::Random,
};

/// How often something is published when there is a lot: what falls due in between goes out
/// together, as it does from a core that collects what comes in.
const TICK_NS: u64 = 5_000_000;

/// A server that cannot take what is offered is given up when the publisher is so late.
const TOO_LATE_NS: u64 = 3 * SECOND_NS;

/// An event to publish.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Index of its topic.
    pub(crate) topic: u32,
    /// Its place in the topic's log.
    pub(crate) number: u32,
    /// What subscribers get.
    pub(crate) payload: Bytes,
}

/// The way to a server.
pub(crate) trait Publisher: Send {
    /// Does what can be done before it is time.
    ///
    /// # Errors
    /// When the server cannot be reached.
    fn prepare(&mut self, events: &[Event]) -> Result<()>;

    /// Hands events over that were prepared.
    ///
    /// # Errors
    /// When the server cannot be reached.
    fn publish(&mut self, events: Vec<Event>) -> Result<()>;

    /// Waits until the server has taken everything, at most so long.
    ///
    /// # Errors
    /// When it has not.
    fn flush(&mut self, within: Duration) -> Result<()>;
}

/// A publisher, and how far each topic is.
pub(crate) struct Load {
    publisher: Box<dyn Publisher>,
    /// Number of the last event by topic.
    pub(crate) published: Published,
    random: Random,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offered {
    /// Events that were handed over.
    pub(crate) events: u64,
    /// They were all that were due.
    pub(crate) is_whole: bool,
}

impl Load {
    /// Begins with empty topics.
    pub(crate) fn new(publisher: Box<dyn Publisher>, topics: usize) -> Self {
        Self {
            publisher,
            published: vec![0; topics],
            random: Random::new(0),
        }
    }

    /// Publishes at an even rate, to topics at random, until the time is over or somebody says
    /// stop. Marks carry the moment at which an event was due: a publisher that is kept waiting
    /// makes latencies longer, not rarer.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(crate) fn run(
        &mut self,
        per_second: f64,
        time: Duration,
        stop: &AtomicBool,
    ) -> Result<Offered> {
        let mut offered = Offered::default();
        let start = now_ns() + TICK_NS;
        for (due_ns, count) in Schedule::new(per_second, time) {
            if stop.load(Ordering::Relaxed) {
                return Ok(offered);
            }
            patience::check()?;
            let due_ns = start + due_ns;
            let events: Vec<Event> = (0..count).map(|_| self.event(due_ns)).collect();
            self.publisher.prepare(&events)?;
            if let Some(early_ns) = due_ns.checked_sub(now_ns()) {
                thread::sleep(Duration::from_nanos(early_ns));
            }
            self.publisher.publish(events)?;
            offered.events += count;
            if now_ns().saturating_sub(due_ns) > TOO_LATE_NS {
                return Ok(offered);
            }
        }
        offered.is_whole = true;
        Ok(offered)
    }

    /// Waits until the server has taken everything, at most so long.
    ///
    /// # Errors
    /// When it has not.
    pub(crate) fn flush(&mut self, within: Duration) -> Result<()> {
        self.publisher.flush(within)
    }

    fn event(&mut self, due_ns: u64) -> Event {
        let topics = self.published.len() as u64;
        let topic = u32::try_from(self.random.below(topics)).unwrap_or(0);
        let number = &mut self.published[topic as usize];
        *number += 1;
        let mark = Mark {
            sent_ns: due_ns,
            number: *number,
            topic,
        };
        Event {
            topic,
            number: *number,
            payload: mark.payload().into(),
        }
    }
}

/// When how many events are due, in ns from the beginning.
struct Schedule {
    per_second: f64,
    tick_ns: f64,
    ticks: u64,
    at: u64,
    sent: u64,
}

impl Schedule {
    fn new(per_second: f64, time: Duration) -> Self {
        let tick_ns = f64::max(
            1e9 / per_second,
            Duration::from_nanos(TICK_NS).as_secs_f64() * 1e9,
        );
        Self {
            per_second,
            tick_ns,
            ticks: whole(time.as_secs_f64() * 1e9 / tick_ns),
            at: 0,
            sent: 0,
        }
    }
}

impl Iterator for Schedule {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        if self.at >= self.ticks {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of ticks")]
        let due_ns = self.at as f64 * self.tick_ns;
        self.at += 1;
        let due_by_now = 1 + whole(due_ns * self.per_second / 1e9);
        let count = due_by_now.saturating_sub(self.sent);
        self.sent = due_by_now;
        Some((whole(due_ns), count))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and times of a run, far below 2^53"
)]
fn whole(value: f64) -> u64 {
    // Products that should be whole may be a hair below.
    (value + 1e-6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(per_second: f64, seconds: u64, events: u64) {
        let schedule = Schedule::new(per_second, Duration::from_secs(seconds));
        let ticks: Vec<(u64, u64)> = schedule.collect();
        let sum: u64 = ticks.iter().map(|(_, count)| count).sum();
        assert_eq!(sum, events, "{per_second}/s for {seconds} s");
        assert!(ticks.iter().all(|(due, _)| *due < seconds * SECOND_NS));
        assert!(ticks.is_sorted_by_key(|(due, _)| *due));
    }

    #[test]
    fn rate_is_kept_whatever_the_ticks_are() {
        check(10.0, 3, 30);
        check(0.5, 10, 5);
        check(199.0, 2, 398);
        // The last tick is 5 ms before the end.
        check(2_000.0, 2, 3_991);
    }
}
