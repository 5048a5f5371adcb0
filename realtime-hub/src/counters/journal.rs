//! What happened to the hub that an operator wants to know: a bounded log, newest last.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use serde::Serialize;

use crate::clock;

/// Entries that are kept for admins who are connected: a burst of one second.
const KEPT_MAX: usize = 512;

/// Entries that an admin who connects is told.
const TOLD_MAX: usize = 50;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The hub began to serve.
    HubStarted,
    /// The hub sends its clients away.
    HubLeaving,
    /// A core's publish stream began.
    CoreConnected,
    /// A core's publish stream ended.
    CoreDisconnected,
    /// No core answers.
    CoreUnreachable,
    /// A core answers again.
    CoreReachable,
    /// A connection was ended because its peer does not read.
    ConnectionCut,
    /// A topic's log was found restored to an earlier state.
    TopicRestored,
    /// A room read events that it had missed.
    GapRepaired,
    /// Somebody decided something through the server API.
    Api,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number; grows by one, over restarts of the hub too.
    #[serde(skip)]
    pub id: u64,
    /// UTC milliseconds since 1970-01-01.
    pub at_ms: i64,
    /// What kind of thing.
    pub kind: Kind,
    /// For people; holds no secret and no message.
    pub text: String,
}

#[derive(Debug)]
struct State {
    next_id: u64,
    entries: VecDeque<Entry>,
}

/// The bounded log of what happened to the hub.
#[derive(Debug)]
pub struct Lifecycle(Mutex<State>);

impl Default for Lifecycle {
    fn default() -> Self {
        Self(Mutex::new(State {
            // Numbers of an earlier life are lower, so an admin who comes back misses nothing.
            next_id: u64::try_from(clock::now_ms()).unwrap_or(0),
            entries: VecDeque::new(),
        }))
    }
}

impl Lifecycle {
    /// Takes note of something.
    pub fn note(&self, kind: Kind, text: impl Into<String>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = state.next_id;
        state.next_id += 1;
        state.entries.push_back(Entry {
            id,
            at_ms: clock::now_ms(),
            kind,
            text: text.into(),
        });
        if state.entries.len() > KEPT_MAX {
            state.entries.pop_front();
        }
    }

    /// Everything kept after `id`.
    #[must_use]
    pub fn after(&self, id: u64) -> Vec<Entry> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.entries.partition_point(|entry| entry.id <= id);
        state.entries.range(known..).cloned().collect()
    }

    /// What an admin is told who connects, and had everything up to `seen`.
    #[must_use]
    pub fn since(&self, seen: Option<u64>) -> Vec<Entry> {
        let mut entries = self.after(seen.unwrap_or(0));
        entries.drain(..entries.len().saturating_sub(TOLD_MAX));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_entries_are_kept_and_told() {
        let lifecycle = Lifecycle::default();
        for number in 0..KEPT_MAX + 10 {
            lifecycle.note(Kind::Api, number.to_string());
        }
        let all = lifecycle.after(0);
        assert_eq!(all.len(), KEPT_MAX);
        assert_eq!(all[0].text, "10");
        let told = lifecycle.since(None);
        assert_eq!(told.len(), TOLD_MAX);
        assert_eq!(told.last(), all.last());
    }

    #[test]
    fn who_comes_back_is_told_what_is_new() {
        let lifecycle = Lifecycle::default();
        lifecycle.note(Kind::HubStarted, "first");
        let seen = lifecycle.since(None)[0].id;
        lifecycle.note(Kind::HubLeaving, "second");
        let told = lifecycle.since(Some(seen));
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].id, told[0].text.as_str()), (seen + 1, "second"));
        assert_eq!(lifecycle.since(Some(seen - 1)).len(), 2);
        assert!(lifecycle.since(Some(seen + 1)).is_empty());
    }

    #[test]
    fn kinds_are_written_as_agreed() {
        let json = serde_json::to_string(&Kind::CoreUnreachable).unwrap();
        assert_eq!(json, "\"core_unreachable\"");
    }
}
