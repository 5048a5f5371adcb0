use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Refused, SearchPlace, Stored},
        testing::{Broken, FakeClock, MemoryStore},
    },
    domain::{
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::{Message, Text},
        message_search::MessageSearch,
        permission::Denied,
        time::Timestamp,
    },
};

type Look = Result<Found, Refused>;

/// What the store was asked: after which place, and for how many.
type Question = (Option<SearchPlace>, i64);

/// Answers what a test has prepared, one after the other, and remembers what it was asked. Fails where nothing
/// is prepared.
#[derive(Default)]
struct FakeIndex {
    looks: Mutex<Vec<Look>>,
    asked: Mutex<Vec<Wanted>>,
    indexed: Mutex<Vec<usize>>,
    limits: Mutex<Vec<i64>>,
}

fn next<T>(prepared: &Mutex<Vec<T>>) -> Stored<T> {
    let next = prepared.lock().unwrap().pop();
    next.ok_or_else(|| StoreError::Unavailable("nothing was prepared".into()))
}

impl SearchStore for FakeIndex {
    fn search_messages(&self, wanted: &Wanted) -> Stored<Look> {
        self.asked.lock().unwrap().push(wanted.clone());
        next(&self.looks)
    }

    fn index_messages(&self, limit: i64) -> Stored<usize> {
        self.limits.lock().unwrap().push(limit);
        next(&self.indexed)
    }
}

fn message(n: u128) -> Message {
    Message {
        id: MessageId::new(Uuid::from_u128(n)),
        conversation_id: ConversationId::new(Uuid::from_u128(1)),
        seq: 1,
        sender_id: UserId::new(Uuid::from_u128(2)),
        client_msg_id: ClientId::new(Uuid::nil()),
        text: Text::parse("tea").unwrap(),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: 0,
        created_at: Timestamp::from_micros(1),
        edited_at: None,
        deleted: false,
        reactions: Vec::new(),
        my_reaction: None,
        attachment: None,
        expires_at: None,
        preview: None,
        starred: false,
    }
}

fn place(position: i64) -> Option<SearchPlace> {
    Some(SearchPlace { position })
}

fn look(messages: &[u128], next: Option<SearchPlace>) -> Look {
    Ok(Found {
        messages: messages.iter().copied().map(message).collect(),
        next,
    })
}

/// What three messages are asked for with, and what is answered where the store answers this.
fn find(mut looks: Vec<Look>) -> (Result<Found, Error>, Vec<Question>) {
    looks.reverse();
    let store = Arc::new(FakeIndex {
        looks: Mutex::new(looks),
        ..FakeIndex::default()
    });
    let search = MessageSearch::parse("tea").unwrap();
    let reader = UserId::new(Uuid::from_u128(3));
    let found = Search {
        store: store.clone(),
    }
    .find(Wanted {
        reader,
        search: search.clone(),
        after: place(99),
        limit: 3,
    });
    let asked = store.asked.lock().unwrap();
    let of_reader = |wanted: &Wanted| wanted.reader == reader && wanted.search == search;
    assert!(asked.iter().all(of_reader));
    let asked = asked.iter().map(|wanted| (wanted.after, wanted.limit));
    (found, asked.collect())
}

#[track_caller]
fn check_found(looks: Vec<Look>, expected: Look, asked: &[Question]) {
    let (found, questions) = find(looks);
    assert_eq!(found.unwrap(), expected.unwrap());
    assert_eq!(questions, asked);
}

#[test]
fn search_goes_on_where_a_look_was_not_enough() {
    let end = || look(&[9, 8], None);
    check_found(vec![end()], end(), &[(place(99), 3)]);
    let full = || look(&[9, 8, 7], place(7));
    check_found(vec![full()], full(), &[(place(99), 3)]);
    check_found(
        vec![look(&[9], place(50)), look(&[8], None)],
        look(&[9, 8], None),
        &[(place(99), 3), (place(50), 2)],
    );
}

#[test]
fn search_that_finds_nothing_ends_with_a_place_to_go_on() {
    check_found(
        vec![look(&[], place(50)), look(&[], place(30))],
        look(&[], place(30)),
        &[(place(99), 3), (place(50), 3)],
    );
}

#[test]
fn search_that_is_refused_or_fails_says_so() {
    let (denied, _) = find(vec![Err(Denied::NotFound.into())]);
    assert!(matches!(denied, Err(Error::NotFound("conversation"))));
    let (denied, _) = find(vec![Err(Denied::NotAccepted.into())]);
    assert!(matches!(denied, Err(Error::Denied(Denied::NotAccepted))));
    let (failed, _) = find(Vec::new());
    assert!(matches!(failed, Err(Error::Store(_))));
}

#[derive(Default)]
struct World {
    leases: Arc<MemoryStore>,
    clock: Arc<FakeClock>,
    store: Arc<FakeIndex>,
}

impl World {
    fn indexing(&self, instance: &str, mut indexed: Vec<usize>) -> Indexing {
        indexed.reverse();
        *self.store.indexed.lock().unwrap() = indexed;
        Indexing {
            leases: self.leases.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            instance: instance.to_owned(),
        }
    }

    fn limits(&self) -> Vec<i64> {
        std::mem::take(&mut self.store.limits.lock().unwrap())
    }
}

#[test]
fn run_of_the_index_is_bounded_and_ends_where_nothing_is_left() {
    let world = World::default();
    let much = vec![250; TRANSACTIONS_MAX + 1];
    assert_eq!(world.indexing("core-1", much).run().unwrap(), 1_000);
    assert_eq!(world.limits(), [INDEXED_AT_ONCE; TRANSACTIONS_MAX]);
    assert_eq!(world.indexing("core-1", vec![7, 0]).run().unwrap(), 7);
    assert_eq!(world.limits(), [INDEXED_AT_ONCE; 2]);
}

#[test]
fn index_is_one_replicas_until_that_is_gone() {
    let world = World::default();
    assert_eq!(world.indexing("core-1", vec![0]).run().unwrap(), 0);
    assert_eq!(world.limits().len(), 1);
    assert_eq!(world.indexing("core-2", vec![7, 0]).run().unwrap(), 0);
    assert_eq!(world.limits(), [0; 0]);
    world.clock.pass_seconds(LEASE_S + 1);
    assert_eq!(world.indexing("core-2", vec![7, 0]).run().unwrap(), 7);
}

#[test]
fn index_that_fails_is_reported() {
    let world = World::default();
    let without_store = world.indexing("core-1", Vec::new());
    assert!(matches!(without_store.run(), Err(Error::Store(_))));
    let without_leases = Indexing {
        leases: Arc::new(Broken),
        ..world.indexing("core-1", vec![7, 0])
    };
    assert!(matches!(without_leases.run(), Err(Error::Store(_))));
    assert_eq!(world.limits().len(), 1);
}
