//! Signing in over time: the use cases on both databases, with a clock that tests move.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use core_service::{
    adapters::outbound::{
        db::Database,
        jwt::JwtKeys,
        sealing::SealingKeys,
        system::{RandomIds, SystemClock},
    },
    application::{
        accounts::{AccountRules, Accounts, Origin, SignedIn},
        error::{Error, TokenError},
        ports::{Clock, EventPublisher, PasswordHasher, Stored},
    },
    domain::{
        account::Password,
        event::{LoggedEvent, ReceiptsMoved},
        time::Timestamp,
    },
};
use rookery_harness::postgres::Postgres;
use rookery_kit::ed25519::Ed25519Key;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";
const DAY_S: i64 = 24 * 60 * 60;
const REFRESH_TTL_S: i64 = 30 * DAY_S;

/// The machine's clock, set forward.
#[derive(Default)]
struct MovedClock {
    ahead_s: AtomicI64,
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock
            .now()
            .plus_seconds(self.ahead_s.load(Ordering::Relaxed))
    }
}

/// Keeps passwords as they are: these tests are about time.
struct PlainHasher;

impl PasswordHasher for PlainHasher {
    fn hash(&self, password: &Password) -> Stored<String> {
        Ok(password.reveal().to_owned())
    }

    fn verify(&self, password: &str, kept: Option<&str>) -> bool {
        kept == Some(password)
    }
}

#[derive(Default)]
struct RecordingPublisher(Mutex<Vec<LoggedEvent>>);

impl EventPublisher for RecordingPublisher {
    fn publish(&self, events: Vec<LoggedEvent>) {
        self.0.lock().unwrap().extend(events);
    }

    fn tell_receipts(&self, _: ReceiptsMoved) {}
}

struct Scene {
    accounts: Accounts,
    clock: Arc<MovedClock>,
    publisher: Arc<RecordingPublisher>,
    _folder: TempDir,
}

impl Scene {
    fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("rookery.db").display());
        Self::new(&url, folder)
    }

    fn on_postgres() -> Self {
        let postgres = Postgres::shared().unwrap_or_else(|error| panic!("{error}"));
        Self::new(
            &postgres.create_database().unwrap(),
            tempfile::tempdir().unwrap(),
        )
    }

    fn new(url: &str, folder: TempDir) -> Self {
        let database = Arc::new(Database::new(url, 2).unwrap());
        database.migrate().unwrap();
        let (clock, publisher) = (Arc::new(MovedClock::default()), Arc::default());
        let pem = pem();
        let sealer = SealingKeys::new(&pem, None).unwrap();
        let keys = Arc::new(JwtKeys::new(&pem, None, clock.clone()).unwrap());
        let accounts = Accounts {
            accounts: database.clone(),
            sessions: database.clone(),
            attempts: database.clone(),
            factors: database.clone(),
            deletions: database,
            sealer: Arc::new(sealer),
            devices: keys.clone(),
            hasher: Arc::new(PlainHasher),
            issuer: keys.clone(),
            verifier: keys,
            publisher: Arc::<RecordingPublisher>::clone(&publisher),
            clock: clock.clone(),
            ids: Arc::new(RandomIds),
            rules: AccountRules {
                sign_up_open: true,
                access_ttl_s: 900,
                refresh_ttl_s: REFRESH_TTL_S,
                sessions_max: 1_000,
            },
        };
        Self {
            accounts,
            clock,
            publisher,
            _folder: folder,
        }
    }

    fn pass(&self, seconds: i64) {
        self.clock.ahead_s.fetch_add(seconds, Ordering::Relaxed);
    }

    #[track_caller]
    fn register(&self, handle: &str) -> SignedIn {
        self.accounts
            .register(handle, handle, PASSWORD.to_owned(), &from("192.0.2.1"))
            .unwrap()
    }

    #[track_caller]
    fn refresh(&self, token: &str) -> SignedIn {
        self.accounts.refresh(token).unwrap()
    }

    #[track_caller]
    fn check_refused(&self, token: &str) {
        let refused = self.accounts.refresh(token);
        assert!(matches!(refused, Err(Error::RefreshInvalid)), "{refused:?}");
    }

    fn log_in(&self, handle: &str, address: &str) -> Result<SignedIn, Error> {
        self.accounts.log_in(handle, PASSWORD, None, &from(address))
    }

    /// Fails to log in, and says how long to wait if that is why.
    #[track_caller]
    fn fail(&self, handle: &str, address: &str) -> Option<i64> {
        match self.accounts.log_in(handle, "wrong", None, &from(address)) {
            Err(Error::InvalidCredentials) => None,
            Err(Error::TooManyAttempts(wait)) => Some(wait.as_seconds()),
            other => panic!("{other:?}"),
        }
    }
}

/// A new signing key.
fn pem() -> String {
    let pem = Ed25519Key::generate().unwrap().to_pem();
    pem.unwrap().to_string()
}

fn from(address: &str) -> Origin {
    Origin {
        address: address.to_owned(),
        device_token: None,
        device: None,
    }
}

macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $fact() { crate::$fact(&crate::Scene::on_sqlite()) })+
        }
        mod postgres {
            $(#[test] fn $fact() { crate::$fact(&crate::Scene::on_postgres()) })+
        }
    };
}

facts! {
    replayed_token_has_the_same_successor_until_that_one_is_used,
    token_whose_successor_is_anothers_is_refused_and_nothing_else,
    stolen_token_ends_the_session_and_the_hub_hears_it,
    session_lives_as_long_as_it_is_used,
    failed_logins_are_forgotten_after_a_while,
    successful_login_forgets_the_accounts_failures,
    guesses_at_once_count_each_other,
}

/// The answer to a refresh may be lost, and the device may sleep for days before it asks again.
fn replayed_token_has_the_same_successor_until_that_one_is_used(scene: &Scene) {
    let first = scene.register("ada").refresh_token;
    let second = scene.refresh(&first).refresh_token;
    scene.pass(20 * DAY_S);
    let again = scene.refresh(&first);
    assert_eq!(again.refresh_token, second);
    assert!(scene.accounts.identify(&again.access_token).is_ok());
    let third = scene.refresh(&second).refresh_token;
    assert_ne!(third, second);
    assert_eq!(scene.refresh(&second).refresh_token, third);
    assert!(scene.publisher.0.lock().unwrap().is_empty());
}

/// Keys are being replaced: the replica that is asked again derives other successors.
fn token_whose_successor_is_anothers_is_refused_and_nothing_else(scene: &Scene) {
    let ada = scene.register("ada");
    let next = scene.refresh(&ada.refresh_token);
    let mut rekeyed = scene.accounts.clone();
    let (key, clock) = (pem(), scene.clock.clone());
    rekeyed.issuer = Arc::new(JwtKeys::new(&key, None, clock).unwrap());
    let refused = rekeyed.refresh(&ada.refresh_token);
    assert!(matches!(refused, Err(Error::RefreshInvalid)), "{refused:?}");
    assert!(scene.accounts.identify(&next.access_token).is_ok());
    // A token that is current is replaced whoever made it, and its reuse is recognised.
    rekeyed.refresh(&next.refresh_token).unwrap();
    assert!(rekeyed.refresh(&ada.refresh_token).is_err());
    assert!(scene.accounts.identify(&next.access_token).is_err());
}

fn stolen_token_ends_the_session_and_the_hub_hears_it(scene: &Scene) {
    let ada = scene.register("ada");
    let other = scene.log_in("ada", "192.0.2.1").unwrap();
    let session = scene.accounts.identify(&ada.access_token).unwrap().session;
    let second = scene.refresh(&ada.refresh_token);
    scene.refresh(&second.refresh_token);
    for _ in 0..2 {
        scene.check_refused(&ada.refresh_token);
        scene.check_refused(&second.refresh_token);
        let revoked = scene.accounts.identify(&second.access_token);
        assert!(matches!(
            revoked,
            Err(Error::Unauthenticated(TokenError::Revoked))
        ));
    }
    {
        let events = scene.publisher.0.lock().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].topic, "control");
        assert_eq!(events[0].effects.revoked_sessions, [session]);
    }
    // The person's other device stays signed in.
    assert!(scene.accounts.identify(&other.access_token).is_ok());
    scene.refresh(&other.refresh_token);
}

fn session_lives_as_long_as_it_is_used(scene: &Scene) {
    let mut token = scene.register("ada").refresh_token;
    for _ in 0..3 {
        scene.pass(REFRESH_TTL_S - DAY_S);
        token = scene.refresh(&token).refresh_token;
    }
    scene.pass(REFRESH_TTL_S + 1);
    scene.check_refused(&token);
    assert!(scene.publisher.0.lock().unwrap().is_empty());
}

fn failed_logins_are_forgotten_after_a_while(scene: &Scene) {
    scene.register("ada");
    for _ in 0..5 {
        assert_eq!(scene.fail("ada", "192.0.2.1"), None);
    }
    // Whoever knows the password waits as well.
    let refused = scene.log_in("ada", "192.0.2.1");
    let Err(Error::TooManyAttempts(wait)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(wait.as_seconds(), 1);
    scene.pass(2);
    scene.log_in("ada", "192.0.2.1").unwrap();
}

fn successful_login_forgets_the_accounts_failures(scene: &Scene) {
    scene.register("ada");
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(scene.fail("ada", "192.0.2.1"), None);
        }
        scene.log_in("ada", "192.0.2.1").unwrap();
    }
}

fn guesses_at_once_count_each_other(scene: &Scene) {
    scene.register("ada");
    let checked: usize = std::thread::scope(|scope| {
        let guess = || scope.spawn(|| scene.fail("ada", "192.0.2.1").is_none());
        let guesses: Vec<_> = (0..20).map(|_| guess()).collect();
        guesses
            .into_iter()
            .map(|guess| usize::from(guess.join().unwrap()))
            .sum()
    });
    assert!(checked <= 5, "{checked}");
}
