//! The start-up check: which replica answered each ping that went through nginx.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Pings of one check.
pub const PINGS: u32 = 10;

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PingTally {
    /// Replicas that announced themselves.
    pub announced: BTreeSet<String>,
    /// Answers by replica, of the last check.
    pub answers: BTreeMap<String, u32>,
    /// Pings of the last check that nobody answered.
    pub failed: u32,
}

impl PingTally {
    /// Starts a new check.
    pub fn restart(&mut self) {
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
        let mut tally = PingTally::default();
        tally
            .announced
            .extend(["core-1".to_owned(), "core-2".to_owned()]);
        tally.answers.insert("core-2".to_owned(), PINGS);
        assert_eq!(tally.unreached(), ["core-1"]);
        tally.restart();
        assert_eq!(tally.unreached(), ["core-1", "core-2"]);
    }
}
