//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{application::ports::Clock, domain::time::Timestamp};

/// See the module's description.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock adapter: nobody else reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
