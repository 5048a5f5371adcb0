//! The machine's clock and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::{
    application::ports::{Clock, IdGenerator},
    domain::time::Timestamp,
};

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock adapter")]
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> String {
        // Two random UUIDs hold 244 random bits.
        format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
    }
}
