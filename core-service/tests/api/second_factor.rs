//! What is asked for at sign-in besides the password.

use std::{thread, time::Duration};

use core_service::{adapters::outbound::system::SystemClock, application::ports::Clock as _};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    app::{Answer, TestApp},
    person::{PASSWORD, Person},
    races::at_once,
};

const PATH: &str = "/users/me/second-factor";
const CONFIRM: &str = "/users/me/second-factor/confirm";

/// Somebody's authenticator app.
pub(crate) struct Authenticator(Totp);

impl Authenticator {
    fn new(secret: &Value) -> Self {
        let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code of now, or of so many steps later. Each is good for a minute, however busy the machine is.
    fn code(&self, steps_later: u64) -> String {
        let now = u64::try_from(SystemClock.now().seconds()).unwrap();
        let at = now + steps_later * 30;
        self.0.generate(at).to_string()
    }
}

/// On a busy machine somebody has to come again, and what was given up may count as a guess: after the
/// wait that the answer names.
pub(crate) fn until_checked(send: impl Fn() -> Answer) -> Answer {
    loop {
        let answer = send();
        if ![429, 503].contains(&answer.status) {
            return answer;
        }
        let wait = answer.headers.get("retry-after").unwrap().to_str();
        thread::sleep(Duration::from_secs(wait.unwrap().parse().unwrap()));
    }
}

fn log_in(app: &TestApp, replica: usize, handle: &str, code: Option<&str>) -> Answer {
    let body = json!({ "handle": handle, "password": PASSWORD, "code": code }).to_string();
    let headers = [("content-type", "application/json")];
    until_checked(|| {
        app.send_to(
            replica,
            "POST",
            "/api/v1/auth/login",
            &headers,
            body.as_bytes(),
        )
    })
}

/// Turns a factor on; the app and the recovery codes.
#[track_caller]
pub(crate) fn turn_on(person: &Person<'_>) -> (Authenticator, Vec<String>) {
    let password = json!({ "password": PASSWORD });
    let offered = until_checked(|| person.post(PATH, &password)).ok(200);
    let app = Authenticator::new(&offered["secret"]);
    let confirmed = person
        .post(CONFIRM, &json!({ "code": app.code(0) }))
        .ok(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap().iter();
    (
        app,
        codes
            .map(|code| code.as_str().unwrap().to_owned())
            .collect(),
    )
}

pub(crate) fn factor_is_turned_on_asked_for_and_turned_off(app: &TestApp) {
    let ada = Person::new(app, "ada");
    assert_eq!(
        ada.get(PATH).ok(200),
        json!({ "on": false, "recovery_codes_left": 0 })
    );
    let code = |code: &str| json!({ "code": code });
    ada.post(CONFIRM, &code("123456"))
        .check_problem(409, "no_second_factor");
    ada.post(CONFIRM, &json!({})).check_problem(400, "bad_json");
    let begin = |password: &str| until_checked(|| ada.post(PATH, &json!({ "password": password })));
    begin("wrong horse battery").check_problem(403, "wrong_password");
    let offered = begin(PASSWORD).ok(200);
    let url = offered["url"].as_str().unwrap();
    assert!(
        url.starts_with("otpauth://totp/Rookery:ada?secret="),
        "{url}"
    );
    // It is asked for once it is confirmed.
    log_in(app, 0, "ada", None).check_status(200);
    ada.post(CONFIRM, &code("none"))
        .check_problem(403, "wrong_code");
    let (shown, codes) = turn_on(&ada);
    assert_eq!(
        ada.get(PATH).ok(200),
        json!({ "on": true, "recovery_codes_left": 10 })
    );
    begin(PASSWORD).check_problem(409, "second_factor_on");
    ada.post(CONFIRM, &code("123456"))
        .check_problem(409, "second_factor_on");

    for replica in 0..2 {
        log_in(app, replica, "ada", None).check_problem(401, "second_factor_required");
        log_in(app, replica, "ada", Some("wrong")).check_problem(403, "wrong_code");
    }
    log_in(app, 0, "ada", Some(&shown.code(1))).check_status(200);
    log_in(app, 1, "ada", Some(&codes[0])).check_status(200);
    log_in(app, 0, "ada", Some(&codes[0])).check_problem(403, "wrong_code");
    ada.get("/users/me").check_status(200);

    let end = |password: &str, code: &str| {
        let body = json!({ "password": password, "code": code });
        until_checked(|| ada.delete_with(PATH, &body))
    };
    end("wrong horse battery", &codes[1]).check_problem(403, "wrong_password");
    end(PASSWORD, &codes[0]).check_problem(403, "wrong_code");
    assert_eq!(ada.get(PATH).ok(200)["recovery_codes_left"], 9);
    end(PASSWORD, &codes[1]).check_status(204);
    end(PASSWORD, &codes[2]).check_problem(409, "no_second_factor");
    log_in(app, 1, "ada", None).check_status(200);
    // No secret and no code is in a log.
    let logs = app.logs();
    let secret = offered["secret"].as_str().unwrap();
    assert!(!logs.contains(secret) && !codes.iter().any(|code| logs.contains(code)));
}

/// Of those who come at once with one code, on two replicas, one is let in.
pub(crate) fn code_is_used_once_over_all_replicas(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let (shown, codes) = turn_on(&ada);
    for code in [&shown.code(1), &codes[0]] {
        let answers = at_once(4, |_, replica| log_in(app, replica, "ada", Some(code)));
        let let_in = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(let_in, 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.check_problem(403, "wrong_code");
        }
    }
    // Of those who confirm one secret at once, one is told the codes.
    let ben = Person::new(app, "ben");
    let password = json!({ "password": PASSWORD });
    let offered = until_checked(|| ben.post(PATH, &password)).ok(200);
    let code = json!({ "code": Authenticator::new(&offered["secret"]).code(0) });
    let answers = at_once(4, |_, replica| ben.post_to(replica, CONFIRM, &code));
    let told: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(ben.get(PATH).ok(200)["recovery_codes_left"], 10);
}

pub(crate) fn operator_turns_a_factor_off(app: &TestApp) {
    let ada = Person::new(app, "ada");
    turn_on(&ada);
    log_in(app, 0, "ada", None).check_problem(401, "second_factor_required");
    let off = |handle: &str| app.command(&["second-factor-off", handle]);
    assert!(off("ada").status.success());
    log_in(app, 1, "ada", None).check_status(200);
    for (handle, why) in [("ada", "no second factor"), ("nobody", "no such account")] {
        let refused = off(handle);
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(why), "{said}");
    }
}
