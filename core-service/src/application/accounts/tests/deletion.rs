//! Deleting one's own account.

use super::{second_factor::check_denied, *};
use crate::domain::second_factor::SecondFactorDenied;

#[test]
fn deleted_account_has_no_session_no_password_and_no_handle() {
    let world = World::new();
    let ada = world.register("ada");
    let phone = world.log_in("ada", PASSWORD).unwrap();
    let delete = |password: &str| {
        world
            .accounts
            .delete_account(ada.user.id, password, None, false, &from(ADDRESS))
    };
    assert!(matches!(delete("wrong"), Err(Error::WrongPassword)));
    assert!(world.accounts.identify(&ada.access_token).is_ok());
    delete(PASSWORD).unwrap();
    let events = world.publisher.take_events();
    assert_eq!(events[0].effects.revoked_sessions.len(), 2);
    for device in [&ada, &phone] {
        assert!(world.accounts.identify(&device.access_token).is_err());
        assert!(world.accounts.refresh(&device.refresh_token).is_err());
    }
    let refused = world.log_in("ada", PASSWORD);
    assert!(matches!(refused, Err(Error::InvalidCredentials)));
    let again = world
        .accounts
        .register("ada", "Ada", PASSWORD.to_owned(), &from(ADDRESS));
    assert!(matches!(again, Err(Error::HandleTaken)));
    let shown = world.accounts.user(ada.user.id).unwrap();
    assert_eq!(shown.display_name.as_str(), "Deleted account");
    assert!(shown.handle.as_str().starts_with("deleted-"));
    assert!(matches!(delete(PASSWORD), Err(Error::WrongPassword)));
}

#[test]
fn second_factor_is_asked_for_at_a_deletion() {
    let world = World::new();
    let (person, _, codes) = world.with_factor("ada");
    let delete = |code: Option<&str>| {
        let user = person.user.id;
        world
            .accounts
            .delete_account(user, PASSWORD, code, true, &from(ADDRESS))
    };
    check_denied(delete(None), SecondFactorDenied::Required);
    check_denied(delete(Some("000000")), SecondFactorDenied::WrongCode);
    delete(Some(&codes[0])).unwrap();
    assert!(world.accounts.identify(&person.access_token).is_err());
}

#[test]
fn guesses_at_a_deletion_wait() {
    let world = World::new();
    let ada = world.register("ada").user.id;
    let at = from(ADDRESS);
    let delete = |password: &str| {
        world
            .accounts
            .delete_account(ada, password, None, false, &at)
    };
    for _ in 0..5 {
        assert!(matches!(delete("wrong"), Err(Error::WrongPassword)));
    }
    let waits = delete(PASSWORD);
    assert!(matches!(waits, Err(Error::TooManyAttempts(_))), "{waits:?}");
}

#[test]
fn deletion_reports_the_port_that_failed() {
    let world = World::new();
    let ada = world.register("ada");
    let without_deletions = Accounts {
        deletions: Arc::new(Broken),
        ..world.accounts.clone()
    };
    for broken in [
        world.without_accounts(),
        world.without_attempts(),
        world.without_factors(),
        without_deletions,
    ] {
        let at = from(ADDRESS);
        check_store_failed(broken.delete_account(ada.user.id, PASSWORD, None, false, &at));
    }
    assert!(world.accounts.identify(&ada.access_token).is_ok());
}
