//! Who is given an event stream or a ticket, and what the others are answered. A request here has no
//! socket to stream on, so one that is let in gets as far as [`no_socket`](super::super::streaming).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    App,
    body::{BoxBody, to_bytes},
    dev::ServiceResponse,
    http::header::{self, HeaderMap},
    test::{TestRequest, call_service, init_service},
    web::Data,
};
use rookery_kit::secret::Secret;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::super::{routes::routes, site::Site};
use crate::{
    api::ServerApi,
    clock,
    config::{Config, LimitsConfig},
    identity::{Identity, VerifyError, api_keys::ApiKeys, ticket::Tickets},
    lifecycle::{self, Readiness},
    limits::connect_pace::ConnectPace,
    rooms::testing::{namespaces, setup},
    session::testing::{World, identity, world},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The access token of Ada, who is in `chat:1`.
const TOKEN: &str = "good";

struct Rig {
    site: Arc<Site>,
    world: World,
}

/// What a request was answered with.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    async fn of(response: ServiceResponse<BoxBody>) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap();
        Self {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and code of a refusal.
    fn refusal(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }

    #[track_caller]
    fn check_refusal(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()));
    }

    /// It was let in.
    #[track_caller]
    fn check_let_in(&self) {
        self.check_refusal(500, "no_socket");
    }

    /// An `EventSource` comes back after it.
    #[track_caller]
    fn check_comes_back(&self) {
        let content = self.headers.get(header::CONTENT_TYPE).unwrap();
        assert_eq!(
            (self.status, content.as_bytes()),
            (200, &b"text/event-stream"[..])
        );
        assert!(self.body.starts_with("retry: "), "{}", self.body);
    }
}

impl Rig {
    fn new() -> Self {
        Self::with(&Config::default())
    }

    fn with(config: &Config) -> Self {
        Self::of(config, world(setup(namespaces(json!({})))))
    }

    fn of(config: &Config, world: World) -> Self {
        let ada = identity("ada", &["user:ada", "chat:1"]);
        world.authority.answer(TOKEN, Ok(ada));
        let api = ServerApi::new(
            &world.services,
            Arc::new(ApiKeys::new(None, None, &BTreeMap::new())),
            Handle::current(),
        );
        let readiness = Arc::new(Readiness::new(world.authority.clone()));
        let tickets = Tickets::new(&Secret::new(SECRET));
        let services = world.services.clone();
        let site = Site::new(config, services, &api, readiness, tickets).unwrap();
        Self { site, world }
    }

    async fn ask(&self, request: TestRequest) -> Answer {
        let app = App::new()
            .app_data(Data::from(self.site.clone()))
            .configure(routes(self.site.origins.clone()));
        let app = init_service(app).await;
        Answer::of(call_service(&app, request.to_request()).await).await
    }

    async fn get(&self, address: &str) -> Answer {
        self.ask(TestRequest::get().uri(address)).await
    }

    /// With a token in the header.
    async fn get_as(&self, address: &str, token: &str) -> Answer {
        self.ask(bearing(TestRequest::get().uri(address), token))
            .await
    }

    fn seal(&self, token: &str) -> String {
        self.site.tickets.seal(token).unwrap()
    }

    /// By a ticket in the address.
    async fn get_by_ticket(&self, address: &str, token: &str) -> Answer {
        let ticket = self.seal(token);
        self.get(&format!("{address}&ticket={ticket}")).await
    }
}

fn bearing(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
}

const CHAT: &str = "/sse?topic=chat:1";

#[actix_rt::test]
async fn whoever_says_who_they_are_is_let_in() {
    let rig = Rig::new();
    rig.get_as(CHAT, TOKEN).await.check_let_in();
    rig.get_as("/user/sse/notification/ada", TOKEN)
        .await
        .check_let_in();
    rig.get_by_ticket(CHAT, TOKEN).await.check_let_in();
    let cookie = format!("rookery_sse={}", rig.seal(TOKEN));
    let by_cookie = TestRequest::get()
        .uri(CHAT)
        .insert_header((header::COOKIE, cookie));
    rig.ask(by_cookie).await.check_let_in();
    // A ticket is not used up: an `EventSource` comes back with the same one.
    let ticket = rig.seal(TOKEN);
    for _ in 0..2 {
        rig.get(&format!("{CHAT}&ticket={ticket}"))
            .await
            .check_let_in();
    }
    assert_eq!(
        rig.world.services.users.online(),
        0,
        "none of them is left behind"
    );
    assert_eq!(rig.site.places.taken(), 0);
}

