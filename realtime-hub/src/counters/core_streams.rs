//! Publish streams of cores, by the name of the core.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// After that a core without a stream is forgotten: replicas come and go, and each has a new name.
pub const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Names that are remembered at most; then the one that went first is forgotten.
const NAMES_MAX: usize = 256;

/// Counters of one core's publish streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// Whether one is open now.
    pub connected: bool,
    /// Logged events it published, copies included.
    pub published: u64,
    /// Receipt updates it published.
    pub receipts: u64,
}

#[derive(Debug)]
struct Core {
    stats: StreamStats,
    /// Streams that are open. A core that comes back has two for a moment, and the older one ends
    /// last.
    open: usize,
    /// When the last stream was opened or ended.
    changed_at: Instant,
}

/// The streams of all cores.
#[derive(Debug, Default)]
pub struct CoreStreams(BTreeMap<String, Core>);

impl CoreStreams {
    /// A core opened a stream.
    pub fn opened(&mut self, name: &str, now: Instant) {
        self.forget(now);
        let core = self.entry(name, now);
        core.open += 1;
        core.stats.connected = true;
        core.changed_at = now;
    }

    /// One of a core's streams ended.
    pub fn ended(&mut self, name: &str, now: Instant) {
        if let Some(core) = self.0.get_mut(name) {
            core.open = core.open.saturating_sub(1);
            core.stats.connected = core.open > 0;
            core.changed_at = now;
        }
    }

    /// A core published that many logged events and receipt updates.
    pub fn published(&mut self, name: &str, logged: u64, receipts: u64, now: Instant) {
        let core = self.entry(name, now);
        core.stats.published += logged;
        core.stats.receipts += receipts;
    }

    /// Every core that has a stream, or had one a short time ago.
    pub fn all(&mut self, now: Instant) -> BTreeMap<String, StreamStats> {
        self.forget(now);
        let cores = self.0.iter();
        cores
            .map(|(name, core)| (name.clone(), core.stats))
            .collect()
    }

    fn entry(&mut self, name: &str, now: Instant) -> &mut Core {
        self.0.entry(name.to_owned()).or_insert(Core {
            stats: StreamStats::default(),
            open: 0,
            changed_at: now,
        })
    }

    fn forget(&mut self, now: Instant) {
        let old = |core: &Core| now.duration_since(core.changed_at) >= FORGET_AFTER;
        self.0.retain(|_, core| core.open > 0 || !old(core));
        while self.0.len() >= NAMES_MAX {
            let gone = self.0.iter().filter(|(_, core)| core.open == 0);
            let Some((first, _)) = gone.min_by_key(|(_, core)| core.changed_at) else {
                return;
            };
            let first = first.clone();
            self.0.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connected(streams: &mut CoreStreams, now: Instant) -> Vec<(String, bool)> {
        let all = streams.all(now).into_iter();
        all.map(|(name, stats)| (name, stats.connected)).collect()
    }

    #[test]
    fn core_that_came_back_is_connected_though_its_first_stream_ends_last() {
        let (mut streams, now) = (CoreStreams::default(), Instant::now());
        streams.opened("core-1", now);
        streams.opened("core-1", now);
        streams.published("core-1", 3, 1, now);
        streams.ended("core-1", now);
        assert_eq!(connected(&mut streams, now), [("core-1".into(), true)]);
        streams.ended("core-1", now);
        assert_eq!(connected(&mut streams, now), [("core-1".into(), false)]);
        assert_eq!(streams.all(now)["core-1"].published, 3);
    }

    #[test]
    fn core_that_went_is_forgotten_after_a_while() {
        let (mut streams, now) = (CoreStreams::default(), Instant::now());
        streams.opened("stays", now);
        streams.opened("goes", now);
        streams.ended("goes", now);
        let just_before = now + FORGET_AFTER - Duration::from_millis(1);
        assert_eq!(connected(&mut streams, just_before).len(), 2);
        let later = now + FORGET_AFTER;
        assert_eq!(connected(&mut streams, later), [("stays".into(), true)]);
    }

    #[test]
    fn so_many_names_are_remembered_and_no_more() {
        let (mut streams, now) = (CoreStreams::default(), Instant::now());
        for n in 0..NAMES_MAX + 10 {
            let name = format!("core-{n}");
            let at = now + Duration::from_millis(n as u64);
            streams.opened(&name, at);
            streams.ended(&name, at);
        }
        let all = streams.all(now + Duration::from_secs(1));
        assert!(all.len() <= NAMES_MAX);
        assert!(all.contains_key("core-265") && !all.contains_key("core-0"));
    }
}
