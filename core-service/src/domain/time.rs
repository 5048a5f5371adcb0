//! Points in time, as the server's clock tells them.

use std::fmt;

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// UTC microseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From RFC 3339; nothing when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let micros = i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000)).ok()?;
        Some(Self(micros))
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

    /// In whole minutes.
    #[must_use]
    pub fn minutes(self) -> i64 {
        self.0.div_euclid(60_000_000)
    }

    /// That many milliseconds later, or earlier when negative.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(1_000)))
    }

    /// That many seconds later, or earlier when negative.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with microseconds.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000;
        let time =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = time.to_calendar_date();
        let (hour, minute, second, micros) = time.to_hms_micro();
        write!(
            formatter,
            "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z",
            u8::from(month)
        )
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
        let early = Timestamp::from_micros(-1);
        assert_eq!(early.to_string(), "1969-12-31T23:59:59.999999Z");
        for time in [time, early] {
            assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        }
        assert_eq!(time.plus_seconds(-1).seconds(), 1_763_999_999);
    }
}
