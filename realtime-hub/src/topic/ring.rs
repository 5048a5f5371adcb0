//! The newest entries of a topic, whose offsets follow each other without a gap.

use std::collections::VecDeque;

/// Something that takes room.
pub trait Weighed {
    /// Payload bytes.
    fn bytes(&self) -> usize;
}

/// Entries with consecutive offsets, bounded in number and bytes.
#[derive(Debug)]
pub struct Ring<T> {
    entries: VecDeque<T>,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
}

impl<T: Weighed> Ring<T> {
    /// An empty ring.
    #[must_use]
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            max_entries,
            max_bytes,
        }
    }

    /// Adds the newest; the oldest make room.
    pub fn push(&mut self, entry: T) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            self.forget_first();
        }
    }

    /// Adds what comes before the oldest, as far as there is room. False when there is none.
    pub fn push_front(&mut self, entry: T) -> bool {
        let bytes = self.bytes + entry.bytes();
        let fits = self.entries.len() < self.max_entries && bytes <= self.max_bytes;
        if fits {
            self.bytes = bytes;
            self.entries.push_front(entry);
        }
        fits
    }

    /// The newest `count` entries, oldest first, if all of them are still here.
    #[must_use]
    pub fn newest(&self, count: u64) -> Option<impl DoubleEndedIterator<Item = &T>> {
        let count = usize::try_from(count).ok()?;
        let start = self.entries.len().checked_sub(count)?;
        Some(self.entries.range(start..))
    }

    /// Everything, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets from the oldest on, as long as `goes` says so.
    pub fn forget_while(&mut self, goes: impl Fn(&T) -> bool) {
        while self.entries.front().is_some_and(&goes) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry.bytes();
        }
    }
}
