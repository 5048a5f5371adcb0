//! People who want what is not theirs.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use core_service::{
    adapters::outbound::{jwt::JwtKeys, system::SystemClock},
    application::ports::{Identity, TokenIssuer as _},
    domain::{
        ids::{SessionId, UserId},
        time::Timestamp,
    },
};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, generate_key},
    person::{Person, handles, message, registration, uuid},
};

pub(crate) fn strangers_find_nothing_and_change_nothing(app: &TestApp) {
    let people = ["ada", "ben", "eve"].map(|handle| Person::new(app, handle));
    let [ada, ben, eve] = &people;
    for chat in [ada.direct(ben), ada.group(&[ben])] {
        ada.say(&chat, "between us");
        let before = (ada.conversation(&chat), ada.changes(&chat, ""));
        let at = |rest: &str| format!("/conversations/{chat}{rest}");
        for path in [
            "",
            "/messages",
            "/messages?after_seq=0",
            "/changes",
            "/changes?epoch=x",
        ] {
            eve.get(&at(path)).check_problem(404, "not_found");
        }
        let found = format!("/messages/search?q=us&conversation_id={chat}");
        eve.get(&found).check_problem(404, "not_found");
        let posts: [(&str, Value); 4] = [
            ("/messages", message("me too")),
            ("/members", json!({ "user_id": eve.id })),
            ("/members", json!({ "user_id": uuid() })),
            ("/receipts", json!({ "read_seq": 1 })),
        ];
        for (path, body) in posts {
            eve.post(&at(path), &body).check_problem(404, "not_found");
        }
        for member in [ada, ben, eve] {
            eve.remove(&chat, member).check_problem(404, "not_found");
        }
        assert_eq!((ada.conversation(&chat), ada.changes(&chat, "")), before);
        assert_eq!(handles(&before.0), ["ada", "ben"]);
    }
    let list = eve.get("/conversations").ok(200);
    assert!(list["conversations"].as_array().unwrap().is_empty());
    let found = eve.get("/messages/search?q=between").ok(200);
    assert_eq!(found, json!({ "messages": [], "next": null }));
}

