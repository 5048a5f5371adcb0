//! Time and randomness.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::Uuid;

use crate::{
    application::ports::{Clock, IdGenerator},
    domain::time::Timestamp,
};

/// From here on a difference between clocks is told: a machine without time synchronisation.
const NOTEWORTHY_MICROS: i64 = 1_000_000;

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock adapter")]
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The machine's clock, set by the database's: one time for all replicas, so that what one of them
/// writes down is not in the future of another.
#[derive(Debug, Default)]
pub struct SharedClock {
    /// What is added to the machine's clock.
    ahead_micros: AtomicI64,
}

impl SharedClock {
    /// Sets the clock: at the machine's `before` the database was asked, at `after` its answer
    /// `database` was there.
    pub fn set(&self, before: Timestamp, database: Timestamp, after: Timestamp) {
        // The answer was made somewhere in between. What is less than the uncertainty is no
        // difference: a machine in time is left alone.
        let uncertain = (after.micros() - before.micros()) / 2;
        let ahead = database.micros() - i64::midpoint(before.micros(), after.micros());
        let ahead = if ahead.abs() <= uncertain.abs() {
            0
        } else {
            ahead
        };
        let known = self.ahead_micros.swap(ahead, Ordering::Relaxed);
        let changed = (ahead - known).abs() >= NOTEWORTHY_MICROS;
        if changed && ahead.abs() >= NOTEWORTHY_MICROS {
            tracing::warn!(
                ahead_ms = ahead / 1_000,
                "the database's clock is ahead of (or, when negative, behind) this machine's; the \
                 core goes by the database's. Synchronise the machines' clocks"
            );
        } else if changed {
            tracing::info!("this machine's clock agrees with the database's again");
        }
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_micros.load(Ordering::Relaxed);
        Timestamp::from_micros(SystemClock.now().micros() + ahead)
    }
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random(&self) -> Uuid {
        // A UUIDv4 has 122 random bits; the six others stand in its bytes 6 and 8.
        let [mut bytes, more] = [Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes);
        (bytes[6], bytes[8]) = (more[0], more[1]);
        Uuid::from_bytes(bytes)
    }

    fn secret(&self) -> String {
        // Two random UUIDs hold 244 random bits.
        format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By how much a clock is ahead of the machine's after such an answer.
    #[track_caller]
    fn check_ahead(before_ms: i64, database_ms: i64, after_ms: i64, ahead_ms: i64) {
        let at = |ms: i64| Timestamp::from_micros(ms * 1_000);
        let clock = SharedClock::default();
        clock.set(at(before_ms), at(database_ms), at(after_ms));
        assert_eq!(clock.ahead_micros.into_inner(), ahead_ms * 1_000);
    }

    #[test]
    fn clock_goes_by_the_databases_unless_the_difference_is_the_way_there() {
        check_ahead(1_000, 6_002, 1_004, 5_000);
        check_ahead(9_000, 4_002, 9_004, -5_000);
        check_ahead(1_000, 1_200, 1_500, 0);
        let clock = SharedClock::default();
        let now = SystemClock.now();
        clock.set(now, now.plus_seconds(-60), now);
        assert!(clock.now().seconds() <= now.seconds() - 59);
    }
}
