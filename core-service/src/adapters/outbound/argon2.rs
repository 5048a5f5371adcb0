//! Passwords, hashed with argon2id.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc::PasswordHash},
};

use crate::application::{error::Failure, ports::PasswordHasher};

/// OWASP's first choice: 19 MiB, 2 passes, 1 lane.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// See the module's description.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// What a password is compared with when there is no account.
    nobodys: String,
}

impl Argon2Hasher {
    /// # Errors
    /// When the system gives no randomness.
    pub fn new() -> Result<Self, Failure> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
            .map_err(|error| Failure::new("setting up the password hash", error))?;
        Self::with_params(params)
    }

    fn with_params(params: Params) -> Result<Self, Failure> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, "nobody has this password")?;
        Ok(Self { argon2, nobodys })
    }
}

impl PasswordHasher for Argon2Hasher {
    fn hash(&self, password: &str) -> Result<String, Failure> {
        hash(&self.argon2, password)
    }

    fn verify(&self, password: &str, known: Option<&str>) -> bool {
        let matches = PasswordHash::new(known.unwrap_or(&self.nobodys))
            .is_ok_and(|hash| {
                self.argon2
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
        matches && known.is_some()
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, Failure> {
    let hash: password_hash::Result<PasswordHash> = argon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| Failure::new("hashing a password", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let hasher = Argon2Hasher::with_params(Params::new(64, 1, 1, None).unwrap()).unwrap();
        let hash = hasher.hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse", Some(&hash)));
        assert!(!hasher.verify("battery staple", Some(&hash)));
        assert!(!hasher.verify("nobody has this password", None));
        assert!(!hasher.verify("x", Some("not a hash")));
    }
}
