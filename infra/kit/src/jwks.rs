//! Public keys in a file, as a JWK Set (RFC 7517).

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::SystemTime,
};

use jsonwebtoken::{
    DecodingKey,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} is no usable set of keys: {reason}")]
pub struct KeyFileError {
    path: PathBuf,
    reason: String,
}

/// A set of keys that is read again whenever the file changes, so that keys can be replaced without
/// restarting everything. A key without a `kid` is found by its thumbprint (RFC 7638).
pub struct KeyFile {
    path: PathBuf,
    known: RwLock<KnownKeys>,
}

struct KnownKeys {
    modified: Option<SystemTime>,
    by_kid: HashMap<String, DecodingKey>,
}

impl KeyFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn open(path: PathBuf) -> Result<Self, KeyFileError> {
        let known = KnownKeys {
            modified: modified(&path).ok(),
            by_kid: read(&path)?,
        };
        Ok(Self {
            path,
            known: RwLock::new(known),
        })
    }

    /// The key of that name, if the file has it now. A file that became unusable is as it was.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<DecodingKey> {
        let modified = modified(&self.path).ok();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.modified == modified {
                return known.by_kid.get(kid).cloned();
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.modified = modified;
        match read(&self.path) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "verification keys were read again");
                known.by_kid = keys;
            }
            Err(error) => tracing::error!(%error, "the old verification keys stay in use"),
        }
        known.by_kid.get(kid).cloned()
    }
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn read(path: &Path) -> Result<HashMap<String, DecodingKey>, KeyFileError> {
    let unusable = |reason: String| KeyFileError {
        path: path.to_owned(),
        reason,
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let set: JwkSet = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let named = |key: &Jwk| {
        let kid = match &key.common.key_id {
            Some(kid) => kid.clone(),
            None => key.thumbprint(ThumbprintHash::SHA256)?,
        };
        Ok((kid, DecodingKey::from_jwk(key)?))
    };
    let keys: jsonwebtoken::errors::Result<_> = set.keys.iter().map(named).collect();
    keys.map_err(|error| unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of RFC 8037, appendix A.2, under a name.
    fn set(kid: &str) -> String {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        format!(r#"{{"keys": [{{"kty": "OKP", "crv": "Ed25519", "kid": "{kid}", "x": "{x}"}}]}}"#)
    }

    fn write(path: &Path, text: &str, modified_s: u64) {
        fs::write(path, text).unwrap();
        let modified = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(modified_s);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
    }

    #[test]
    fn file_that_changed_is_read_again_and_one_that_broke_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        assert!(KeyFile::open(path.clone()).is_err());
        write(&path, &set("old"), 1);
        let keys = KeyFile::open(path.clone()).unwrap();
        let known = |kid| keys.find(kid).is_some();
        assert!(known("old") && !known("new"));
        write(&path, &set("new"), 2);
        assert!(!known("old") && known("new"));
        write(&path, "broken", 3);
        assert!(known("new"));
    }
}