#[actix_rt::test]
async fn newest_credential_counts() {
    let rig = Rig::new();
    let (good, bad) = (rig.seal(TOKEN), rig.seal("forged"));
    let cookie = |ticket: &str| (header::COOKIE, format!("rookery_sse={ticket}"));
    // A header before the address.
    let address = format!("{CHAT}&ticket={bad}");
    rig.get_as(&address, TOKEN).await.check_let_in();
    let address = format!("{CHAT}&ticket={good}");
    rig.get_as(&address, "forged")
        .await
        .check_refusal(401, "token_invalid");
    // The address before a cookie.
    let request = TestRequest::get().uri(&address).insert_header(cookie(&bad));
    rig.ask(request).await.check_let_in();
    // What is no bearer's is not looked at.
    let request = TestRequest::get()
        .uri(&address)
        .insert_header((header::AUTHORIZATION, "Basic YTpi"));
    rig.ask(request).await.check_let_in();
}

#[actix_rt::test]
async fn whoever_does_not_is_told_what_to_do() {
    let rig = Rig::new();
    let late = Identity {
        expires_at_ms: clock::now_ms() - 1,
        ..identity("ada", &["user:ada", "chat:1"])
    };
    let (authority, get) = (&rig.world.authority, async |token| {
        rig.get_as(CHAT, token).await
    });
    authority.answer("expired", Err(VerifyError::Expired));
    authority.answer("late", Ok(late));
    authority.answer("revoked", Err(VerifyError::Revoked));
    rig.get(CHAT).await.check_refusal(401, "token_missing");
    rig.get(&format!("{CHAT}&ticket=forged"))
        .await
        .check_refusal(401, "ticket_invalid");
    // A token is no ticket: it would stand in logs.
    rig.get(&format!("{CHAT}&ticket={TOKEN}"))
        .await
        .check_refusal(401, "ticket_invalid");
    rig.get(&format!("{CHAT}&token={TOKEN}"))
        .await
        .check_refusal(401, "token_missing");
    get("forged").await.check_refusal(401, "token_invalid");
    get("revoked").await.check_refusal(401, "token_invalid");
    get("expired").await.check_refusal(401, "token_expired");
    get("late").await.check_refusal(401, "token_expired");
    assert_eq!(rig.site.places.taken(), 0, "nobody keeps a place");
}

#[actix_rt::test]
async fn stream_on_nothing_that_may_be_heard_is_refused() {
    let rig = Rig::new();
    for address in [
        "/sse?topic=chat:2",
        "/sse?topic=control&topic=nowhere:1",
        "/user/sse/notification/ben",
    ] {
        rig.get_as(address, TOKEN)
            .await
            .check_refusal(403, "topics_refused");
    }
    rig.get_as("/sse?topic=chat:2&topic=chat:1", TOKEN)
        .await
        .check_let_in();
    assert_eq!(rig.world.services.users.online(), 0);
}

#[actix_rt::test]
async fn list_of_topics_has_its_bounds() {
    let rig = Rig::new();
    let address = |topics: &[String]| format!("/sse?x=&topic={}", topics.join("&topic="));
    let numbered = |count| (0..count).map(|n| format!("chat:{n}")).collect::<Vec<_>>();
    for topics in [vec![String::new()], numbered(21), vec!["a".repeat(256)]] {
        let refused = rig.get_as(&address(&topics), TOKEN).await;
        refused.check_refusal(400, "topics_invalid");
    }
    rig.get_as("/sse", TOKEN)
        .await
        .check_refusal(400, "topics_invalid");
    rig.get_as(&address(&numbered(20)), TOKEN)
        .await
        .check_let_in();
    // The same one twenty-one times is one topic.
    let same = vec!["chat:1".to_owned(); 21];
    rig.get_as(&address(&same), TOKEN).await.check_let_in();
}

#[actix_rt::test]
async fn event_source_that_is_refused_for_now_comes_back() {
    let rig = Rig::new();
    rig.world
        .authority
        .answer("unknown", Err(VerifyError::Unreachable));
    rig.get_as(CHAT, "unknown")
        .await
        .check_refusal(503, "core_unreachable");
    rig.get_by_ticket(CHAT, "unknown").await.check_comes_back();
    // For good is for good.
    let refused = rig.get_by_ticket(CHAT, "forged").await;
    refused.check_refusal(401, "token_invalid");

    let full = Rig::with(&Config {
        limits: LimitsConfig {
            connections: 0,
            ..LimitsConfig::default()
        },
        ..Config::default()
    });
    full.get_as(CHAT, TOKEN)
        .await
        .check_refusal(503, "hub_full");
    full.get_by_ticket(CHAT, TOKEN).await.check_comes_back();

    let (readiness, users) = (&rig.site.readiness, &rig.site.services.users);
    lifecycle::drain(readiness, users, Duration::ZERO).await;
    rig.get_as(CHAT, TOKEN).await.check_refusal(503, "leaving");
    rig.get_by_ticket(CHAT, TOKEN).await.check_comes_back();
}

