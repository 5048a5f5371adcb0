//! Where quiet topics stand: those that the hub numbers, that nobody listens to and of which nothing
//! is kept. A client that slept goes on from its position there instead of starting anew.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

/// What the positions of all quiet topics may take; of more the oldest are forgotten before their
/// time. It is enough for some 250 000 topics.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where a topic stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose positions these are.
    pub epoch: Arc<str>,
    /// Offset of the newest publication.
    pub head: u64,
    /// Newest version of its state, and where versions count from.
    pub version: (u64, String),
}

#[derive(Debug)]
struct Kept {
    standing: Standing,
    until: Instant,
    /// Which entry of the queue this is.
    number: u64,
}

/// Epoch and offset of quiet topics, bounded in bytes and age.
#[derive(Debug, Default)]
pub struct QuietTopics {
    known: HashMap<Arc<str>, Kept>,
    /// Oldest first: what each takes, its number and its topic.
    order: VecDeque<(usize, u64, Arc<str>)>,
    bytes: usize,
    last_number: u64,
}

impl QuietTopics {
    /// Remembers where a topic stands.
    pub fn remember(&mut self, topic: &Arc<str>, standing: Standing, until: Instant) {
        self.last_number += 1;
        let entry = size_of::<(Kept, usize, u64, [Arc<str>; 2])>();
        let texts = topic.len() + standing.epoch.len() + standing.version.1.len();
        let bytes = 2 * entry + texts;
        let kept = Kept {
            standing,
            until,
            number: self.last_number,
        };
        self.known.insert(topic.clone(), kept);
        self.order
            .push_back((bytes, self.last_number, topic.clone()));
        self.bytes += bytes;
        while self.bytes > BYTES_MAX {
            self.forget_first();
        }
    }

    /// Where a topic stood that is about to be heard again; it is not quiet any more.
    pub fn recall(&mut self, topic: &str, now: Instant) -> Option<Standing> {
        while let Some((_, number, topic)) = self.order.front() {
            let kept = self.known.get(topic).filter(|kept| kept.number == *number);
            if kept.is_some_and(|kept| kept.until > now) {
                break;
            }
            self.forget_first();
        }
        let kept = self.known.remove(topic)?;
        (kept.until > now).then_some(kept.standing)
    }

    fn forget_first(&mut self) {
        if let Some((bytes, number, topic)) = self.order.pop_front() {
            self.bytes -= bytes;
            if self
                .known
                .get(&topic)
                .is_some_and(|kept| kept.number == number)
            {
                self.known.remove(&topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn standing(head: u64) -> Standing {
        Standing {
            epoch: "e".into(),
            head,
            version: (0, String::new()),
        }
    }

    #[test]
    fn standing_is_known_for_as_long_as_asked_and_once() {
        let (mut quiet, now) = (QuietTopics::default(), Instant::now());
        let (day, topic) = (Duration::from_hours(24), "news:1".into());
        quiet.remember(&topic, standing(7), now + day);
        assert_eq!(quiet.recall("news:2", now), None);
        let later = now + day - Duration::from_secs(1);
        assert_eq!(quiet.recall("news:1", later), Some(standing(7)));
        assert_eq!(quiet.recall("news:1", later), None, "it is a room's again");
        quiet.remember(&topic, standing(8), now + day);
        assert_eq!(quiet.recall("news:1", now + day), None, "too late");
        assert_eq!((quiet.bytes, quiet.known.len()), (0, 0));
    }

    #[test]
    fn newest_standing_of_a_topic_counts() {
        let (mut quiet, now) = (QuietTopics::default(), Instant::now());
        let (hour, topic) = (Duration::from_hours(1), "news:1".into());
        quiet.remember(&topic, standing(1), now + hour);
        assert!(quiet.recall("news:1", now).is_some());
        quiet.remember(&topic, standing(2), now + 3 * hour);
        // What is left of the first one forgets nothing.
        assert_eq!(quiet.recall("news:1", now + 2 * hour), Some(standing(2)));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let (mut quiet, now) = (QuietTopics::default(), Instant::now());
        let until = now + Duration::from_hours(24);
        let name = |n: u64| -> Arc<str> { format!("news:{n:0250}").into() };
        let count = 300_000;
        for n in 0..count {
            quiet.remember(&name(n), standing(n), until);
        }
        assert!(quiet.bytes <= BYTES_MAX);
        let kept = quiet.known.len() as u64;
        assert!(kept > 100_000 && kept < count);
        assert_eq!(quiet.recall(&name(0), now), None);
        assert_eq!(
            quiet.recall(&name(count - 1), now),
            Some(standing(count - 1))
        );
    }
}
