//! One clock for all processes on a machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;

/// Nanoseconds of `CLOCK_MONOTONIC`, which every process of a machine reads the same.
pub(crate) fn now_ns() -> u64 {
    // The kernel has had this clock for ever.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| {
        now.tv_sec().cast_unsigned() * SECOND_NS + now.tv_nsec().cast_unsigned()
    })
}

/// Nanoseconds as milliseconds.
pub(crate) fn ms(ns: u64) -> f64 {
    Duration::from_nanos(ns).as_secs_f64() * 1e3
}

/// UTC seconds since 1970-01-01.
pub(crate) fn unix_s() -> u64 {
    since_1970().as_secs()
}

/// UTC microseconds since 1970-01-01.
pub(crate) fn unix_us() -> i64 {
    i64::try_from(since_1970().as_micros()).unwrap_or(i64::MAX)
}

fn since_1970() -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "tokens, rows and events carry the wall clock's time"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
