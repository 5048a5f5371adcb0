//! Whether a publication may go on to its room now, or waits, or is sent away.
//!
//! Publishers feel it when the hub is behind: while the oldest of what it has taken in is older than
//! [`BEHIND`], what goes to large rooms waits, and with twice that everything does. Whoever has waited for
//! [`PATIENCE`] is sent away and may try again, so what was accepted is with its audience within a
//! second, and no client's outbox overflows because the hub is slow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, SemaphorePermit},
    time::{sleep, timeout},
};

use super::pressure::Pressure;
use crate::counters::Counter;

/// Age of the hub's own queues from which on large rooms wait.
pub const BEHIND: Duration = Duration::from_millis(125);

/// How long a publisher may wait.
pub const PATIENCE: Duration = Duration::from_millis(400);

/// How often a publisher who waits looks whether it may go on.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Topics share lanes by their names' hash, so that their number is bounded. One in so many shares
/// that of a busy room and waits with it.
const LANES: usize = 1_024;

/// What may be on its way to the rooms of one lane at the same time: that many small publications,
/// or one that reaches [`LARGE`] connections.
const LANE_PLACES: u32 = 16;

/// Publishers who wait in one lane; more are sent away at once.
const LANE_WAITING_MAX: usize = 256;

/// Connections from which on a publication takes a lane for itself and waits first.
const LARGE: u32 = 1_000;

/// The hub is behind: try again in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Admits publications, or makes them wait while the hub is behind.
#[derive(Debug)]
pub struct Turnstile {
    pressure: Arc<Pressure>,
    lanes: Box<[Lane]>,
    /// Where marks are set: a thread that the pressure does not watch.
    marker: Handle,
    /// Publications that waited.
    pub held: Counter,
    /// Publications that were sent away.
    pub refused: Counter,
}

#[derive(Debug)]
struct Lane {
    places: Semaphore,
    waiting: AtomicUsize,
    /// Connections that its last publications reached; it falls slowly.
    reach: AtomicU32,
}

/// A publication on its way to its room.
#[derive(Debug)]
pub struct Admission<'a> {
    turnstile: &'a Turnstile,
    lane: &'a Lane,
    _places: SemaphorePermit<'a>,
}

impl Turnstile {
    /// In front of rooms whose hub is under this pressure. Marks are set on the runtime `marker`.
    #[must_use]
    pub fn new(pressure: Arc<Pressure>, marker: Handle) -> Self {
        let lane = |_| Lane {
            places: Semaphore::new(LANE_PLACES as usize),
            waiting: AtomicUsize::new(0),
            reach: AtomicU32::new(0),
        };
        Self {
            pressure,
            lanes: (0..LANES).map(lane).collect(),
            marker,
            held: Counter::default(),
            refused: Counter::default(),
        }
    }

    /// How far the hub is behind.
    #[must_use]
    pub fn pressure(&self) -> &Pressure {
        &self.pressure
    }

    /// Lets a publication for `topic` through as soon as it may go on.
    ///
    /// # Errors
    /// [`Busy`] after [`PATIENCE`], or at once where many wait.
    pub async fn admit(&self, topic: &str) -> Result<Admission<'_>, Busy> {
        let lane = self.lane(topic);
        if let Some(admission) = self.admit_now(lane, Instant::now()) {
            return Ok(admission);
        }
        let waited = match lane.wait() {
            Ok(_waiting) => timeout(PATIENCE, self.admit_later(lane)).await,
            Err(Busy) => Ok(Err(Busy)),
        };
        let admitted = waited.unwrap_or(Err(Busy));
        match admitted {
            Ok(_) => self.held.add(1),
            Err(Busy) => self.refused.add(1),
        }
        admitted
    }

    fn admit_now<'a>(&'a self, lane: &'a Lane, now: Instant) -> Option<Admission<'a>> {
        let places = lane.places.try_acquire_many(lane.weight()).ok()?;
        lane.may_go(self.pressure.age(now)).then_some(Admission {
            turnstile: self,
            lane,
            _places: places,
        })
    }

    async fn admit_later<'a>(&'a self, lane: &'a Lane) -> Result<Admission<'a>, Busy> {
        // A lane's places are never closed.
        let places = lane.places.acquire_many(lane.weight()).await;
        let places = places.map_err(|_| Busy)?;
        while !lane.may_go(self.pressure.age(Instant::now())) {
            sleep(LOOK_AGAIN).await;
        }
        Ok(Admission {
            turnstile: self,
            lane,
            _places: places,
        })
    }

    /// Waits until the hub is not behind, but not longer than `patience`: for what cannot be sent
    /// away.
    pub async fn settle(&self, patience: Duration) {
        let settled = async {
            while self.pressure.age(Instant::now()) > BEHIND {
                sleep(LOOK_AGAIN).await;
            }
        };
        // Whoever has waited that long goes on all the same.
        let _ = timeout(patience, settled).await;
    }

    /// Rooms have taken something: measures how long what they pushed waits.
    pub fn taken(&self) {
        if self.pressure.is_mark_due(Instant::now()) {
            let pressure = self.pressure.clone();
            self.marker
                .spawn(async move { pressure.mark(Instant::now()) });
        }
    }

    fn lane(&self, topic: &str) -> &Lane {
        let hash = topic.bytes().fold(0_usize, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        &self.lanes[hash % LANES]
    }
}

impl Lane {
    /// Whether a publication may go on while the oldest of what waits is so old.
    fn may_go(&self, age: Duration) -> bool {
        let limit = if self.reach.load(Ordering::Relaxed) >= LARGE {
            BEHIND
        } else {
            2 * BEHIND
        };
        age <= limit
    }

