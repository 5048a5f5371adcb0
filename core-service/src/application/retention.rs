//! Deletes what nobody needs any more: a bounded part at a time, by one replica at a time.

use std::sync::Arc;

use super::{
    error::Error,
    ports::{Clock, Ended, LeaseStore, RetentionStore},
};

/// How long a replica keeps the job without renewing it: longer than the time between two runs, so
/// that one replica goes on with it.
const LEASE_S: i64 = 150;

/// Rows of each kind that one run deletes.
const ROWS_MAX: i64 = 1_000;

/// An ended session stays for this long, for whoever looks into what happened.
const SESSION_KEPT_S: i64 = 24 * 60 * 60;

/// Longer than attempts to sign in count.
const ATTEMPT_KEPT_S: i64 = 24 * 60 * 60;

/// When a message was delivered and read is told for thirty days.
const MOVES_KEPT_S: i64 = 30 * 24 * 60 * 60;

/// The job.
pub struct Retention {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is to delete.
    pub store: Arc<dyn RetentionStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
    /// How long a session can be refreshed: a token that was replaced before that is no theft's sign
    /// any more, because nobody can have kept it that long and be signed in.
    pub refresh_ttl_s: i64,
}

impl Retention {
    /// Deletes a part, if the job is this replica's. Returns how many rows.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_S);
        if !self
            .leases
            .hold_lease("retention", &self.instance, now, until)?
        {
            return Ok(0);
        }
        let ended = Ended {
            sessions_before: now.plus_seconds(-SESSION_KEPT_S),
            replaced_before: now.plus_seconds(-self.refresh_ttl_s),
            attempts_before: now.plus_seconds(-ATTEMPT_KEPT_S),
            moves_before: now.plus_seconds(-MOVES_KEPT_S),
        };
        Ok(self.store.delete_ended(&ended, ROWS_MAX)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::application::{
        ports::Stored,
        testing::{Broken, FakeClock, MemoryStore},
    };

    const REFRESH_TTL_S: i64 = 30 * 24 * 60 * 60;

    /// Has three rows to delete each time, and notes what it is asked.
    #[derive(Default)]
    struct Ending(Mutex<Vec<(Ended, i64)>>);

    impl RetentionStore for Ending {
        fn delete_ended(&self, ended: &Ended, limit: i64) -> Stored<usize> {
            self.0.lock().unwrap().push((ended.clone(), limit));
            Ok(3)
        }
    }

    #[derive(Default)]
    struct World {
        leases: Arc<MemoryStore>,
        ending: Arc<Ending>,
        clock: Arc<FakeClock>,
    }

    impl World {
        fn retention(&self, instance: &str) -> Retention {
            Retention {
                leases: self.leases.clone(),
                store: self.ending.clone(),
                clock: self.clock.clone(),
                instance: instance.to_owned(),
                refresh_ttl_s: REFRESH_TTL_S,
            }
        }

        fn runs(&self) -> Vec<(Ended, i64)> {
            std::mem::take(&mut self.ending.0.lock().unwrap())
        }
    }

    #[test]
    fn run_is_bounded_and_spares_what_still_counts() {
        let world = World::default();
        assert_eq!(world.retention("core-1").sweep().unwrap(), 3);
        let now = world.clock.now();
        let ended = Ended {
            sessions_before: now.plus_seconds(-SESSION_KEPT_S),
            replaced_before: now.plus_seconds(-REFRESH_TTL_S),
            attempts_before: now.plus_seconds(-ATTEMPT_KEPT_S),
            moves_before: now.plus_seconds(-MOVES_KEPT_S),
        };
        assert_eq!(world.runs(), [(ended, ROWS_MAX)]);
    }

    #[test]
    fn job_stays_with_one_replica_until_that_is_gone() {
        let world = World::default();
        let (first, second) = (world.retention("core-1"), world.retention("core-2"));
        // A run a minute, as the program makes them.
        for _ in 0..3 {
            assert_eq!(first.sweep().unwrap(), 3);
            world.clock.pass_seconds(60);
            assert_eq!(second.sweep().unwrap(), 0);
        }
        assert_eq!(world.runs().len(), 3);
        world.clock.pass_seconds(LEASE_S);
        assert_eq!(second.sweep().unwrap(), 3);
        assert_eq!(first.sweep().unwrap(), 0);
    }

    #[test]
    fn each_store_that_fails_is_reported() {
        let world = World::default();
        let without_leases = Retention {
            leases: Arc::new(Broken),
            ..world.retention("core-1")
        };
        assert!(matches!(without_leases.sweep(), Err(Error::Store(_))));
        assert_eq!(world.runs(), []);
        let without_store = Retention {
            store: Arc::new(Broken),
            ..world.retention("core-1")
        };
        assert!(matches!(without_store.sweep(), Err(Error::Store(_))));
    }
}
