//! What an operator sets, read and checked before anything binds.
//!
//! Long because it is all that can be set: each setting stands with its default and its reason.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use rookery_kit::{
    config::{ConfigError, Configuration},
    mutual_tls::GrpcTlsConfig,
    secret::{self, Secret},
    telemetry::LogConfig,
    trace::TraceConfig,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    adapters::{
        inbound::http,
        outbound::{blobs::FolderBlobs, db::Database},
    },
    application::uploads::UploadRules,
    domain::message::Windows,
};

/// The core's configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the load balancer reaches the HTTP API and asks for health.
    pub http_listen: SocketAddr,
    /// Where the load balancer reaches the gRPC services.
    pub grpc_listen: SocketAddr,
    /// `sqlite:path` or `postgres://user:password@host/database`.
    #[schemars(extend("x-default" = "the variable `DATABASE_URL`, else `sqlite:rookery.db`"))]
    #[serde(serialize_with = "secret::without_password")]
    pub database_url: String,
    /// Connections to the database.
    #[schemars(range(min = 2, max = 1000))]
    pub database_pool: u32,
    /// How this replica calls itself in logs, to the hub and in answers to pings.
    #[schemars(extend("x-default" = "`core-` and six random digits"))]
    pub instance_id: String,
    /// Where people open the client. https makes cookies secure, and other origins may not use them.
    pub public_url: String,
    /// The hub.
    pub hub: HubConfig,
    /// What cores and hub prove to each other that they belong together: the text itself or `file:PATH`. Must be set.
    pub internal_secret: Option<Secret>,
    /// Access tokens.
    pub jwt: JwtConfig,
    /// Whether strangers may make accounts.
    pub sign_up_open: bool,
    /// How often one address may do what costs others something.
    pub limits: LimitsConfig,
    /// Chats that one person may be in, groups and direct ones, requests and hidden ones included.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub chats_per_person: i64,
    /// People whom one person may have blocked.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub blocks_per_person: i64,
    /// Devices on which one person may be signed in; one more signs out the one that was not used for
    /// longest.
    #[schemars(range(min = 1, max = 100_000))]
    pub sessions_per_person: i64,
    /// Passwords.
    pub hashing: HashingConfig,
    /// Messages.
    pub messages: MessagesConfig,
    /// Files that people send.
    pub uploads: UploadsConfig,
    /// Where their bytes are.
    pub blobs: BlobsConfig,
    /// Addresses that people name.
    pub web: WebConfig,
    /// Threads that serve HTTP.
    #[schemars(range(min = 1, max = 1024))]
    pub workers: usize,
    /// Certificates for gRPC with the hub.
    pub grpc_tls: GrpcTlsConfig,
    /// How long it goes on serving after SIGTERM while it says already that it is not ready, so that
    /// load balancers notice.
    #[schemars(range(max = 600_000))]
    pub drain_ms: u64,
    /// How long requests that are under way may take to end after that.
    #[schemars(range(min = 1, max = 600_000))]
    pub stop_within_ms: u64,
    /// Logs.
    pub log: LogConfig,
    /// Traces.
    pub trace: TraceConfig,
}

/// Section `hub`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HubConfig {
    /// Its ingress.
    pub grpc_url: String,
    /// What clients are told; `{host}` is the host of `public_url`, or this machine's name for people on it.
    pub websocket_url: String,
    /// What clients are told; `{host}` is the host of `public_url`, or this machine's name for people on it.
    pub notification_sse_url: String,
}

/// Section `jwt`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// Ed25519 key (PKCS#8 PEM) that signs access tokens: the text itself or `file:PATH`. Must be set.
    pub signing_key: Option<Secret>,
    /// The signing key of before, after it was replaced: it opens the secrets of second factors that it
    /// has sealed, each until its person signs in. The text itself or `file:PATH`. Not set, none was
    /// replaced.
    pub former_signing_key: Option<Secret>,
    /// JWKS of further public keys; read again when it changes. Not set, tokens of the signing key
    /// alone are good.
    pub verification_keys_file: Option<PathBuf>,
    /// Life of an access token.
    #[schemars(range(min = 30, max = 86_400))]
    pub access_ttl_s: i64,
    /// How long a session lives without being used.
    #[schemars(range(min = 1, max = 3650))]
    pub refresh_ttl_days: i64,
}

