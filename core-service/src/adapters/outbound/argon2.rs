//! Passwords, hashed with argon2id.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc::PasswordHash},
};

use crate::{
    application::{
        error::StoreError,
        ports::{PasswordHasher, Stored},
    },
    domain::account::Password,
};

/// OWASP's first choice: 19 MiB, 2 passes, 1 lane.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes passwords and compares them, with argon2id.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// What a password is compared with when there is no account, so that both take as long.
    nobodys: String,
}

impl Argon2Hasher {
    /// # Errors
    /// When the system gives no randomness.
    pub fn new() -> Stored<Self> {
        Self::with_params(MEMORY_KIB, PASSES)
    }

    fn with_params(memory_kib: u32, passes: u32) -> Stored<Self> {
        let params = Params::new(memory_kib, passes, LANES, None)
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, "nobody has this password")?;
        Ok(Self { argon2, nobodys })
    }
}

impl PasswordHasher for Argon2Hasher {
    fn hash(&self, password: &Password) -> Stored<String> {
        hash(&self.argon2, password.reveal())
    }

    fn verify(&self, password: &str, kept: Option<&str>) -> bool {
        let matches = PasswordHash::new(kept.unwrap_or(&self.nobodys)).is_ok_and(|hash| {
            self.argon2
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        matches && kept.is_some()
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Stored<String> {
    let hash: password_hash::Result<PasswordHash> = argon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| StoreError::Unavailable(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{DisplayName, Handle};

    #[test]
    fn password_matches_its_own_hash_alone() {
        let hasher = Argon2Hasher::with_params(64, 1).unwrap();
        let handle = Handle::parse("ada").unwrap();
        let name = DisplayName::parse("Ada").unwrap();
        let password = Password::parse("correct horse battery".into(), &handle, &name).unwrap();
        let hash = hasher.hash(&password).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse battery", Some(&hash)));
        assert!(!hasher.verify("battery staple", Some(&hash)));
        assert!(!hasher.verify("nobody has this password", None));
        assert!(!hasher.verify("x", Some("not a hash")));
    }
}