/// A token whose parts are these, signed with what `signature` is.
fn token(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

fn part_of(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

pub(crate) fn forged_tokens_are_refused(app: &TestApp) {
    let (ada, eve) = (Person::new(app, "ada"), Person::new(app, "eve"));
    let (header, claims) = (part_of(&eve.token, 0), part_of(&eve.token, 1));
    let signature = eve.token.rsplit('.').next().unwrap();
    let mut of_ada = claims.clone();
    of_ada["sub"] = json!(ada.id);
    let mut for_ever = claims.clone();
    for_ever["exp"] = json!(claims["exp"].as_i64().unwrap() + 1_000_000);
    let mut unsigned = header.clone();
    unsigned["alg"] = json!("none");
    let mut symmetric = header.clone();
    symmetric["alg"] = json!("HS256");

    // As good as ours, but signed with a key of somebody else.
    generate_key(app.path("foreign.pem"));
    let pem = std::fs::read_to_string(app.path("foreign.pem")).unwrap();
    let identity = Identity {
        user: ada.id.parse::<UserId>().unwrap(),
        session: claims["sid"]
            .as_str()
            .unwrap()
            .parse::<SessionId>()
            .unwrap(),
        expires_at: Timestamp::from_micros(claims["exp"].as_i64().unwrap() * 1_000_000),
    };
    let keys = JwtKeys::new(&pem, None, Arc::new(SystemClock)).unwrap();
    let foreign = keys.issue(&identity).unwrap();
    let foreign_signature = foreign.rsplit('.').next().unwrap().to_owned();

    let forged = [
        token(&header, &of_ada, signature),
        token(&header, &for_ever, signature),
        token(&unsigned, &of_ada, ""),
        token(&unsigned, &of_ada, signature),
        token(&symmetric, &of_ada, signature),
        token(&header, &part_of(&foreign, 1), &foreign_signature),
        foreign,
        eve.cookie.split('=').nth(1).unwrap().to_owned(),
        "x".repeat(4000),
        "a.b.c".to_owned(),
        String::new(),
    ];
    for forged in forged {
        for _ in 0..2 {
            let bearer = format!("Bearer {forged}");
            let headers = [("authorization", bearer.as_str())];
            let answer = app.send("GET", "/api/v1/users/me", &headers, b"");
            answer.check_problem(401, "token_invalid");
        }
    }
    let basic = format!("Basic {}", eve.token);
    let me = |headers: &[(&str, &str)]| app.send("GET", "/api/v1/users/me", headers, b"");
    me(&[("authorization", &basic)]).check_problem(401, "token_invalid");
    me(&[("cookie", &eve.cookie)]).check_problem(401, "token_invalid");
    me(&[]).check_problem(401, "token_invalid");
    eve.get("/users/me").check_status(200);

    for (method, path) in SECURED {
        let body = if *method == "GET" { "" } else { "{}" };
        let headers = [("content-type", "application/json")];
        let answer = app.send(method, path, &headers, body.as_bytes());
        answer.check_problem(401, "token_invalid");
    }
}

/// What needs a token.
const SECURED: &[(&str, &str)] = &[
    ("GET", "/api/v1/users/me"),
    ("GET", "/api/v1/users/me/blocks"),
    ("PUT", "/api/v1/users/me/blocks/0"),
    ("DELETE", "/api/v1/users/me/blocks/0"),
    ("GET", "/api/v1/users/me/settings"),
    ("PUT", "/api/v1/users/me/settings"),
    ("GET", "/api/v1/users?query=a"),
    ("GET", "/api/v1/conversations"),
    ("POST", "/api/v1/conversations"),
    ("GET", "/api/v1/conversations/0"),
    ("POST", "/api/v1/conversations/0/members"),
    ("DELETE", "/api/v1/conversations/0/members/0"),
    ("PUT", "/api/v1/conversations/0/members/0/role"),
    ("POST", "/api/v1/conversations/0/accept"),
    ("GET", "/api/v1/conversations/0/messages"),
    ("POST", "/api/v1/conversations/0/messages"),
    ("GET", "/api/v1/conversations/0/changes"),
    ("POST", "/api/v1/conversations/0/receipts"),
];

pub(crate) fn refresh_token_of_an_ended_session_is_refused(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let refresh =
        |cookie: &str| app.send("POST", "/api/v1/auth/refresh", &[("cookie", cookie)], b"");
    for cookie in [
        "",
        "rookery_refresh=",
        "rookery_refresh=x",
        "other=1",
        "rookery_refresh=%00",
    ] {
        refresh(cookie).check_problem(401, "refresh_invalid");
    }
    let next = refresh(&ada.cookie).cookie();
    // An access token alone ends the session, too.
    let bearer = format!("Bearer {}", ada.token);
    let out = app.send(
        "POST",
        "/api/v1/auth/logout",
        &[("authorization", &bearer)],
        b"",
    );
    out.check_status(204);
    for cookie in [&ada.cookie, &next] {
        refresh(cookie).check_problem(401, "refresh_invalid");
    }
}

pub(crate) fn page_of_another_origin_cannot_use_the_cookie(app: &TestApp) {
    let ada = Person::new(app, "ada");
    // As browsers do on plain http: there is no `Sec-Fetch-Site`.
    let neighbour = format!("http://127.0.0.1:{}", app.replicas[0].http + 1);
    let foreign = [
        ("origin", neighbour.as_str()),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ];
    for path in ["refresh", "logout", "login", "register"] {
        for header in foreign {
            let headers = [("cookie", ada.cookie.as_str()), header];
            let answer = app.send("POST", &format!("/api/v1/auth/{path}"), &headers, b"{}");
            answer.check_problem(403, "foreign_origin");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
    }
    ada.get("/users/me").check_status(200);
    for replica in [0, 1] {
        let own = format!("http://127.0.0.1:{}", app.replicas[replica].http);
        for header in [("origin", own.as_str()), ("sec-fetch-site", "same-origin")] {
            let headers = [("cookie", ada.cookie.as_str()), header];
            let answer = app.send_to(replica, "POST", "/api/v1/auth/refresh", &headers, b"");
            answer.check_status(200);
        }
    }
}

#[test]
fn answers_are_kept_by_no_cache_and_no_log_holds_a_query() {
    let app = TestApp::on_sqlite();
    let ada = Person::new(&app, "ada");
    let refresh = [("cookie", ada.cookie.as_str())];
    for answer in [
        app.post("/api/v1/auth/register", &registration("ben")),
        app.post("/api/v1/auth/register", &registration("ben")),
        app.send("POST", "/api/v1/auth/refresh", &refresh, b""),
        app.send("POST", "/api/v1/auth/refresh", &[], b""),
        ada.get("/users?query=whom-i-look-for"),
        ada.get("/conversations?whom-i-look-for"),
        app.send("GET", "/api/v1/users?query=whom-i-look-for", &[], b""),
        app.send("GET", "/api/v1/client-config", &[], b""),
    ] {
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    assert!(!app.logs().contains("whom-i-look-for"), "{}", app.logs());
}

#[test]
fn nobody_but_the_operator_says_where_the_hub_is() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_PUBLIC_URL", "https://chat.example")]);
    let told = |headers: &[(&str, &str)]| {
        let config = app
            .send("GET", "/api/v1/client-config", headers, b"")
            .ok(200);
        let realtime = &config["realtime"];
        ["websocket_url", "notification_sse_url"]
            .map(|key| realtime[key].as_str().unwrap().to_owned())
    };
    for header in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ] {
        for url in told(&[header]) {
            let host = url
                .split("//")
                .nth(1)
                .and_then(|rest| rest.split(':').next());
            assert!(
                ["chat.example", "127.0.0.1"].contains(&host.unwrap()),
                "{url}"
            );
        }
    }
}
