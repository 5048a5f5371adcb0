//! Signing up, in and out; finding people.

use serde_json::json;

use crate::{
    app::TestApp,
    person::{PASSWORD, Person, registration},
};

fn refresh(app: &TestApp, cookie: &str) -> crate::app::Answer {
    app.send("POST", "/api/v1/auth/refresh", &[("cookie", cookie)], b"")
}

pub(crate) fn signing_up_in_and_out_works_on_any_replica(app: &TestApp) {
    Person::new(app, "Ada");
    let credentials = json!({ "handle": "ada", "password": PASSWORD });
    let ada = Person::signed_in(app, &app.post("/api/v1/auth/login", &credentials), 200);
    let user = json!({ "id": ada.id, "handle": "ada", "display_name": "Ada" });
    for _ in 0..2 {
        assert_eq!(ada.get("/users/me").ok(200), user);
    }

    let again = Person::signed_in(app, &refresh(app, &ada.cookie), 200);
    assert_eq!(again.get("/users/me").ok(200), user);
    assert_ne!(again.cookie, ada.cookie);

    let out = app.send(
        "POST",
        "/api/v1/auth/logout",
        &[("cookie", &again.cookie)],
        b"",
    );
    out.check_status(204);
    assert!(
        out.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    for _ in 0..2 {
        again.get("/users/me").check_problem(401, "token_revoked");
        ada.get("/users/me").check_problem(401, "token_revoked");
    }
    refresh(app, &again.cookie).check_problem(401, "refresh_invalid");
    app.send("POST", "/api/v1/auth/logout", &[], b"")
        .check_status(204);
}

pub(crate) fn lost_refresh_answer_is_given_again(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let lost = refresh(app, &ada.cookie).cookie();
    for _ in 0..4 {
        let again = Person::signed_in(app, &refresh(app, &ada.cookie), 200);
        assert_eq!(again.cookie, lost);
        again.get("/users/me").check_status(200);
    }
    let next = Person::signed_in(app, &refresh(app, &lost), 200);
    next.get("/users/me").check_status(200);
}

pub(crate) fn refresh_token_whose_successor_was_used_ends_the_session(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let second = refresh(app, &ada.cookie).cookie();
    let third = Person::signed_in(app, &refresh(app, &second), 200);
    refresh(app, &ada.cookie).check_problem(401, "refresh_invalid");
    for cookie in [&ada.cookie, &second, &third.cookie] {
        refresh(app, cookie).check_problem(401, "refresh_invalid");
    }
    third.get("/users/me").check_problem(401, "token_revoked");
}

pub(crate) fn handle_belongs_to_one_person(app: &TestApp) {
    Person::new(app, "ada");
    app.post("/api/v1/auth/register", &registration("ADA"))
        .check_problem(409, "handle_taken");
}

pub(crate) fn search_finds_by_the_beginning_of_a_handle(app: &TestApp) {
    let ada = Person::new(app, "ada");
    for handle in ["grace", "gra_ham", "gr", "linus"] {
        Person::new(app, handle);
    }
    let found = |query: &str| -> Vec<String> {
        let list = ada.get(&format!("/users?query={query}")).ok(200);
        let users = list["users"].as_array().unwrap().iter();
        users
            .map(|user| user["handle"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(found("gra"), ["gra_ham", "grace"]);
    assert_eq!(found("%20@GR"), ["gr", "gra_ham", "grace"]);
    assert_eq!(found("gra_"), ["gra_ham"]);
    for none in ["", "%25", "a%25", "ada", "nobody", "%00", "%5C"] {
        assert!(found(none).is_empty(), "{none}");
    }
}

pub(crate) fn failed_logins_make_an_account_wait(app: &TestApp) {
    Person::new(app, "ada");
    Person::new(app, "grace");
    let log_in = |handle: &str, password: &str| {
        app.post(
            "/api/v1/auth/login",
            &json!({ "handle": handle, "password": password }),
        )
    };
    for _ in 0..10 {
        log_in("ada", "wrong horse").check_problem(401, "invalid_credentials");
    }
    for _ in 0..2 {
        let refused = log_in("ada", PASSWORD);
        refused.check_problem(429, "too_many_attempts");
        let wait: u32 = refused.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=15 * 60).contains(&wait), "{wait}");
    }
    log_in("grace", PASSWORD).check_status(200);
}

pub(crate) fn failed_logins_make_an_address_wait_whatever_it_claims(app: &TestApp) {
    let log_in = |n: usize| {
        let body = json!({ "handle": format!("nobody{n}"), "password": PASSWORD }).to_string();
        let claim = format!("for=192.0.2.{n}");
        let headers = [
            ("content-type", "application/json"),
            ("forwarded", claim.as_str()),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        app.send("POST", "/api/v1/auth/login", &headers, body.as_bytes())
    };
    for n in 0..50 {
        log_in(n).check_problem(401, "invalid_credentials");
    }
    log_in(50).check_problem(429, "too_many_attempts");
}

#[test]
fn closed_server_admits_nobody_new() {
    let app = TestApp::on_sqlite_with(("ROOKERY_CORE_SIGN_UP_OPEN", "false"));
    app.post("/api/v1/auth/register", &registration("ada"))
        .check_problem(403, "sign_up_closed");
    let config = app.send("GET", "/api/v1/client-config", &[], b"").ok(200);
    assert_eq!(config["sign_up_open"], false);
}
