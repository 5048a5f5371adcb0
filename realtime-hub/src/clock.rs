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

/// Whole seconds until that moment, as the client protocol says what is left of a token's life.
#[must_use]
pub fn ttl_s(moment_ms: i64) -> u32 {
    u32::try_from(until_ms(moment_ms).as_secs()).unwrap_or(u32::MAX)
}

/// How long until that moment; zero when it has passed.
#[must_use]
pub fn until_ms(moment_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(moment_ms.saturating_sub(now_ms())).unwrap_or(0))
}
