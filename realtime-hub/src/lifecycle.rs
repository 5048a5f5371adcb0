//! Whether the hub takes clients, and how it sends them away: one after the other, so that they do
//! not come back all at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rand::seq::SliceRandom as _;

use crate::{connection::registry::Users, identity::Authority, protocol::codes::Close};

/// How long the last clients may take to read why they are sent away.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// How often it is looked whose turn it is.
const TICK: Duration = Duration::from_millis(10);

/// Why a hub is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It sends its clients away.
    #[error("This hub is stopping.")]
    Draining,
    /// Tokens cannot be verified. Connections that are open live on.
    #[error("No core answers.")]
    CoreUnreachable,
    /// A core answers, and has verified no token for a while.
    #[error("No core can verify tokens.")]
    NothingVerified,
}

impl NotReady {
    /// What programs go by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::CoreUnreachable => "core_unreachable",
            Self::NothingVerified => "nothing_verified",
        }
    }
}

/// Whether the hub takes clients.
pub struct Readiness {
    authority: Arc<dyn Authority>,
    leaving: AtomicBool,
}

impl Readiness {
    /// Of a hub that lets in whom `authority` verifies.
    #[must_use]
    pub fn new(authority: Arc<dyn Authority>) -> Self {
        Self {
            authority,
            leaving: AtomicBool::new(false),
        }
    }

    /// Whether load balancers may send clients here.
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn check(&self) -> Result<(), NotReady> {
        if self.is_leaving() {
            Err(NotReady::Draining)
        } else if !self.authority.is_reachable() {
            Err(NotReady::CoreUnreachable)
        } else if !self.authority.verifies() {
            Err(NotReady::NothingVerified)
        } else {
            Ok(())
        }
    }

    /// Whether new connections are refused.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    fn begin_leaving(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }
}

/// Refuses new connections and closes those that there are, in random order, `over` that time;
/// returns when their goodbyes are written.
pub async fn drain(readiness: &Readiness, users: &Users, over: Duration) {
    readiness.begin_leaving();
    let mut links = users.all();
    links.shuffle(&mut rand::rng());
    tracing::info!(connections = links.len(), "sending clients away");
    let begun = Instant::now();
    let mut sent_away = 0;
    while sent_away < links.len() {
        let due = due(links.len(), begun.elapsed(), over);
        for link in &links[sent_away..due] {
            link.outbox().close(Close::SHUTDOWN);
        }
        sent_away = due;
        tokio::time::sleep(TICK).await;
    }
    let gone = async {
        while users.online() > 0 {
            tokio::time::sleep(TICK).await;
        }
    };
    if tokio::time::timeout(GOODBYE_WITHIN, gone).await.is_err() {
        tracing::warn!(
            users = users.online(),
            "some clients did not take their goodbye"
        );
    }
}

/// How many of `all` have to be gone after `elapsed`, if the last goes after `over`.
fn due(all: usize, elapsed: Duration, over: Duration) -> usize {
    if elapsed >= over {
        return all;
    }
    let due = all as u128 * elapsed.as_micros() / over.as_micros();
    usize::try_from(due).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_go_evenly_over_the_whole_time() {
        let (ms, over) = (Duration::from_millis, Duration::from_secs(20));
        let gone = |elapsed| due(10_000, elapsed, over);
        assert_eq!(gone(ms(0)), 0);
        assert_eq!(gone(ms(10)), 5);
        assert_eq!(gone(ms(10_000)), 5_000);
        assert_eq!(gone(ms(19_999)), 9_999);
        assert_eq!(gone(over), 10_000);
        assert_eq!(due(3, ms(0), ms(0)), 3);
    }
}
