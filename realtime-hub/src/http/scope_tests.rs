//! Who may call what, tested by what happened and not by what was answered: every method, with
//! every scope and without a key, by each way to call it, on a whole hub without sockets.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use actix::{Actor as _, Arbiter};
use actix_web::{
    App,
    body::to_bytes,
    test::{TestRequest, call_service, init_service},
    web::Data,
};
use bytes::Bytes;
use rookery_kit::secret::Secret;
use serde_json::{Value, json};
use shared_proto::hub::api::v1::hub_server::Hub as _;
use tokio::runtime::Handle;
use tonic::{Code, Request, Status};

use super::{api, routes::routes, site::Site};
use crate::{
    admin::stream::Admin,
    api::{Method, ServerApi, grpc::HubService},
    config::{Config, ConnectionConfig},
    connection::{
        link::{Link, Owner},
        outbox::Outbox,
        registry::Users,
    },
    counters::Stats,
    identity::{
        api_keys::{ApiKeyConfig, Scope},
        jwt::StandaloneConfig,
        ticket::Tickets,
    },
    lifecycle::Readiness,
    limits::{connect_pace::ConnectPace, inbound::InboundBudget},
    protocol::wire::Wire,
    rooms::{Rooms, ports::NoLogs},
    session::{emulation::Sessions, services::Services},
    topic::{
        listener::Listener as _,
        namespaces::{Kind, MaySubscribe, NamespaceConfig, Namespaces, PresencePolicy},
    },
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What a key of each set of scopes may call; a set is a key that somebody would make.
const KEYS: [(&str, &[Scope]); 7] = [
    ("nothing", &[]),
    ("stats", &[Scope::Stats]),
    ("read", &[Scope::Read]),
    ("content", &[Scope::Content]),
    ("publish", &[Scope::Publish]),
    ("manage", &[Scope::Manage]),
    ("all", &Scope::ALL),
];

/// What is presented by those who have no key of this hub: none, and a guess.
const STRANGERS: [&str; 2] = ["", "guess"];

/// A way to call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Http,
    /// By HTTP, as a command of a batch.
    Batch,
    /// By HTTP, as one of the objects that older libraries send one after the other.
    Lines,
    Grpc,
}

const TRANSPORTS: [Transport; 4] = [
    Transport::Http,
    Transport::Batch,
    Transport::Lines,
    Transport::Grpc,
];

/// A hub with one connection of Ada's, which hears `news:joined`.
struct Rig {
    site: Arc<Site>,
    api: ServerApi,
    link: Arc<Link>,
    outbox: Arc<Outbox>,
}

/// What calls change.
#[derive(Debug, PartialEq, Eq)]
struct State {
    is_open: bool,
    expires_at_ms: i64,
    topics: Vec<Arc<str>>,
    published: [u64; 2],
    decisions: usize,
}

fn config() -> Config {
    let news = NamespaceConfig {
        kind: Some(Kind::Sequenced),
        subscribe: Some(MaySubscribe::Authenticated),
        presence: Some(PresencePolicy::Full),
        ..NamespaceConfig::default()
    };
    let keys = KEYS.map(|(name, scopes)| {
        let key = ApiKeyConfig {
            scopes: scopes.to_vec(),
            sha256: Secret::new(name).fingerprint(),
        };
        (name.to_owned(), key)
    });
    Config {
        api_keys: keys.into(),
        namespaces: BTreeMap::from([("news".to_owned(), news)]),
        ..Config::default()
    }
}

/// The hub without a connection.
fn hub() -> (Arc<Site>, ServerApi) {
    site_of(&config())
}

/// A hub of this configuration that checks tokens by itself.
pub(super) fn site_of(config: &Config) -> (Arc<Site>, ServerApi) {
    let standalone = StandaloneConfig {
        hmac_secret: Some(Secret::new(SECRET)),
        ..StandaloneConfig::default()
    };
    let keys = Arc::new(standalone.keys().unwrap().unwrap());
    let (counters, users) = (Arc::<Stats>::default(), Arc::new(Users::new(None)));
    // A hub without a core has no logged channels; here they only have to be known as such.
    let rooms = Rooms::new(
        Namespaces::new(&config.namespaces).unwrap(),
        vec![Arbiter::current()],
        counters.clone(),
        users.clone(),
        Arc::new(NoLogs),
    );
    let readiness = Arc::new(Readiness::new(keys.clone()));
    let services = Arc::new(Services {
        authority: keys.clone(),
        grants: keys,
        rooms,
        users,
        receipts: None,
        emulated: Sessions::default(),
        pace: ConnectPace::new(None, Instant::now()),
        inbound: InboundBudget::new(1024 * 1024),
        counters,
        connection: ConnectionConfig::default(),
        instance_id: "hub".into(),
    });
    let tickets = Tickets::new(&Secret::new(SECRET));
    let api = ServerApi::new(&services, Arc::new(config.api_keys()), Handle::current());
    let site = Site::new(config, services, &api, readiness, tickets).unwrap();
    (site, api)
}

