//! Every use case against fakes: success, each refusal, each failing port.
//!
//! Long because each use case is tried with each refusal and each port that fails.

mod deletion;
mod second_factor;
mod sessions;

use std::sync::atomic::Ordering;

use super::*;
use crate::{
    application::testing::{
        Broken, CountedIds, FakeClock, FakeSealer, FakeTokens, MemoryStore, PlainHasher,
        RecordingPublisher,
    },
    domain::account::AccountError,
};

const PASSWORD: &str = "correct horse battery";
const ADDRESS: &str = "192.0.2.1";
const REFRESH_TTL_S: i64 = 30 * 24 * 60 * 60;

struct World {
    accounts: Accounts,
    clock: Arc<FakeClock>,
    hasher: Arc<PlainHasher>,
    tokens: Arc<FakeTokens>,
    publisher: Arc<RecordingPublisher>,
    sealer: Arc<FakeSealer>,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::<FakeClock>::default();
        let hasher = Arc::<PlainHasher>::default();
        let tokens = Arc::<FakeTokens>::default();
        let publisher = Arc::<RecordingPublisher>::default();
        let sealer = Arc::<FakeSealer>::default();
        let accounts = Accounts {
            accounts: store.clone(),
            sessions: store.clone(),
            attempts: store.clone(),
            factors: store.clone(),
            deletions: store,
            sealer: sealer.clone(),
            devices: tokens.clone(),
            hasher: hasher.clone(),
            issuer: tokens.clone(),
            verifier: tokens.clone(),
            publisher: publisher.clone(),
            clock: clock.clone(),
            ids: Arc::<CountedIds>::default(),
            rules: AccountRules {
                sign_up_open: true,
                access_ttl_s: 900,
                refresh_ttl_s: REFRESH_TTL_S,
                sessions_max: 9,
            },
        };
        Self {
            accounts,
            clock,
            hasher,
            tokens,
            publisher,
            sealer,
        }
    }

    /// Without the store of accounts.
    fn without_accounts(&self) -> Accounts {
        Accounts {
            accounts: Arc::new(Broken),
            ..self.accounts.clone()
        }
    }

    /// Without the store of attempts.
    fn without_attempts(&self) -> Accounts {
        Accounts {
            attempts: Arc::new(Broken),
            ..self.accounts.clone()
        }
    }

    /// Without the store of sessions.
    fn without_sessions(&self) -> Accounts {
        Accounts {
            sessions: Arc::new(Broken),
            ..self.accounts.clone()
        }
    }

    #[track_caller]
    fn register(&self, handle: &str) -> SignedIn {
        let registered =
            self.accounts
                .register(handle, handle, PASSWORD.to_owned(), &from(ADDRESS));
        registered.unwrap()
    }

    fn log_in(&self, handle: &str, password: &str) -> Result<SignedIn, Error> {
        self.accounts.log_in(handle, password, None, &from(ADDRESS))
    }

    /// Fails to sign in, and says how long to wait if that is why.
    #[track_caller]
    fn fail(&self, handle: &str, from: &Origin) -> Option<i64> {
        match self.accounts.log_in(handle, "wrong", None, from) {
            Err(Error::InvalidCredentials) => None,
            Err(Error::TooManyAttempts(wait)) => Some(wait.as_seconds()),
            other => panic!("{other:?}"),
        }
    }
}

fn from(address: &str) -> Origin {
    Origin {
        address: address.to_owned(),
        device_token: None,
        device: None,
    }
}

#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers have nothing else to do with it"
)]
fn check_store_failed<T: std::fmt::Debug>(done: Result<T, Error>) {
    assert!(matches!(done, Err(Error::Store(_))), "{done:?}");
}

