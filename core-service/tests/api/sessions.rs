//! Where somebody is signed in, and their password.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{PASSWORD, Person, id, uuid},
    races::at_once,
};

const NEW_PASSWORD: &str = "battery horse staple correct";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A sign-in with a browser's name. Passwords are hashed in turn: on a busy machine, somebody has to
/// come again.
fn log_in(app: &TestApp, handle: &str, password: &str, agent: &str) -> Answer {
    let body = json!({ "handle": handle, "password": password }).to_string();
    let headers = [("content-type", "application/json"), ("user-agent", agent)];
    loop {
        let answer = app.send("POST", "/api/v1/auth/login", &headers, body.as_bytes());
        // On a busy machine somebody has to come again, and what was given up may count as a guess.
        if ![429, 503].contains(&answer.status) {
            return answer;
        }
    }
}

fn change(person: &Person<'_>, replica: usize, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    loop {
        let answer = person.put_to(replica, "/users/me/password", &body);
        if answer.status != 503 {
            return answer;
        }
    }
}

fn sessions(person: &Person<'_>) -> Vec<Value> {
    let list = person.get("/users/me/sessions").ok(200);
    list["sessions"].as_array().unwrap().clone()
}

fn check_over(person: &Person<'_>) {
    person.get("/users/me").check_problem(401, "token_revoked");
    let headers = [("cookie", person.cookie.as_str())];
    person
        .app
        .send("POST", "/api/v1/auth/refresh", &headers, b"")
        .check_problem(401, "refresh_invalid");
}

pub(crate) fn sessions_are_listed_and_ended(app: &TestApp) {
    let (first, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let second = Person::signed_in(app, &log_in(app, "ada", PASSWORD, FIREFOX), 200);
    let third = Person::signed_in(app, &log_in(app, "ada", PASSWORD, "a-bot/1.0"), 200);
    let list = sessions(&second);
    assert_eq!(list.len(), 3);
    for session in &list {
        assert!(session["created_at"].is_string() && session["last_used_at"].is_string());
    }
    let current: Vec<&Value> = list.iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["device"], "Firefox, Linux");
    let named = |name: &str| list.iter().find(|one| one["device"] == name);
    let path = |session: &str| format!("/users/me/sessions/{session}");
    let of_third = path(&id(named("a-bot/1.0").unwrap()));

    ben.delete(&of_third).check_problem(404, "not_found");
    for nothing in [&uuid(), "x"] {
        second
            .delete(&path(nothing))
            .check_problem(404, "not_found");
    }
    for _ in 0..2 {
        second.delete(&of_third).check_status(204);
        check_over(&third);
    }
    assert_eq!(sessions(&second).len(), 2);
    second.delete("/users/me/sessions").check_status(204);
    check_over(&first);
    assert_eq!(sessions(&second).len(), 1);
    ben.get("/users/me").check_status(200);
    // A session may end itself.
    let own = path(&id(&sessions(&second)[0]));
    second.delete(&own).check_status(204);
    check_over(&second);
}

pub(crate) fn password_is_changed_by_whoever_knows_it(app: &TestApp) {
    let other = Person::new(app, "ada");
    let ada = Person::signed_in(app, &log_in(app, "ada", PASSWORD, FIREFOX), 200);
    change(&ada, 0, "wrong horse battery", NEW_PASSWORD).check_problem(403, "wrong_password");
    change(&ada, 1, PASSWORD, "short").check_problem(422, "invalid_password");
    change(&ada, 0, PASSWORD, "password").check_problem(422, "weak_password");
    ada.put(
        "/users/me/password",
        &json!({ "new_password": NEW_PASSWORD }),
    )
    .check_problem(400, "bad_json");
    other.get("/users/me").check_status(200);
    change(&ada, 1, PASSWORD, NEW_PASSWORD).check_status(204);
    check_over(&other);
    ada.get("/users/me").check_status(200);
    log_in(app, "ada", PASSWORD, FIREFOX).check_problem(401, "invalid_credentials");
    log_in(app, "ada", NEW_PASSWORD, FIREFOX).check_status(200);
    // Whoever guesses waits, as at a sign-in.
    let mut guesses = (0..9).map(|_| change(&ada, 0, "wrong horse battery", NEW_PASSWORD));
    let refused = guesses.find(|answer| answer.status != 403).unwrap();
    refused.check_problem(429, "too_many_attempts");
    assert!(refused.headers.contains_key("retry-after"));
}

/// Who signs in with the old password does so before the change, which ends it, or is refused.
pub(crate) fn sign_in_beside_a_change_of_the_password_has_one_outcome(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let answers = at_once(4, |thread, replica| {
        if thread == 0 {
            change(&ada, replica, PASSWORD, NEW_PASSWORD)
        } else {
            log_in(app, "ada", PASSWORD, FIREFOX)
        }
    });
    answers[0].check_status(204);
    for answer in &answers[1..] {
        if answer.status == 200 {
            check_over(&Person::signed_in(app, answer, 200));
        } else {
            answer.check_problem(401, "invalid_credentials");
        }
    }
    ada.get("/users/me").check_status(200);
    assert_eq!(sessions(&ada).len(), 1);
}

/// Of two devices that change it at once, one does.
pub(crate) fn password_is_changed_once_at_a_time(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let answers = at_once(2, |thread, replica| {
        let new = format!("{NEW_PASSWORD} {thread}");
        change(&ada, replica, PASSWORD, &new)
    });
    let changed: Vec<usize> = (0..2).filter(|n| answers[*n].status == 204).collect();
    assert_eq!(changed.len(), 1);
    answers[1 - changed[0]].check_problem(403, "wrong_password");
    let new = format!("{NEW_PASSWORD} {}", changed[0]);
    log_in(app, "ada", &new, FIREFOX).check_status(200);
}
