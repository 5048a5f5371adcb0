//! Whether cores answer, by what became of the last questions.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Answers and failures that are older say nothing any more.
const WINDOW: Duration = Duration::from_secs(5);

/// Failures before the cores are given up on: one replica that dies takes some questions along.
const FAILURES_MIN: usize = 3;

/// Outcomes that are looked at.
const OUTCOMES_MAX: usize = 1_000;

/// So long tokens may fail to be verified before new clients are sent elsewhere. A failure that is
/// older says nothing: somebody has to try.
const UNVERIFIED_FOR: Duration = Duration::from_secs(10);

/// The outcomes of the last questions, each put to as many replicas as there was time for.
#[derive(Debug, Default)]
pub(super) struct Outcomes(VecDeque<(Instant, bool)>);

impl Outcomes {
    /// Takes note of whether a question was answered. True when so large a part failed that no more
    /// should be asked.
    pub(super) fn note(&mut self, answered: bool, now: Instant) -> bool {
        let is_old = |(at, _): &(Instant, bool)| now.duration_since(*at) > WINDOW;
        while self.0.front().is_some_and(is_old) || self.0.len() >= OUTCOMES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now, answered));
        let failed = self.0.iter().filter(|(_, answered)| !answered).count();
        failed >= FAILURES_MIN && 2 * failed > self.0.len()
    }

    /// What was counts no more.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// Since when tokens cannot be verified, though somebody answers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verifying {
    failing_since: Option<Instant>,
    failed_at: Option<Instant>,
}

impl Verifying {
    /// Takes note of whether a token was verified, whatever was said of it.
    pub(super) fn note(&mut self, verified: bool, now: Instant) {
        if verified {
            *self = Self::default();
        } else {
            self.failing_since.get_or_insert(now);
            self.failed_at = Some(now);
        }
    }

    /// Whether the next token can be expected to be verified.
    pub(super) fn works(self, now: Instant) -> bool {
        let (Some(since), Some(last)) = (self.failing_since, self.failed_at) else {
            return true;
        };
        now.duration_since(since) < UNVERIFIED_FOR || now.duration_since(last) >= UNVERIFIED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn share_of_failures_decides_and_not_one() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        assert!(!outcomes.note(false, now));
        assert!(!outcomes.note(false, now));
        assert!(outcomes.note(false, now));
        outcomes.forget();
        for _ in 0..10 {
            assert!(!outcomes.note(true, now));
        }
        for _ in 0..10 {
            assert!(!outcomes.note(false, now), "half of them fail");
        }
        assert!(outcomes.note(false, now));
    }

    #[test]
    fn what_was_long_ago_says_nothing() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        assert!(!outcomes.note(false, now));
        assert!(!outcomes.note(false, now));
        assert!(!outcomes.note(false, now + seconds(6)));
    }

    #[test]
    fn cores_that_are_all_gone_are_noticed_by_looking() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        for second in 0..100 {
            assert!(!outcomes.note(true, now + seconds(second)));
        }
        let noticed = (100..110).find(|second| outcomes.note(false, now + seconds(*second)));
        assert_eq!(noticed, Some(103));
    }

    #[test]
    fn hub_that_verifies_nothing_for_a_while_says_so_and_then_tries_again() {
        let (mut verifying, now) = (Verifying::default(), Instant::now());
        assert!(verifying.works(now));
        for second in 0..=12 {
            verifying.note(false, now + seconds(second));
            assert_eq!(
                verifying.works(now + seconds(second)),
                second < 10,
                "{second}"
            );
        }
        assert!(verifying.works(now + seconds(22)), "nobody has tried");
        verifying.note(false, now + seconds(22));
        assert!(!verifying.works(now + seconds(22)));
        verifying.note(true, now + seconds(23));
        assert!(verifying.works(now + seconds(23)));
    }
}