#[test]
fn registering_signs_in() {
    let world = World::new();
    let ada = world.register(" Ada ");
    assert_eq!(ada.user.handle.as_str(), "ada");
    assert_eq!(ada.user.display_name.as_str(), "Ada");
    assert_eq!(ada.expires_in_s, 900);
    let identity = world.accounts.identify(&ada.access_token).unwrap();
    assert_eq!(identity.user, ada.user.id);
    assert_eq!(identity.expires_at, world.clock.now().plus_seconds(900));
    assert_eq!(world.accounts.user(ada.user.id).unwrap(), ada.user);
    let again = world.accounts.refresh(&ada.refresh_token).unwrap();
    assert_eq!(again.user, ada.user);
}

#[test]
fn registering_is_refused_for_a_reason() {
    let mut world = World::new();
    world.register("ada");
    let runs = world.hasher.runs.load(Ordering::Relaxed);
    let register = |world: &World, handle, name, password: &str| {
        world
            .accounts
            .register(handle, name, password.to_owned(), &from(ADDRESS))
    };
    let refused = register(&world, "a", "A", PASSWORD);
    assert!(matches!(refused, Err(Error::Account(AccountError::Handle))));
    let refused = register(&world, "ben", "", PASSWORD);
    assert!(matches!(
        refused,
        Err(Error::Account(AccountError::DisplayName))
    ));
    let refused = register(&world, "ben", "Ben", "short");
    assert!(matches!(
        refused,
        Err(Error::Account(AccountError::Password))
    ));
    let refused = register(&world, "ben", "Ben", "password");
    assert!(matches!(
        refused,
        Err(Error::Account(AccountError::PasswordWeak(_)))
    ));
    let refused = register(&world, "admin", "Ben", PASSWORD);
    assert!(matches!(
        refused,
        Err(Error::Account(AccountError::HandleReserved))
    ));
    world.accounts.rules.sign_up_open = false;
    let refused = register(&world, "ben", "Ben", PASSWORD);
    assert!(matches!(refused, Err(Error::SignUpClosed)));
    // None of these cost a hash.
    assert_eq!(world.hasher.runs.load(Ordering::Relaxed), runs);
    world.accounts.rules.sign_up_open = true;
    let refused = register(&world, "ADA", "Ada", PASSWORD);
    assert!(matches!(refused, Err(Error::HandleTaken)));
}

#[test]
fn registering_reports_the_port_that_failed() {
    let world = World::new();
    let register = |accounts: &Accounts, handle| {
        accounts.register(handle, "Ada", PASSWORD.to_owned(), &from(ADDRESS))
    };
    check_store_failed(register(&world.without_accounts(), "ada"));
    // The account exists from here on: its owner signs in once sessions can be made.
    check_store_failed(register(&world.without_sessions(), "ada"));
    assert!(world.log_in("ada", PASSWORD).is_ok());
    world.tokens.fails.store(true, Ordering::Relaxed);
    check_store_failed(register(&world.accounts, "ben"));
    world.hasher.fails.store(true, Ordering::Relaxed);
    check_store_failed(register(&world.accounts, "cat"));
    let unknown = world
        .accounts
        .accounts
        .credentials(&Handle::parse("cat").unwrap());
    assert_eq!(unknown.unwrap(), None);
}

#[test]
fn logging_in_makes_a_session_of_its_own() {
    let world = World::new();
    let first = world.register("ada");
    let second = world.log_in(" ADA ", PASSWORD).unwrap();
    assert_eq!(second.user, first.user);
    let session = |signed_in: &SignedIn| {
        let identity = world.accounts.identify(&signed_in.access_token);
        identity.unwrap().session
    };
    assert_ne!(session(&first), session(&second));
}

#[test]
fn signing_in_too_often_ends_the_oldest_session_and_the_hub_hears_it() {
    let mut world = World::new();
    world.accounts.rules.sessions_max = 2;
    let first = world.register("ada");
    let session = world
        .accounts
        .identify(&first.access_token)
        .unwrap()
        .session;
    world.clock.pass_seconds(1);
    let second = world.log_in("ada", PASSWORD).unwrap();
    assert_eq!(world.publisher.take_events(), []);
    let third = world.log_in("ada", PASSWORD).unwrap();
    let events = world.publisher.take_events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].effects.revoked_sessions, [session]);
    let ended = world.accounts.identify(&first.access_token);
    assert!(matches!(
        ended,
        Err(Error::Unauthenticated(TokenError::Revoked))
    ));
    for lives in [second, third] {
        assert!(world.accounts.identify(&lives.access_token).is_ok());
    }
}

