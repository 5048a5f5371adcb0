//! Where somebody is signed in.

use serde::Serialize;

use super::{ids::SessionId, shown, time::Timestamp};

/// Longest name of a device, in characters.
const NAME_MAX_CHARS: usize = 64;

/// What a device calls itself: 1 to 64 characters that can be seen. Nobody checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DeviceName(String);

impl DeviceName {
    /// A name from what a device says, without what cannot be shown; nothing where nothing is left.
    #[must_use]
    pub fn of_claim(claim: &str) -> Option<Self> {
        let shown: String = claim
            .chars()
            .filter(|one| shown::is_harmless(*one))
            .take(NAME_MAX_CHARS)
            .collect();
        let name = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(Self(name))
    }

    /// A name that was cleaned when it was stored.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A sign-in that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivingSession {
    /// Which.
    pub id: SessionId,
    /// What the device called itself then.
    pub device: Option<DeviceName>,
    /// When somebody signed in.
    pub created_at: Timestamp,
    /// When it was last refreshed: while a device is connected, not long ago.
    pub used_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, name: Option<&str>) {
        let named = DeviceName::of_claim(claim);
        assert_eq!(named.as_ref().map(DeviceName::as_str), name, "{claim:?}");
    }

    #[test]
    fn name_is_what_can_be_shown_of_a_claim() {
        check("Firefox, Linux", Some("Firefox, Linux"));
        check("  my \t phone ", Some("my phone"));
        check("a\u{202E}b\0c", Some("abc"));
        check(&"é".repeat(300), Some(&"é".repeat(NAME_MAX_CHARS)));
        for nothing in ["", " ", "\u{200B}", "\n"] {
            check(nothing, None);
        }
    }
}
