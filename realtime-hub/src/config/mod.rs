//! What an operator sets, read and checked before anything binds.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use rookery_kit::{
    config::{ConfigError, Configuration},
    mutual_tls::GrpcTlsConfig,
    public_tls::PublicTlsConfig,
    secret::Secret,
    telemetry::LogConfig,
    trace::TraceConfig,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    identity::{
        api_keys::{ApiKeyConfig, ApiKeys},
        jwt::StandaloneConfig,
    },
    limits::{networks::Network, origins::Origins, rate_limit::Rate},
    topic::namespaces::{MayPublish, Namespace, NamespaceConfig, Namespaces},
};

/// Where `cargo up` has its load balancer.
const CORE_URL: &str = "http://127.0.0.1:9200";

/// Size of a secret that nobody else needs to know.
const OWN_SECRET_BYTES: usize = 32;

/// Sockets beside those that are connections, for what asks and is answered.
const SPARE_SOCKETS: usize = 1_024;

/// The same of one address: a browser has some in stock.
const SPARE_SOCKETS_PER_ADDRESS: usize = 16;

/// What a subscribe command may take in a frame, with a token of 700 bytes.
const SUBSCRIBE_BYTES: usize = 1_024;

/// What a publish command takes beside its payload.
const PUBLISH_BYTES: usize = 1_024;

/// The hub's configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where clients connect: WebSocket, SSE, health, admin.
    pub listen: SocketAddr,
    /// Where cores connect: gRPC ingress. Keep it on the private network.
    pub grpc_listen: SocketAddr,
    /// Where back-ends call the server API by HTTP and Prometheus reads `/metrics`, which needs no
    /// key there. Keep it on the private network. Without it there is no server API by HTTP.
    pub api_listen: Option<SocketAddr>,
    /// How the hub calls itself in logs and statistics.
    #[schemars(extend("x-default" = "`hub-` and six random digits"))]
    pub instance_id: String,
    /// The cores, behind their load balancer.
    pub core: CoreConfig,
    /// How tokens are checked where there is no core; see `docs/standalone.md`.
    pub standalone: StandaloneConfig,
    /// What cores and hub prove to each other that they belong together: the text itself or `file:PATH`. Must be set,
    /// except where there is no core; hubs without one that share it take each other's tickets.
    pub internal_secret: Option<Secret>,
    /// One API key that may do everything, presented as `X-API-Key`: the text itself or `file:PATH`.
    /// Not set, only other keys open anything.
    pub admin_api_key: Option<Secret>,
    /// One API key for statistics alone (scope `stats`), which the operator's page asks for: the
    /// text itself or `file:PATH`. Not set, that page takes any other key with this scope.
    pub dashboard_api_key: Option<Secret>,
    /// API keys by name, each with what it is for; `realtime-hub generate-api-key` makes one.
    pub api_keys: BTreeMap<String, ApiKeyConfig>,
    /// Origins whose pages may connect, separated by commas. `{host}` stands for the host name of
    /// the request itself: `http://{host}:8080` admits the page that another port of the same
    /// machine served. Patterns are not supported. A client that sends no `Origin` is no browser
    /// and is admitted.
    pub allowed_origins: String,
    /// Threads that own connections.
    #[schemars(range(min = 1, max = 1024), extend("x-default" = "one per processor core"))]
    pub workers: usize,
    /// Threads that own rooms.
    #[schemars(range(min = 1, max = 1024), extend("x-default" = "one per two processor cores"))]
    pub room_threads: usize,
    /// The certificate for clients.
    pub tls: PublicTlsConfig,
    /// Certificates for gRPC with the cores.
    pub grpc_tls: GrpcTlsConfig,
    /// Bounds of one connection.
    pub connection: ConnectionConfig,
    /// How many connections there may be.
    pub limits: LimitsConfig,
    /// How clients are reached.
    pub transport: TransportConfig,
    /// What topics may do, by the part of their names before the first `:`.
    pub namespaces: BTreeMap<String, NamespaceConfig>,
    /// Over what time connections are closed, one after the other, when the hub leaves.
    #[schemars(range(max = 600_000))]
    pub drain_ms: u64,
    /// Logs.
    pub log: LogConfig,
    /// Traces.
    pub trace: TraceConfig,
}

/// Section `core`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CoreConfig {
    /// gRPC address of the load balancer in front of the cores.
    #[schemars(extend("x-default" = "`http://127.0.0.1:9200`; none with `standalone`"))]
    pub url: Option<String>,
    /// How long a question to the cores may take over all its tries; each of up to three has a third.
    #[schemars(range(min = 100, max = 60_000))]
    pub timeout_ms: u64,
    /// Tokens that are verified at the same time; the rest waits.
    #[schemars(range(min = 1, max = 10_000))]
    pub verify_concurrency: usize,
    /// Connects that are held for a few seconds while no core answers, and those that wait for others
    /// to be verified; more are refused at once.
    #[schemars(range(max = 1_000_000))]
    pub parked: usize,
}