#[test]
fn unknown_handles_and_wrong_passwords_look_the_same() {
    let world = World::new();
    world.register("ada");
    let before = world.hasher.runs.load(Ordering::Relaxed);
    for (handle, password) in [("ada", "wrong"), ("nobody", PASSWORD)] {
        let refused = world.log_in(handle, password);
        assert!(matches!(refused, Err(Error::InvalidCredentials)));
    }
    // Both took a hash's time.
    assert_eq!(world.hasher.runs.load(Ordering::Relaxed), before + 2);
    let refused = world.log_in("no handle", PASSWORD);
    assert!(matches!(refused, Err(Error::InvalidCredentials)));
}

#[test]
fn logging_in_reports_the_port_that_failed() {
    let world = World::new();
    world.register("ada");
    let log_in = |accounts: &Accounts| accounts.log_in("ada", PASSWORD, None, &from(ADDRESS));
    check_store_failed(log_in(&world.without_accounts()));
    check_store_failed(log_in(&world.without_attempts()));
    check_store_failed(log_in(&world.without_sessions()));
    world.tokens.fails.store(true, Ordering::Relaxed);
    check_store_failed(log_in(&world.accounts));
}

#[test]
fn failure_of_the_store_is_no_guess() {
    let world = World::new();
    world.register("ada");
    for _ in 0..9 {
        check_store_failed(
            world
                .without_accounts()
                .log_in("ada", PASSWORD, None, &from(ADDRESS)),
        );
    }
    assert!(world.log_in("ada", PASSWORD).is_ok());
}

#[test]
fn guesses_from_one_address_wait_longer_and_longer() {
    let world = World::new();
    world.register("ada");
    for _ in 0..5 {
        assert_eq!(world.fail("ada", &from(ADDRESS)), None);
    }
    let mut waits = Vec::new();
    for _ in 0..4 {
        let runs = world.hasher.runs.load(Ordering::Relaxed);
        let wait = world.fail("ada", &from(ADDRESS)).unwrap();
        // Asking again costs no hash, and makes nobody wait longer.
        assert_eq!(world.fail("ada", &from(ADDRESS)), Some(wait));
        assert_eq!(world.hasher.runs.load(Ordering::Relaxed), runs);
        world.clock.pass_seconds(wait);
        assert_eq!(world.fail("ada", &from(ADDRESS)), None);
        waits.push(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8]);
    // Whoever knows the password waits there as well, and nowhere else.
    let refused = world.log_in("ada", PASSWORD);
    assert!(matches!(refused, Err(Error::TooManyAttempts(_))));
    let elsewhere = from("192.0.2.2");
    assert!(
        world
            .accounts
            .log_in("ada", PASSWORD, None, &elsewhere)
            .is_ok()
    );
    // The failures are forgotten after a while.
    world.clock.pass_seconds(ATTEMPTS_COUNT_FOR_S);
    for _ in 0..5 {
        assert_eq!(world.fail("ada", &from(ADDRESS)), None);
    }
}

#[test]
fn signing_in_forgets_ones_own_failures() {
    let world = World::new();
    world.register("ada");
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(world.fail("ada", &from(ADDRESS)), None);
        }
        assert!(world.log_in("ada", PASSWORD).is_ok());
    }
}

