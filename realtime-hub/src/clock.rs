//! The wall clock; everything else measures durations.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// UTC milliseconds since 1970-01-01.
#[must_use]
pub fn now_ms() -> i64 {
    now_us() / 1_000
}

/// UTC microseconds since 1970-01-01.
#[must_use]
pub fn now_us() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the clock adapter")]
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Whole seconds until that moment, as the client protocol says what is left of a token's life. At
/// least 1: SDKs take 0 for no end at all, or ask for the next token without a pause.
#[must_use]
pub fn ttl_s(moment_ms: i64) -> u32 {
    u32::try_from(until_ms(moment_ms).as_secs().max(1)).unwrap_or(u32::MAX)
}

/// How long until that moment; zero when it has passed.
#[must_use]
pub fn until_ms(moment_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(moment_ms.saturating_sub(now_ms())).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_within_a_second_still_has_one() {
        for left_ms in [-1_000, 0, 1, 999] {
            assert_eq!(ttl_s(now_ms() + left_ms), 1, "{left_ms}");
        }
        assert_eq!(ttl_s(now_ms() + 10_500), 10);
        assert_eq!(ttl_s(i64::MAX), u32::MAX);
    }
}
