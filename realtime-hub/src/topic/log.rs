//! The newest part of one topic's log, as a room keeps it.
//!
//! Whatever order events arrive in, however often, and whichever of them are lost, they leave
//! here once each, in offset order, without a gap.

use std::{collections::BTreeMap, sync::Arc};

use shared_proto::core::v1::LoggedEvent;

use super::{
    namespaces::RingLimits,
    ring::{Ring, Weighed},
};

/// Events that wait for the ones before them, per topic.
const HELD_EVENTS: usize = 128;

/// How much a room remembers.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// Events in the ring.
    pub ring_events: usize,
    /// Payload bytes in the ring.
    pub ring_bytes: usize,
    /// Events that wait for the ones before them; more are read from a core later.
    pub held_events: usize,
}

impl From<RingLimits> for LogLimits {
    fn from(ring: RingLimits) -> Self {
        Self {
            ring_events: ring.events,
            ring_bytes: ring.bytes,
            held_events: HELD_EVENTS,
        }
    }
}

impl Weighed for Arc<LoggedEvent> {
    fn bytes(&self) -> usize {
        self.data.len()
    }
}

/// A range of offsets that has to be read from a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last offset that is known.
    pub after: u64,
    /// The last offset that is missing.
    pub up_to: u64,
}

/// What became of an offered event.
#[derive(Debug, PartialEq)]
pub enum Offered {
    /// These are next, in order: the event itself and those that waited for it.
    Accepted(Vec<Arc<LoggedEvent>>),
    /// A retry or another replica's copy.
    Known,
    /// It waits for the events before it; [`TopicLog::gap`] says which.
    Held,
    /// It is of another log than ours, by its epoch or because ours has another event at its offset:
    /// only a core can tell which of the two is the topic's now.
    Foreign,
}

/// What a head that was read from a core says about ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadVerdict {
    /// Nothing is missing.
    Current,
    /// [`TopicLog::gap`] says what is missing.
    Behind,
    /// The topic was restored: another epoch, a head that fell, or another event at a known offset.
    Restored,
}

/// The tail of a topic's log, and what is missing of it.
#[derive(Debug)]
pub struct TopicLog {
    epoch: Arc<str>,
    head: u64,
    /// The highest offset that is known to exist.
    known_head: u64,
    ring: Ring<Arc<LoggedEvent>>,
    held: BTreeMap<u64, Arc<LoggedEvent>>,
    /// The last event that scrubbed others.
    redacted_at: u64,
    /// Another event came at an offset that ours has.
    contradicted: bool,
    limits: LogLimits,
}

impl TopicLog {
    /// A log that goes on after `head`.
    #[must_use]
    pub fn new(epoch: &str, head: u64, limits: LogLimits) -> Self {
        Self {
            epoch: epoch.into(),
            head,
            known_head: head,
            ring: Ring::new(limits.ring_events, limits.ring_bytes),
            held: BTreeMap::new(),
            redacted_at: 0,
            contradicted: false,
            limits,
        }
    }

    /// The topic's epoch.
    #[must_use]
    pub fn epoch(&self) -> &Arc<str> {
        &self.epoch
    }

    /// Offset of the last event that was accepted.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Takes an event in.
    pub fn offer(&mut self, event: LoggedEvent) -> Offered {
        if *event.epoch != *self.epoch {
            return Offered::Foreign;
        }
        if event.offset <= self.head {
            if self.contradicts(&event) {
                self.contradicted = true;
                return Offered::Foreign;
            }
            return Offered::Known;
        }
        self.known_head = self.known_head.max(event.offset);
        if event.offset > self.head + 1 {
            self.hold(event);
            return Offered::Held;
        }
        let mut accepted = vec![self.append(Arc::new(event))];
        while let Some(next) = self.held.remove(&(self.head + 1)) {
            accepted.push(self.append(next));
        }
        Offered::Accepted(accepted)
    }

    /// Compares with a head that a core gave. `asked_at` is what [`Self::head`] was when it was
    /// asked: an answer may be older than events that arrived meanwhile.
    pub fn learn_head(&mut self, epoch: &str, head: u64, asked_at: u64) -> HeadVerdict {
        if *epoch != *self.epoch || head < asked_at || self.contradicted {
            return HeadVerdict::Restored;
        }
        self.known_head = self.known_head.max(head);
        if self.known_head > self.head {
            HeadVerdict::Behind
        } else {
            HeadVerdict::Current
        }
    }

    /// Starts anew after a restore.
    pub fn reset(&mut self, epoch: &str, head: u64) {
        *self = Self::new(epoch, head, self.limits);
    }

    /// The next events that are missing, if any.
    #[must_use]
    pub fn gap(&self) -> Option<Gap> {
        let first_held = self.held.keys().next().map(|offset| offset - 1);
        let up_to = first_held.unwrap_or(self.known_head);
        (up_to > self.head).then_some(Gap {
            after: self.head,
            up_to,
        })
    }

