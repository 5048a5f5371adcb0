//! Ten pings through the load balancer, once the cores have announced themselves: they show that
//! gRPC works both ways and that the replicas take turns.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::mpsc,
    time::{sleep_until, timeout},
};

use super::gateway::CoreGateway;
use crate::counters::{Stats, ping_tally::PINGS};

/// Announcements have settled when none came for this long.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// Cores that keep announcing themselves do not put the check off for ever.
const SETTLED_AT_LATEST: Duration = Duration::from_secs(10);

/// Announcements that may wait for the check; one is enough to set it off.
const WAITING_MAX: usize = 64;

/// Tells the check of announcements.
#[derive(Clone)]
pub struct StartUpCheck {
    counters: Arc<Stats>,
    announced: mpsc::Sender<()>,
}

impl StartUpCheck {
    /// Starts the check, which runs whenever announcements have settled. Call it inside a Tokio
    /// runtime.
    #[must_use]
    pub fn start(counters: Arc<Stats>, core: CoreGateway) -> Self {
        let (announced, announcements) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(counters.clone(), core, announcements));
        Self {
            counters,
            announced,
        }
    }

    /// A core said hello.
    pub fn announced(&self, instance: String) {
        self.counters
            .with_pings(|tally| tally.announce(instance, Instant::now()));
        // When the queue is full the check is as good as set off.
        let _ = self.announced.try_send(());
    }
}

async fn run(counters: Arc<Stats>, core: CoreGateway, mut announcements: mpsc::Receiver<()>) {
    while announcements.recv().await.is_some() {
        let latest = tokio::time::Instant::now() + SETTLED_AT_LATEST;
        loop {
            tokio::select! {
                another = timeout(SETTLED_AFTER, announcements.recv()) => match another {
                    Ok(Some(())) => {}
                    Ok(None) | Err(_) => break,
                },
                () = sleep_until(latest) => break,
            }
        }
        ping_all(&counters, &core).await;
    }
}

async fn ping_all(counters: &Stats, core: &CoreGateway) {
    let streams = counters.streams();
    let publishes = |name: &str| streams.get(name).is_some_and(|stream| stream.connected);
    counters.with_pings(|tally| tally.restart(Instant::now(), publishes));
    for sequence in 1..=PINGS {
        let start = Instant::now();
        match core.ping(sequence).await {
            Ok(replica) => {
                tracing::info!(
                    "ping {sequence}/{PINGS} answered by {replica} in {:.1} ms",
                    start.elapsed().as_secs_f64() * 1e3
                );
                counters.with_pings(|tally| *tally.answers.entry(replica).or_default() += 1);
            }
            Err(error) => {
                tracing::warn!(%error, "ping {sequence}/{PINGS} was not answered");
                counters.with_pings(|tally| tally.failed += 1);
            }
        }
    }
    counters.with_pings(|tally| {
        let answers: Vec<String> = tally
            .answers
            .iter()
            .map(|(core, count)| format!("{core} {count}"))
            .collect();
        tracing::info!(
            "{PINGS} pings through the load balancer: {}",
            answers.join(", ")
        );
        if !tally.unreached().is_empty() {
            tracing::warn!("no ping reached {}", tally.unreached().join(", "));
        }
    });
}
