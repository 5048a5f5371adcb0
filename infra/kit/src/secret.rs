//! Values that must not leak.

use std::{borrow::Cow, fmt, fs};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A secret from the configuration: given directly, or as `file:/path` whose trimmed content it
/// is. Never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that is already in memory.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that must send or parse it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept to recognise the secret when somebody presents it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

/// What is written instead of a secret.
const MASK: &str = "[secret]";

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Writes a URL without the password in it, for `#[serde(serialize_with = …)]`.
///
/// # Errors
/// Those of the serializer.
pub fn without_password<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(url))
}

fn masked(url: &str) -> Cow<'_, str> {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some((scheme, name, host))
    });
    match parts {
        Some((scheme, name, host)) => format!("{scheme}://{name}:{MASK}@{host}").into(),
        None => url.into(),
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = match text.strip_prefix("file:") {
            None => text,
            Some(path) => fs::read_to_string(path)
                .map_err(|error| de::Error::custom(format!("cannot read {path}: {error}")))?
                .trim()
                .to_owned(),
        };
        if value.is_empty() {
            return Err(de::Error::custom("a secret must not be empty"));
        }
        Ok(Self(value))
    }
}

/// The SHA-256 of a secret, compared in constant time. In a configuration it is 64 hexadecimal
/// digits.
#[derive(Clone, Debug)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of a presented secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether `presented` is the secret.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        self.is(&Self::of(presented))
    }

    /// Whether both are of one secret.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Fingerprint {
    fn schema_name() -> Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest)
            .map_err(|_| de::Error::custom("a fingerprint has 64 hexadecimal digits"))?;
        Ok(Self(digest))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde::de::{IntoDeserializer as _, value::Error};

    use super::*;

    fn parse(text: &str) -> Result<Secret, Error> {
        Secret::deserialize(text.into_deserializer())
    }

    #[test]
    fn secret_is_read_from_its_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "swordfish").unwrap();
        let secret = parse(&format!("file:{}", file.path().display())).unwrap();
        assert_eq!(secret.reveal(), "swordfish");
        assert_eq!(format!("{secret:?}"), "[secret]");
    }

    #[test]
    fn empty_secret_is_refused() {
        assert!(parse("").is_err());
        assert!(parse("file:/nowhere").is_err());
    }

    #[test]
    fn password_is_left_out_of_a_url() {
        assert_eq!(
            masked("postgres://ada:lace@db/r"),
            "postgres://ada:[secret]@db/r"
        );
        assert_eq!(masked("postgres://ada@db/r"), "postgres://ada@db/r");
        assert_eq!(masked("sqlite:data/r.db"), "sqlite:data/r.db");
    }

    #[test]
    fn fingerprint_knows_its_secret_alone() {
        let fingerprint = Secret::new("swordfish").fingerprint();
        assert!(fingerprint.matches("swordfish"));
        assert!(!fingerprint.matches("swordfis"));
        assert!(!fingerprint.matches(""));
    }

    #[test]
    fn fingerprint_is_read_as_it_is_written() {
        let read = |text: &str| -> Result<Fingerprint, Error> {
            Fingerprint::deserialize(text.into_deserializer())
        };
        let written = Secret::new("swordfish").fingerprint().to_string();
        assert!(read(&written).unwrap().matches("swordfish"));
        assert!(read(&written[1..]).is_err());
        assert!(read("swordfish").is_err());
    }
}
