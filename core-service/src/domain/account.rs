//! People and how they sign in.

use std::fmt;

use serde::Serialize;

use zxcvbn::zxcvbn;

use super::{
    ids::{PictureId, UserId},
    shown,
};

/// Longest handle, in characters.
pub const HANDLE_MAX_CHARS: usize = 32;
const HANDLE_MIN_CHARS: usize = 2;
const DISPLAY_NAME_MAX_CHARS: usize = 64;
const PASSWORD_MIN_CHARS: usize = 8;
/// Hashing cost grows with the length, so there is an end to it.
const PASSWORD_MAX_CHARS: usize = 128;

/// 10⁸ guesses by `zxcvbn`'s estimate, which is what it gives eight random characters; sign-ins let
/// nobody make so many.
const PASSWORD_MIN_GUESSES_LOG10: f64 = 8.0;

/// Handles, without dots and underscores, of those who seem to speak for the server.
const RESERVED: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "all",
    "anonymous",
    "api",
    "bot",
    "channel",
    "contact",
    "deleted",
    "everybody",
    "everyone",
    "group",
    "help",
    "helpdesk",
    "here",
    "info",
    "mod",
    "moderator",
    "moderators",
    "noreply",
    "null",
    "official",
    "operator",
    "owner",
    "postmaster",
    "rookery",
    "root",
    "security",
    "server",
    "service",
    "staff",
    "superuser",
    "support",
    "system",
    "team",
    "undefined",
    "webmaster",
];

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Unique name to be found by.
    pub handle: Handle,
    /// Name to be shown.
    pub display_name: DisplayName,
    /// Their picture, where the reader may see it. Not in events of a log: those are the same for all
    /// who hear them, and stay when the picture is replaced.
    #[serde(skip)]
    pub picture: Option<PictureId>,
}

/// Why a name or password cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// See [`Handle`].
    #[error("a handle has 2 to 32 of the characters a–z, 0–9, _ and .")]
    Handle,
    /// It seems to speak for the server.
    #[error("this handle is reserved; choose another one")]
    HandleReserved,
    /// See [`DisplayName`].
    #[error(
        "a display name has 1 to 64 characters that can be seen, and none that turns text round"
    )]
    DisplayName,
    /// See [`super::profile::About`].
    #[error(
        "what you say about yourself has at most 139 characters in at most 5 lines, \
         and none that is invisible or turns text round"
    )]
    About,
    /// See [`Password`].
    #[error("a password has 8 to 128 characters")]
    Password,
    /// It would be guessed; the sentences say what to do.
    #[error("this password is easy to guess. {0}")]
    PasswordWeak(String),
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

    /// For a new account.
    ///
    /// # Errors
    /// [`AccountError::Handle`], [`AccountError::HandleReserved`].
    pub fn parse_new(text: &str) -> Result<Self, AccountError> {
        let handle = Self::parse(text)?;
        let letters = handle.0.replace(['_', '.'], "");
        if RESERVED.contains(&letters.as_str()) {
            return Err(AccountError::HandleReserved);
        }
        Ok(handle)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name to be shown: 1 to 64 characters that can be seen, see [`shown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// # Errors
    /// [`AccountError::DisplayName`].
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let name = shown::parse(text, DISPLAY_NAME_MAX_CHARS);
        name.map(Self).ok_or(AccountError::DisplayName)
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
    /// A new password for somebody with these names, which guessers try first.
    ///
    /// # Errors
    /// [`AccountError::Password`], [`AccountError::PasswordWeak`].
    pub fn parse(text: String, handle: &Handle, name: &DisplayName) -> Result<Self, AccountError> {
        if !(PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS).contains(&text.chars().count()) {
            return Err(AccountError::Password);
        }
        let estimate = zxcvbn(&text, &[handle.as_str(), name.as_str()]);
        if estimate.guesses_log10() < PASSWORD_MIN_GUESSES_LOG10 {
            return Err(AccountError::PasswordWeak(advice(&estimate)));
        }
        Ok(Self(text))
    }

    /// The password itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What is wrong with it, if that has a name, and what to do.
fn advice(estimate: &zxcvbn::Entropy) -> String {
    let mut sentences = Vec::new();
    if let Some(feedback) = estimate.feedback() {
        sentences.extend(feedback.warning().map(|warning| warning.to_string()));
        let suggestions = feedback.suggestions().iter();
        sentences.extend(suggestions.map(ToString::to_string));
    }
    if sentences.is_empty() {
        sentences.push("Add another word or two.".to_owned());
    }
    sentences.join(" ")
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
    fn display_name_is_shown_as_it_is() {
        assert_eq!(DisplayName::parse(" Ada 🌟 ").unwrap().as_str(), "Ada 🌟");
        for name in ["A\0da", "  ", "\u{200B}", "Eve \u{202E}gnimoh ecarG"] {
            assert_eq!(DisplayName::parse(name), Err(AccountError::DisplayName));
        }
    }

    #[test]
    fn handle_does_not_speak_for_the_server() {
        for handle in ["admin", "Support", "ad.min", "_root_", "rookery"] {
            let refused = Handle::parse_new(handle);
            assert_eq!(refused, Err(AccountError::HandleReserved), "{handle}");
            // Whoever has one signs in with it.
            assert!(Handle::parse(handle).is_ok());
        }
        for handle in ["adminton", "all.ada", "helpful", "ada"] {
            assert!(Handle::parse_new(handle).is_ok(), "{handle}");
        }
    }

    fn password(text: &str) -> Result<Password, AccountError> {
        let handle = Handle::parse("katherine").unwrap();
        let name = DisplayName::parse("Katherine Johnson").unwrap();
        Password::parse(text.to_owned(), &handle, &name)
    }

    #[track_caller]
    fn check_weak(text: &str, advice: &str) {
        match password(text) {
            Err(AccountError::PasswordWeak(said)) => assert!(said.contains(advice), "{said}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn password_that_is_guessed_first_is_refused_with_words() {
        check_weak("password", "top-10 common password");
        check_weak("12345678", "common password");
        check_weak("        ", "Repeats");
        // The person's own names are no better than common words.
        for text in ["katherine", "Johnson1", "qwertyuiop", "letmein1"] {
            check_weak(text, ".");
        }
        assert!(matches!(password("short"), Err(AccountError::Password)));
        assert!(matches!(
            password(&"x".repeat(129)),
            Err(AccountError::Password)
        ));
    }

    #[test]
    fn passwords_that_hold_are_accepted() {
        for text in [
            "correct horse battery staple",
            "correct horse battery",
            "rookery-demo",
            "x7$Kq!2z",
        ] {
            assert!(password(text).is_ok(), "{text}");
        }
    }
}