impl Rig {
    async fn new() -> Self {
        let (site, api) = hub();
        let owner = Owner {
            user: "ada".into(),
            session: "sign-in".into(),
            info: Bytes::new(),
        };
        let outbox = Arc::new(Outbox::new(1 << 20));
        let link = Link::new(owner, Wire::Json, outbox.clone(), Arc::default());
        api.users.register(&link, Instant::now()).unwrap();
        let rig = Self {
            site,
            api,
            link,
            outbox,
        };
        let (called, _) = rig
            .call(
                Transport::Http,
                Method::Subscribe,
                "all",
                json!({"channel": "news:joined", "user": "ada"}),
            )
            .await;
        assert!(called);
        rig
    }

    /// Parameters by which a method does something to this rig.
    fn parameters(method: Method) -> Value {
        match method {
            Method::Publish => json!({"channel": "news:joined", "data": 1}),
            Method::Broadcast => json!({"channels": ["news:joined", "news:other"], "data": 1}),
            Method::Subscribe => json!({"channel": "news:other", "user": "ada"}),
            Method::Unsubscribe => json!({"channel": "news:joined", "user": "ada"}),
            Method::Disconnect => json!({"user": "ada"}),
            Method::Refresh => json!({"user": "ada", "expire_at": 4_000_000_000_u64}),
            Method::Revoke => json!({"users": ["ada"]}),
            Method::HistoryRemove | Method::Presence | Method::PresenceStats | Method::History => {
                json!({"channel": "news:joined"})
            }
            Method::Connections | Method::Channels | Method::Info => json!({}),
        }
    }

    /// Whether the call was let through, and what it brought.
    async fn call(
        &self,
        transport: Transport,
        method: Method,
        key: &str,
        parameters: Value,
    ) -> (bool, Value) {
        let name = method.name();
        match transport {
            Transport::Http => {
                let (status, body) = self.post(&format!("/api/{name}"), key, &parameters).await;
                check_http_status(status, key, 403);
                of_reply(&body)
            }
            Transport::Batch => {
                let commands = json!({ "commands": [{ name: parameters }] });
                let (status, body) = self.post("/api/batch", key, &commands).await;
                check_http_status(status, key, 200);
                let reply = &body["replies"][0];
                of_reply(&json!({ "result": reply[name], "error": reply["error"] }))
            }
            Transport::Lines => {
                let command = json!({ "method": name, "params": parameters });
                let (status, body) = self.post("/api", key, &command).await;
                check_http_status(status, key, 200);
                of_reply(&body)
            }
            Transport::Grpc => self.call_grpc(method, key, parameters).await,
        }
    }