    /// The events after `offset` up to the head, if the ring still has all of them.
    #[must_use]
    pub fn since(&self, offset: u64) -> Option<impl DoubleEndedIterator<Item = &Arc<LoggedEvent>>> {
        self.ring.newest(self.head.checked_sub(offset)?)
    }

    /// Keeps what a core was asked for when the head was `asked_at`, where it leads up to the oldest
    /// event of the ring: whoever comes next needs not ask again. `read` is in offset order.
    pub fn remember(&mut self, read: &[LoggedEvent], asked_at: u64) {
        if self.redacted_at > asked_at {
            // What was scrubbed meanwhile may be in it as it was.
            return;
        }
        for event in read.iter().rev() {
            let oldest = self.ring.iter().next();
            let wanted = oldest.map_or(self.head, |oldest| oldest.offset - 1);
            if event.offset > wanted {
                continue;
            }
            let leads_here = event.offset == wanted && *event.epoch == *self.epoch;
            if !leads_here || !self.ring.push_front(Arc::new(event.clone())) {
                return;
            }
        }
    }

    /// Whether the ring has another event at an event's offset. Its content alone does not say so: a
    /// core may send an event again whose content was scrubbed since, before the event that says so.
    /// Neither does its time: who writes the same twice keeps what was said.
    fn contradicts(&self, event: &LoggedEvent) -> bool {
        let known = event
            .offset
            .checked_sub(1)
            .and_then(|before| self.since(before)?.next());
        known.is_some_and(|known| {
            known.committed_at_us != event.committed_at_us && known.data != event.data
        })
    }

    fn hold(&mut self, event: LoggedEvent) {
        self.held.insert(event.offset, Arc::new(event));
        if self.held.len() > self.limits.held_events {
            // The furthest is the last to be needed; `known_head` remembers that it exists.
            self.held.pop_last();
        }
    }

