//! What an operator sets, read and checked before anything binds.

use std::{net::SocketAddr, path::PathBuf};

use rookery_kit::{config::ConfigError, secret::Secret, telemetry::LogConfig};
use serde::Deserialize;
use uuid::Uuid;

/// Prefix of the environment variables.
pub const PREFIX: &str = "ROOKERY_CORE_";

/// The core's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the load balancer reaches the HTTP API.
    pub http_listen: SocketAddr,
    /// Where the load balancer reaches the gRPC services.
    pub grpc_listen: SocketAddr,
    /// `sqlite:path` or `postgres://…`; without it, that of the variable `DATABASE_URL`.
    pub database_url: String,
    /// Connections to the database.
    pub database_pool: u32,
    /// How this replica calls itself.
    pub instance_id: String,
    /// Where people open the client; https makes cookies secure.
    pub public_url: String,
    /// The hub.
    pub hub: HubConfig,
    /// What cores and hub prove to each other that they belong together.
    pub internal_secret: Option<Secret>,
    /// Access tokens.
    pub jwt: JwtConfig,
    /// Whether strangers may make accounts.
    pub sign_up_open: bool,
    /// Threads that serve HTTP.
    pub workers: usize,
    /// Logs.
    pub log: LogConfig,
}

/// Section `hub`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HubConfig {
    /// Its ingress.
    pub grpc_url: String,
    /// What clients are told; `{host}` is the host name by which they reached us.
    pub websocket_url: String,
    /// What clients are told; `{host}` is the host name by which they reached us.
    pub notification_sse_url: String,
}

/// Section `jwt`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// Ed25519 key, PKCS#8 PEM.
    pub signing_key: Option<Secret>,
    /// JWKS of further public keys; read again when it changes.
    pub verification_keys_file: Option<PathBuf>,
    /// Life of an access token, in seconds.
    pub access_ttl_s: i64,
    /// How long a session lives without being used, in days.
    pub refresh_ttl_days: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http_listen: SocketAddr::from(([127, 0, 0, 1], 9101)),
            grpc_listen: SocketAddr::from(([127, 0, 0, 1], 9201)),
            database_url: usual_database_url().unwrap_or_else(|| "sqlite:rookery.db".into()),
            database_pool: 8,
            instance_id: format!("core-{}", &Uuid::new_v4().simple().to_string()[..6]),
            public_url: "http://127.0.0.1:8080".into(),
            hub: HubConfig::default(),
            internal_secret: None,
            jwt: JwtConfig::default(),
            sign_up_open: true,
            workers: 2,
            log: LogConfig::default(),
        }
    }
}

/// What platforms that come with a database call its address.
fn usual_database_url() -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it has no prefix, unlike all the others"
    )]
    let url = std::env::var("DATABASE_URL");
    url.ok().filter(|url| !url.is_empty())
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            grpc_url: "http://127.0.0.1:9301".into(),
            websocket_url: "ws://{host}:8081/connection/websocket".into(),
            notification_sse_url: "http://{host}:8081/user/sse/notification".into(),
        }
    }
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            signing_key: None,
            verification_keys_file: None,
            access_ttl_s: 900,
            refresh_ttl_days: 30,
        }
    }
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// [`ConfigError`], with the key and what to do.
    pub fn load() -> Result<Self, ConfigError> {
        let config: Self = rookery_kit::config::load(PREFIX)?;
        config.internal_secret()?;
        config.signing_key()?;
        if config.workers == 0 || config.database_pool < 2 {
            let text = "workers must be at least 1 and database_pool at least 2";
            return Err(ConfigError::Invalid(text.into()));
        }
        Ok(config)
    }

    /// # Errors
    /// [`ConfigError`] when it is not set.
    pub fn internal_secret(&self) -> Result<&Secret, ConfigError> {
        let text = "internal_secret is not set; give cores and hub the same random text";
        self.internal_secret
            .as_ref()
            .ok_or_else(|| ConfigError::Invalid(text.into()))
    }

    /// # Errors
    /// [`ConfigError`] when it is not set.
    pub fn signing_key(&self) -> Result<&Secret, ConfigError> {
        let text = "jwt.signing_key is not set; make one with `core-service generate-key`";
        self.jwt
            .signing_key
            .as_ref()
            .ok_or_else(|| ConfigError::Invalid(text.into()))
    }
}
