//! Keeps questions from cores while none answers, and spreads the clients who come to ask.
//!
//! No message of the client protocol tells a client when to come back, and one that is refused comes
//! back within a second. So while the circuit is open a client is *held* for a random time before it
//! is refused (its own patience is five seconds); a core that answers meanwhile ends the wait.

use std::{mem, sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

/// How long a client is held at most: less than the patience of the official SDKs.
pub const HOLD_MAX: Duration = Duration::from_secs(4);

/// Lets questions to the cores through while it is closed; it begins open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    closed: Arc<watch::Sender<bool>>,
    /// Places for those who are held.
    parking: Arc<Semaphore>,
}

impl CircuitBreaker {
    /// An open circuit with that many places for those who wait.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            closed: Arc::new(watch::Sender::new(false)),
            parking: Arc::new(Semaphore::new(places)),
        }
    }

    /// Whether cores are asked.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Tells when that changes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }

    /// A core answers.
    pub fn close(&self) {
        if self
            .closed
            .send_if_modified(|closed| !mem::replace(closed, true))
        {
            tracing::info!("a core answers: hub is ready");
        }
    }

    /// No core answers.
    pub fn open(&self) {
        if self
            .closed
            .send_if_modified(|closed| mem::replace(closed, false))
        {
            tracing::warn!("no core answers: hub is not ready, new clients wait");
        }
    }

    /// Whether a core may be asked now, after a wait if need be. Without a free place to wait in the
    /// answer comes at once.
    pub async fn admits(&self) -> bool {
        if self.is_closed() {
            return true;
        }
        let Ok(_place) = self.parking.try_acquire() else {
            return false;
        };
        let mut closed = self.closed.subscribe();
        let hold = HOLD_MAX.mul_f64(rand::random());
        timeout(hold, closed.wait_for(|closed| *closed))
            .await
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn open_circuit_holds_before_it_refuses() {
        let breaker = CircuitBreaker::new(100);
        let start = Instant::now();
        let refused: Vec<_> = (0..100)
            .map(|_| {
                let breaker = breaker.clone();
                tokio::spawn(async move { (breaker.admits().await, start.elapsed()) })
            })
            .collect();
        let mut waits = Vec::new();
        for refused in refused {
            let (admitted, waited) = refused.await.unwrap();
            assert!(!admitted);
            waits.push(waited);
        }
        let (first, last) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*last <= HOLD_MAX + Duration::from_millis(1));
        assert!(*last - *first > HOLD_MAX / 2, "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn answer_ends_the_wait() {
        let breaker = CircuitBreaker::new(1);
        let held = tokio::spawn({
            let breaker = breaker.clone();
            async move { breaker.admits().await }
        });
        tokio::task::yield_now().await;
        breaker.close();
        assert!(held.await.unwrap());
        breaker.open();
        assert!(!breaker.is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_held_without_a_place() {
        let breaker = CircuitBreaker::new(0);
        let start = Instant::now();
        assert!(!breaker.admits().await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
