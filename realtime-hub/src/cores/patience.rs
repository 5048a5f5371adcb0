//! How long a question to the cores may take, and when it is put again.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tonic::{Code, Response, Status};

/// Pauses before a call is repeated; the load balancer then picks another replica.
const RETRY_AFTER: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// How often a question is put at most.
const TRIES: u32 = 3;

/// The time limits of one question. A try has a third of the whole, so that one replica that hangs
/// does not use up all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    over_all: Duration,
}

impl Patience {
    /// At most that long over all tries.
    pub(super) const fn new(over_all: Duration) -> Self {
        Self { over_all }
    }

    /// Makes a call, and again while the failure is about the replica or the way to it.
    ///
    /// # Errors
    /// The last failure, or [`Code::DeadlineExceeded`].
    pub(super) async fn ask<T, F>(self, call: impl Fn() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let tries = async {
            for pause in RETRY_AFTER {
                match self.try_once(call()).await {
                    Err(status) if may_pass(status.code()) => sleep(pause).await,
                    answered => return answered,
                }
            }
            self.try_once(call()).await
        };
        timeout(self.over_all, tries)
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    async fn try_once<T>(
        self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Status> {
        let answered = timeout(self.over_all / TRIES, call).await;
        answered
            .unwrap_or_else(|_| Err(late()))
            .map(Response::into_inner)
    }
}

fn late() -> Status {
    Status::deadline_exceeded("no answer in time")
}

/// Whether a failure is about the replica or the way to it, and not about the question.
pub(super) fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::Internal
            | Code::Unknown
            | Code::Cancelled
            | Code::DeadlineExceeded
    )
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        future::{Ready, pending, ready},
    };

    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Patience = Patience {
        over_all: Duration::from_millis(4_500),
    };

    fn answer(text: &str) -> Ready<Result<Response<String>, Status>> {
        ready(Ok(Response::new(text.to_owned())))
    }

    #[tokio::test(start_paused = true)]
    async fn replica_that_hangs_is_passed_over_while_there_is_time() {
        let (tries, begun) = (Cell::new(0), Instant::now());
        let answered = PATIENCE.ask(|| {
            tries.set(tries.get() + 1);
            match tries.get() {
                1 => pending().boxed_local(),
                _ => answer("the other one").boxed_local(),
            }
        });
        assert_eq!(answered.await.unwrap(), "the other one");
        assert!(
            begun.elapsed() < PATIENCE.over_all / 2,
            "{:?}",
            begun.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn all_tries_together_end_in_time() {
        let begun = Instant::now();
        let hanging = PATIENCE.ask(pending::<Result<Response<()>, Status>>).await;
        assert_eq!(hanging.unwrap_err().code(), Code::DeadlineExceeded);
        assert!(begun.elapsed() <= PATIENCE.over_all + Duration::from_millis(1));
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_another_replica_may_do_better_is_repeated() {
        for (code, expected) in [
            (Code::Unavailable, 3),
            (Code::Cancelled, 3),
            (Code::DeadlineExceeded, 3),
            (Code::Unauthenticated, 1),
            (Code::InvalidArgument, 1),
        ] {
            let tries = Cell::new(0);
            let refused = PATIENCE.ask(|| {
                tries.set(tries.get() + 1);
                ready(Err::<Response<()>, _>(Status::new(code, "")))
            });
            assert_eq!(refused.await.unwrap_err().code(), code);
            assert_eq!(tries.get(), expected, "{code:?}");
        }
    }
}
