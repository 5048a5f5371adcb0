//! Who may use the server API: named keys, each with what it is for.
//!
//! A key is 256 random bits, so its SHA-256 is kept and no slow hash is needed; the configuration
//! never holds the key itself.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use clap::ValueEnum;
use rookery_kit::{
    credentials::by_scheme,
    secret::{Fingerprint, Secret},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    counters::Counter,
    limits::rate_limit::{Rate, RateLimit},
};

/// What a key made here begins with, so that scanners for leaked secrets can know it.
const KEY_PREFIX: &str = "rookery_hub_";

/// What the simple keys of the configuration are called.
const ADMIN: &str = "admin";
const DASHBOARD: &str = "dashboard";

/// Refusals that are logged; all are counted.
const LOGGED_REFUSALS: Rate = Rate {
    per_second: 1,
    burst: 10,
};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Statistics alone: `info`, `/metrics`, `/admin/sse`. A key with `read` may read them too.
    Stats,
    /// Looking: who is connected, and presence and history of channels that no core logs.
    Read,
    /// With `read`: the same of channels that a core logs, which are people's messages.
    Content,
    /// Publishing.
    Publish,
    /// Deciding over connections and subscriptions.
    Manage,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::Stats,
        Self::Read,
        Self::Content,
        Self::Publish,
        Self::Manage,
    ];

    /// As it is written in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stats => "stats",
            Self::Read => "read",
            Self::Content => "content",
            Self::Publish => "publish",
            Self::Manage => "manage",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Section `api_keys.NAME`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// What the key is for: `stats`, `read`, `content`, `publish`, `manage`; see
    /// `docs/operations.md`.
    pub scopes: Vec<Scope>,
    /// SHA-256 of the key, in hexadecimal. `realtime-hub generate-api-key` makes both.
    pub sha256: Fingerprint,
}

/// Who presented a key that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The key's name.
    pub name: Arc<str>,
    scopes: Vec<Scope>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// No key was presented.
    #[error("present an API key as `X-API-Key`")]
    Missing,
    /// Nobody has that key.
    #[error("the API key is not known")]
    Unknown,
    /// The key is for something else.
    #[error("the API key lacks the scope `{0}`")]
    Scope(Scope),
}

struct Key {
    caller: Caller,
    fingerprint: Fingerprint,
}

/// The configured keys; it decides what a caller may do and counts refusals.
pub struct ApiKeys {
    keys: Vec<Key>,
    /// Times that somebody was not let in.
    pub refused: Counter,
    logged: Mutex<RateLimit>,
}

impl Caller {
    /// A caller with all rights.
    #[must_use]
    pub fn everything(name: &str) -> Self {
        Self {
            name: name.into(),
            scopes: Scope::ALL.into(),
        }
    }

    /// Whether the key has `scope`. `read` includes `stats`: keys from before `stats` existed go on
    /// reading the metrics.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || scope == Scope::Stats && self.scopes.contains(&Scope::Read)
    }
}

impl ApiKeys {
    /// The keys of a configuration: `admin` may do everything, `dashboard` reads statistics.
    #[must_use]
    pub fn new(
        admin: Option<&Secret>,
        dashboard: Option<&Secret>,
        named: &BTreeMap<String, ApiKeyConfig>,
    ) -> Self {
        let admin = admin.map(|secret| Key {
            caller: Caller::everything(ADMIN),
            fingerprint: secret.fingerprint(),
        });
        let dashboard = dashboard.map(|secret| Key {
            caller: Caller {
                name: DASHBOARD.into(),
                scopes: vec![Scope::Stats],
            },
            fingerprint: secret.fingerprint(),
        });
        let named = named.iter().map(|(name, config)| Key {
            caller: Caller {
                name: name.as_str().into(),
                scopes: config.scopes.clone(),
            },
            fingerprint: config.sha256.clone(),
        });
        Self {
            keys: admin.into_iter().chain(dashboard).chain(named).collect(),
            refused: Counter::default(),
            logged: Mutex::new(RateLimit::new(LOGGED_REFUSALS, Instant::now())),
        }
    }

    /// Who presents `key`, if they may do what `scope` says.
    ///
    /// # Errors
    /// [`KeyRefused`]; it was counted and, unless there are too many, logged.
    pub fn admit(&self, key: Option<&str>, scope: Scope) -> Result<Caller, KeyRefused> {
        let caller = self.identify(key)?;
        self.allow(&caller, scope)?;
        Ok(caller)
    }