/// Section `connection`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionConfig {
    /// What may wait to be written before the connection is cut off; at least a whole recovery.
    #[schemars(range(min = 524_288))]
    pub outbox_bytes: usize,
    /// Interval of the server's pings.
    #[schemars(range(min = 1, max = 3_600))]
    pub ping_s: u32,
    /// How long a pong may take.
    #[schemars(range(min = 1, max = 3_600))]
    pub pong_wait_s: u32,
    /// How long a connection may stay without a connect command.
    #[schemars(range(min = 1, max = 3_600))]
    pub unauthenticated_s: u32,
    /// How long a connection, or a subscription with a token of its own, may stay after that token
    /// ran out.
    #[schemars(range(max = 3_600))]
    pub expired_grace_s: u32,
    /// Largest frame of a client, or body of its request: at least 1 KiB for each of
    /// `connection.subscriptions`, because an SDK that comes back asks for all in one.
    #[schemars(range(min = 65_536, max = 16_777_216))]
    pub frame_bytes: usize,
    /// Client-side subscriptions at the same time.
    #[schemars(range(min = 1, max = 10_000))]
    pub subscriptions: usize,
    /// Commands of any kind. The burst is larger than `connection.subscriptions`, because an SDK that
    /// comes back sends all at once.
    pub commands: Rate,
}

/// Section `limits`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Connections of all kinds; one more is refused with 503. Each takes one of the process's open files.
    #[schemars(range(min = 1))]
    pub connections: usize,
    /// Connections from one address; one more is refused with 429. Not set, one address may have all.
    #[schemars(range(min = 1))]
    pub per_address: Option<usize>,
    /// Connections of one user; one more is ended for good, with 3504 or 429. A connection whose
    /// line broke counts until its pong is missed, so leave more room than anyone has devices. Not
    /// set, one user may have all.
    #[schemars(range(min = 1))]
    pub per_user: Option<usize>,
    /// Connections that are let in within a second, and tickets for event streams with them; more
    /// wait for a moment, and many more are told to come again. Bounds what returns at once after a restart. Not set, everyone comes in at
    /// once.
    #[schemars(range(min = 1))]
    pub connects_per_second: Option<u32>,
    /// What unfinished frames, bodies and waiting commands may take together, apart from the first
    /// 16 KiB of each connection. Who needs more is sent away for a moment.
    #[schemars(range(min = 1_048_576))]
    pub inbound_bytes: usize,
    /// Load balancers whose `X-Forwarded-For` is believed: addresses or networks, such as
    /// `["10.0.0.2", "fd00::/8"]`. The list is read from its end, past every hop that is in here.
    pub trusted_proxies: Vec<Network>,
}

/// Section `transport`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TransportConfig {
    /// Whether large pushes are deflated for WebSockets that offer it: each once, however many hear
    /// it. Worth it where rooms are large or lines slow; where rooms hold two it doubles the work.
    pub websocket_deflate: bool,
    /// Whether SDKs may use `/connection/sse`, which puts tokens into addresses. `http_stream` does
    /// without.
    pub sdk_sse: bool,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            grpc_listen: SocketAddr::from(([127, 0, 0, 1], 9301)),
            api_listen: None,
            instance_id: format!("hub-{}", &Uuid::new_v4().simple().to_string()[..6]),
            core: CoreConfig::default(),
            standalone: StandaloneConfig::default(),
            internal_secret: None,
            admin_api_key: None,
            dashboard_api_key: None,
            api_keys: BTreeMap::new(),
            allowed_origins: "http://{host}:8080".into(),
            workers: cores,
            room_threads: cores.div_ceil(2),
            connection: ConnectionConfig::default(),
            limits: LimitsConfig::default(),
            transport: TransportConfig::default(),
            tls: PublicTlsConfig::default(),
            grpc_tls: GrpcTlsConfig::default(),
            namespaces: BTreeMap::new(),
            drain_ms: 1_000,
            log: LogConfig::default(),
            trace: TraceConfig::default(),
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections: 100_000,
            per_address: None,
            per_user: None,
            connects_per_second: None,
            inbound_bytes: 128 * 1024 * 1024,
            trusted_proxies: Vec::new(),
        }
    }
}

impl LimitsConfig {
    /// Sockets at the same time: connections, and those that ask for something or have yet to ask.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.connections
            .saturating_add(self.connections / 8)
            .saturating_add(SPARE_SOCKETS)
    }

    /// The same of one address.
    #[must_use]
    pub fn sockets_per_address(&self) -> Option<usize> {
        let connections = self.per_address?;
        Some(
            connections
                .saturating_mul(2)
                .saturating_add(SPARE_SOCKETS_PER_ADDRESS),
        )
    }
}

impl Default for CoreConfig {
    fn default() -> Self {
        Self {
            url: None,
            timeout_ms: 4_500,
            verify_concurrency: 64,
            parked: 20_000,
        }
    }
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            outbox_bytes: 1024 * 1024,
            ping_s: 25,
            pong_wait_s: 8,
            unauthenticated_s: 10,
            expired_grace_s: 25,
            frame_bytes: 256 * 1024,
            subscriptions: 128,
            commands: Rate {
                per_second: 100,
                burst: 400,
            },
        }
    }
}

