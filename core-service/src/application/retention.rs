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
        };
        Ok(self.store.delete_ended(&ended, ROWS_MAX)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        application::{error::StoreError, ports::Stored},
        domain::time::Timestamp,
    };

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    struct Frozen;

    impl Clock for Frozen {
        fn now(&self) -> Timestamp {
            NOW
        }
    }

    #[derive(Default)]
    struct World {
        holder: Option<&'static str>,
        is_broken: bool,
        runs: Mutex<Vec<(Ended, i64)>>,
    }

    impl World {
        fn failing(&self) -> Stored<()> {
            if self.is_broken {
                Err(StoreError::Unavailable("broken".into()))
            } else {
                Ok(())
            }
        }
    }

    impl LeaseStore for World {
        fn hold_lease(
            &self,
            name: &str,
            holder: &str,
            now: Timestamp,
            until: Timestamp,
        ) -> Stored<bool> {
            assert_eq!((name, now), ("retention", NOW));
            assert!(until > now.plus_seconds(60), "it outlives a pause");
            Ok(self.holder.is_none_or(|other| other == holder))
        }
    }

    impl RetentionStore for World {
        fn delete_ended(&self, ended: &Ended, limit: i64) -> Stored<usize> {
            self.failing()?;
            self.runs.lock().unwrap().push((ended.clone(), limit));
            Ok(3)
        }
    }

    fn retention(world: World) -> (Arc<World>, Retention) {
        let world = Arc::new(world);
        let retention = Retention {
            leases: world.clone(),
            store: world.clone(),
            clock: Arc::new(Frozen),
            instance: "core-1".to_owned(),
            refresh_ttl_s: 30 * 24 * 60 * 60,
        };
        (world, retention)
    }

    #[test]
    fn run_is_bounded_and_spares_what_still_counts() {
        let (world, retention) = retention(World::default());
        assert_eq!(retention.sweep().unwrap(), 3);
        let runs = world.runs.lock().unwrap();
        let [(ended, limit)] = &runs[..] else {
            panic!("{runs:?}");
        };
        assert_eq!(*limit, ROWS_MAX);
        assert!(ended.sessions_before < NOW && ended.attempts_before < NOW);
        assert_eq!(ended.replaced_before, NOW.plus_seconds(-30 * 24 * 60 * 60));
    }

    #[test]
    fn job_is_one_replicas() {
        let (world, retention) = retention(World {
            holder: Some("core-2"),
            ..World::default()
        });
        assert_eq!(retention.sweep().unwrap(), 0);
        assert!(world.runs.lock().unwrap().is_empty());
    }

    #[test]
    fn failing_store_is_reported() {
        let (_, retention) = retention(World {
            is_broken: true,
            ..World::default()
        });
        assert!(matches!(retention.sweep(), Err(Error::Store(_))));
    }
}