#[actix_rt::test]
async fn stream_on_what_no_core_can_say_is_put_off() {
    let rig = Rig::new();
    rig.world.core.fall_silent();
    rig.get_as("/sse?topic=chat:2", TOKEN)
        .await
        .check_refusal(503, "core_unreachable");
    rig.get_by_ticket("/sse?topic=chat:2", TOKEN)
        .await
        .check_comes_back();
    // What came with the token needs no core.
    rig.get_as(CHAT, TOKEN).await.check_let_in();
}

/// A ticket costs a verification, as a connection does.
#[actix_rt::test]
async fn tickets_are_sealed_at_the_pace_of_connections() {
    let mut world = world(setup(namespaces(json!({}))));
    let services = Arc::get_mut(&mut world.services).unwrap();
    services.pace = ConnectPace::new(Some(1), Instant::now());
    let rig = Rig::of(&Config::default(), world);
    while rig.world.services.pace.take_turn(Instant::now()).is_ok() {}
    let refused = rig.ask(wish(TOKEN, "")).await;
    refused.check_refusal(503, "crowded");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
}

fn wish(token: &str, body: &'static str) -> TestRequest {
    bearing(TestRequest::post().uri("/sse/ticket"), token).set_payload(body)
}

fn cookies(answer: &Answer) -> Vec<&str> {
    let lines = answer.headers.get_all(header::SET_COOKIE);
    lines.map(|line| line.to_str().unwrap()).collect()
}

#[actix_rt::test]
async fn ticket_is_the_token_sealed_and_lives_as_long() {
    let rig = Rig::new();
    let expires_at_ms = clock::now_ms() + 900_000;
    let ada = Identity {
        expires_at_ms,
        ..identity("ada", &[])
    };
    rig.world.authority.answer(TOKEN, Ok(ada));
    let issued = rig.ask(wish(TOKEN, "")).await;
    assert_eq!(issued.status, 200);
    assert_eq!(
        issued.headers.get(header::CACHE_CONTROL).unwrap(),
        "no-store"
    );
    assert!(cookies(&issued).is_empty());
    let issued = issued.json();
    assert_eq!(issued["expires_at_ms"], expires_at_ms);
    let ticket = issued["ticket"].as_str().unwrap();
    assert!(!ticket.contains(TOKEN));
    assert_eq!(rig.site.tickets.open(ticket).as_deref(), Some(TOKEN));
}

#[actix_rt::test]
async fn cookie_is_for_event_streams_alone() {
    let rig = Rig::new();
    let issued = rig.ask(wish(TOKEN, r#"{"cookie": true}"#)).await;
    let ticket = issued.json()["ticket"].as_str().unwrap().to_owned();
    let lines = cookies(&issued);
    assert_eq!(lines.len(), 2);
    for (line, path) in lines.iter().zip(["/sse", "/user/sse"]) {
        assert!(
            line.starts_with(&format!("rookery_sse={ticket};")),
            "{line}"
        );
        for part in [
            "HttpOnly",
            "SameSite=Strict",
            "Max-Age=",
            &format!("Path={path}"),
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(
            !line.contains("Secure"),
            "a page without TLS would not send it"
        );
    }
    let by_tls =
        wish(TOKEN, r#"{"cookie": true}"#).insert_header((header::X_FORWARDED_PROTO, "https"));
    let issued = rig.ask(by_tls).await;
    assert!(cookies(&issued).iter().all(|line| line.contains("Secure")));
    // What is no wish is none.
    for body in [
        "",
        "[]",
        "{",
        r#"{"cookie": "yes"}"#,
        r#"{"cookie": false}"#,
    ] {
        let issued = rig.ask(wish(TOKEN, body)).await;
        assert_eq!((issued.status, cookies(&issued).len()), (200, 0), "{body}");
    }
}

#[actix_rt::test]
async fn no_ticket_without_a_good_token() {
    let rig = Rig::new();
    let authority = &rig.world.authority;
    authority.answer("expired", Err(VerifyError::Expired));
    authority.answer("unknown", Err(VerifyError::Unreachable));
    let nobody = TestRequest::post().uri("/sse/ticket");
    rig.ask(nobody).await.check_refusal(401, "token_missing");
    let by_ticket = format!("/sse/ticket?ticket={}", rig.seal(TOKEN));
    let by_ticket = TestRequest::post().uri(&by_ticket);
    rig.ask(by_ticket).await.check_refusal(401, "token_missing");
    for (token, status, code) in [
        ("forged", 401, "token_invalid"),
        ("expired", 401, "token_expired"),
        ("unknown", 503, "core_unreachable"),
    ] {
        rig.ask(wish(token, "")).await.check_refusal(status, code);
    }
    let long: &'static str = " ".repeat(1025).leak();
    let refused = rig.ask(wish(TOKEN, long)).await;
    assert_eq!(refused.status, 413);
}
