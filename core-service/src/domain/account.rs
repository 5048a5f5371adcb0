//! People and how they sign in.

use std::fmt;

use serde::Serialize;

use super::ids::UserId;

/// Longest handle, in characters.
pub const HANDLE_MAX_CHARS: usize = 32;
const HANDLE_MIN_CHARS: usize = 2;
const DISPLAY_NAME_MAX_CHARS: usize = 64;
const PASSWORD_MIN_CHARS: usize = 8;
/// Hashing cost grows with the length, so there is an end to it.
const PASSWORD_MAX_CHARS: usize = 128;

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Unique name to be found by.
    pub handle: Handle,
    /// Name to be shown.
    pub display_name: DisplayName,
}

/// Why a name or password cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// See [`Handle`].
    #[error("a handle has 2 to 32 of the characters a–z, 0–9, _ and .")]
    Handle,
    /// See [`DisplayName`].
    #[error("a display name has 1 to 64 characters")]
    DisplayName,
    /// See [`Password`].
    #[error("a password has 8 to 128 characters")]
    Password,
}

/// Unique name: 2 to 32 of `a`–`z`, `0`–`9`, `_` and `.`; capitals count as small letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Handle(String);

impl Handle {
    /// # Errors
    /// [`AccountError::Handle`].
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let handle = text.trim().to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
        let length = handle.chars().count();
        if !(HANDLE_MIN_CHARS..=HANDLE_MAX_CHARS).contains(&length) || !handle.chars().all(allowed)
        {
            return Err(AccountError::Handle);
        }
        Ok(Self(handle))
    }

    /// One that was parsed before it was stored, perhaps by other rules than today's.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name to be shown: 1 to 64 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// # Errors
    /// [`AccountError::DisplayName`].
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let name = text.trim();
        let length = name.chars().count();
        if !(1..=DISPLAY_NAME_MAX_CHARS).contains(&length) || name.chars().any(char::is_control) {
            return Err(AccountError::DisplayName);
        }
        Ok(Self(name.to_owned()))
    }

    /// One that was parsed before it was stored, perhaps by other rules than today's.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password on its way to the hasher; never printed.
pub struct Password(String);

impl Password {
    /// # Errors
    /// [`AccountError::Password`].
    pub fn parse(text: String) -> Result<Self, AccountError> {
        if !(PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS).contains(&text.chars().count()) {
            return Err(AccountError::Password);
        }
        Ok(Self(text))
    }

    /// The password itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[password]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_handle(text: &str, handle: Option<&str>) {
        assert_eq!(
            Handle::parse(text).ok().as_ref().map(Handle::as_str),
            handle
        );
    }

    #[test]
    fn handle_is_lower_case_and_plain() {
        check_handle("Ada_L.1", Some("ada_l.1"));
        check_handle("a", None);
        check_handle("ada lovelace", None);
        check_handle("ädä", None);
        check_handle(&"a".repeat(33), None);
    }

    #[test]
    fn display_name_has_no_control_characters() {
        assert_eq!(DisplayName::parse(" Ada 🌟 ").unwrap().as_str(), "Ada 🌟");
        assert!(DisplayName::parse("A\0da").is_err());
        assert!(DisplayName::parse("  ").is_err());
    }
}
