//! Sessions that are listed and ended, and the change of a password.

use super::*;
use crate::application::ports::Identity;

const NEW_PASSWORD: &str = "battery horse staple correct";

impl World {
    fn identity(&self, signed_in: &SignedIn) -> Identity {
        self.accounts.identify(&signed_in.access_token).unwrap()
    }

    fn is_over(&self, signed_in: &SignedIn) -> bool {
        let identified = self.accounts.identify(&signed_in.access_token);
        matches!(identified, Err(Error::Unauthenticated(TokenError::Revoked)))
    }

    /// Changes the password of whoever has signed in so.
    fn change(&self, signed_in: &SignedIn, current: &str, new: &str) -> Result<(), Error> {
        change(&self.accounts, self.identity(signed_in), current, new)
    }

    /// Sessions that the hub was told of since the last call.
    fn ended(&self) -> Vec<SessionId> {
        let events = self.publisher.take_events().into_iter();
        events
            .flat_map(|event| event.effects.revoked_sessions)
            .collect()
    }
}

fn change(accounts: &Accounts, of: Identity, current: &str, new: &str) -> Result<(), Error> {
    accounts.change_password(of.user, of.session, current, new.to_owned(), &from(ADDRESS))
}

#[test]
fn sessions_are_listed_with_their_devices() {
    let world = World::new();
    let first = world.register("ada");
    world.register("ben");
    world.clock.pass_seconds(5);
    let phone = Origin {
        device: DeviceName::of_claim("Safari, iPhone"),
        ..from(ADDRESS)
    };
    let second = world
        .accounts
        .log_in("ada", PASSWORD, None, &phone)
        .unwrap();
    let devices = || -> Vec<(SessionId, Option<String>)> {
        let sessions = world.accounts.sessions(first.user.id).unwrap();
        let name = |device: DeviceName| device.as_str().to_owned();
        let sessions = sessions.into_iter();
        sessions
            .map(|session| (session.id, session.device.map(name)))
            .collect()
    };
    let of_first = (world.identity(&first).session, None);
    let of_second = (
        world.identity(&second).session,
        Some("Safari, iPhone".to_owned()),
    );
    assert_eq!(devices(), [of_second.clone(), of_first.clone()]);
    world.clock.pass_seconds(5);
    world.accounts.refresh(&first.refresh_token).unwrap();
    assert_eq!(devices(), [of_first, of_second]);
    check_store_failed(world.without_sessions().sessions(first.user.id));
}

#[test]
fn ended_session_is_over_and_the_hub_hears_it() {
    let world = World::new();
    let (first, ben) = (world.register("ada"), world.register("ben"));
    let second = world.log_in("ada", PASSWORD).unwrap();
    let (ada, session) = (first.user.id, world.identity(&second).session);
    let others = world.accounts.end_session(ben.user.id, session);
    assert!(matches!(others, Err(Error::NotFound("session"))));
    world.accounts.end_session(ada, session).unwrap();
    assert_eq!(world.ended(), [session]);
    assert!(world.is_over(&second) && !world.is_over(&first));
    assert!(world.accounts.refresh(&second.refresh_token).is_err());
    // What has ended may be ended once more.
    world.accounts.end_session(ada, session).unwrap();
    assert_eq!(world.ended(), []);
    check_store_failed(world.without_sessions().end_session(ada, session));
}

#[test]
fn all_sessions_but_this_one_are_ended() {
    let world = World::new();
    let (first, ben) = (world.register("ada"), world.register("ben"));
    let [second, third] = [(); 2].map(|()| world.log_in("ada", PASSWORD).unwrap());
    let own = world.identity(&second);
    world
        .accounts
        .end_other_sessions(own.user, own.session)
        .unwrap();
    assert_eq!(world.ended().len(), 2);
    assert!(world.is_over(&first) && world.is_over(&third));
    assert!(!world.is_over(&second) && !world.is_over(&ben));
    let broken = world.without_sessions();
    check_store_failed(broken.end_other_sessions(own.user, own.session));
}

#[test]
fn changed_password_ends_the_other_sessions() {
    let world = World::new();
    let first = world.register("ada");
    let second = world.log_in("ada", PASSWORD).unwrap();
    let session = world.identity(&first).session;
    world.change(&second, PASSWORD, NEW_PASSWORD).unwrap();
    assert_eq!(world.ended(), [session]);
    assert!(world.is_over(&first) && !world.is_over(&second));
    assert!(world.accounts.refresh(&second.refresh_token).is_ok());
    let old = world.log_in("ada", PASSWORD);
    assert!(matches!(old, Err(Error::InvalidCredentials)));
    assert!(world.log_in("ada", NEW_PASSWORD).is_ok());
}

#[test]
fn new_password_is_as_strong_as_that_of_a_new_account() {
    let world = World::new();
    let ada = world.register("ada");
    let runs = world.hasher.runs.load(Ordering::Relaxed);
    let short = world.change(&ada, PASSWORD, "short");
    assert!(matches!(short, Err(Error::Account(AccountError::Password))));
    let weak = world.change(&ada, PASSWORD, "password");
    assert!(matches!(
        weak,
        Err(Error::Account(AccountError::PasswordWeak(_)))
    ));
    // Neither costs a hash.
    assert_eq!(world.hasher.runs.load(Ordering::Relaxed), runs);
    assert!(world.log_in("ada", PASSWORD).is_ok());
}

#[test]
fn whoever_guesses_the_current_password_waits_as_at_a_sign_in() {
    let world = World::new();
    let ada = world.register("ada");
    for _ in 0..5 {
        let wrong = world.change(&ada, "wrong", NEW_PASSWORD);
        assert!(matches!(wrong, Err(Error::WrongPassword)));
    }
    let refused = world.change(&ada, PASSWORD, NEW_PASSWORD);
    assert!(matches!(refused, Err(Error::TooManyAttempts(_))));
    // They are counted together.
    assert_eq!(world.fail("ada", &from(ADDRESS)), Some(1));
    world.clock.pass_seconds(1);
    world.change(&ada, PASSWORD, NEW_PASSWORD).unwrap();
    assert_eq!(world.fail("ada", &from(ADDRESS)), None);
    assert_eq!(world.ended(), []);
}

#[test]
fn change_of_a_password_reports_the_port_that_failed() {
    let world = World::new();
    let ada = world.register("ada");
    let of = world.identity(&ada);
    for broken in [world.without_accounts(), world.without_attempts()] {
        check_store_failed(change(&broken, of, PASSWORD, NEW_PASSWORD));
    }
    world.hasher.fails.store(true, Ordering::Relaxed);
    check_store_failed(world.change(&ada, PASSWORD, NEW_PASSWORD));
    let nobody = Identity {
        user: UserId::new(uuid::Uuid::nil()),
        ..of
    };
    let unknown = change(&world.accounts, nobody, PASSWORD, NEW_PASSWORD);
    assert!(matches!(unknown, Err(Error::NotFound("user"))));
    assert!(world.log_in("ada", PASSWORD).is_ok());
}
