//! What is asked for besides the password.

use totp_rs::{Builder, Secret};

use super::*;
use crate::{
    application::accounts::second_factor::{FactorState, turn_second_factor_off},
    domain::second_factor::{RECOVERY_CODES, SecondFactorDenied},
};

/// Somebody's authenticator app.
pub(super) struct App {
    secret: String,
}

impl App {
    fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    /// The code that is shown so many steps later.
    fn code_in(&self, world: &World, steps: i64) -> String {
        let secret = Secret::try_from_base32(&self.secret).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let at = world.clock.now().seconds() + steps * 30;
        totp.generate(u64::try_from(at).unwrap()).to_string()
    }
}

impl World {
    /// A person who has a second factor, with their app and the recovery codes.
    #[track_caller]
    pub(super) fn with_factor(&self, handle: &str) -> (SignedIn, App, Vec<String>) {
        let signed_in = self.register(handle);
        let user = signed_in.user.id;
        let app = self.offered(user);
        let codes = self
            .accounts
            .confirm_second_factor(user, &app.code(self))
            .unwrap();
        let codes = codes.iter().map(ToString::to_string).collect();
        (signed_in, app, codes)
    }

    #[track_caller]
    fn offered(&self, user: UserId) -> App {
        let offered = self
            .accounts
            .offer_second_factor(user, PASSWORD, &from(ADDRESS));
        App {
            secret: offered.unwrap().secret,
        }
    }

    fn log_in_with(&self, handle: &str, code: Option<&str>) -> Result<SignedIn, Error> {
        self.accounts.log_in(handle, PASSWORD, code, &from(ADDRESS))
    }

    pub(super) fn without_factors(&self) -> Accounts {
        Accounts {
            factors: Arc::new(Broken),
            ..self.accounts.clone()
        }
    }

    fn without_sealer(&self) -> Accounts {
        Accounts {
            sealer: Arc::new(Broken),
            ..self.accounts.clone()
        }
    }
}

#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers have nothing else to do with it"
)]
pub(super) fn check_denied<T: std::fmt::Debug>(done: Result<T, Error>, why: SecondFactorDenied) {
    assert!(
        matches!(&done, Err(Error::SecondFactor(denied)) if *denied == why),
        "{done:?}"
    );
}

#[test]
fn confirmed_factor_is_asked_for_at_sign_in() {
    let world = World::new();
    let ada = world.register("ada");
    let state = || world.accounts.second_factor(ada.user.id).unwrap();
    let app = world.offered(ada.user.id);
    // Nothing is asked for until the app is known to work.
    assert_eq!(state(), FactorState::default());
    assert!(world.log_in_with("ada", None).is_ok());
    let confirm = |code: &str| world.accounts.confirm_second_factor(ada.user.id, code);
    for wrong in ["", "000", "gayt-emzu-gu3d-oobz", &app.code_in(&world, 2)] {
        check_denied(confirm(wrong), SecondFactorDenied::WrongCode);
    }
    let codes = confirm(&app.code(&world)).unwrap();
    assert_eq!(codes.len(), RECOVERY_CODES);
    let is_on = FactorState {
        is_on: true,
        codes_left: 10,
    };
    assert_eq!(state(), is_on);

    check_denied(world.log_in_with("ada", None), SecondFactorDenied::Required);
    // Its code was used to confirm it.
    let used = world.log_in_with("ada", Some(&app.code(&world)));
    check_denied(used, SecondFactorDenied::WrongCode);
    world.clock.pass_seconds(30);
    let code = app.code(&world);
    assert!(world.log_in_with("ada", Some(&code)).is_ok());
    let again = world.log_in_with("ada", Some(&code));
    check_denied(again, SecondFactorDenied::WrongCode);
    // Sessions of before live on, and whoever has no factor is asked for none.
    assert!(world.accounts.identify(&ada.access_token).is_ok());
    assert!(world.accounts.refresh(&ada.refresh_token).is_ok());
    world.register("ben");
    assert!(world.log_in_with("ben", Some("anything")).is_ok());
}

