//! The start-up check: which replica answered each ping that went through nginx.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde::Serialize;

/// Pings of one check.
pub const PINGS: u32 = 10;

/// After that a replica that has announced itself and publishes nothing is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// The replicas that announced themselves and those that answered pings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PingTally {
    /// Replicas that announced themselves.
    pub announced: BTreeSet<String>,
    /// When each did so last.
    #[serde(skip)]
    announced_at: BTreeMap<String, Instant>,
    /// Answers by replica, of the last check.
    pub answers: BTreeMap<String, u32>,
    /// Pings of the last check that nobody answered.
    pub failed: u32,
}

impl PingTally {
    /// A replica said hello.
    pub fn announce(&mut self, instance: String, now: Instant) {
        self.announced_at.insert(instance.clone(), now);
        self.announced.insert(instance);
    }

    /// Starts a new check of the replicas that are there: those that publish, and those that said
    /// hello a short time ago.
    pub fn restart(&mut self, now: Instant, publishes: impl Fn(&str) -> bool) {
        self.announced_at
            .retain(|name, at| publishes(name) || now.duration_since(*at) < FORGET_AFTER);
        let is_there = |name: &String| self.announced_at.contains_key(name);
        self.announced.retain(is_there);
        self.answers.clear();
        self.failed = 0;
    }

    /// Announced replicas that no ping reached.
    #[must_use]
    pub fn unreached(&self) -> Vec<&str> {
        self.announced
            .iter()
            .filter(|instance| !self.answers.contains_key(*instance))
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replica_that_no_ping_reached_is_named() {
        let (mut tally, now) = (PingTally::default(), Instant::now());
        tally.announce("core-1".to_owned(), now);
        tally.announce("core-2".to_owned(), now);
        tally.answers.insert("core-2".to_owned(), PINGS);
        assert_eq!(tally.unreached(), ["core-1"]);
        tally.restart(now, |_| false);
        assert_eq!(tally.unreached(), ["core-1", "core-2"]);
        tally.restart(now + FORGET_AFTER, |name| name == "core-2");
        assert_eq!(tally.unreached(), ["core-2"], "the other was replaced");
    }
}
