use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Changed, Stored},
        testing::{Broken, FakeClock, MemoryStore, RecordingPublisher},
    },
    domain::{
        disappearing::LIFETIMES_S,
        event::{Effects, LoggedEvent},
        permission::Denied,
        time::Timestamp,
    },
};

/// Has so many messages whose time is over.
struct Scripted {
    due: Mutex<i64>,
    changes: Mutex<Vec<LifetimeChange>>,
    answer: Result<Changed, ()>,
}

impl DisappearingStore for Scripted {
    fn set_lifetime(&self, change: &LifetimeChange) -> Stored<Changed> {
        self.changes.lock().unwrap().push(*change);
        let failed = |()| StoreError::Unavailable("the network is down".into());
        self.answer.clone().map_err(failed)
    }

    fn expire_messages(&self, _: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>> {
        if self.answer.is_err() {
            return Err(StoreError::Unavailable("the network is down".into()));
        }
        let mut due = self.due.lock().unwrap();
        let part = limit.min(*due);
        *due -= part;
        Ok((0..part).map(|_| event()).collect())
    }
}

fn event() -> LoggedEvent {
    LoggedEvent {
        topic: "chat:x".to_owned(),
        epoch: "now".to_owned(),
        offset: 1,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(0),
        effects: Effects::default(),
    }
}

struct World {
    leases: Arc<MemoryStore>,
    store: Arc<Scripted>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
}

impl World {
    fn new(due: i64, answer: Result<Changed, ()>) -> Self {
        Self {
            leases: Arc::default(),
            store: Arc::new(Scripted {
                due: Mutex::new(due),
                changes: Mutex::default(),
                answer,
            }),
            publisher: Arc::default(),
            clock: Arc::default(),
        }
    }

    fn replica(&self, instance: &str) -> Disappearing {
        Disappearing {
            leases: self.leases.clone(),
            store: self.store.clone(),
            publisher: self.publisher.clone(),
            clock: self.clock.clone(),
            instance: instance.to_owned(),
        }
    }

    fn set(&self, seconds: i64) -> Result<(), Error> {
        let (by, chat) = (UserId::new(Uuid::nil()), ConversationId::new(Uuid::nil()));
        self.replica("core-1").set(by, chat, seconds)
    }
}

#[test]
fn choice_is_stored_and_published() {
    let world = World::new(0, Ok(Ok(vec![event()])));
    world.set(LIFETIMES_S[0]).unwrap();
    world.set(0).unwrap();
    let changes = world.store.changes.lock().unwrap();
    let asked: Vec<Option<i64>> = changes
        .iter()
        .map(|change| change.lifetime.map(Lifetime::seconds))
        .collect();
    assert_eq!(asked, [Some(LIFETIMES_S[0]), None]);
    assert_eq!(world.publisher.take_events().len(), 2);
}

#[test]
fn choice_that_is_none_or_is_refused_is_not_published() {
    let world = World::new(0, Ok(Err(Denied::RoleTooLow.into())));
    assert!(matches!(world.set(5), Err(Error::NotALifetime(_))));
    assert!(world.store.changes.lock().unwrap().is_empty());
    assert!(matches!(
        world.set(0),
        Err(Error::Denied(Denied::RoleTooLow))
    ));
    let broken = World::new(0, Err(()));
    assert!(matches!(broken.set(0), Err(Error::Store(_))));
    assert!(world.publisher.take_events().is_empty());
}

#[test]
fn run_is_bounded_one_replicas_and_published() {
    let bound = i64::try_from(TRANSACTIONS_MAX).unwrap() * EXPIRED_AT_ONCE;
    let world = World::new(bound + 3, Ok(Ok(Vec::new())));
    let (first, second) = (world.replica("core-1"), world.replica("core-2"));
    let count = |removed: usize| i64::try_from(removed).unwrap();
    assert_eq!(count(first.run().unwrap()), bound);
    assert_eq!(count(world.publisher.take_events().len()), bound);
    assert_eq!(second.run().unwrap(), 0);
    // The replica that did it is gone.
    world.clock.pass_seconds(LEASE_S);
    assert_eq!(second.run().unwrap(), 3);
    assert_eq!(second.run().unwrap(), 0);
}

#[test]
fn each_store_that_fails_is_reported() {
    let world = World::new(3, Err(()));
    assert!(matches!(
        world.replica("core-1").run(),
        Err(Error::Store(_))
    ));
    let without_leases = Disappearing {
        leases: Arc::new(Broken),
        ..world.replica("core-1")
    };
    assert!(matches!(without_leases.run(), Err(Error::Store(_))));
    assert!(world.publisher.take_events().is_empty());
}
