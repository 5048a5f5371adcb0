//! Whether a subscriber saw each event of a topic once and in order.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

/// What one subscriber has seen of one topic, whose events are numbered without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Track {
    last: u32,
    /// Numbers up to `last` that did not come, in order.
    missing: Vec<RangeInclusive<u32>>,
}

/// Faults of many tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Faults {
    /// Events that never came.
    pub(crate) lost: u64,
    /// Came more than once.
    pub(crate) duplicates: u64,
    /// Came after a later one.
    pub(crate) disordered: u64,
    /// Came to somebody who must not hear it.
    pub(crate) foreign: u64,
}

impl Track {
    /// A subscriber that is to hear everything after `last`.
    pub(crate) fn after(last: u32) -> Self {
        Self {
            last,
            missing: Vec::new(),
        }
    }

    /// The highest number that came.
    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    /// An event came.
    pub(crate) fn see(&mut self, number: u32, faults: &mut Faults) {
        if number > self.last {
            if number > self.last + 1 {
                self.missing.push(self.last + 1..=number - 1);
            }
            self.last = number;
        } else if self.found(number) {
            faults.disordered += 1;
        } else {
            faults.duplicates += 1;
        }
    }

    /// How many of the events up to `published` did not come.
    pub(crate) fn lost(&self, published: u32) -> u64 {
        let between: u64 = self
            .missing
            .iter()
            .map(|gap| u64::from(gap.end() - gap.start()) + 1)
            .sum();
        between + u64::from(published.saturating_sub(self.last))
    }

    /// Whether the number was missing; it is not any more.
    fn found(&mut self, number: u32) -> bool {
        let Some(at) = self.missing.iter().position(|gap| gap.contains(&number)) else {
            return false;
        };
        let gap = self.missing.remove(at);
        let (before, after) = (*gap.start()..number, number + 1..*gap.end() + 1);
        for rest in [after, before] {
            if !rest.is_empty() {
                self.missing.insert(at, rest.start..=rest.end - 1);
            }
        }
        true
    }
}

impl Faults {
    /// What [`fmt::Display`] shows.
    pub(crate) const COLUMN: &str = "lost, twice, out of order, to the wrong one";

    /// The sum over several.
    pub(crate) fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        all.into_iter().for_each(|faults| sum.add(faults));
        sum
    }

    /// Adds those of others.
    pub(crate) fn add(&mut self, others: Self) {
        self.lost += others.lost;
        self.duplicates += others.duplicates;
        self.disordered += others.disordered;
        self.foreign += others.foreign;
    }
}

/// As tables have it: [`Faults::COLUMN`].
impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            lost,
            duplicates,
            disordered,
            foreign,
        } = self;
        write!(formatter, "{lost}, {duplicates}, {disordered}, {foreign}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: &[u32], published: u32, lost: u64, duplicates: u64, disordered: u64) {
        let (mut track, mut faults) = (Track::after(10), Faults::default());
        for number in seen {
            track.see(*number, &mut faults);
        }
        faults.lost = track.lost(published);
        assert_eq!(
            faults,
            Faults {
                lost,
                duplicates,
                disordered,
                foreign: 0,
            }
        );
    }

    #[test]
    fn everything_once_in_order_is_no_fault() {
        check(&[11, 12, 13], 13, 0, 0, 0);
        check(&[], 10, 0, 0, 0);
    }

    #[test]
    fn what_never_comes_is_lost_wherever_it_is() {
        check(&[12, 13, 17], 19, 1 + 3 + 2, 0, 0);
        check(&[], 12, 2, 0, 0);
    }

    #[test]
    fn copy_is_told_from_what_comes_late() {
        check(&[11, 11, 12, 11], 12, 0, 2, 0);
        check(&[13, 11, 12, 12], 13, 0, 1, 2);
        check(&[10], 10, 0, 1, 0);
    }

    #[test]
    fn gap_closes_from_its_middle() {
        check(&[20, 15, 15], 20, 8, 1, 1);
        check(&[14, 12, 11, 13], 14, 0, 0, 3);
    }
}
