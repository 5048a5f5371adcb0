//! The newest publications of a topic that the hub numbers by itself.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use shared_proto::client::v1::{ClientInfo, Publication};

use super::{
    namespaces::RingLimits,
    quiet::Standing,
    ring::{Ring, Weighed},
};

/// What somebody wants to publish, before it has a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewPublication {
    /// JSON without raw newlines.
    pub data: Bytes,
    /// When the hub took it, in UTC microseconds since 1970-01-01.
    pub taken_at_us: i64,
    /// The client that publishes it.
    pub info: Option<ClientInfo>,
    /// What subscribers filter by.
    pub tags: HashMap<String, String>,
    /// Names the publication, so that it is published once however often it is said; may be empty.
    pub idempotency_key: String,
    /// Version of the state it carries: what is not newer than the last is dropped; may be 0.
    pub version: u64,
    /// Where the versions began; another one begins anew.
    pub version_epoch: String,
}

impl NewPublication {
    /// The publication at `offset`; 0 is no place at all.
    #[must_use]
    pub fn at(self, offset: u64) -> Publication {
        Publication {
            data: self.data,
            info: self.info,
            tags: self.tags,
            offset,
            ..Publication::default()
        }
    }
}

#[derive(Debug)]
struct Kept {
    publication: Arc<Publication>,
    since: Instant,
}

impl Weighed for Kept {
    fn bytes(&self) -> usize {
        let tags = self.publication.tags.iter();
        let tags: usize = tags.map(|(key, value)| key.len() + value.len()).sum();
        self.publication.data.len() + tags
    }
}

/// Numbers publications of one topic and keeps the newest.
#[derive(Debug)]
pub struct Sequence {
    epoch: Arc<str>,
    head: u64,
    ring: Ring<Kept>,
    age: Duration,
    /// Newest version, and where it counts from.
    version: (u64, String),
}

impl Sequence {
    /// An empty one; its positions mean nothing in another epoch.
    #[must_use]
    pub fn new(epoch: &str, limits: RingLimits) -> Self {
        Self {
            epoch: epoch.into(),
            head: 0,
            ring: Ring::new(limits.events, limits.bytes),
            age: limits.age,
            version: (0, String::new()),
        }
    }

    /// One that goes on from where its topic stood.
    #[must_use]
    pub fn resume(standing: Standing, limits: RingLimits) -> Self {
        Self {
            head: standing.head,
            version: standing.version,
            ..Self::new(&standing.epoch, limits)
        }
    }