/// Section `limits`. An address is an IPv4 address or an IPv6 network (/64). It may do all of it at
/// once, and gets it back evenly. Each replica counts for itself.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Accounts that one address may make in ten minutes at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub sign_ups_per_10_min: NonZeroU32,
    /// How often one address may try to sign in, in ten minutes at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub sign_ins_per_10_min: NonZeroU32,
    /// How often one address may look for people, and follow links into groups, in ten minutes at each
    /// replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub people_searches_per_10_min: NonZeroU32,
    /// Groups that one address may make in ten minutes at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub groups_per_10_min: NonZeroU32,
    /// How often one address may ask for a direct chat, in ten minutes at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub direct_chats_per_10_min: NonZeroU32,
    /// How often one person, from wherever they come, may set a reaction or take it back, in ten minutes
    /// at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub reactions_per_10_min: NonZeroU32,
    /// How often one person, from wherever they come, may search in messages, in ten minutes at each
    /// replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub message_searches_per_10_min: NonZeroU32,
    /// How often one person may change what they, or groups, show: name, text about themselves, title,
    /// description, picture; in ten minutes at each replica. A change of a name is told to up to 500
    /// people.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub profile_changes_per_10_min: NonZeroU32,
    /// Pages to which one person links that a core looks at, in ten minutes at each replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub link_previews_per_10_min: NonZeroU32,
}

/// Section `hashing`. A password costs a core for some 50 ms, at sign-up and at each sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HashingConfig {
    /// Passwords that are hashed at the same time.
    #[schemars(range(min = 1, max = 1024))]
    pub parallel: usize,
    /// How long a sign-up or sign-in waits for its turn before it is answered 503.
    #[schemars(range(min = 1, max = 60_000))]
    pub wait_ms: u64,
}

/// Section `messages`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MessagesConfig {
    /// How long an author may edit a message.
    #[schemars(range(min = 0, max = 31_536_000))]
    pub edit_window_s: i64,
    /// How long an author may delete a message for everyone. Admins of a group always may.
    #[schemars(range(min = 0, max = 31_536_000))]
    pub delete_window_s: i64,
}

/// Section `uploads`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UploadsConfig {
    /// Bytes of one file at most.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max_bytes: i64,
    /// Bytes of all files at most that one person has sent, is sending, and has given up while they are not
    /// removed yet. A file counts as 64 KiB at least.
    #[schemars(range(min = 65_536, max = 1_000_000_000_000_000_i64))]
    pub user_quota_bytes: i64,
    /// Files that one person may be sending at a time.
    #[schemars(range(min = 1, max = 10_000))]
    pub open_per_person: i64,
    /// How long an upload waits for its next part, and a file that came whole for its message.
    #[schemars(range(min = 60, max = 31_536_000))]
    pub kept_s: i64,
    /// How often what nobody needs is looked for and removed, by one core at a time.
    #[schemars(range(min = 1, max = 3_600))]
    pub sweep_every_s: u64,
    /// Pictures that a core makes anew at the same time. Each may take 300 MiB for a moment.
    #[schemars(range(min = 1, max = 64))]
    pub pictures_at_once: usize,
    /// How long a link to a file holds at most, and half of that at least. Who has it needs nothing else.
    #[schemars(range(min = 2, max = 86_400))]
    pub link_ttl_s: i64,
}

/// Section `blobs`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BlobsConfig {
    /// `file:PATH`: a folder, the same one for all cores.
    #[schemars(extend("x-default" = "the folder `blobs` beside the file of SQLite's, else in the working directory"))]
    pub url: Option<String>,
}

/// Section `web`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Whether cores ask addresses of people's that are not public, on any port: other machines of their
    /// network among them.
    pub allow_private_addresses: bool,
    /// Whether a core looks at the pages to which people link, to show them in their chats.
    pub link_previews: bool,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            link_previews: true,
        }
    }
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self {
            max_bytes: 256 * 1024 * 1024,
            user_quota_bytes: 5 * 1024 * 1024 * 1024,
            open_per_person: 20,
            kept_s: 2 * 24 * 60 * 60,
            sweep_every_s: 60,
            pictures_at_once: 1,
            link_ttl_s: 3_600,
        }
    }
}

impl UploadsConfig {
    /// As the use cases take it.
    #[must_use]
    pub fn rules(&self) -> UploadRules {
        UploadRules {
            max_bytes: self.max_bytes,
            quota_bytes: self.user_quota_bytes,
            open_max: self.open_per_person,
            kept_s: self.kept_s,
        }
    }
}

impl MessagesConfig {
    /// As the use cases take it.
    #[must_use]
    pub fn windows(&self) -> Windows {
        Windows {
            edit_s: self.edit_window_s,
            delete_s: self.delete_window_s,
        }
    }
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self {
            edit_window_s: 15 * 60,
            delete_window_s: 2 * 24 * 60 * 60,
        }
    }
}

impl LimitsConfig {
    /// As the HTTP adapter takes them.
    #[must_use]
    pub fn allowances(&self) -> http::Allowances {
        http::Allowances {
            sign_ups: self.sign_ups_per_10_min,
            sign_ins: self.sign_ins_per_10_min,
            people_searches: self.people_searches_per_10_min,
            groups: self.groups_per_10_min,
            direct_chats: self.direct_chats_per_10_min,
            reactions: self.reactions_per_10_min,
            message_searches: self.message_searches_per_10_min,
            profiles: self.profile_changes_per_10_min,
            link_previews: self.link_previews_per_10_min,
        }
    }
}

