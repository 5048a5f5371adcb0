//! Which logged events are on their way to the hub.
//!
//! The relay publishes what was not acknowledged in time, again and again; without this, a hub that
//! is away or slow would find the same events many times in the queue.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Events that are kept in mind; what is beyond may be published twice, which does no harm.
const EVENTS_MAX: usize = 50_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Queued,
    Sent,
}

#[derive(Debug, Default)]
struct Events {
    by_topic: HashMap<String, BTreeMap<u64, Place>>,
    count: usize,
}

/// Logged events from their place in the queue to the hub's acknowledgement.
#[derive(Debug, Default)]
pub(super) struct Outstanding(Mutex<Events>);

impl Outstanding {
    /// Takes note of an event that is to be queued. False when it is on its way already.
    pub(super) fn queue(&self, topic: &str, offset: u64) -> bool {
        let mut events = self.events();
        let is_known = events
            .by_topic
            .get(topic)
            .is_some_and(|offsets| offsets.contains_key(&offset));
        if !is_known && events.count < EVENTS_MAX {
            let offsets = events.by_topic.entry(topic.to_owned()).or_default();
            offsets.insert(offset, Place::Queued);
            events.count += 1;
        }
        !is_known
    }

    /// An event left the queue for the hub.
    pub(super) fn sent(&self, topic: &str, offset: u64) {
        let mut events = self.events();
        let offsets = events.by_topic.get_mut(topic);
        if let Some(place) = offsets.and_then(|offsets| offsets.get_mut(&offset)) {
            *place = Place::Sent;
        }
    }

    /// An event was not queued, or will not be sent.
    pub(super) fn dropped(&self, topic: &str, offset: u64) {
        self.retain_in(topic, |known, _| known != offset);
    }

    /// The hub needs nothing of a topic up to this offset.
    pub(super) fn acknowledged(&self, topic: &str, up_to: u64) {
        self.retain_in(topic, |known, _| known > up_to);
    }

    /// The stream has ended: what was sent on it may not have arrived.
    pub(super) fn stream_ended(&self) {
        let topics: Vec<String> = self.events().by_topic.keys().cloned().collect();
        for topic in topics {
            self.retain_in(&topic, |_, place| place == Place::Queued);
        }
    }

    fn retain_in(&self, topic: &str, keep: impl Fn(u64, Place) -> bool) {
        let mut events = self.events();
        let Some(offsets) = events.by_topic.get_mut(topic) else {
            return;
        };
        let before = offsets.len();
        offsets.retain(|offset, place| keep(*offset, *place));
        let after = offsets.len();
        if after == 0 {
            events.by_topic.remove(topic);
        }
        events.count -= before - after;
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_is_queued_once_until_it_is_acknowledged() {
        let outstanding = Outstanding::default();
        assert!(outstanding.queue("chat:a", 1));
        assert!(!outstanding.queue("chat:a", 1));
        assert!(outstanding.queue("chat:a", 2));
        assert!(outstanding.queue("chat:b", 1));
        outstanding.sent("chat:a", 1);
        assert!(!outstanding.queue("chat:a", 1));
        outstanding.acknowledged("chat:a", 1);
        assert!(outstanding.queue("chat:a", 1));
        assert!(!outstanding.queue("chat:a", 2));
    }

    #[test]
    fn what_was_sent_on_a_stream_that_ended_may_be_sent_again() {
        let outstanding = Outstanding::default();
        outstanding.queue("chat:a", 1);
        outstanding.queue("chat:a", 2);
        outstanding.sent("chat:a", 1);
        outstanding.stream_ended();
        assert!(outstanding.queue("chat:a", 1));
        assert!(!outstanding.queue("chat:a", 2), "it still is in the queue");
        outstanding.dropped("chat:a", 2);
        assert!(outstanding.queue("chat:a", 2));
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let outstanding = Outstanding::default();
        let last = u64::try_from(EVENTS_MAX).unwrap() + 10;
        assert!((0..last).all(|offset| outstanding.queue("chat:a", offset)));
        assert_eq!(outstanding.events().count, EVENTS_MAX);
        outstanding.acknowledged("chat:a", last);
        let events = outstanding.events();
        assert_eq!((events.count, events.by_topic.len()), (0, 0));
    }
}
