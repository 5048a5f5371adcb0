//! What became of publications that may be published again.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// How long a repetition is recognised.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_mins(5);

/// Keys that a topic remembers; of more the oldest are forgotten early.
pub const IDEMPOTENCY_KEYS_MAX: usize = 1_024;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Idempotency {
    /// Key → offset of the publication; 0 without one.
    offsets: HashMap<String, u64>,
    order: VecDeque<(Instant, String)>,
}

impl Idempotency {
    /// The offset that the publication of this key has, if it was published.
    #[must_use]
    pub fn known(&self, key: &str) -> Option<u64> {
        self.offsets.get(key).copied()
    }

    /// Notes what became of a publication.
    pub fn note(&mut self, key: String, offset: u64, now: Instant) {
        if self.order.len() >= IDEMPOTENCY_KEYS_MAX {
            self.forget_first();
        }
        self.offsets.insert(key.clone(), offset);
        self.order.push_back((now, key));
    }

    /// Forgets what nobody repeats any more.
    pub fn expire(&mut self, now: Instant) {
        let old = |(at, _): &(Instant, String)| now.duration_since(*at) >= IDEMPOTENCY_WINDOW;
        while self.order.front().is_some_and(old) {
            self.forget_first();
        }
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.offsets.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_known_for_the_window() {
        let mut keys = Idempotency::default();
        let now = Instant::now();
        keys.note("a".into(), 7, now);
        keys.note("b".into(), 8, now + IDEMPOTENCY_WINDOW / 2);
        assert_eq!((keys.known("a"), keys.known("c")), (Some(7), None));
        keys.expire(now + IDEMPOTENCY_WINDOW);
        assert_eq!((keys.known("a"), keys.known("b")), (None, Some(8)));
        keys.expire(now + IDEMPOTENCY_WINDOW * 2);
        assert!(keys.is_empty());
    }

    #[test]
    fn keys_are_bounded() {
        let mut keys = Idempotency::default();
        for n in 0..=IDEMPOTENCY_KEYS_MAX as u64 {
            keys.note(n.to_string(), n, Instant::now());
        }
        assert_eq!((keys.known("0"), keys.known("1")), (None, Some(1)));
        assert_eq!(keys.offsets.len(), IDEMPOTENCY_KEYS_MAX);
    }
}