    /// The places that its next publication takes.
    fn weight(&self) -> u32 {
        let reach = self.reach.load(Ordering::Relaxed);
        (reach * LANE_PLACES / LARGE).clamp(1, LANE_PLACES)
    }

    fn wait(&self) -> Result<Waiting<'_>, Busy> {
        let more = |waiting| (waiting < LANE_WAITING_MAX).then_some(waiting + 1);
        self.waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map(|_| Waiting(self))
            .map_err(|_| Busy)
    }
}

impl Admission<'_> {
    /// The room has taken it and handed it to so many connections.
    pub fn reached(self, connections: u64) {
        let reached = u32::try_from(connections).unwrap_or(u32::MAX).min(1 << 20);
        let known = self.lane.reach.load(Ordering::Relaxed);
        let reach = reached.max(known - known.div_ceil(8));
        self.lane.reach.store(reach, Ordering::Relaxed);
        self.turnstile.taken();
    }
}

/// A publisher who waits.
struct Waiting<'a>(&'a Lane);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use super::*;
    use crate::limits::pressure::Queue;

    /// A hub that is behind for as long as its thread does not come to its queue.
    struct Behind {
        turnstile: Turnstile,
        thread: Vec<Pin<Box<dyn Future<Output = ()>>>>,
    }

    impl Behind {
        /// The oldest of what waits is so old.
        fn by(age: Duration) -> Self {
            let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
            let pressure = Arc::new(Pressure::new(long_ago));
            let answers = pressure.watch(Queue::Writers);
            let thread = answers.map(|answer| Box::pin(answer) as _).collect();
            let turnstile = Turnstile::new(pressure, Handle::current());
            let mut behind = Self { turnstile, thread };
            behind.fall_behind(age);
            behind
        }

        fn fall_behind(&mut self, age: Duration) {
            self.catch_up();
            let set = Instant::now().checked_sub(age).unwrap();
            self.turnstile.pressure.mark(set);
        }

        fn catch_up(&mut self) {
            let mut nobody = Context::from_waker(Waker::noop());
            for answer in &mut self.thread {
                assert_eq!(answer.as_mut().poll(&mut nobody), Poll::Pending);
            }
        }

        async fn publish(&self, topic: &str, reaches: u64) -> bool {
            match self.turnstile.admit(topic).await {
                Ok(admission) => {
                    admission.reached(reaches);
                    true
                }
                Err(Busy) => false,
            }
        }
    }

    #[actix_rt::test]
    async fn nobody_waits_while_the_hub_keeps_up() {
        let hub = Behind::by(BEHIND / 2);
        for _ in 0..100 {
            assert!(hub.publish("news:large", 10_000).await);
            assert!(hub.publish("news:small", 1).await);
        }
    }

    #[actix_rt::test]
    async fn large_rooms_wait_first_and_are_sent_away_after_a_while() {
        let mut hub = Behind::by(Duration::ZERO);
        assert!(hub.publish("news:large", 10_000).await);
        assert!(hub.publish("news:small", 1).await);
        hub.fall_behind(BEHIND * 3 / 2);
        let begun = Instant::now();
        assert!(!hub.publish("news:large", 10_000).await, "sent away");
        assert!(begun.elapsed() >= PATIENCE);
        hub.fall_behind(BEHIND * 3 / 2);
        assert!(hub.publish("news:small", 1).await, "goes on");
        hub.fall_behind(BEHIND * 4);
        assert!(!hub.publish("news:small", 1).await, "the hub is far behind");
        assert_eq!(
            (hub.turnstile.held.get(), hub.turnstile.refused.get()),
            (0, 2)
        );
    }

    #[actix_rt::test]
    async fn whoever_waits_goes_on_when_the_hub_has_caught_up() {
        let Behind {
            turnstile,
            mut thread,
        } = Behind::by(BEHIND * 4);
        let mut admitted = Box::pin(turnstile.admit("news:1"));
        assert!(futures_util::poll!(&mut admitted).is_pending());
        let mut nobody = Context::from_waker(Waker::noop());
        for answer in &mut thread {
            assert!(answer.as_mut().poll(&mut nobody).is_pending());
        }
        assert!(admitted.await.is_ok());
        assert_eq!((turnstile.held.get(), turnstile.refused.get()), (1, 0));
    }

    #[actix_rt::test]
    async fn what_cannot_be_sent_away_waits_for_a_while() {
        let patience = Duration::from_millis(50);
        let mut hub = Behind::by(BEHIND * 4);
        let begun = Instant::now();
        hub.turnstile.settle(patience).await;
        assert!(begun.elapsed() >= patience);
        hub.catch_up();
        hub.turnstile.settle(Duration::MAX).await;
    }

    #[actix_rt::test]
    async fn large_publications_of_a_lane_go_one_by_one() {
        let hub = Behind::by(Duration::ZERO);
        assert!(hub.publish("news:large", 10_000).await);
        let admit = || hub.turnstile.admit("news:large");
        let first = admit().await.unwrap();
        let mut second = Box::pin(admit());
        assert!(futures_util::poll!(&mut second).is_pending());
        first.reached(10_000);
        assert!(second.await.is_ok());
    }

    #[actix_rt::test]
    async fn who_waits_is_bounded_in_number() {
        let hub = Behind::by(BEHIND * 4);
        let mut waiting: Vec<_> = (0..LANE_WAITING_MAX)
            .map(|_| Box::pin(hub.turnstile.admit("news:1")))
            .collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert_eq!(hub.turnstile.admit("news:1").await.err(), Some(Busy));
        drop(waiting);
        assert_eq!(
            hub.turnstile.lane("news:1").waiting.load(Ordering::Relaxed),
            0
        );
    }
}