impl Configuration for Config {
    const PROGRAM: &'static str = "realtime-hub";
    const PREFIX: &'static str = "ROOKERY_HUB_";

    fn check(&self) -> Result<(), ConfigError> {
        let keys = self.standalone.keys();
        let keys = keys.map_err(|error| ConfigError::Invalid(error.to_string()))?;
        self.internal_secret()?;
        self.origins()?;
        self.connection.check()?;
        for namespace in self.namespaces()?.iter() {
            self.connection.check_namespace(namespace)?;
        }
        self.tls.read()?;
        self.grpc_tls.read()?;
        if keys.is_none() {
            self.grpc_tls.check_url("core.url", self.core.url())?;
        } else if self.core.url.is_some() {
            return Err(invalid(
                "core.url contradicts standalone: a hub has a core or checks tokens by itself",
            ));
        }
        Ok(())
    }
}

impl ConnectionConfig {
    /// Whether the bounds of a connection go together.
    fn check(&self) -> Result<(), ConfigError> {
        if self.pong_wait_s >= self.ping_s {
            return Err(invalid(
                "connection.pong_wait_s must be less than connection.ping_s",
            ));
        }
        let burst = usize::try_from(self.commands.burst).unwrap_or(usize::MAX);
        if burst <= self.subscriptions {
            return Err(ConfigError::Invalid(format!(
                "connection.commands.burst is {burst} and must be more than \
                 connection.subscriptions, which is {}: a client that comes back connects and \
                 subscribes to all at once; raise the one or lower the other",
                self.subscriptions
            )));
        }
        let needed = self.subscriptions * SUBSCRIBE_BYTES;
        if self.frame_bytes < needed {
            return Err(ConfigError::Invalid(format!(
                "connection.frame_bytes is {} and must be at least {needed}, which is \
                 {SUBSCRIBE_BYTES} for each of connection.subscriptions: a client that comes back \
                 asks for all in one frame; raise the one or lower the other",
                self.frame_bytes
            )));
        }
        Ok(())
    }

    /// Whether a connection can carry what a namespace lets people publish.
    fn check_namespace(&self, namespace: &Namespace) -> Result<(), ConfigError> {
        let (name, bytes) = (&namespace.name, namespace.publication_bytes);
        if namespace.publish != MayPublish::Nobody && bytes + PUBLISH_BYTES > self.frame_bytes {
            return Err(ConfigError::Invalid(format!(
                "namespaces.{name}.publication_bytes is {bytes}, and a client publishes in one frame: \
                 connection.frame_bytes must be at least {}",
                bytes + PUBLISH_BYTES
            )));
        }
        if bytes > self.outbox_bytes / 2 {
            return Err(ConfigError::Invalid(format!(
                "namespaces.{name}.publication_bytes is {bytes}, and a client that has not read \
                 one of those would be cut off: connection.outbox_bytes must be at least {}",
                bytes.saturating_mul(2)
            )));
        }
        Ok(())
    }
}

impl Config {
    /// What cores and hubs share. A hub without a core that shares nothing makes one of its own.
    ///
    /// # Errors
    /// [`ConfigError`] when it is not set and a core is to know it.
    pub fn internal_secret(&self) -> Result<Secret, ConfigError> {
        match &self.internal_secret {
            Some(secret) => Ok(secret.clone()),
            None if self.standalone.is_on() => {
                let random: [u8; OWN_SECRET_BYTES] = rand::random();
                Ok(Secret::new(hex::encode(random)))
            }
            None => Err(invalid(
                "internal_secret is not set; give cores and hub the same random text, or set \
                 standalone.keys_file or standalone.hmac_secret to do without cores",
            )),
        }
    }

    /// Who may use the server API and see statistics.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys::new(
            self.admin_api_key.as_ref(),
            self.dashboard_api_key.as_ref(),
            &self.api_keys,
        )
    }

    /// The origins whose pages may connect.
    ///
    /// # Errors
    /// [`ConfigError`] when one cannot be used.
    pub fn origins(&self) -> Result<Origins, ConfigError> {
        let origins = Origins::parse(&self.allowed_origins);
        origins.map_err(|error| ConfigError::Invalid(error.to_string()))
    }

    /// The namespaces that the check has made sure of.
    ///
    /// # Errors
    /// [`ConfigError`] when they contradict themselves.
    pub fn namespaces(&self) -> Result<Namespaces, ConfigError> {
        let namespaces = if self.standalone.is_on() {
            Namespaces::without_core(&self.namespaces)
        } else {
            Namespaces::new(&self.namespaces)
        };
        namespaces.map_err(|error| ConfigError::Invalid(error.to_string()))
    }
}

impl CoreConfig {
    /// gRPC address of the load balancer in front of the cores.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(CORE_URL)
    }

    /// How long a question may take over all its tries.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

fn invalid(text: &str) -> ConfigError {
    ConfigError::Invalid(text.to_owned())
}

#[cfg(test)]
mod tests;
