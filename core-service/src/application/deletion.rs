//! Removes what deleted accounts have left: step by step, by one replica at a time. Whoever goes on after a
//! kill finds in the store what is left.

use std::sync::Arc;

use super::{
    error::Error,
    ports::{Clock, DeletionStore, EventPublisher, LeaseStore},
};

/// How long a replica keeps the job without renewing it: longer than a run takes.
const LEASE_S: i64 = 60;

/// Steps of one run, each a transaction of its own: people who write meanwhile come in between.
pub(super) const STEPS_MAX: usize = 500;

/// The job.
pub struct AccountRemoval {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is to remove.
    pub store: Arc<dyn DeletionStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl AccountRemoval {
    /// Takes some steps, if the job is this replica's. Returns how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn run(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_S);
        let lease = self
            .leases
            .hold_lease("account removal", &self.instance, now, until)?;
        let mut steps = 0;
        while lease && steps < STEPS_MAX {
            let step = self.store.remove_next(self.clock.now())?;
            self.publisher.publish(step.events);
            if !step.is_more {
                break;
            }
            steps += 1;
        }
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        application::{
            ports::{AccountDeletion, RemovalStep, Stored},
            testing::{Broken, FakeClock, MemoryStore, RecordingPublisher},
        },
        domain::{
            event::{Effects, LoggedEvent},
            time::Timestamp,
        },
    };

    /// A store with so many steps to take.
    struct Scripted(Mutex<usize>);

    fn event() -> LoggedEvent {
        LoggedEvent {
            topic: "chat:1".to_owned(),
            epoch: "epoch".to_owned(),
            offset: 1,
            payload: "{}".to_owned(),
            committed_at: Timestamp::from_micros(0),
            effects: Effects::default(),
        }
    }

    impl DeletionStore for Scripted {
        fn delete_account(&self, _: &AccountDeletion) -> Stored<Option<Vec<LoggedEvent>>> {
            unreachable!("the job deletes no account")
        }

        fn remove_next(&self, _: Timestamp) -> Stored<RemovalStep> {
            let mut left = self.0.lock().unwrap();
            let is_more = *left > 0;
            *left = left.saturating_sub(1);
            let events = is_more.then(event).into_iter().collect();
            Ok(RemovalStep { events, is_more })
        }
    }

    struct World {
        job: AccountRemoval,
        publisher: Arc<RecordingPublisher>,
    }

    fn world(steps: usize) -> World {
        let publisher = Arc::<RecordingPublisher>::default();
        let job = AccountRemoval {
            leases: Arc::<MemoryStore>::default(),
            store: Arc::new(Scripted(Mutex::new(steps))),
            publisher: publisher.clone(),
            clock: Arc::<FakeClock>::default(),
            instance: "one".to_owned(),
        };
        World { job, publisher }
    }

    #[test]
    fn steps_are_taken_until_nothing_is_left_and_told() {
        let World { job, publisher } = world(3);
        assert_eq!(job.run().unwrap(), 3);
        assert_eq!(publisher.take_events().len(), 3);
        assert_eq!(job.run().unwrap(), 0);
    }

    #[test]
    fn run_has_an_end_and_the_next_one_goes_on() {
        let World { job, .. } = world(STEPS_MAX + 2);
        assert_eq!(job.run().unwrap(), STEPS_MAX);
        assert_eq!(job.run().unwrap(), 2);
    }

    #[test]
    fn one_replica_does_it_at_a_time() {
        let World { job, .. } = world(3);
        let other = AccountRemoval {
            leases: job.leases.clone(),
            store: job.store.clone(),
            publisher: job.publisher.clone(),
            clock: job.clock.clone(),
            instance: "other".to_owned(),
        };
        job.run().unwrap();
        let World { job: more, .. } = world(3);
        let other = AccountRemoval {
            store: more.store,
            ..other
        };
        assert_eq!(other.run().unwrap(), 0);
    }

    #[test]
    fn failed_port_is_reported() {
        let World { job, .. } = world(1);
        let without_leases = AccountRemoval {
            leases: Arc::new(Broken),
            ..job
        };
        assert!(matches!(without_leases.run(), Err(Error::Store(_))));
        let World { job, .. } = world(1);
        let without_store = AccountRemoval {
            store: Arc::new(Broken),
            ..job
        };
        assert!(matches!(without_store.run(), Err(Error::Store(_))));
    }
}
