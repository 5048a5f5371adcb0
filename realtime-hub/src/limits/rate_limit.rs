//! Token buckets.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How often, on and on.
    #[schemars(range(min = 1))]
    pub per_second: u32,
    /// How often at once, after a pause.
    #[schemars(range(min = 1))]
    pub burst: u32,
}

/// A token bucket.
#[derive(Debug)]
pub struct RateLimit {
    /// When the bucket was empty, extrapolated: it fills by one every `interval`.
    empty_at: Instant,
    interval: Duration,
    burst: u32,
}

impl RateLimit {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate, now: Instant) -> Self {
        let interval = Duration::from_secs(1) / rate.per_second.max(1);
        Self {
            empty_at: now.checked_sub(interval * rate.burst).unwrap_or(now),
            interval,
            burst: rate.burst,
        }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        if let Some(full) = now.checked_sub(self.interval * self.burst) {
            self.empty_at = self.empty_at.max(full);
        }
        if self.empty_at + self.interval > now {
            return false;
        }
        self.empty_at += self.interval;
        true
    }
}

/// Buckets by name, each made when it is first needed.
#[derive(Debug, Default)]
pub struct RateLimits(Vec<(Box<str>, RateLimit)>);

impl RateLimits {
    /// Takes one from the bucket of that name, if there is one in it.
    pub fn take(&mut self, name: &str, rate: Rate, now: Instant) -> bool {
        let at = self.0.iter().position(|(known, _)| **known == *name);
        let at = at.unwrap_or_else(|| {
            self.0.push((name.into(), RateLimit::new(rate, now)));
            self.0.len() - 1
        });
        self.0[at].1.take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_apart() {
        let (mut limits, now) = (RateLimits::default(), Instant::now());
        let rate = Rate {
            per_second: 1,
            burst: 1,
        };
        let mut take = |name| limits.take(name, rate, now);
        assert!(take("a") && take("b"));
        assert!(!take("a") && !take("b"));
    }

    #[test]
    fn bucket_gives_its_burst_and_then_the_rate() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut limit = RateLimit::new(
            Rate {
                per_second: 10,
                burst: 3,
            },
            start,
        );
        assert_eq!((0..5).filter(|_| limit.take(start)).count(), 3);
        assert!(!limit.take(start + Duration::from_millis(99)));
        assert!(limit.take(start + Duration::from_millis(101)));
        let later = start + Duration::from_secs(30);
        assert_eq!((0..5).filter(|_| limit.take(later)).count(), 3);
    }
}
