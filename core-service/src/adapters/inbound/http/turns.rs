//! Few at a time of what costs a core or much memory: the threads that it would take serve everybody
//! else.

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::problem::Problem;
use crate::application::error::Wait;

/// Requests that wait for their turn. More would only wait in vain.
const WAITING_MAX: usize = 256;

/// When a request that had no turn may come again.
const COME_AGAIN_S: i64 = 2;

/// The turns.
pub(super) struct Turns {
    running: Arc<Semaphore>,
    places: Semaphore,
    wait: Duration,
    /// Why there is none, in words.
    busy: &'static str,
}

impl Turns {
    /// `parallel` at a time; a request waits up to `wait` for its turn, and is told that it is `busy`.
    pub(super) fn new(parallel: usize, wait: Duration, busy: &'static str) -> Self {
        Self {
            running: Arc::new(Semaphore::new(parallel)),
            places: Semaphore::new(WAITING_MAX),
            wait,
            busy,
        }
    }

    /// Waits for a turn, which lasts until it is dropped.
    ///
    /// # Errors
    /// A problem with status 503 when none comes in time.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let _place = self.places.try_acquire().map_err(|_| self.busy())?;
        let turn = timeout(self.wait, self.running.clone().acquire_owned()).await;
        turn.map_err(|_| self.busy())?.map_err(|_| self.busy())
    }

    fn busy(&self) -> Problem {
        let wait = Wait::seconds(COME_AGAIN_S);
        let detail = format!("{}; try again {wait}", self.busy);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(wait)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;

    const WAIT: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn turn_is_waited_for_and_not_for_long() {
        let turns = Turns::new(1, WAIT, "people are signing in");
        let first = turns.take().await.unwrap();
        let refused = turns.take().await.unwrap_err();
        assert_eq!(refused.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        let response = refused.error_response();
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        let (second, ()) = tokio::join!(turns.take(), async { drop(first) });
        assert!(second.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_every_place_taken_is_refused_at_once() {
        let turns = Turns::new(1, WAIT, "people are signing in");
        let _running = turns.take().await.unwrap();
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| turns.take()).collect();
        let started = tokio::time::Instant::now();
        let ((), refused) = tokio::join!(
            async {
                futures_util::future::join_all(waiting).await;
            },
            async {
                tokio::task::yield_now().await;
                let refused = turns.take().await;
                (refused.is_err(), started.elapsed())
            }
        );
        assert_eq!(refused, (true, Duration::ZERO));
    }
}
