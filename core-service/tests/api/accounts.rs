//! Signing up, in and out; finding people.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{PASSWORD, Person, registration, uuid},
    races::at_once,
};

fn refresh(app: &TestApp, cookie: &str) -> Answer {
    app.send("POST", "/api/v1/auth/refresh", &[("cookie", cookie)], b"")
}

pub(crate) fn signing_up_in_and_out_works_on_any_replica(app: &TestApp) {
    Person::new(app, "Ada");
    let credentials = json!({ "handle": "ada", "password": PASSWORD });
    let ada = Person::signed_in(app, &app.post("/api/v1/auth/login", &credentials), 200);
    let user = json!({
        "id": ada.id, "handle": "ada", "display_name": "Ada", "picture_id": null, "about": "",
    });
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

pub(crate) fn search_finds_people_by_their_names_however_they_are_written(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let mut account = registration("band_leader");
    account["display_name"] = "Jürgen Müller".into();
    app.post("/api/v1/auth/register", &account).ok(201);
    for query in ["muller", "Mueller", "M%C3%9CLL%20jur", "band"] {
        let list = ada.get(&format!("/users?query={query}")).ok(200);
        assert_eq!(list["users"][0]["display_name"], "Jürgen Müller", "{query}");
    }
    for query in ["uller", "muller%20peter"] {
        let list = ada.get(&format!("/users?query={query}")).ok(200);
        assert_eq!(list["users"].as_array().map(Vec::len), Some(0), "{query}");
    }
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

/// The refresh cookie comes first; the other one is by which the device is known again.
fn device_cookie(answer: &Answer) -> String {
    let mut cookies = answer.headers.get_all("set-cookie").iter().skip(1);
    let cookie = cookies.next().unwrap().to_str().unwrap();
    assert!(cookie.starts_with("rookery_device="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

fn log_in_from(app: &TestApp, address: &str, password: &str, cookie: &str) -> Answer {
    let body = json!({ "handle": "ada", "password": password }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", address),
        // What clients claim elsewhere says nothing.
        ("forwarded", "for=192.0.2.99"),
        ("cookie", cookie),
    ];
    app.send("POST", "/api/v1/auth/login", &headers, body.as_bytes())
}

pub(crate) fn guessers_wait_and_the_owner_does_not(app: &TestApp) {
    let registered = app.post("/api/v1/auth/register", &registration("ada"));
    registered.check_status(201);
    let device = device_cookie(&registered);
    let guess = |address: &str| log_in_from(app, address, "wrong horse", "");
    // More than five at once from one address: the waits are seconds and grow.
    let waits = (0..9).map(|_| guess("198.51.100.7"));
    let refused: Vec<Answer> = waits.filter(|answer| answer.status != 401).collect();
    assert!(!refused.is_empty());
    for answer in &refused {
        check_waits(answer, "too_many_attempts");
    }
    // Other addresses go on guessing, until the account is slow for everybody.
    for n in 0..40 {
        guess(&format!("203.0.113.{n}"));
    }
    let mut slow = (40..99).map(|n| guess(&format!("203.0.113.{n}")));
    let refused = slow.find(|answer| answer.status != 401);
    check_waits(&refused.unwrap(), "too_many_attempts");
    log_in_from(app, "192.0.2.1", PASSWORD, &device).check_status(200);
    let log = app.logs();
    assert!(log.contains("sign-in failed"), "{log}");
    assert!(log.contains("sign-ins are slowed down"), "{log}");
}

#[test]
fn operator_unlocks_an_account() {
    let app = TestApp::on_sqlite();
    Person::new(&app, "ada");
    let unlock = |handle: &str| app.command(&["unlock", handle]);
    let locked = |_| log_in_from(&app, "198.51.100.7", "wrong horse", "").status == 429;
    assert!((0..40).any(locked));
    let done = unlock("ada");
    assert!(done.status.success(), "{done:?}");
    log_in_from(&app, "198.51.100.7", PASSWORD, "").check_status(200);
    let unknown = unlock("nobody");
    assert!(!unknown.status.success());
    let reason = String::from_utf8(unknown.stderr).unwrap();
    assert!(reason.contains("there is no such account"), "{reason}");
}

#[test]
fn closed_server_admits_nobody_new() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_SIGN_UP_OPEN", "false")]);
    app.post("/api/v1/auth/register", &registration("ada"))
        .check_problem(403, "sign_up_closed");
    let config = app.send("GET", "/api/v1/client-config", &[], b"").ok(200);
    assert_eq!(config["sign_up_open"], false);
}

/// From an address, as the load balancer tells it.
fn post_from(app: &TestApp, address: &str, path: &str, token: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", address),
        ("authorization", bearer.as_str()),
    ];
    app.send_to(0, "POST", path, &headers, body.to_string().as_bytes())
}

#[track_caller]
fn check_waits(answer: &Answer, code: &str) {
    answer.check_problem(429, code);
    let wait: u32 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("try again in "), "{detail}");
}

#[test]
fn address_that_does_too_much_has_to_wait_and_others_do_not() {
    let app = TestApp::on_sqlite_with(&[
        ("ROOKERY_CORE_LIMITS__SIGN_UPS_PER_10_MIN", "3"),
        ("ROOKERY_CORE_LIMITS__SIGN_INS_PER_10_MIN", "2"),
        ("ROOKERY_CORE_LIMITS__PEOPLE_SEARCHES_PER_10_MIN", "2"),
        ("ROOKERY_CORE_LIMITS__GROUPS_PER_10_MIN", "2"),
        ("ROOKERY_CORE_LIMITS__DIRECT_CHATS_PER_10_MIN", "2"),
    ]);
    let register = |address: &str, handle: &str| {
        let path = "/api/v1/auth/register";
        post_from(&app, address, path, "", &registration(handle))
    };
    let here = "2001:db8:1:2::1";
    let ada = Person::signed_in(&app, &register(here, "ada"), 201);
    let ben = Person::signed_in(&app, &register(here, "ben"), 201);
    // The same household, another of its addresses.
    register("2001:db8:1:2:ffff::1", "cat").check_status(201);
    check_waits(
        &register("2001:db8:1:2:aaaa::1", "dan"),
        "too_many_requests",
    );
    register("2001:db8:1:3::1", "dan").check_status(201);
    register("192.0.2.1", "eve").check_status(201);

    let log_in = |address: &str| {
        let body = json!({ "handle": "ada", "password": PASSWORD });
        post_from(&app, address, "/api/v1/auth/login", "", &body)
    };
    let direct = |address: &str| {
        let body = json!({ "kind": "direct", "member_ids": [ben.id], "client_id": uuid() });
        post_from(&app, address, "/api/v1/conversations", &ada.token, &body)
    };
    let group = |address: &str| {
        let body = json!({ "kind": "group", "title": "T", "member_ids": [], "client_id": uuid() });
        post_from(&app, address, "/api/v1/conversations", &ada.token, &body)
    };
    let search = |address: &str| {
        let bearer = format!("Bearer {}", ada.token);
        let headers = [
            ("x-forwarded-for", address),
            ("authorization", bearer.as_str()),
        ];
        app.send_to(0, "GET", "/api/v1/users?query=b", &headers, b"")
    };
    let acts: [&dyn Fn(&str) -> Answer; 4] = [&log_in, &direct, &group, &search];
    for act in acts {
        for _ in 0..2 {
            assert!(act(here).status < 300);
        }
        check_waits(&act(here), "too_many_requests");
        assert!(act("192.0.2.1").status < 300);
    }
}

/// What needs no hash is answered while passwords are hashed, and whoever has no turn in time is
/// told when to come again.
#[test]
fn many_sign_ins_at_once_take_turns() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_HASHING__WAIT_MS", "1")]);
    let ada = Person::new(&app, "ada");
    let credentials = json!({ "handle": "ada", "password": PASSWORD }).to_string();
    let answers = at_once(24, |_, _| {
        let headers = [("content-type", "application/json")];
        let path = "/api/v1/auth/login";
        app.send_to(0, "POST", path, &headers, credentials.as_bytes())
    });
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 200)
        .collect();
    assert!(!refused.is_empty() && refused.len() < answers.len());
    for answer in refused {
        answer.check_problem(503, "busy");
        assert_eq!(answer.headers["retry-after"], "2");
    }
    ada.get("/users/me").check_status(200);
}

#[test]
fn one_sign_in_too_many_ends_the_session_unused_for_longest() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_SESSIONS_PER_PERSON", "2")]);
    let first = Person::new(&app, "ada");
    let credentials = json!({ "handle": "ada", "password": PASSWORD });
    let sign_in = || Person::signed_in(&app, &app.post("/api/v1/auth/login", &credentials), 200);
    let second = sign_in();
    first.get("/users/me").check_status(200);
    let third = sign_in();
    first.get("/users/me").check_problem(401, "token_revoked");
    refresh(&app, &first.cookie).check_problem(401, "refresh_invalid");
    for lives in [second, third] {
        lives.get("/users/me").check_status(200);
    }
}
