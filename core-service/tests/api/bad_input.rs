//! Requests that nobody's client makes: a problem document each time, never a 5xx.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{PASSWORD, Person, id, uuid},
};

/// 4xx, as a problem, and nothing broke.
#[track_caller]
fn check_refused(answer: &Answer) {
    assert!(
        (400..500).contains(&answer.status),
        "{} {:?}",
        answer.status,
        answer.json()
    );
    assert!(!answer.problem_code().is_empty());
}

/// Anything but a 5xx; errors are problems.
#[track_caller]
fn check_survived(answer: &Answer) {
    if answer.status >= 300 {
        check_refused(answer);
    }
}

/// An array of nothing holds what such a route needs as well.
fn has_optional_fields_alone(method: &str, path: &str) -> bool {
    let changes_some = method == "PATCH" && !path.contains("/messages/");
    let ends = ["/receipts", "/invites"];
    changes_some || ends.iter().any(|end| path.ends_with(end))
}

pub(crate) fn malformed_requests_get_a_problem(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let direct = ada.direct(&ben);
    let bearer = format!("Bearer {}", ada.token);
    let with = |content: &'static str| {
        [
            ("authorization", bearer.clone()),
            ("content-type", content.to_owned()),
        ]
    };
    let send = |method: &str, path: &str, content: &'static str, body: &[u8]| {
        let headers = with(content);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        app.send(method, path, &headers, body)
    };

    let at = |rest: &str| format!("/api/v1/conversations/{chat}{rest}");
    let registration = json!({ "handle": "cat", "display_name": "Cat", "password": PASSWORD });
    let login = json!({ "handle": "ada", "password": PASSWORD });
    let group = json!({
        "kind": "group", "title": "T", "member_ids": [ben.id], "client_id": uuid(),
    });
    let said = ada.say(&chat, "hi");
    let of_message = |rest: &str| at(&format!("/messages/{}{rest}", id(&said)));
    let targets = [
        (
            "POST",
            "/api/v1/auth/register".to_owned(),
            registration.clone(),
        ),
        ("POST", "/api/v1/auth/login".to_owned(), login),
        ("POST", "/api/v1/conversations".to_owned(), group.clone()),
        ("POST", at("/members"), json!({ "user_id": ben.id })),
        (
            "POST",
            at("/messages"),
            json!({ "client_msg_id": uuid(), "text": "hi" }),
        ),
        ("POST", at("/receipts"), json!({ "read_seq": 1 })),
        (
            "PATCH",
            of_message(""),
            json!({ "client_op_id": uuid(), "text": "ho" }),
        ),
        ("PUT", of_message("/reaction"), json!({ "emoji": "👍" })),
        ("PUT", of_message("/pin"), json!({ "for_s": 86_400 })),
        ("PUT", at("/draft"), json!({ "text": "so far" })),
        (
            "PUT",
            "/api/v1/users/me/password".to_owned(),
            json!({ "current_password": PASSWORD, "new_password": "short" }),
        ),
        ("PATCH", at("/settings"), json!({ "muted_until": "always" })),
        ("POST", at("/invites"), json!({ "max_uses": 2 })),
        ("POST", at("/clear"), json!({ "up_to_seq": 0 })),
        ("PATCH", at(""), json!({ "title": "Owls" })),
        ("PUT", at("/picture"), json!({ "attachment_id": uuid() })),
        (
            "PATCH",
            "/api/v1/users/me".to_owned(),
            json!({ "about": "Busy" }),
        ),
        (
            "PUT",
            "/api/v1/users/me/picture".to_owned(),
            json!({ "attachment_id": uuid() }),
        ),
    ];
    let huge = json!({ "text": "x".repeat(300 * 1024) }).to_string();
    let deep = "[".repeat(10_000);
    for (method, path, body) in &targets {
        // Bodies that are none.
        let garbage: [&[u8]; 8] = [
            b"",
            b"{",
            b"null",
            b"[]",
            b"\"text\"",
            b"{\"a\":\"\\ud800\"}",
            b"\xff\xfe",
            deep.as_bytes(),
        ];
        for garbage in garbage {
            let answer = send(method, path, "application/json", garbage);
            if has_optional_fields_alone(method, path) {
                check_survived(&answer);
            } else {
                check_refused(&answer);
            }
        }
        let text = body.to_string();
        for content in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "nonsense",
            "",
        ] {
            let answer = send(method, path, content, text.as_bytes());
            answer.check_problem(415, "unsupported_media_type");
        }
        let large = send(method, path, "application/json", huge.as_bytes());
        large.check_problem(413, "body_too_large");

        // Fields that are missing or of another type.
        for field in body.as_object().unwrap().keys() {
            let optional = has_optional_fields_alone(method, path);
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(field);
            let answer = send(
                method,
                path,
                "application/json",
                without.to_string().as_bytes(),
            );
            if optional {
                check_survived(&answer);
            } else {
                check_refused(&answer);
            }
            for wrong in [
                json!({}),
                json!([{}]),
                json!(true),
                json!(1.5),
                json!("\0"),
                json!(1e300),
            ] {
                let mut changed = body.clone();
                changed[field] = wrong;
                let answer = send(
                    method,
                    path,
                    "application/json",
                    changed.to_string().as_bytes(),
                );
                check_refused(&answer);
            }
            let surrogate = text.replacen(&body[field].to_string(), "\"\\ud800\"", 1);
            check_refused(&send(
                method,
                path,
                "application/json",
                surrogate.as_bytes(),
            ));
        }
    }

    // Values that are refused, with the reason.
    let refused: [(String, Value, u16, &str); 17] = [
        (
            "/api/v1/auth/register".into(),
            changed(&registration, "handle", "a"),
            422,
            "invalid_handle",
        ),
        (
            "/api/v1/auth/register".into(),
            changed(&registration, "handle", "c\0t"),
            422,
            "invalid_handle",
        ),
        (
            "/api/v1/auth/register".into(),
            changed(&registration, "display_name", "\0"),
            422,
            "invalid_display_name",
        ),
        (
            "/api/v1/auth/register".into(),
            changed(&registration, "password", "short"),
            422,
            "invalid_password",
        ),
        (
            "/api/v1/auth/register".into(),
            changed(&registration, "password", &"x".repeat(129)),
            422,
            "invalid_password",
        ),
        (
            "/api/v1/conversations".into(),
            changed(&group, "title", " "),
            422,
            "invalid_title",
        ),
        (
            "/api/v1/conversations".into(),
            changed(&group, "title", "a\0b"),
            422,
            "invalid_title",
        ),
        (
            "/api/v1/conversations".into(),
            changed(&group, "title", &"x".repeat(101)),
            422,
            "invalid_title",
        ),
        (
            "/api/v1/conversations".into(),
            direct_with(&[&ada.id]),
            422,
            "invalid_members",
        ),
        (
            "/api/v1/conversations".into(),
            direct_with(&[]),
            422,
            "invalid_members",
        ),
        (
            "/api/v1/conversations".into(),
            direct_with(&[&ben.id, &uuid()]),
            422,
            "invalid_members",
        ),
        (
            "/api/v1/conversations".into(),
            direct_with(&[&uuid()]),
            404,
            "not_found",
        ),
        (
            at("/messages"),
            json!({ "client_msg_id": uuid(), "text": " \n " }),
            422,
            "text_empty",
        ),
        (
            at("/messages"),
            json!({ "client_msg_id": uuid(), "text": "x".repeat(5000) }),
            422,
            "text_too_long",
        ),
        (
            at("/messages"),
            json!({ "client_msg_id": uuid(), "text": "a\0b" }),
            422,
            "text_invalid",
        ),
        (
            at("/messages"),
            json!({ "client_msg_id": "7", "text": "hi" }),
            400,
            "bad_json",
        ),
        (at("/members"), json!({ "user_id": "ben" }), 400, "bad_json"),
    ];
    for (path, body, status, code) in refused {
        let answer = send(
            "POST",
            &path,
            "application/json",
            body.to_string().as_bytes(),
        );
        answer.check_problem(status, code);
    }
    let crowd: Vec<String> = (0..1000).map(|_| uuid()).collect();
    let mut full = group.clone();
    full["member_ids"] = json!(crowd);
    let answer = send(
        "POST",
        "/api/v1/conversations",
        "application/json",
        full.to_string().as_bytes(),
    );
    answer.check_problem(422, "too_many_members");
    // The same person many times is one person.
    let twice = direct_with(&[&ben.id, &ben.id, &ada.id]);
    let answer = send(
        "POST",
        "/api/v1/conversations",
        "application/json",
        twice.to_string().as_bytes(),
    );
    assert_eq!(answer.ok(200)["id"], direct);

    // Queries.
    for path in [at("/messages"), at("/changes")] {
        for query in [
            "limit=0",
            "limit=-1",
            "limit=100000",
            "limit=x",
            "limit=99999999999999999999",
            "limit=1&limit=2",
        ] {
            send("GET", &format!("{path}?{query}"), "", b"").check_problem(400, "bad_query");
        }
    }
    for query in [
        "before_seq=x",
        "after_seq=1.5",
        "before_seq=99999999999999999999",
    ] {
        send("GET", &at(&format!("/messages?{query}")), "", b"").check_problem(400, "bad_query");
    }
    send("GET", &at("/changes?after_offset=x"), "", b"").check_problem(400, "bad_query");
    send("GET", "/api/v1/users", "", b"").check_problem(400, "bad_query");
    for query in [
        "after_offset=-5",
        "after_offset=9223372036854775807",
        "after_offset=-9223372036854775808",
        "epoch=%00",
        "epoch=%FF",
        "epoch=unknown",
    ] {
        check_survived(&send("GET", &at(&format!("/changes?{query}")), "", b""));
    }

    // Paths that name nothing.
    for id in [
        "0",
        "%00",
        "%FF",
        "..%2F..",
        "x%20y",
        "'",
        &uuid(),
        &"9".repeat(500),
    ] {
        for rest in ["", "/messages", "/changes"] {
            let answer = send("GET", &format!("/api/v1/conversations/{id}{rest}"), "", b"");
            check_refused(&answer);
            assert_eq!(answer.status, 404);
        }
        send("DELETE", &format!("{}/{id}", at("/members")), "", b"");
    }
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1//conversations"),
    ] {
        send(method, path, "", b"").check_problem(404, "no_such_route");
    }
    for (method, path, allow) in [
        ("GET", "/api/v1/auth/login", "POST"),
        ("PUT", "/api/v1/conversations", "GET, HEAD, POST"),
        ("BREW", "/api/v1/conversations", "GET, HEAD, POST"),
        ("PUT", &at(""), "GET, HEAD, PATCH"),
        ("PUT", "/api/v1/users/me", "GET, HEAD, PATCH, DELETE"),
        ("GET", &at("/picture"), "PUT, DELETE"),
        ("POST", "/health/live", "GET, HEAD"),
    ] {
        let answer = send(method, path, "", b"");
        answer.check_problem(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], allow, "{method} {path}");
    }
    for path in [
        "/health/live",
        "/health/ready",
        "/api/openapi.json",
        "/api/v1/client-config",
    ] {
        let (get, head) = (send("GET", path, "", b""), send("HEAD", path, "", b""));
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            head.headers.get("content-type"),
            get.headers.get("content-type")
        );
        assert!(head.body.is_empty(), "{path}");
    }
    // Names of schemes and media types are the same in any case.
    for (scheme, content) in [
        ("bearer", "Application/JSON"),
        ("BEARER", "application/json"),
    ] {
        let credential = format!("{scheme} {}", ada.token);
        let headers = [("authorization", &*credential), ("content-type", content)];
        let body = json!({ "kind": "direct", "member_ids": [ben.id], "client_id": uuid() });
        let body = body.to_string();
        let answer = app.send("POST", "/api/v1/conversations", &headers, body.as_bytes());
        answer.check_status(200);
    }
    ada.get("/users/me").check_status(200);
    assert!(!app.logs().contains("panicked"), "{}", app.logs());
    assert!(!app.logs().contains("ERROR"), "{}", app.logs());
}

fn changed(body: &Value, field: &str, value: &str) -> Value {
    let mut body = body.clone();
    body[field] = json!(value);
    body
}

fn direct_with(members: &[&str]) -> Value {
    json!({ "kind": "direct", "member_ids": members, "client_id": uuid() })
}
