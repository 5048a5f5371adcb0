//! Messages that disappear by themselves.

use serde::Serialize;

/// Seconds after which messages disappear, where they do: a day, a week, ninety days.
pub const LIFETIMES_S: [i64; 3] = [86_400, 604_800, 7_776_000];

/// How long the messages of a chat are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Lifetime(i64);

/// None of [`LIFETIMES_S`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("messages disappear after 86400, 604800 or 7776000 seconds, or with 0 not at all")]
pub struct NotALifetime;

impl Lifetime {
    /// What a person chooses; 0 keeps messages for ever.
    ///
    /// # Errors
    /// [`NotALifetime`].
    pub fn parse(seconds: i64) -> Result<Option<Self>, NotALifetime> {
        match seconds {
            0 => Ok(None),
            seconds if LIFETIMES_S.contains(&seconds) => Ok(Some(Self(seconds))),
            _ => Err(NotALifetime),
        }
    }

    /// One that was checked when it was stored.
    #[must_use]
    pub fn stored(seconds: i64) -> Self {
        Self(seconds)
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_is_one_of_few_or_for_ever() {
        assert_eq!(Lifetime::parse(0), Ok(None));
        for seconds in LIFETIMES_S {
            let lifetime = Lifetime::parse(seconds).unwrap().unwrap();
            assert_eq!(lifetime.seconds(), seconds);
        }
        for seconds in [-1, 1, 86_399, i64::MAX] {
            assert_eq!(Lifetime::parse(seconds), Err(NotALifetime));
        }
    }
}
