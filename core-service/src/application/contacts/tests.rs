use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        ports::{Changed, Refused, Stored},
        testing::{Broken, FakeClock, RecordingPublisher},
    },
    domain::{
        account::{DisplayName, Handle},
        contact::ContactDenied,
        event::{Effects, LoggedEvent},
        time::Timestamp,
    },
};

/// A store of contacts that answers as it is told and notes what it is asked.
struct Scripted {
    changed: Mutex<Changed>,
    changes: Mutex<Vec<BlockChange>>,
    /// How many people the user has blocked.
    blocked: usize,
    pages: Mutex<Vec<(Option<UserId>, i64)>>,
    who_may_add: Mutex<WhoMayAdd>,
}

impl ContactStore for Scripted {
    fn who_may_add(&self, _: UserId) -> Stored<WhoMayAdd> {
        Ok(*self.who_may_add.lock().unwrap())
    }

    fn set_who_may_add(&self, _: UserId, who: WhoMayAdd) -> Stored<()> {
        *self.who_may_add.lock().unwrap() = who;
        Ok(())
    }

    fn set_block(&self, change: &BlockChange) -> Stored<Changed> {
        self.changes.lock().unwrap().push(*change);
        Ok(self.changed.lock().unwrap().clone())
    }

    fn blocked(&self, _: UserId, after: Option<UserId>, limit: i64) -> Stored<Vec<User>> {
        self.pages.lock().unwrap().push((after, limit));
        let people = (1..).map(person).take(self.blocked);
        Ok(people.take(usize::try_from(limit).unwrap()).collect())
    }
}

struct World {
    store: Arc<Scripted>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
    contacts: Contacts,
}

impl World {
    /// In which every change is made, and so many people are blocked.
    fn new(blocked: usize) -> Self {
        let store = Arc::new(Scripted {
            changed: Mutex::new(Ok(vec![event()])),
            changes: Mutex::default(),
            blocked,
            pages: Mutex::default(),
            who_may_add: Mutex::default(),
        });
        let publisher = Arc::<RecordingPublisher>::default();
        let clock = Arc::<FakeClock>::default();
        let contacts = Contacts {
            contacts: store.clone(),
            publisher: publisher.clone(),
            clock: clock.clone(),
            blocks_max: 7,
        };
        Self {
            store,
            publisher,
            clock,
            contacts,
        }
    }
}

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn person(n: u128) -> User {
    User {
        id: user(n),
        handle: Handle::parse("ada").unwrap(),
        display_name: DisplayName::parse("Ada").unwrap(),
        picture: None,
    }
}

fn event() -> LoggedEvent {
    LoggedEvent {
        topic: "user:x".to_owned(),
        epoch: "now".to_owned(),
        offset: 1,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(0),
        effects: Effects::default(),
    }
}

#[test]
fn block_and_its_end_are_published() {
    let world = World::new(0);
    for on in [true, false] {
        world.contacts.set_block(user(1), user(2), on).unwrap();
        assert_eq!(world.publisher.take_events(), [event()]);
    }
    let change = |on| BlockChange {
        blocker: user(1),
        blocked: user(2),
        on,
        now: world.clock.now(),
        blocks_max: 7,
    };
    let asked = world.store.changes.lock().unwrap();
    assert_eq!(asked[..], [change(true), change(false)]);
}

#[test]
fn block_is_refused_for_a_reason() {
    let world = World::new(0);
    let oneself = world.contacts.set_block(user(1), user(1), true);
    assert!(matches!(oneself, Err(Error::NotFound("user"))));
    assert!(world.store.changes.lock().unwrap().is_empty());
    for (refused, why) in [
        (Refused::NoUser, "there is no such user"),
        (
            Refused::Contact(ContactDenied::TooManyBlocks),
            "you have blocked as many people as one person may; unblock some of them first",
        ),
    ] {
        *world.store.changed.lock().unwrap() = Err(refused);
        let told = world.contacts.set_block(user(1), user(2), true);
        assert_eq!(told.unwrap_err().to_string(), why);
    }
    assert_eq!(world.publisher.take_events(), []);
}

#[test]
fn blocked_people_come_a_hundred_at_a_time() {
    for (blocked, shown, has_more) in [(0, 0, false), (100, 100, false), (101, 100, true)] {
        let world = World::new(blocked);
        let (people, more) = world.contacts.blocked(user(1), Some(user(9))).unwrap();
        assert_eq!((people.len(), more), (shown, has_more));
        assert_eq!(
            world.store.pages.lock().unwrap()[..],
            [(Some(user(9)), 101)]
        );
    }
}

#[test]
fn user_chooses_who_may_add_them() {
    let world = World::new(0);
    for who in WhoMayAdd::ALL {
        world.contacts.set_who_may_add(user(1), who).unwrap();
        assert_eq!(world.contacts.who_may_add(user(1)).unwrap(), who);
    }
}

#[test]
fn store_that_fails_is_reported_and_nothing_is_published() {
    let world = World::new(0);
    let broken = Contacts {
        contacts: Arc::new(Broken),
        ..world.contacts
    };
    let who = WhoMayAdd::Nobody;
    for failed in [
        broken.set_block(user(1), user(2), true),
        broken.set_block(user(1), user(2), false),
        broken.blocked(user(1), None).map(|_| ()),
        broken.who_may_add(user(1)).map(|_| ()),
        broken.set_who_may_add(user(1), who),
    ] {
        assert!(matches!(failed, Err(Error::Store(_))), "{failed:?}");
    }
    assert_eq!(world.publisher.take_events(), []);
}