impl HashingConfig {
    /// As the HTTP adapter takes it.
    #[must_use]
    pub fn as_http(&self) -> http::Hashing {
        http::Hashing {
            parallel: self.parallel,
            wait: Duration::from_millis(self.wait_ms),
        }
    }
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
            limits: LimitsConfig::default(),
            chats_per_person: 20_000,
            blocks_per_person: 10_000,
            sessions_per_person: 100,
            hashing: HashingConfig::default(),
            messages: MessagesConfig::default(),
            uploads: UploadsConfig::default(),
            blobs: BlobsConfig::default(),
            web: WebConfig::default(),
            workers: 2,
            grpc_tls: GrpcTlsConfig::default(),
            drain_ms: 0,
            stop_within_ms: 5_000,
            log: LogConfig::default(),
            trace: TraceConfig::default(),
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

const fn times(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            sign_ups_per_10_min: times(60),
            sign_ins_per_10_min: times(300),
            people_searches_per_10_min: times(1_200),
            groups_per_10_min: times(120),
            direct_chats_per_10_min: times(300),
            reactions_per_10_min: times(600),
            message_searches_per_10_min: times(600),
            profile_changes_per_10_min: times(120),
            link_previews_per_10_min: times(120),
        }
    }
}

impl Default for HashingConfig {
    fn default() -> Self {
        Self {
            parallel: 1,
            wait_ms: 2_000,
        }
    }
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
            former_signing_key: None,
            verification_keys_file: None,
            access_ttl_s: 900,
            refresh_ttl_days: 30,
        }
    }
}

impl Configuration for Config {
    const PROGRAM: &'static str = "core-service";
    const PREFIX: &'static str = "ROOKERY_CORE_";

    fn check(&self) -> Result<(), ConfigError> {
        self.internal_secret()?;
        self.signing_key()?;
        self.grpc_tls.read()?;
        self.grpc_tls
            .check_url("hub.grpc_url", &self.hub.grpc_url)?;
        self.public_addresses()?;
        self.blobs_folder()?;
        Database::check_url(&self.database_url)
            .map_err(|error| ConfigError::Invalid(error.to_string()))
    }
}

impl Config {
    /// Where clients reach the system.
    ///
    /// # Errors
    /// [`ConfigError`] when `public_url` is no address.
    pub fn public_addresses(&self) -> Result<http::PublicAddresses, ConfigError> {
        let hub = &self.hub;
        http::PublicAddresses::new(
            &self.public_url,
            &hub.websocket_url,
            &hub.notification_sse_url,
        )
        .map_err(|error| ConfigError::Invalid(error.to_string()))
    }

    /// Where the bytes of files are.
    ///
    /// # Errors
    /// [`ConfigError`] when `blobs.url` names no store that is offered.
    pub fn blobs_folder(&self) -> Result<PathBuf, ConfigError> {
        if let Some(url) = &self.blobs.url {
            let folder = FolderBlobs::path(url);
            let folder = folder.map_err(|error| ConfigError::Invalid(error.to_string()))?;
            return Ok(folder.to_owned());
        }
        let database = Database::sqlite_path(&self.database_url);
        let beside = database.and_then(|path| path.parent().map(|folder| folder.join("blobs")));
        Ok(beside.unwrap_or_else(|| "blobs".into()))
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

#[cfg(test)]
mod tests {
    use rookery_kit::config::schema::{reference, unexplained};

    use super::*;

    #[test]
    fn reference_is_what_the_docs_show() {
        let shown = include_str!("../../docs/configuration/core.md");
        assert_eq!(shown, reference::<Config>(), "write it anew");
        assert_eq!(unexplained::<Config>(), [""; 0], "what holds without it?");
    }

    #[track_caller]
    fn check_folder(database_url: &str, blobs_url: Option<&str>, folder: &str) {
        let config = Config {
            database_url: database_url.to_owned(),
            blobs: BlobsConfig {
                url: blobs_url.map(str::to_owned),
            },
            ..Config::default()
        };
        assert_eq!(config.blobs_folder().unwrap(), PathBuf::from(folder));
    }

    #[test]
    fn files_are_beside_the_database_unless_said_otherwise() {
        check_folder("sqlite:data/rookery.db", None, "data/blobs");
        check_folder("sqlite:rookery.db", None, "blobs");
        check_folder("sqlite:///var/r.db", None, "/var/blobs");
        check_folder("postgres://u@h/d", None, "blobs");
        check_folder("sqlite:data/rookery.db", Some("file:/srv/b"), "/srv/b");
        let elsewhere = Config {
            blobs: BlobsConfig {
                url: Some("s3://bucket".to_owned()),
            },
            ..Config::default()
        };
        let refused = elsewhere.blobs_folder().unwrap_err().to_string();
        assert!(
            refused.contains("blobs.url must begin with file:"),
            "{refused}"
        );
    }
}
