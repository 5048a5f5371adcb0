//! How fast connections are let in: a leaky bucket that holds a few seconds.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long somebody may be kept waiting; an SDK gives up after 5 s.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// Too many came at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Crowded;

/// Gives each connection the moment at which it may come in.
#[derive(Debug)]
pub struct ConnectPace {
    /// Between two connections; `None` lets everyone in at once.
    interval: Option<Duration>,
    /// When the next may come in.
    next: Mutex<Instant>,
}

impl ConnectPace {
    /// Lets `per_second` in, evenly.
    #[must_use]
    pub fn new(per_second: Option<u32>, now: Instant) -> Self {
        Self {
            interval: per_second.map(|rate| Duration::from_secs(1) / rate.max(1)),
            next: Mutex::new(now),
        }
    }

    /// Takes a turn; returns how long it is until then.
    ///
    /// # Errors
    /// [`Crowded`]: come again later.
    pub fn take_turn(&self, now: Instant) -> Result<Duration, Crowded> {
        let Some(interval) = self.interval else {
            return Ok(Duration::ZERO);
        };
        // No code panics while it holds the lock.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = now.max(*next);
        let wait = turn - now;
        if wait > WAIT_MAX {
            return Err(Crowded);
        }
        *next = turn + interval;
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowd_is_let_in_evenly_and_what_is_too_much_comes_again() {
        let now = Instant::now();
        let pace = ConnectPace::new(Some(10), now);
        let turns: Vec<_> = (0..100).map(|_| pace.take_turn(now)).collect();
        let (let_in, refused) = turns.split_at(31);
        for (wait, tenths) in let_in.iter().zip(0..) {
            assert_eq!(*wait, Ok(Duration::from_millis(100) * tenths));
        }
        assert!(refused.iter().all(|turn| *turn == Err(Crowded)));
        let later = now + Duration::from_secs(10);
        assert_eq!(pace.take_turn(later), Ok(Duration::ZERO));
    }

    #[test]
    fn without_a_pace_nobody_waits() {
        let now = Instant::now();
        let pace = ConnectPace::new(None, now);
        assert!((0..10_000).all(|_| pace.take_turn(now) == Ok(Duration::ZERO)));
    }
}
