//! Points in time, as the server's clock tells them.

use std::fmt;

use serde::{Serialize, Serializer};

/// UTC microseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In microseconds.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// In whole seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// That many seconds later, or earlier when negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with microseconds.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        write!(formatter, "{timestamp:.6}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamp_has_microseconds() {
        let time = Timestamp::from_micros(1_764_000_000_000_120);
        assert_eq!(time.to_string(), "2025-11-24T16:00:00.000120Z");
        assert_eq!(time.plus_seconds(-1).seconds(), 1_763_999_999);
    }
}
