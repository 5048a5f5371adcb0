use uuid::Uuid;

use super::*;
use crate::{
    application::{
        accounts::{AccountRules, Origin},
        error::TokenError,
        ports::Clock as _,
        testing::{
            Broken, CountedIds, FakeClock, FakeSealer, FakeTokens, MemoryStore, PlainHasher,
            RecordingPublisher, contract::Seats as _,
        },
    },
    domain::account::User,
};

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<FakeClock>,
    topics: Topics,
}

impl World {
    fn new() -> Self {
        let (store, tokens) = (Arc::<MemoryStore>::default(), Arc::<FakeTokens>::default());
        let clock = Arc::<FakeClock>::default();
        let accounts = Accounts {
            accounts: store.clone(),
            sessions: store.clone(),
            attempts: store.clone(),
            factors: store.clone(),
            deletions: store.clone(),
            sealer: Arc::<FakeSealer>::default(),
            devices: tokens.clone(),
            hasher: Arc::<PlainHasher>::default(),
            issuer: tokens.clone(),
            verifier: tokens,
            publisher: Arc::<RecordingPublisher>::default(),
            clock: clock.clone(),
            ids: Arc::<CountedIds>::default(),
            rules: AccountRules {
                sign_up_open: true,
                access_ttl_s: 900,
                refresh_ttl_s: 1_000,
                sessions_max: 9,
            },
        };
        let topics = Topics {
            accounts: Arc::new(accounts),
            topics: store.clone(),
        };
        Self {
            store,
            clock,
            topics,
        }
    }

    /// Somebody new, and their token.
    fn sign_up(&self, handle: &str) -> (User, String) {
        let password = "correct horse battery staple".to_owned();
        let signed_in = self
            .topics
            .accounts
            .register(handle, "Ada", password, &Origin::default());
        let signed_in = signed_in.unwrap();
        (signed_in.user, signed_in.access_token)
    }

    /// A user in so many chats, a second apart.
    fn seat(&self, user: UserId, chats: u128) {
        for n in 1..=chats {
            self.clock.pass_seconds(1);
            self.store.seat(user, chat(n), self.clock.now());
        }
    }

    /// The same topics in a database that nobody can reach.
    fn broken(&self) -> Topics {
        Topics {
            accounts: self.topics.accounts.clone(),
            topics: Arc::new(Broken),
        }
    }
}

fn chat(n: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(n))
}

fn names(part: &GrantPart) -> Vec<&str> {
    let positions = part.items.iter().map(|grant| &*grant.position.name);
    positions.collect()
}

fn chats(ids: impl Iterator<Item = u128>) -> Vec<String> {
    ids.map(|n| Topic::Chat(chat(n)).to_string()).collect()
}

#[track_caller]
fn check_store_failed<T: std::fmt::Debug>(done: &Result<T, Error>) {
    assert!(matches!(done, Err(Error::Store(_))), "{done:?}");
}

#[test]
fn good_token_names_its_user_and_what_they_may_hear() {
    let world = World::new();
    let (ada, token) = world.sign_up("ada");
    let (eve, _) = world.sign_up("eve");
    world.seat(ada.id, 2);
    let (identity, part) = world.topics.verify(&token).unwrap();
    assert_eq!(identity.user, ada.id);
    let own = Topic::User(ada.id).to_string();
    let mut heard = vec![own.clone()];
    heard.extend(chats([2, 1].into_iter()));
    assert_eq!(
        (names(&part), part.next),
        (heard.iter().map(|name| &**name).collect(), None)
    );

    let strangers = Topic::User(eve.id).to_string();
    let asked = [&heard[..], &[strangers, "control".into(), "x".into()]].concat();
    let granted = world.topics.authorize(ada.id, &asked).unwrap();
    assert_eq!(granted, part.items);
    assert_eq!(world.topics.authorize(eve.id, &heard).unwrap(), []);
}

#[test]
fn token_that_is_not_good_is_refused() {
    let world = World::new();
    let (_, token) = world.sign_up("ada");
    let refused = |token: &str| match world.topics.verify(token) {
        Err(Error::Unauthenticated(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("no token"), TokenError::Invalid);
    world.topics.accounts.log_out(Some(&token), None).unwrap();
    assert_eq!(refused(&token), TokenError::Revoked);
}

#[test]
fn chats_beyond_the_first_part_come_in_an_order_that_nothing_changes() {
    let world = World::new();
    let (ada, token) = world.sign_up("ada");
    let many = u128::try_from(GRANTS_MAX).unwrap() + 500;
    world.seat(ada.id, many);
    let (_, first) = world.topics.verify(&token).unwrap();
    // The user's own topic is the first of them.
    let newest = chats((502..=many).rev());
    assert_eq!(names(&first)[1..], newest);

    // The oldest moves to the front of every list before the next part is read.
    world.clock.pass_seconds(1);
    world.store.happen(chat(1), world.clock.now());
    let second = world.topics.grants(ada.id, first.next.unwrap()).unwrap();
    assert_eq!(names(&second), chats((501..=many).rev()));
    let third = world.topics.grants(ada.id, second.next.unwrap()).unwrap();
    assert_eq!(names(&third), chats((1..=500).rev()));
    assert_eq!(third.next, None);
}

#[test]
fn ranges_are_answered_in_their_order() {
    let world = World::new();
    let (ada, token) = world.sign_up("ada");
    world.topics.accounts.log_out(Some(&token), None).unwrap();
    let range = |topic: String| LogRange {
        topic,
        epoch: String::new(),
        after: 0,
        up_to: None,
        limit: 9,
    };
    let own = Topic::User(ada.id).to_string();
    let ranges = ["nowhere".to_owned(), "control".to_owned(), own].map(range);
    let slices = world.topics.read(&ranges).unwrap();
    let events = |slice: &Option<LogSlice>| slice.as_ref().map(|slice| slice.events.len());
    let events: Vec<_> = slices.iter().map(events).collect();
    assert_eq!(events, [None, Some(1), Some(0)]);
}

#[test]
fn heads_are_those_of_topics_that_exist() {
    let world = World::new();
    let (ada, _) = world.sign_up("ada");
    world.seat(ada.id, 1);
    let [known, unknown] = [1, 2].map(|n| Topic::Chat(chat(n)).to_string());
    let heads = world.topics.heads(&[unknown, known.clone()]).unwrap();
    let [head] = &heads[..] else {
        panic!("{heads:?}")
    };
    assert_eq!((&head.position.name, head.position.offset), (&known, 1));
    assert_eq!(head.member_count, 1);
}

#[test]
fn store_that_fails_is_reported() {
    let world = World::new();
    let (ada, token) = world.sign_up("ada");
    let broken = world.broken();
    check_store_failed(&broken.verify(&token));
    let without_sessions = Topics {
        accounts: Arc::new(Accounts {
            sessions: Arc::new(Broken),
            ..Accounts::clone(&world.topics.accounts)
        }),
        topics: world.store.clone(),
    };
    check_store_failed(&without_sessions.verify(&token));
    check_store_failed(&broken.grants(ada.id, chat(9)));
    check_store_failed(&broken.authorize(ada.id, &[]));
    check_store_failed(&broken.heads(&[]));
    let range = LogRange {
        topic: "control".to_owned(),
        epoch: String::new(),
        after: 0,
        up_to: None,
        limit: 1,
    };
    check_store_failed(&broken.read(&[range]));
}
