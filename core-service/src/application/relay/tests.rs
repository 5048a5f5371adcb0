use uuid::Uuid;

use super::*;
use crate::{
    application::testing::{
        Broken, FakeClock, MemoryStore, RecordingPublisher, contract::Seats as _,
    },
    domain::ids::{ConversationId, UserId},
};

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<FakeClock>,
    publisher: Arc<RecordingPublisher>,
}

impl World {
    /// A store with so many events that no replica has handed to the hub.
    fn with_events(count: u128) -> Self {
        let world = Self {
            store: Arc::default(),
            clock: Arc::default(),
            publisher: Arc::default(),
        };
        for n in 1..=count {
            let (user, chat) = (Uuid::from_u128(1), ConversationId::new(Uuid::from_u128(n)));
            world.store.seat(UserId::new(user), chat, world.clock.now());
        }
        world
    }

    fn relay(&self, instance: &str) -> Relay {
        Relay {
            leases: self.store.clone(),
            topics: self.store.clone(),
            publisher: self.publisher.clone(),
            clock: self.clock.clone(),
            instance: instance.to_owned(),
        }
    }
}

#[test]
fn what_is_overdue_is_published_until_it_is_acknowledged() {
    let world = World::with_events(1);
    let relay = world.relay("core-1");
    // Its own replica may be handing it over at this moment.
    assert_eq!(relay.sweep().unwrap(), 0);
    world.clock.pass_micros(OVERDUE_AFTER_MICROS);
    assert_eq!(relay.sweep().unwrap(), 1);
    let published = world.publisher.take_events();
    assert_eq!(published.len(), 1);
    assert_eq!(relay.sweep().unwrap(), 1);
    assert_eq!(world.publisher.take_events(), published);
    let acked = (published[0].topic.clone(), published[0].offset);
    world.store.ack_topics(&[acked]).unwrap();
    assert_eq!(relay.sweep().unwrap(), 0);
    assert_eq!(world.publisher.take_events(), []);
}

#[test]
fn what_is_old_is_left_to_the_rooms() {
    let world = World::with_events(1);
    world.clock.pass_micros(OVERDUE_UNTIL_MICROS - 1);
    assert_eq!(world.relay("core-1").sweep().unwrap(), 1);
    world.clock.pass_micros(1);
    assert_eq!(world.relay("core-1").sweep().unwrap(), 0);
}

#[test]
fn sweep_has_an_end() {
    let batch = u128::try_from(BATCH).unwrap();
    let world = World::with_events(batch + 1);
    world.clock.pass_micros(OVERDUE_AFTER_MICROS);
    let relay = world.relay("core-1");
    assert_eq!(u128::try_from(relay.sweep().unwrap()).unwrap(), batch);
    let published = world.publisher.take_events();
    let acks: Vec<_> = published
        .into_iter()
        .map(|event| (event.topic, event.offset))
        .collect();
    world.store.ack_topics(&acks).unwrap();
    assert_eq!(relay.sweep().unwrap(), 1, "the rest comes next");
}

#[test]
fn one_replica_sweeps_and_another_takes_over() {
    let world = World::with_events(1);
    let (first, second) = (world.relay("core-1"), world.relay("core-2"));
    world.clock.pass_micros(OVERDUE_AFTER_MICROS);
    assert_eq!(first.sweep().unwrap(), 1);
    assert_eq!(second.sweep().unwrap(), 0);
    // The first one has died.
    world.clock.pass_seconds(LEASE_S);
    assert_eq!(second.sweep().unwrap(), 1);
    assert_eq!(first.sweep().unwrap(), 0);
}

#[test]
fn each_store_that_fails_is_reported() {
    let world = World::with_events(1);
    world.clock.pass_micros(OVERDUE_AFTER_MICROS);
    let without_leases = Relay {
        leases: Arc::new(Broken),
        ..world.relay("core-1")
    };
    let without_topics = Relay {
        topics: Arc::new(Broken),
        ..world.relay("core-1")
    };
    for relay in [without_leases, without_topics] {
        assert!(matches!(relay.sweep(), Err(Error::Store(_))));
    }
    assert_eq!(world.publisher.take_events(), []);
}