#[test]
fn account_that_is_guessed_from_everywhere_is_open_to_its_owners_devices() {
    let world = World::new();
    let device_token = world.register("ada").device_token;
    assert!(device_token.is_some());
    for n in 0..30 {
        assert_eq!(world.fail("ada", &from(&format!("198.51.100.{n}"))), None);
    }
    let elsewhere = from("192.0.2.2");
    assert_eq!(world.fail("ada", &elsewhere), Some(1));
    let known = Origin {
        device_token,
        ..elsewhere.clone()
    };
    assert!(world.accounts.log_in("ada", PASSWORD, None, &known).is_ok());
    // Another's device is nobody's here.
    let others = Origin {
        device_token: world.register("ben").device_token,
        ..elsewhere
    };
    assert_eq!(world.fail("ada", &others), Some(1));
    // A stolen device guesses no faster than an address.
    for _ in 0..5 {
        assert_eq!(world.fail("ada", &known), None);
    }
    assert_eq!(world.fail("ada", &known), Some(1));
    // Nobody is shut out for long.
    for _ in 0..20 {
        world.clock.pass_seconds(60);
        let attacker = from("203.0.113.1");
        let _ = world.accounts.log_in("ada", "wrong", None, &attacker);
    }
    let wait = world.fail("ada", &from("192.0.2.3"));
    assert!(wait.is_none_or(|wait| wait <= 60), "{wait:?}");
}

#[test]
fn address_that_tries_many_accounts_has_to_wait() {
    let world = World::new();
    world.register("ada");
    for n in 0..50 {
        assert_eq!(world.fail(&format!("nobody{n}"), &from(ADDRESS)), None);
    }
    assert_eq!(world.fail("nobody", &from(ADDRESS)), Some(1));
    assert_eq!(world.fail("nobody", &from("192.0.2.2")), None);
}

#[test]
fn guesses_at_once_count_each_other() {
    let world = World::new();
    world.register("ada");
    let before = world.hasher.runs.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| world.fail("ada", &from(ADDRESS)));
        }
    });
    let checked = world.hasher.runs.load(Ordering::Relaxed) - before;
    assert!(checked <= 5, "{checked}");
}

#[test]
fn operator_unlocks_an_account() {
    let world = World::new();
    world.register("ada");
    while world.fail("ada", &from(ADDRESS)).is_none() {}
    let Accounts {
        accounts, attempts, ..
    } = &world.accounts;
    unlock(&**accounts, &**attempts, " ADA ").unwrap();
    assert!(world.log_in("ada", PASSWORD).is_ok());
    let unknown = unlock(&**accounts, &**attempts, "nobody");
    assert!(matches!(unknown, Err(Error::NotFound("account"))));
    let nonsense = unlock(&**accounts, &**attempts, "no handle");
    assert!(matches!(nonsense, Err(Error::Account(_))));
    check_store_failed(unlock(&Broken, &**attempts, "ada"));
    check_store_failed(unlock(&**accounts, &Broken, "ada"));
}

#[test]
fn lost_refresh_answer_is_given_again() {
    let world = World::new();
    let ada = world.register("ada");
    let lost = world.accounts.refresh(&ada.refresh_token).unwrap();
    world.clock.pass_seconds(20 * 24 * 60 * 60);
    let again = world.accounts.refresh(&ada.refresh_token).unwrap();
    assert_eq!(again.refresh_token, lost.refresh_token);
    assert!(world.accounts.identify(&again.access_token).is_ok());
    let next = world.accounts.refresh(&again.refresh_token).unwrap();
    assert_ne!(next.refresh_token, again.refresh_token);
    assert_eq!(world.publisher.take_events(), []);
}

#[test]
fn reused_refresh_token_ends_its_session_and_the_hub_hears_it() {
    let world = World::new();
    let ada = world.register("ada");
    let session = world.accounts.identify(&ada.access_token).unwrap().session;
    let second = world.accounts.refresh(&ada.refresh_token).unwrap();
    world.accounts.refresh(&second.refresh_token).unwrap();
    for _ in 0..2 {
        let reused = world.accounts.refresh(&ada.refresh_token);
        assert!(matches!(reused, Err(Error::RefreshInvalid)));
    }
    let events = world.publisher.take_events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].effects.revoked_sessions, [session]);
    let revoked = world.accounts.identify(&ada.access_token);
    assert!(matches!(
        revoked,
        Err(Error::Unauthenticated(TokenError::Revoked))
    ));
}