    /// Who presents `key`.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn identify(&self, key: Option<&str>) -> Result<Caller, KeyRefused> {
        self.noted(self.find(key))
    }

    /// Whether somebody may do what `scope` says.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn allow(&self, caller: &Caller, scope: Scope) -> Result<(), KeyRefused> {
        self.noted(if caller.has(scope) {
            Ok(())
        } else {
            Err(KeyRefused::Scope(scope))
        })
    }

    fn noted<T>(&self, admitted: Result<T, KeyRefused>) -> Result<T, KeyRefused> {
        if let Err(refused) = &admitted {
            self.refused.add(1);
            let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
            if logged.take(Instant::now()) {
                tracing::warn!(%refused, total = self.refused.get(), "API call refused");
            }
        }
        admitted
    }

    fn find(&self, key: Option<&str>) -> Result<Caller, KeyRefused> {
        let presented = Fingerprint::of(key.ok_or(KeyRefused::Missing)?);
        // Every key is looked at, so that time does not tell which one came close.
        let known = self.keys.iter().fold(None, |found, key| {
            if key.fingerprint.is(&presented) {
                Some(key)
            } else {
                found
            }
        });
        Ok(known.ok_or(KeyRefused::Unknown)?.caller.clone())
    }
}

/// The key in a request's headers: `X-API-Key`, or `Authorization: apikey …`.
#[must_use]
pub fn presented<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    header("x-api-key").or_else(|| by_scheme(header("authorization")?, "apikey"))
}

/// Takes a name that a key of the configuration can have as it is.
///
/// # Errors
/// What is wrong with it.
pub fn parse_name(name: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_plain) {
        Ok(name.to_owned())
    } else {
        Err("a name has letters, digits, `_` and `-`")
    }
}

/// A new key, and the lines of the configuration that make it known.
#[must_use]
pub fn generate(name: &str, scopes: &[Scope]) -> (Secret, String) {
    let random: [u8; 32] = rand::random();
    let key = Secret::new(format!("{KEY_PREFIX}{}", hex::encode(random)));
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    let lines = format!(
        "[api_keys.{name}]\nscopes = [{}]\nsha256 = \"{}\"\n",
        scopes.join(", "),
        key.fingerprint()
    );
    (key, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        api_keys: BTreeMap<String, ApiKeyConfig>,
    }

    fn configured(lines: &str) -> BTreeMap<String, ApiKeyConfig> {
        let file: File = toml::from_str(lines).unwrap();
        file.api_keys
    }

    #[test]
    fn generated_key_is_known_by_the_lines_beside_it() {
        let (key, lines) = generate("backend", &[Scope::Read, Scope::Publish]);
        let keys = ApiKeys::new(None, None, &configured(&lines));
        let caller = keys.admit(Some(key.reveal()), Scope::Publish).unwrap();
        assert_eq!(&*caller.name, "backend");
        assert!(keys.admit(Some(key.reveal()), Scope::Read).is_ok());
        assert_eq!(
            keys.admit(Some(key.reveal()), Scope::Manage),
            Err(KeyRefused::Scope(Scope::Manage))
        );
        assert!(!lines.contains(key.reveal()));
        assert!(caller.has(Scope::Stats), "read includes stats");
        assert!(
            !caller.has(Scope::Content),
            "read is not everybody's messages"
        );
    }

    #[test]
    fn only_known_keys_are_admitted_and_refusals_are_counted() {
        let (key, lines) = generate("backend", &Scope::ALL);
        let (other, _) = generate("backend", &Scope::ALL);
        let keys = ApiKeys::new(None, None, &configured(&lines));
        let cut = &key.reveal()[..key.reveal().len() - 1];
        for wrong in [other.reveal(), cut, "", &lines] {
            assert_eq!(
                keys.admit(Some(wrong), Scope::Read),
                Err(KeyRefused::Unknown)
            );
        }
        assert_eq!(keys.admit(None, Scope::Read), Err(KeyRefused::Missing));
        assert_eq!(keys.refused.get(), 5);
    }

    #[test]
    fn name_fits_into_the_configuration_and_scopes_are_called_the_same() {
        assert!(parse_name("billing-2_x").is_ok());
        for name in ["", "a.b", "a b", "a]\nworkers = 9"] {
            assert!(parse_name(name).is_err(), "{name:?}");
        }
        for scope in Scope::ALL {
            assert_eq!(Scope::from_str(scope.name(), false), Ok(scope));
        }
    }

    #[test]
    fn key_travels_in_either_header() {
        let headers = |name: &'static str, value: &'static str| {
            presented(move |asked| (asked == name).then_some(value))
        };
        assert_eq!(headers("x-api-key", "k"), Some("k"));
        assert_eq!(headers("authorization", "apikey k"), Some("k"));
        assert_eq!(headers("authorization", "ApiKey k"), Some("k"));
        assert_eq!(headers("authorization", "Bearer k"), None);
        assert_eq!(headers("cookie", "k"), None);
    }

    #[test]
    fn simple_keys_may_do_everything_or_read_statistics() {
        let (admin, dashboard) = (Secret::new("swordfish"), Secret::new("plaice"));
        let keys = ApiKeys::new(Some(&admin), Some(&dashboard), &BTreeMap::new());
        for scope in Scope::ALL {
            assert!(keys.admit(Some("swordfish"), scope).is_ok());
            let admitted = keys.admit(Some("plaice"), scope);
            assert_eq!(admitted.is_ok(), scope == Scope::Stats, "{scope}");
        }
        let none = ApiKeys::new(None, None, &BTreeMap::new());
        assert!(none.admit(Some(""), Scope::Read).is_err());
    }
}