#[test]
fn recovery_code_signs_in_once() {
    let world = World::new();
    let (ada, _, codes) = world.with_factor("ada");
    let (_, _, others) = world.with_factor("ben");
    assert!(world.log_in_with("ada", Some(&codes[0])).is_ok());
    let typed = codes[1].replace('-', " ").to_uppercase();
    assert!(world.log_in_with("ada", Some(&typed)).is_ok());
    for used in [&codes[0], &codes[1], &others[2]] {
        let refused = world.log_in_with("ada", Some(used));
        check_denied(refused, SecondFactorDenied::WrongCode);
    }
    let state = world.accounts.second_factor(ada.user.id).unwrap();
    assert_eq!(state.codes_left, 8);
}

#[test]
fn factor_is_begun_and_ended_by_whoever_knows_the_password() {
    let world = World::new();
    let ada = world.register("ada");
    let user = ada.user.id;
    let offer = |password: &str| {
        world
            .accounts
            .offer_second_factor(user, password, &from(ADDRESS))
    };
    let end = |password: &str, code: &str| {
        world
            .accounts
            .end_second_factor(user, password, code, &from(ADDRESS))
    };
    assert!(matches!(offer("wrong"), Err(Error::WrongPassword)));
    let confirmed = world.accounts.confirm_second_factor(user, "000000");
    check_denied(confirmed, SecondFactorDenied::Off);
    check_denied(end(PASSWORD, "000000"), SecondFactorDenied::Off);
    let first = offer(PASSWORD).unwrap();
    assert!(first.url.starts_with("otpauth://totp/Rookery:ada?secret="));
    let app = world.offered(user);
    assert_ne!(app.secret, first.secret);
    let old = App {
        secret: first.secret,
    };
    let confirm = |app: &App| {
        world
            .accounts
            .confirm_second_factor(user, &app.code(&world))
    };
    check_denied(confirm(&old), SecondFactorDenied::WrongCode);
    confirm(&app).unwrap();
    check_denied(confirm(&app), SecondFactorDenied::On);
    check_denied(offer(PASSWORD), SecondFactorDenied::On);

    let next = app.code_in(&world, 1);
    assert!(matches!(end("wrong", &next), Err(Error::WrongPassword)));
    check_denied(end(PASSWORD, "000000"), SecondFactorDenied::WrongCode);
    end(PASSWORD, &next).unwrap();
    assert!(world.log_in_with("ada", None).is_ok());
    check_denied(end(PASSWORD, &next), SecondFactorDenied::Off);
    // What begins anew has another secret and other codes.
    assert_ne!(world.offered(user).secret, app.secret);
}

#[test]
fn codes_are_guessed_no_faster_than_passwords() {
    let world = World::new();
    let (ada, _, codes) = world.with_factor("ada");
    for _ in 0..5 {
        let guessed = world.log_in_with("ada", Some("000000"));
        check_denied(guessed, SecondFactorDenied::WrongCode);
        // The right password without a code forgets no guess.
        if let Err(error) = world.log_in_with("ada", None) {
            assert!(!matches!(error, Error::InvalidCredentials), "{error}");
        }
    }
    // Whoever has to wait learns nothing of the password.
    for (password, code) in [(PASSWORD, None), (PASSWORD, Some(&codes[0])), ("no", None)] {
        let waits =
            world
                .accounts
                .log_in("ada", password, code.map(String::as_str), &from(ADDRESS));
        assert!(matches!(waits, Err(Error::TooManyAttempts(_))), "{waits:?}");
    }
    let ends = world
        .accounts
        .end_second_factor(ada.user.id, PASSWORD, &codes[0], &from(ADDRESS));
    assert!(matches!(ends, Err(Error::TooManyAttempts(_))), "{ends:?}");
    world.clock.pass_seconds(1);
    assert!(world.log_in_with("ada", Some(&codes[0])).is_ok());
    // Whoever is in has all attempts again.
    for _ in 0..5 {
        let guessed = world.log_in_with("ada", Some("000000"));
        check_denied(guessed, SecondFactorDenied::WrongCode);
    }
}

