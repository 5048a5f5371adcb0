//! Concurrent questions about one thing as one call, which runs to its end whoever waits for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt as _, future::Shared};
use tokio::{runtime::Handle, sync::oneshot};

/// Calls under way, by what they ask about.
type Calls<A> = HashMap<Arc<str>, Shared<oneshot::Receiver<A>>>;

/// Shares calls among those who ask the same. Cheap to clone.
pub(super) struct SingleFlight<A> {
    calls: Arc<Mutex<Calls<A>>>,
    /// Calls at the same time, those that wait for a permit of their own included.
    max: usize,
    /// Where calls run: a caller's own task ends with its connection.
    runtime: Handle,
}

impl<A> Clone for SingleFlight<A> {
    fn clone(&self) -> Self {
        Self {
            calls: self.calls.clone(),
            max: self.max,
            runtime: self.runtime.clone(),
        }
    }
}

/// Why a question got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// As many calls are under way as there may be.
    Full,
    /// The call ended without an answer.
    Lost,
}

/// A call under way; its drop makes the next question a new call, also after a panic.
struct Entry<A> {
    calls: Arc<Mutex<Calls<A>>>,
    key: Arc<str>,
}

impl<A> Drop for Entry<A> {
    fn drop(&mut self) {
        lock(&self.calls).remove(&self.key);
    }
}

impl<A: Clone + Send + Sync + 'static> SingleFlight<A> {
    /// At most `max` calls at the same time. Inside a Tokio runtime, where the calls will run.
    pub(super) fn new(max: usize) -> Self {
        Self {
            calls: Arc::default(),
            max,
            runtime: Handle::current(),
        }
    }

    /// The answer of the call about `key` that is under way, or of a new one.
    ///
    /// # Errors
    /// [`NotAsked`].
    pub(super) async fn ask<F>(&self, key: &str, call: impl FnOnce() -> F) -> Result<A, NotAsked>
    where
        F: Future<Output = A> + Send + 'static,
    {
        let answer = {
            let mut calls = lock(&self.calls);
            match calls.get(key) {
                Some(answer) => answer.clone(),
                None if calls.len() >= self.max => return Err(NotAsked::Full),
                None => self.start(&mut calls, key, call()),
            }
        };
        answer.await.map_err(|_| NotAsked::Lost)
    }

    fn start<F>(&self, calls: &mut Calls<A>, key: &str, call: F) -> Shared<oneshot::Receiver<A>>
    where
        F: Future<Output = A> + Send + 'static,
    {
        let key: Arc<str> = key.into();
        let (sender, answer) = oneshot::channel();
        let answer = answer.shared();
        calls.insert(key.clone(), answer.clone());
        let entry = Entry {
            calls: self.calls.clone(),
            key,
        };
        self.runtime.spawn(async move {
            let answer = call.await;
            // First: who asks after the answer was given gets a fresh one.
            drop(entry);
            // Everyone who asked may have left.
            let _ = sender.send(answer);
        });
        answer
    }
}

fn lock<A>(calls: &Mutex<Calls<A>>) -> MutexGuard<'_, Calls<A>> {
    // No code panics while it holds the lock.
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    impl<A> SingleFlight<A> {
        fn under_way(&self) -> usize {
            lock(&self.calls).len()
        }
    }

    #[tokio::test]
    async fn call_runs_to_its_end_when_everyone_who_asked_has_left() {
        let (flights, permits) = (SingleFlight::new(100), Arc::new(Semaphore::new(1)));
        let gate = Arc::new(Semaphore::new(0));
        for (before, token) in ["a", "b", "c"].into_iter().enumerate() {
            let (permits, gate) = (permits.clone(), gate.clone());
            let asked = tokio::spawn({
                let flights = flights.clone();
                async move {
                    flights
                        .ask(token, || async move {
                            let _permit = permits.acquire_owned().await;
                            let _ = gate.acquire().await;
                        })
                        .await
                }
            });
            while flights.under_way() <= before {
                tokio::task::yield_now().await;
            }
            asked.abort();
            let _ = asked.await;
        }
        gate.add_permits(3);
        while flights.under_way() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(permits.available_permits(), 1);
    }

    #[tokio::test]
    async fn those_who_ask_the_same_share_a_call_and_who_asks_later_gets_a_new_one() {
        let (flights, calls) = (SingleFlight::new(1), Arc::new(AtomicUsize::new(0)));
        let ask = || {
            let calls = calls.clone();
            flights.ask("token", || async move {
                tokio::task::yield_now().await;
                calls.fetch_add(1, Ordering::Relaxed) + 1
            })
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(1), Ok(1), Ok(1)));
        assert_eq!(ask().await, Ok(2));
        assert_eq!(flights.under_way(), 0);
    }

    #[tokio::test]
    async fn more_calls_than_there_may_be_are_refused_at_once() {
        let flights = SingleFlight::new(1);
        let waiting = tokio::spawn({
            let flights = flights.clone();
            async move { flights.ask("a", std::future::pending::<()>).await }
        });
        while flights.under_way() == 0 {
            tokio::task::yield_now().await;
        }
        let refused = flights.ask("b", || async {}).await;
        assert_eq!(refused, Err(NotAsked::Full));
        waiting.abort();
    }

    #[tokio::test]
    async fn call_that_panics_leaves_nothing_behind() {
        let flights: SingleFlight<()> = SingleFlight::new(1);
        let lost = flights
            .ask("a", || async { panic!("as a bug would") })
            .await;
        assert_eq!(lost, Err(NotAsked::Lost));
        assert_eq!(flights.under_way(), 0);
    }
}