    fn append(&mut self, event: Arc<LoggedEvent>) -> Arc<LoggedEvent> {
        self.head = event.offset;
        if let Some(last) = event.redacts.iter().max() {
            self.redacted_at = event.offset;
            // Payloads that were scrubbed must not be replayed: what is older is read from a core,
            // which has the scrubbed form.
            self.ring.forget_while(|event| event.offset <= *last);
            self.held
                .retain(|offset, _| !event.redacts.contains(offset));
        }
        self.ring.push(event.clone());
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(offset: u64) -> LoggedEvent {
        LoggedEvent {
            epoch: "e".into(),
            offset,
            data: b"{}".as_slice().into(),
            ..LoggedEvent::default()
        }
    }

    fn log(head: u64) -> TopicLog {
        TopicLog::new(
            "e",
            head,
            LogLimits {
                ring_events: 4,
                ring_bytes: 1024,
                held_events: 2,
            },
        )
    }

    #[track_caller]
    fn check_accepted(offered: Offered, offsets: &[u64]) {
        let Offered::Accepted(events) = offered else {
            panic!("{offered:?}")
        };
        assert_eq!(
            events.iter().map(|event| event.offset).collect::<Vec<_>>(),
            offsets
        );
    }

    #[test]
    fn next_event_is_accepted_and_a_copy_dropped() {
        let mut log = log(4);
        check_accepted(log.offer(event(5)), &[5]);
        assert_eq!(log.offer(event(5)), Offered::Known);
        assert_eq!(log.offer(event(1)), Offered::Known);
    }

    #[test]
    fn event_ahead_waits_for_the_ones_before_it() {
        let mut log = log(0);
        assert_eq!(log.offer(event(3)), Offered::Held);
        assert_eq!(log.gap(), Some(Gap { after: 0, up_to: 2 }));
        check_accepted(log.offer(event(1)), &[1]);
        check_accepted(log.offer(event(2)), &[2, 3]);
        assert_eq!(log.gap(), None);
    }

    #[test]
    fn held_events_are_bounded_and_their_loss_is_known() {
        let mut log = log(0);
        for offset in [5, 4, 3] {
            assert_eq!(log.offer(event(offset)), Offered::Held);
        }
        check_accepted(log.offer(event(1)), &[1]);
        check_accepted(log.offer(event(2)), &[2, 3, 4]);
        assert_eq!(log.gap(), Some(Gap { after: 4, up_to: 5 }));
    }

    #[test]
    fn ring_replays_only_what_it_has_whole() {
        let mut log = log(0);
        for offset in 1..=6 {
            check_accepted(log.offer(event(offset)), &[offset]);
        }
        let offsets = |since: u64| {
            log.since(since)
                .map(|events| events.map(|e| e.offset).collect::<Vec<_>>())
        };
        assert_eq!(offsets(6), Some(vec![]));
        assert_eq!(offsets(2), Some(vec![3, 4, 5, 6]));
        assert_eq!(offsets(1), None);
        assert_eq!(offsets(7), None);
    }

    #[test]
    fn redacted_payload_leaves_the_ring() {
        let mut log = log(0);
        for offset in 1..=3 {
            check_accepted(log.offer(event(offset)), &[offset]);
        }
        check_accepted(
            log.offer(LoggedEvent {
                redacts: vec![2],
                ..event(4)
            }),
            &[4],
        );
        assert!(log.since(1).is_none());
        assert_eq!(log.since(2).map(Iterator::count), Some(2));
    }

    #[test]
    fn what_was_read_is_kept_where_it_leads_to_the_ring() {
        let mut log = log(5);
        check_accepted(log.offer(event(6)), &[6]);
        let read = |offsets: std::ops::RangeInclusive<u64>| offsets.map(event).collect::<Vec<_>>();
        log.remember(&read(1..=3), 5);
        assert!(log.since(2).is_none(), "4 and 5 are missing");
        log.remember(&read(4..=6), 5);
        let offsets = |log: &TopicLog, since| -> Option<Vec<u64>> {
            Some(log.since(since)?.map(|event| event.offset).collect())
        };
        assert_eq!(offsets(&log, 3), Some(vec![4, 5, 6]));
        // There is room for four.
        log.remember(&read(1..=3), 5);
        assert_eq!(offsets(&log, 2), Some(vec![3, 4, 5, 6]));
        assert_eq!(offsets(&log, 1), None);
    }

    #[test]
    fn what_was_read_before_something_was_scrubbed_is_not_kept() {
        let mut log = log(3);
        let scrub = LoggedEvent {
            redacts: vec![2],
            ..event(4)
        };
        check_accepted(log.offer(scrub), &[4]);
        log.remember(&[event(2), event(3)], 3);
        assert!(log.since(2).is_none());
        log.remember(&[event(2), event(3)], 4);
        assert!(log.since(1).is_some());
    }

    #[test]
    fn head_that_is_only_old_is_no_restore() {
        let mut log = log(5);
        check_accepted(log.offer(event(6)), &[6]);
        assert_eq!(log.learn_head("e", 5, 5), HeadVerdict::Current);
        assert_eq!(log.learn_head("e", 9, 6), HeadVerdict::Behind);
        assert_eq!(log.gap(), Some(Gap { after: 6, up_to: 9 }));
        assert_eq!(log.learn_head("e", 4, 6), HeadVerdict::Restored);
        assert_eq!(log.learn_head("other", 6, 6), HeadVerdict::Restored);
    }

    #[test]
    fn event_of_another_epoch_is_not_taken() {
        let mut log = log(5);
        let foreign = LoggedEvent {
            epoch: "f".into(),
            ..event(6)
        };
        assert_eq!(log.offer(foreign), Offered::Foreign);
        assert_eq!(log.head(), 5);
    }

    #[test]
    fn another_event_at_a_known_offset_is_a_restore_whatever_the_head() {
        let mut log = log(5);
        for offset in 6..=8 {
            check_accepted(log.offer(event(offset)), &[offset]);
        }
        let other = LoggedEvent {
            committed_at_us: 1,
            data: b"{\"other\":1}".as_slice().into(),
            ..event(7)
        };
        assert_eq!(log.offer(event(7)), Offered::Known);
        assert_eq!(log.learn_head("e", 9, 8), HeadVerdict::Behind);
        assert_eq!(log.offer(other), Offered::Foreign);
        assert_eq!(log.learn_head("e", 9, 8), HeadVerdict::Restored);
        log.reset("e", 9);
        assert_eq!(log.learn_head("e", 9, 9), HeadVerdict::Current);
    }

    #[test]
    fn event_that_was_scrubbed_since_is_known() {
        let mut log = log(5);
        check_accepted(log.offer(event(6)), &[6]);
        let scrubbed = LoggedEvent {
            data: b"{\"scrubbed\":1}".as_slice().into(),
            ..event(6)
        };
        // A relay sends it again, and the event that scrubbed it comes behind.
        assert_eq!(log.offer(scrubbed), Offered::Known);
        assert_eq!(log.learn_head("e", 7, 6), HeadVerdict::Behind);
    }

    #[test]
    fn event_that_says_the_same_at_another_time_is_known() {
        let mut log = log(5);
        check_accepted(log.offer(event(6)), &[6]);
        let again = LoggedEvent {
            committed_at_us: 2,
            ..event(6)
        };
        assert_eq!(log.offer(again), Offered::Known);
        assert_eq!(log.learn_head("e", 6, 6), HeadVerdict::Current);
    }
}
