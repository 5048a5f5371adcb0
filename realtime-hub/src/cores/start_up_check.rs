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

use super::gateway::Unreachable;
use crate::counters::{Stats, ping_tally::PINGS};

/// Announcements have settled when none came for this long.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// Cores that keep announcing themselves do not put the check off for ever.
const SETTLED_AT_LATEST: Duration = Duration::from_secs(10);

/// Announcements that may wait for the check; one is enough to set it off.
const WAITING_MAX: usize = 64;

/// Cores that can be pinged.
pub trait Pings: Send + Sync + 'static {
    /// Pings whichever core the load balancer picks, and returns its name.
    ///
    /// # Errors
    /// [`Unreachable`].
    fn ping(&self, sequence: u32) -> impl Future<Output = Result<String, Unreachable>> + Send;
}

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
    pub fn start(counters: Arc<Stats>, cores: impl Pings) -> Self {
        let (announced, announcements) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(counters.clone(), cores, announcements));
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

async fn run(counters: Arc<Stats>, cores: impl Pings, mut announcements: mpsc::Receiver<()>) {
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
        ping_all(&counters, &cores).await;
    }
}

async fn ping_all(counters: &Stats, cores: &impl Pings) {
    let streams = counters.streams();
    let publishes = |name: &str| streams.get(name).is_some_and(|stream| stream.connected);
    counters.with_pings(|tally| tally.restart(Instant::now(), publishes));
    for sequence in 1..=PINGS {
        let start = Instant::now();
        match cores.ping(sequence).await {
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

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, VecDeque},
        sync::Mutex,
    };

    use tokio::time::{advance, pause};
    use tonic::Status;

    use super::*;
    use crate::counters::ping_tally::PingTally;

    /// Replicas that take turns, as a load balancer lets them; `None` does not answer.
    struct Replicas {
        turns: Mutex<VecDeque<Option<&'static str>>>,
        pinged: Arc<Mutex<Vec<u32>>>,
    }

    impl Pings for Replicas {
        async fn ping(&self, sequence: u32) -> Result<String, Unreachable> {
            self.pinged.lock().unwrap().push(sequence);
            let mut turns = self.turns.lock().unwrap();
            let turn = turns.pop_front().unwrap();
            turns.push_back(turn);
            turn.map(str::to_owned)
                .ok_or_else(|| Status::unavailable("nobody").into())
        }
    }

    struct Rig {
        check: StartUpCheck,
        counters: Arc<Stats>,
        pinged: Arc<Mutex<Vec<u32>>>,
    }

    /// A check of these replicas, in a time that the test moves.
    fn rig(turns: &[Option<&'static str>]) -> Rig {
        pause();
        let (counters, pinged) = (Arc::<Stats>::default(), Arc::default());
        let replicas = Replicas {
            turns: Mutex::new(turns.iter().copied().collect()),
            pinged: Arc::clone(&pinged),
        };
        Rig {
            check: StartUpCheck::start(counters.clone(), replicas),
            counters,
            pinged,
        }
    }

    impl Rig {
        /// Lets everything happen that is due after so long.
        async fn after(&self, time: Duration) {
            // The check has to begin to wait before the time moves, and timers have whole milliseconds.
            settle().await;
            advance(time + Duration::from_millis(1)).await;
            settle().await;
        }

        fn pings(&self) -> usize {
            self.pinged.lock().unwrap().len()
        }

        fn tally(&self) -> PingTally {
            self.counters.with_pings(|tally| tally.clone())
        }
    }

    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    const ALL: usize = PINGS as usize;

    #[tokio::test]
    async fn cores_are_pinged_once_their_announcements_have_settled() {
        let rig = rig(&[Some("core-1"), Some("core-2")]);
        rig.after(SETTLED_AT_LATEST).await;
        assert_eq!(rig.pings(), 0, "nobody has announced themselves");
        rig.check.announced("core-1".to_owned());
        rig.after(SETTLED_AFTER / 2).await;
        rig.check.announced("core-2".to_owned());
        rig.after(SETTLED_AFTER / 2 + Duration::from_millis(1))
            .await;
        assert_eq!(rig.pings(), 0, "the second came in between");
        rig.after(SETTLED_AFTER / 2).await;
        assert_eq!(*rig.pinged.lock().unwrap(), Vec::from_iter(1..=PINGS));
        let half = PINGS / 2;
        let turns = [("core-1", half), ("core-2", half)];
        let turns = BTreeMap::from(turns.map(|(core, count)| (core.to_owned(), count)));
        let tally = rig.tally();
        assert_eq!((tally.answers.clone(), tally.failed), (turns, 0));
        assert!(tally.unreached().is_empty());
    }

    #[tokio::test]
    async fn cores_that_keep_announcing_themselves_do_not_put_the_check_off() {
        let rig = rig(&[Some("core-1")]);
        let every = SETTLED_AFTER / 2;
        let mut waited = Duration::ZERO;
        while rig.pings() == 0 {
            assert!(waited <= SETTLED_AT_LATEST, "it is put off for ever");
            rig.check.announced("core-1".to_owned());
            rig.after(every).await;
            waited += every;
        }
        assert!(waited >= SETTLED_AT_LATEST, "they had not settled");
        assert_eq!(rig.pings(), ALL);
    }

    #[tokio::test]
    async fn ping_that_nobody_answers_is_counted_and_the_others_go_on() {
        let rig = rig(&[Some("core-1"), None]);
        for core in ["core-1", "core-2"] {
            rig.check.announced(core.to_owned());
        }
        rig.after(SETTLED_AFTER).await;
        let tally = rig.tally();
        assert_eq!((rig.pings(), tally.failed), (ALL, PINGS / 2));
        assert_eq!(tally.unreached(), ["core-2"]);
        // A core that comes later sets another check off, which counts anew.
        rig.check.announced("core-2".to_owned());
        rig.after(SETTLED_AFTER).await;
        assert_eq!((rig.pings(), rig.tally().failed), (2 * ALL, PINGS / 2));
    }

    #[tokio::test]
    async fn more_announcements_than_may_wait_set_off_one_check() {
        let rig = rig(&[Some("core-1")]);
        for number in 0..2 * WAITING_MAX {
            rig.check.announced(format!("core-{number}"));
        }
        rig.after(SETTLED_AFTER).await;
        assert_eq!(rig.pings(), ALL);
        assert_eq!(
            rig.tally().announced.len(),
            2 * WAITING_MAX,
            "all are known"
        );
        rig.after(SETTLED_AT_LATEST).await;
        assert_eq!(rig.pings(), ALL);
    }
}