    async fn post(&self, address: &str, key: &str, body: &Value) -> (u16, Value) {
        let app = App::new()
            .app_data(Data::from(self.site.clone()))
            .app_data(Data::new(self.api.clone()))
            .configure(api::routes);
        let app = init_service(app).await;
        let mut request = TestRequest::post().uri(address).set_json(body);
        if !key.is_empty() {
            request = request.insert_header(("x-api-key", key));
        }
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn call_grpc(&self, method: Method, key: &str, parameters: Value) -> (bool, Value) {
        let service = HubService::new(self.api.clone(), None);
        macro_rules! call {
            ($name:ident) => {{
                let mut request = Request::new(serde_json::from_value(parameters).unwrap());
                if !key.is_empty() {
                    let metadata = request.metadata_mut();
                    metadata.insert("x-api-key", key.parse().unwrap());
                }
                let answer = service.$name(request).await;
                answer.map(|answer| serde_json::to_value(answer.into_inner()).unwrap())
            }};
        }
        let answer: Result<Value, Status> = match method {
            Method::Publish => call!(publish),
            Method::Broadcast => call!(broadcast),
            Method::Subscribe => call!(subscribe),
            Method::Unsubscribe => call!(unsubscribe),
            Method::Disconnect => call!(disconnect),
            Method::Refresh => call!(refresh),
            Method::Revoke => call!(revoke),
            Method::HistoryRemove => call!(history_remove),
            Method::Presence => call!(presence),
            Method::PresenceStats => call!(presence_stats),
            Method::History => call!(history),
            Method::Connections => call!(list_connections),
            Method::Channels => call!(list_topics),
            Method::Info => call!(info),
        };
        match answer {
            Ok(result) => (true, result),
            Err(status) => {
                let code = if STRANGERS.contains(&key) {
                    Code::Unauthenticated
                } else {
                    Code::PermissionDenied
                };
                assert_eq!(status.code(), code, "{status}");
                (false, Value::Null)
            }
        }
    }

    async fn state(&self) -> State {
        let mut published = [0; 2];
        for (offset, topic) in published.iter_mut().zip(["news:joined", "news:other"]) {
            let history = json!({"channel": topic});
            let (_, shown) = self
                .call(Transport::Http, Method::History, "all", history)
                .await;
            *offset = shown["offset"].as_u64().unwrap_or_default();
        }
        State {
            is_open: self.outbox.push(" ".into()),
            expires_at_ms: self.link.expires_at_ms(),
            topics: self.link.topics(),
            published,
            decisions: self.api.counters.lifecycle.after(0).len(),
        }
    }
}

/// A stranger is told so; `refused` is the status with which a known key is refused, or its command.
#[track_caller]
fn check_http_status(status: u16, key: &str, refused: u16) {
    if STRANGERS.contains(&key) {
        assert_eq!(status, 401, "{key:?}");
    } else {
        assert!(status == 200 || status == refused, "{status}");
    }
}

/// Whether a reply has a result, and which.
#[track_caller]
fn of_reply(reply: &Value) -> (bool, Value) {
    let result = reply.get("result").cloned().unwrap_or_default();
    let code = &reply["error"]["code"];
    assert!(code.is_null() || *code == 103, "{reply}");
    (!result.is_null(), result)
}

/// Methods that change nothing.
fn only_looks(method: Method) -> bool {
    !matches!(method.scope(), Scope::Publish | Scope::Manage)
}

async fn check(method: Method, transport: Transport, (key, scopes): (&str, &[Scope])) {
    let rig = Rig::new().await;
    let before = rig.state().await;
    let (called, _) = rig
        .call(transport, method, key, Rig::parameters(method))
        .await;
    let after = rig.state().await;
    let may = scopes.contains(&method.scope())
        || method.scope() == Scope::Stats && scopes.contains(&Scope::Read);
    let case = format!("{method:?} by {transport:?} with the key {key}");
    assert_eq!(called, may, "{case}");
    assert_eq!(before != after, may && !only_looks(method), "{case}");
}

#[actix_rt::test]
async fn without_the_scope_nothing_happens() {
    for method in Method::ALL {
        for transport in TRANSPORTS {
            for key in KEYS {
                check(method, transport, key).await;
            }
            for stranger in STRANGERS {
                check(method, transport, (stranger, &[])).await;
            }
        }
    }
}

#[actix_rt::test]
async fn statistics_are_shown_to_whoever_has_the_scope() {
    let (site, _) = hub();
    let admin = Admin::new(site.sources.clone()).start();
    let app = App::new()
        .app_data(Data::from(site.clone()))
        .app_data(Data::new(admin))
        .configure(routes(site.origins.clone()));
    let app = init_service(app).await;
    let strangers = STRANGERS.map(|key| (key, &[] as &[Scope]));
    for (key, scopes) in KEYS.into_iter().chain(strangers) {
        let may = scopes.contains(&Scope::Stats) || scopes.contains(&Scope::Read);
        // A request here has no socket on which it could be told more.
        for (address, shown) in [("/metrics", 200), ("/admin/sse", 500)] {
            let mut request = TestRequest::get().uri(address);
            if !key.is_empty() {
                request = request.insert_header(("x-api-key", key));
            }
            let status = call_service(&app, request.to_request()).await.status();
            let refused = if STRANGERS.contains(&key) { 401 } else { 403 };
            let expected = if may { shown } else { refused };
            assert_eq!(status.as_u16(), expected, "{address} with {key:?}");
        }
    }
}

#[actix_rt::test]
async fn content_of_a_core_is_for_who_has_that_scope() {
    let (site, api) = hub();
    let outbox = Arc::new(Outbox::new(1024));
    let owner = Owner {
        user: "ada".into(),
        session: "sign-in".into(),
        info: Bytes::new(),
    };
    let link = Link::new(owner, Wire::Json, outbox.clone(), Arc::default());
    for topic in ["chat:1", "news:1"] {
        assert!(link.enter(&topic.into()));
    }
    api.users.register(&link, Instant::now()).unwrap();
    let rig = Rig {
        site,
        api,
        link,
        outbox,
    };
    for transport in TRANSPORTS {
        for (key, may) in [("read", false), ("content", false), ("all", true)] {
            for method in [Method::Presence, Method::PresenceStats] {
                let chat = json!({"channel": "chat:1"});
                let (called, _) = rig.call(transport, method, key, chat).await;
                assert_eq!(called, may, "{method:?} by {transport:?} with {key}");
            }
        }
        let history = json!({"channel": "chat:1", "limit": 10});
        for key in ["read", "content"] {
            let (called, _) = rig
                .call(transport, Method::History, key, history.clone())
                .await;
            assert!(!called, "by {transport:?} with {key}");
        }
        for (key, shown) in [
            ("read", json!(["news:1"])),
            ("all", json!(["chat:1", "news:1"])),
        ] {
            let (_, listed) = rig
                .call(transport, Method::Connections, key, json!({}))
                .await;
            let connection = &listed["connections"][rig.link.client()];
            assert_eq!(connection["channels"], shown, "{key}");
        }
    }
}