#[test]
fn missing_code_is_no_guess() {
    let world = World::new();
    let (_, _, codes) = world.with_factor("ada");
    for _ in 0..9 {
        check_denied(world.log_in_with("ada", None), SecondFactorDenied::Required);
    }
    assert!(world.log_in_with("ada", Some(&codes[0])).is_ok());
}

#[test]
fn code_is_used_by_one_of_many_at_once() {
    let world = World::new();
    let (_, app, _) = world.with_factor("ada");
    let code = app.code_in(&world, 1);
    let used: usize = std::thread::scope(|scope| {
        let threads = [(); 4]
            .map(|()| scope.spawn(|| usize::from(world.log_in_with("ada", Some(&code)).is_ok())));
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    });
    assert_eq!(used, 1);
}

#[test]
fn secret_is_sealed_anew_after_the_key_was_replaced() {
    let world = World::new();
    let (ada, app, _) = world.with_factor("ada");
    let sealed = || {
        let factor = world.accounts.factors.second_factor(ada.user.id).unwrap();
        factor.unwrap().sealed_secret
    };
    assert!(sealed().starts_with("0 "));
    world.sealer.key.store(1, Ordering::Relaxed);
    world.clock.pass_seconds(30);
    assert!(world.log_in_with("ada", Some(&app.code(&world))).is_ok());
    assert!(sealed().starts_with("1 "));
    world.clock.pass_seconds(30);
    assert!(world.log_in_with("ada", Some(&app.code(&world))).is_ok());
}

#[test]
fn operator_turns_a_factor_off() {
    let world = World::new();
    world.with_factor("ada");
    world.register("ben");
    let Accounts {
        accounts, factors, ..
    } = &world.accounts;
    let off = |handle: &str| turn_second_factor_off(&**accounts, &**factors, handle);
    off(" ADA ").unwrap();
    assert!(world.log_in_with("ada", None).is_ok());
    check_denied(off("ada"), SecondFactorDenied::Off);
    check_denied(off("ben"), SecondFactorDenied::Off);
    assert!(matches!(off("nobody"), Err(Error::NotFound("account"))));
    assert!(matches!(off("no handle"), Err(Error::Account(_))));
    check_store_failed(turn_second_factor_off(&Broken, &**factors, "ada"));
    check_store_failed(turn_second_factor_off(&**accounts, &Broken, "ada"));
}

#[test]
fn failed_port_is_reported_and_is_no_guess() {
    let world = World::new();
    let (ada, app, codes) = world.with_factor("ada");
    let user = ada.user.id;
    let at = from(ADDRESS);
    for broken in [world.without_factors(), world.without_sealer()] {
        let code = app.code_in(&world, 1);
        for _ in 0..6 {
            check_store_failed(broken.log_in("ada", PASSWORD, Some(&code), &at));
            check_store_failed(broken.end_second_factor(user, PASSWORD, &code, &at));
        }
    }
    let broken = world.without_factors();
    check_store_failed(broken.second_factor(user));
    check_store_failed(broken.offer_second_factor(user, PASSWORD, &at));
    check_store_failed(broken.confirm_second_factor(user, "000000"));
    let broken = world.without_sealer();
    check_store_failed(broken.offer_second_factor(user, PASSWORD, &at));
    let ben = world.register("ben").user.id;
    world.offered(ben);
    check_store_failed(broken.confirm_second_factor(ben, "000000"));
    let broken = world.without_accounts();
    check_store_failed(broken.offer_second_factor(user, PASSWORD, &at));
    check_store_failed(broken.end_second_factor(user, PASSWORD, &codes[0], &at));
    assert!(world.log_in_with("ada", Some(&codes[0])).is_ok());
}
