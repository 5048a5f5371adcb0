//! Sessions for tests: whoever decides is a table.

use std::{
    collections::{HashMap, HashSet},
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rookery_kit::secret::Secret;
use serde_json::Value;
use shared_proto::core::v1::{Grant, ListGrantsResponse};
use tokio::sync::Semaphore;

use super::{
    emulation::Sessions,
    ports::{Grants, Unreachable},
    services::Services,
};
use crate::{
    clock,
    config::ConnectionConfig,
    counters::VerifyStats,
    identity::{
        Authority, Identity, VerifyError,
        jwt::{Permission, StandaloneConfig, TokenKeys},
    },
    limits::{connect_pace::ConnectPace, inbound::InboundBudget},
    protocol::codes::Refusal,
    rooms::testing::{FakeLogs, Setup, grant},
    topic::namespaces::Namespace,
};

type Meanwhile = Box<dyn FnOnce() + Send>;

/// Knows tokens by heart.
#[derive(Default)]
pub(crate) struct FakeAuthority {
    tokens: Mutex<HashMap<&'static str, Result<Identity, VerifyError>>>,
    meanwhile: Mutex<Option<Meanwhile>>,
    stats: VerifyStats,
}

impl FakeAuthority {
    /// What is answered to a token; without that it is invalid.
    pub(crate) fn answer(&self, token: &'static str, answer: Result<Identity, VerifyError>) {
        self.tokens.lock().unwrap().insert(token, answer);
    }

    /// What happens while the next token is being verified.
    pub(crate) fn meanwhile(&self, what: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(what));
    }
}

impl Authority for FakeAuthority {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, VerifyError>> {
        let answer = self.tokens.lock().unwrap().get(token).cloned();
        if let Some(what) = self.meanwhile.lock().unwrap().take() {
            what();
        }
        ready(answer.unwrap_or(Err(VerifyError::Invalid))).boxed()
    }

    fn is_reachable(&self) -> bool {
        true
    }

    fn verify_stats(&self) -> &VerifyStats {
        &self.stats
    }
}

/// A core that knows by heart who may hear what.
#[derive(Default)]
pub(crate) struct FakeCore {
    parts: Mutex<HashMap<&'static str, ListGrantsResponse>>,
    held: Option<Semaphore>,
    granted: Mutex<HashSet<(&'static str, &'static str)>>,
    silent: AtomicBool,
    asked: Mutex<Vec<String>>,
    logs: Arc<FakeLogs>,
}

impl FakeCore {
    /// From now on `user` may hear `topic`.
    pub(crate) fn grant(&self, user: &'static str, topic: &'static str) {
        self.granted.lock().unwrap().insert((user, topic));
    }

    /// What follows a cursor.
    pub(crate) fn answer(&self, cursor: &'static str, part: ListGrantsResponse) {
        self.parts.lock().unwrap().insert(cursor, part);
    }

    /// Answers one more of those that ask for what follows a cursor, in a world that holds them back.
    pub(crate) fn release(&self) {
        if let Some(held) = &self.held {
            held.add_permits(1);
        }
    }

    /// From now on no core answers.
    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    /// A core answers again.
    pub(crate) fn speak(&self) {
        self.silent.store(false, Ordering::Relaxed);
    }

    /// Topics that somebody asked about since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Grants for FakeCore {
    fn seats_users(&self) -> bool {
        true
    }

    fn remaining<'a>(
        &'a self,
        _: &'a str,
        cursor: &'a str,
    ) -> BoxFuture<'a, Result<ListGrantsResponse, Unreachable>> {
        async move {
            if let Some(held) = &self.held {
                held.acquire().await.unwrap().forget();
            }
            self.asked.lock().unwrap().push(cursor.to_owned());
            if self.silent.load(Ordering::Relaxed) {
                return Err(Unreachable);
            }
            let parts = self.parts.lock().unwrap();
            Ok(parts.get(cursor).cloned().unwrap_or_default())
        }
        .boxed()
    }

    fn authorize<'a>(
        &'a self,
        user: &'a str,
        topic: &'a str,
    ) -> BoxFuture<'a, Result<Option<Grant>, Unreachable>> {
        self.asked.lock().unwrap().push(topic.to_owned());
        if self.silent.load(Ordering::Relaxed) {
            return ready(Err(Unreachable)).boxed();
        }
        let granted = self.granted.lock().unwrap();
        let may = granted.iter().any(|known| *known == (user, topic));
        let head = self.logs.len(topic);
        ready(Ok(may.then(|| grant(topic, head)))).boxed()
    }

    fn permission(
        &self,
        _: &str,
        _: &Namespace,
        _: &str,
        _: &str,
    ) -> Result<Option<Permission>, Refusal> {
        Ok(None)
    }

    fn renewal(&self, _: &str, _: &str, _: &str) -> Result<Permission, Refusal> {
        Err(Refusal::NOT_AVAILABLE)
    }
}

/// Everything that a session needs, and the strings it hangs on.
pub(crate) struct World {
    pub(crate) services: Arc<Services>,
    pub(crate) authority: Arc<FakeAuthority>,
    pub(crate) core: Arc<FakeCore>,
    pub(crate) logs: Arc<FakeLogs>,
}

/// Sessions of a hub whose cores decide.
pub(crate) fn world(setup: Setup) -> World {
    world_of(FakeCore::default(), setup)
}

/// The same, where those who ask for further chats wait for [`FakeCore::release`].
pub(crate) fn world_with_held_parts(setup: Setup) -> World {
    let held = FakeCore {
        held: Some(Semaphore::new(0)),
        ..FakeCore::default()
    };
    world_of(held, setup)
}

fn world_of(core: FakeCore, setup: Setup) -> World {
    let core = Arc::new(FakeCore {
        logs: setup.logs.clone(),
        ..core
    });
    World {
        core: core.clone(),
        ..decided_by(core, setup)
    }
}

/// Sessions of a hub in which the tokens of [`token`] decide.
pub(crate) fn world_of_tokens(setup: Setup) -> World {
    let config = StandaloneConfig {
        hmac_secret: Some(Secret::new(SECRET)),
        ..StandaloneConfig::default()
    };
    decided_by(
        Arc::new(config.keys().unwrap().unwrap()) as Arc<TokenKeys>,
        setup,
    )
}

fn decided_by(grants: Arc<dyn Grants>, setup: Setup) -> World {
    let authority = Arc::<FakeAuthority>::default();
    let services = Services {
        authority: authority.clone(),
        grants,
        rooms: setup.rooms,
        users: setup.users,
        receipts: Some(Arc::default()),
        emulated: Sessions::default(),
        inbound: InboundBudget::new(1024 * 1024),
        pace: ConnectPace::new(None, Instant::now()),
        counters: setup.counters,
        connection: ConnectionConfig::default(),
        instance_id: "hub-1".to_owned(),
    };
    World {
        services: Arc::new(services),
        authority,
        core: Arc::default(),
        logs: setup.logs,
    }
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A token with these claims, good for an hour.
pub(crate) fn token(mut claims: Value) -> String {
    claims["exp"] = (clock::now_ms() / 1_000 + 3_600).into();
    let key = EncodingKey::from_secret(SECRET.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// Whose connection it is, who may hear these topics, whose logs are empty.
pub(crate) fn identity(user: &str, topics: &[&str]) -> Identity {
    Identity {
        user: user.to_owned(),
        session: format!("{user}'s"),
        expires_at_ms: clock::now_ms() + 3_600_000,
        grants: topics.iter().map(|topic| grant(topic, 0)).collect(),
        ..Identity::default()
    }
}