    /// Where its topic stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            epoch: self.epoch.clone(),
            head: self.head,
            version: self.version.clone(),
        }
    }

    /// Whose positions these are.
    #[must_use]
    pub fn epoch(&self) -> &Arc<str> {
        &self.epoch
    }

    /// Offset of the newest publication.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Gives a publication the next offset. Nothing when its version is not newer than the last.
    pub fn append(&mut self, new: NewPublication, now: Instant) -> Option<Arc<Publication>> {
        if new.version > 0 {
            let same = self.version.1 == new.version_epoch;
            if same && new.version <= self.version.0 {
                return None;
            }
            self.version = (new.version, new.version_epoch.clone());
        }
        self.head += 1;
        let publication = Arc::new(new.at(self.head));
        self.ring.push(Kept {
            publication: publication.clone(),
            since: now,
        });
        self.expire(now);
        Some(publication)
    }

    /// Forgets every publication; the next one gets the next offset all the same.
    pub fn forget(&mut self) {
        self.ring.forget_while(|_| true);
    }

    /// Forgets what is too old.
    pub fn expire(&mut self, now: Instant) {
        let age = self.age;
        self.ring
            .forget_while(|kept| now.duration_since(kept.since) >= age);
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// The publications after `offset`, oldest first, if all of them are still here.
    #[must_use]
    pub fn since(&self, offset: u64) -> Option<impl DoubleEndedIterator<Item = &Arc<Publication>>> {
        let missed = self.head.checked_sub(offset)?;
        let kept = self.ring.newest(missed)?;
        Some(kept.map(|kept| &kept.publication))
    }

    /// Everything that is kept, oldest first.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Arc<Publication>> {
        self.ring.iter().map(|kept| &kept.publication)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(60);

    fn sequence() -> Sequence {
        let limits = RingLimits {
            events: 3,
            bytes: 10,
            age: AGE,
        };
        Sequence::new("e", limits)
    }

    fn new(data: &'static str) -> NewPublication {
        NewPublication {
            data: data.into(),
            ..NewPublication::default()
        }
    }

    fn versioned(version: u64, epoch: &str) -> NewPublication {
        NewPublication {
            version,
            version_epoch: epoch.into(),
            ..new("1")
        }
    }

    #[track_caller]
    fn check_since(sequence: &Sequence, offset: u64, offsets: Option<&[u64]>) {
        let found = sequence
            .since(offset)
            .map(|missed| missed.map(|one| one.offset).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), offsets);
    }

    #[test]
    fn publications_are_numbered_and_the_newest_kept() {
        let mut sequence = sequence();
        let now = Instant::now();
        for offset in 1..=5 {
            assert_eq!(sequence.append(new("1"), now).unwrap().offset, offset);
        }
        check_since(&sequence, 5, Some(&[]));
        check_since(&sequence, 2, Some(&[3, 4, 5]));
        check_since(&sequence, 1, None);
        check_since(&sequence, 6, None);
        sequence.append(new("12345678"), now);
        check_since(&sequence, 3, Some(&[4, 5, 6]));
        sequence.append(new("123456789"), now);
        check_since(&sequence, 6, Some(&[7]));
        check_since(&sequence, 5, None);
    }

    #[test]
    fn publication_is_kept_for_its_age() {
        let mut sequence = sequence();
        let now = Instant::now();
        sequence.append(new("1"), now);
        sequence.append(new("2"), now + AGE / 2);
        sequence.expire(now + AGE);
        check_since(&sequence, 1, Some(&[2]));
        check_since(&sequence, 0, None);
        sequence.expire(now + AGE * 2);
        assert!(sequence.is_empty());
        check_since(&sequence, 2, Some(&[]));
        assert_eq!(sequence.head(), 2);
    }

    #[test]
    fn positions_outlive_a_quiet_time() {
        let mut first = sequence();
        let now = Instant::now();
        first.append(versioned(5, "a"), now);
        first.append(new("2"), now);
        let limits = RingLimits {
            events: 3,
            bytes: 10,
            age: AGE,
        };
        let mut next = Sequence::resume(first.standing(), limits);
        check_since(&next, 2, Some(&[]));
        check_since(&next, 1, None);
        assert_eq!(next.append(versioned(5, "a"), now), None, "not newer");
        assert_eq!(next.append(new("3"), now).unwrap().offset, 3);
        assert_eq!(&**next.epoch(), "e");
    }

    #[test]
    fn positions_outlive_what_was_removed() {
        let mut sequence = sequence();
        let now = Instant::now();
        sequence.append(new("1"), now);
        sequence.append(new("2"), now);
        sequence.forget();
        assert!(sequence.is_empty());
        check_since(&sequence, 1, None);
        check_since(&sequence, 2, Some(&[]));
        assert_eq!(sequence.append(new("3"), now).unwrap().offset, 3);
        check_since(&sequence, 2, Some(&[3]));
    }

    #[test]
    fn state_that_is_not_newer_is_dropped() {
        let mut sequence = sequence();
        let now = Instant::now();
        let mut offer = |version, epoch: &str| {
            let taken = sequence.append(versioned(version, epoch), now);
            taken.map(|publication| publication.offset)
        };
        assert_eq!(offer(5, "a"), Some(1));
        assert_eq!(offer(5, "a"), None);
        assert_eq!(offer(4, "a"), None);
        assert_eq!(offer(0, ""), Some(2));
        assert_eq!(offer(6, "a"), Some(3));
        assert_eq!(offer(1, "b"), Some(4));
        assert_eq!(offer(1, "b"), None);
    }
}