#[test]
fn refreshing_is_refused_or_reports_the_port_that_failed() {
    let world = World::new();
    let ada = world.register("ada");
    let unknown = world.accounts.refresh("unknown");
    assert!(matches!(unknown, Err(Error::RefreshInvalid)));
    check_store_failed(world.without_sessions().refresh(&ada.refresh_token));
    world.tokens.fails.store(true, Ordering::Relaxed);
    check_store_failed(world.accounts.refresh(&ada.refresh_token));
    // What was rotated without an answer is answered again.
    world.tokens.fails.store(false, Ordering::Relaxed);
    assert!(world.accounts.refresh(&ada.refresh_token).is_ok());
    world.clock.pass_seconds(REFRESH_TTL_S);
    let late = world.accounts.refresh(&ada.refresh_token);
    assert!(matches!(late, Err(Error::RefreshInvalid)));
}

#[test]
fn logging_out_ends_the_session_of_either_token() {
    let world = World::new();
    let by_access = world.register("ada");
    let by_refresh = world.log_in("ada", PASSWORD).unwrap();
    let stays = world.log_in("ada", PASSWORD).unwrap();
    let out = |access, refresh| world.accounts.log_out(access, refresh).unwrap();
    out(Some(by_access.access_token.as_str()), None);
    out(None, Some(by_refresh.refresh_token.as_str()));
    assert_eq!(world.publisher.take_events().len(), 2);
    for ended in [&by_access, &by_refresh] {
        assert!(world.accounts.identify(&ended.access_token).is_err());
        assert!(world.accounts.refresh(&ended.refresh_token).is_err());
    }
    // What names no session is as good as ended.
    out(Some("no token"), Some("unknown"));
    out(None, None);
    out(Some(by_access.access_token.as_str()), None);
    assert_eq!(world.publisher.take_events(), []);
    assert!(world.accounts.identify(&stays.access_token).is_ok());
}

#[test]
fn logging_out_reports_the_port_that_failed() {
    let world = World::new();
    let ada = world.register("ada");
    let broken = world.without_sessions();
    check_store_failed(broken.log_out(Some(&ada.access_token), None));
    check_store_failed(broken.log_out(None, Some(&ada.refresh_token)));
    assert!(broken.log_out(None, None).is_ok());
}

#[test]
fn identifying_is_refused_or_reports_the_port_that_failed() {
    let world = World::new();
    let ada = world.register("ada");
    let invalid = world.accounts.identify("no token");
    assert!(matches!(
        invalid,
        Err(Error::Unauthenticated(TokenError::Invalid))
    ));
    check_store_failed(world.without_sessions().identify(&ada.access_token));
}

#[test]
fn user_is_found_or_not() {
    let world = World::new();
    let ada = world.register("ada");
    assert_eq!(world.accounts.user(ada.user.id).unwrap(), ada.user);
    let nobody = UserId::new(uuid::Uuid::nil());
    assert!(matches!(
        world.accounts.user(nobody),
        Err(Error::NotFound("user"))
    ));
    check_store_failed(world.without_accounts().user(ada.user.id));
}

#[test]
fn search_is_by_the_beginning_of_a_handle_without_the_asker() {
    let world = World::new();
    let asker = world.register("gr").user.id;
    for handle in ["grace", "gra_ham", "linus"] {
        world.register(handle);
    }
    let search = |typed: &str| -> Vec<String> {
        let found = world.accounts.search(typed, asker).unwrap().into_iter();
        found.map(|user| user.handle.as_str().to_owned()).collect()
    };
    assert_eq!(search(" @GR"), ["gra_ham", "grace"]);
    for none in ["", " ", "@", "gr\0", "nobody"] {
        assert!(search(none).is_empty(), "{none:?}");
    }
    for n in 0..30 {
        world.register(&format!("many{n}"));
    }
    assert_eq!(search("many").len(), 20);
    check_store_failed(world.without_accounts().search("gr", asker));
}
