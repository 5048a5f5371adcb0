//! What became of publications that may be published again.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a repetition is recognised.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_mins(5);

/// What a topic's keys may take; of more the oldest are forgotten early. It is enough for some 130
/// publications a second with UUIDs as keys, all through the window.
pub const IDEMPOTENCY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What a key takes beside its text: its places in the map and in the queue, and an allocation.
const KEY_OVERHEAD_BYTES: usize = 112;

/// The idempotency keys of recent publications. Nothing but a pointer where there are none, as in
/// the topic of every user.
#[derive(Debug, Default)]
pub struct Idempotency(Option<Box<Keys>>);

#[derive(Debug, Default)]
struct Keys {
    /// Key → offset of the publication; 0 without one.
    offsets: HashMap<Arc<str>, u64>,
    order: VecDeque<(Instant, Arc<str>)>,
    bytes: usize,
}

impl Idempotency {
    /// The offset that the publication of this key has, if it was published.
    #[must_use]
    pub fn known(&self, key: &str) -> Option<u64> {
        self.0.as_ref()?.offsets.get(key).copied()
    }

    /// Notes what became of a publication.
    pub fn note(&mut self, key: &str, offset: u64, now: Instant) {
        self.expire(now);
        let keys = self.0.get_or_insert_default();
        let key: Arc<str> = key.into();
        keys.bytes += size_of_key(&key);
        keys.offsets.insert(key.clone(), offset);
        keys.order.push_back((now, key));
        while keys.bytes > IDEMPOTENCY_BYTES_MAX {
            keys.forget_first();
        }
    }

    /// Forgets what nobody repeats any more.
    pub fn expire(&mut self, now: Instant) {
        let old = |(at, _): &(Instant, Arc<str>)| {
            now.saturating_duration_since(*at) >= IDEMPOTENCY_WINDOW
        };
        let Some(keys) = &mut self.0 else { return };
        while keys.order.front().is_some_and(old) {
            keys.forget_first();
        }
        if keys.order.is_empty() {
            self.0 = None;
        }
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Keys {
    fn forget_first(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.bytes -= size_of_key(&key);
            self.offsets.remove(&key);
        }
    }
}

fn size_of_key(key: &str) -> usize {
    key.len() + KEY_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_known_for_the_window() {
        let mut keys = Idempotency::default();
        let now = Instant::now();
        keys.note("a", 7, now);
        keys.note("b", 8, now + IDEMPOTENCY_WINDOW / 2);
        assert_eq!((keys.known("a"), keys.known("c")), (Some(7), None));
        keys.expire(now + IDEMPOTENCY_WINDOW);
        assert_eq!((keys.known("a"), keys.known("b")), (None, Some(8)));
        keys.expire(now + IDEMPOTENCY_WINDOW * 2);
        assert!(keys.is_empty());
    }

    #[test]
    fn key_is_known_however_many_come_after_it() {
        let mut keys = Idempotency::default();
        let now = Instant::now();
        keys.note("first", 1, now);
        for n in 2..30_000 {
            keys.note(&n.to_string(), n, now + Duration::from_secs(299));
        }
        assert_eq!(keys.known("first"), Some(1));
    }

    #[test]
    fn keys_are_bounded_in_bytes() {
        let mut keys = Idempotency::default();
        let now = Instant::now();
        let key = |n: u64| format!("{n:0128}");
        for n in 0..40_000 {
            keys.note(&key(n), n, now);
        }
        let held = keys.0.as_ref().unwrap();
        let forgotten = 40_000 - held.offsets.len() as u64;
        assert!(forgotten > 0 && held.bytes <= IDEMPOTENCY_BYTES_MAX);
        assert_eq!(keys.known(&key(forgotten - 1)), None, "the oldest go first");
        assert_eq!(keys.known(&key(forgotten)), Some(forgotten));
    }
}
