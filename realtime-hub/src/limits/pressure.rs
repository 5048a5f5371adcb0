//! How far the hub is behind with what it has taken in.
//!
//! What a room pushes waits until the thread of each connection comes to write it, and what is
//! published waits until its room's thread comes to it. Those waits are measured by marks: a mark
//! takes its place in a thread's queue behind everything that waits there, so its age is that of
//! the hub's own backlog. A client that does not read delays no mark: its writer waits for its
//! socket and not for the thread.

use std::{
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// Marks that one thread may owe an answer to. With [`MARK_EVERY`] they reach back for longer than
/// anything is let wait.
const MARKS: usize = 32;

/// Marks are set at most that often, and only while something is published: an idle hub has none.
const MARK_EVERY: Duration = Duration::from_millis(20);

/// What waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Publications, for their rooms.
    Rooms,
    /// Pushes, for the writers of their connections.
    Writers,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 2] = [Self::Rooms, Self::Writers];

    /// As it is called in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rooms => "rooms",
            Self::Writers => "writers",
        }
    }
}

/// A place in a thread's queue.
#[derive(Debug, Default)]
struct Mark {
    /// When it was set, in microseconds since the hub's start; 0 while it is free.
    set_us: AtomicU64,
    wake: Notify,
}

/// The marks in one thread's queue.
#[derive(Debug)]
struct Backlog {
    queue: Queue,
    marks: [Mark; MARKS],
}

impl Backlog {
    /// Of a thread that works on `queue`.
    fn new(queue: Queue) -> Self {
        Self {
            queue,
            marks: std::array::from_fn(|_| Mark::default()),
        }
    }

    /// Sets a mark, unless the thread owes an answer to all of them.
    fn mark(&self, now_us: u64) {
        let free = self.marks.iter().find(|mark| {
            let set =
                mark.set_us
                    .compare_exchange(0, now_us.max(1), Ordering::AcqRel, Ordering::Relaxed);
            set.is_ok()
        });
        if let Some(mark) = free {
            mark.wake.notify_one();
        }
    }

    /// How long its oldest mark has waited, in microseconds.
    fn age_us(&self, now_us: u64) -> u64 {
        let set = self
            .marks
            .iter()
            .map(|mark| mark.set_us.load(Ordering::Acquire));
        let oldest = set.filter(|set_us| *set_us > 0).min();
        oldest.map_or(0, |set_us| now_us.saturating_sub(set_us))
    }

    /// Answers one mark whenever the thread comes to it, for as long as the thread lives.
    async fn answer(&self, at: usize) {
        let mark = &self.marks[at];
        loop {
            mark.wake.notified().await;
            mark.set_us.store(0, Ordering::Release);
        }
    }
}

/// Measures how long the hub's own queues are, in time.
#[derive(Debug)]
pub struct Pressure {
    start: Instant,
    backlogs: RwLock<Vec<Arc<Backlog>>>,
    /// When marks were set last, in microseconds since the start.
    marked_us: AtomicU64,
}

impl Pressure {
    /// Of a hub whose threads are yet to be told of.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self {
            start,
            backlogs: RwLock::default(),
            marked_us: AtomicU64::new(0),
        }
    }

    /// Takes a thread in. The futures answer its marks: spawn each on that thread.
    pub fn watch(
        &self,
        queue: Queue,
    ) -> impl Iterator<Item = impl Future<Output = ()> + Send + 'static> {
        let backlog = Arc::new(Backlog::new(queue));
        self.backlogs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(backlog.clone());
        (0..MARKS).map(move |at| {
            let backlog = backlog.clone();
            async move { backlog.answer(at).await }
        })
    }

    /// Whether it is time for marks again. Who is told so calls [`Self::mark`].
    #[must_use]
    pub fn is_mark_due(&self, now: Instant) -> bool {
        let (now_us, every_us) = (self.us(now), micros(MARK_EVERY));
        let last_us = self.marked_us.load(Ordering::Relaxed);
        let is_due = last_us == 0 || now_us.saturating_sub(last_us) >= every_us;
        is_due
            && self
                .marked_us
                .compare_exchange(last_us, now_us.max(1), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Sets a mark in every queue. To be called from a thread that is none of the watched: a thread
    /// puts what it wakes by itself before what others have woken.
    pub fn mark(&self, now: Instant) {
        let now_us = self.us(now);
        let mut backlogs = self
            .backlogs
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // A thread that has ended has dropped what would answer: nothing waits for it any more.
        backlogs.retain(|backlog| Arc::strong_count(backlog) > 1);
        for backlog in backlogs.iter() {
            backlog.mark(now_us);
        }
    }

    /// How long the oldest of what waits in any queue has waited.
    #[must_use]
    pub fn age(&self, now: Instant) -> Duration {
        let ages = Queue::ALL.map(|queue| self.age_of(queue, now));
        ages.into_iter().max().unwrap_or_default()
    }

    /// The same of the queues of one kind.
    #[must_use]
    pub fn age_of(&self, queue: Queue, now: Instant) -> Duration {
        let now_us = self.us(now);
        let backlogs = self.backlogs();
        let of_kind = backlogs.iter().filter(|backlog| backlog.queue == queue);
        let oldest = of_kind.map(|backlog| backlog.age_us(now_us)).max();
        Duration::from_micros(oldest.unwrap_or_default())
    }

    fn backlogs(&self) -> RwLockReadGuard<'_, Vec<Arc<Backlog>>> {
        // No code panics while it holds the lock.
        self.backlogs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn us(&self, now: Instant) -> u64 {
        micros(now.saturating_duration_since(self.start))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread's queue, which the test works on by itself.
    struct Thread(Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>>);

    impl Thread {
        fn of(pressure: &Pressure, queue: Queue) -> Self {
            let mut thread = Self(Vec::new());
            for answer in pressure.watch(queue) {
                thread.0.push(Box::pin(answer));
            }
            thread.work();
            thread
        }

        /// Comes to everything that waits.
        fn work(&mut self) {
            let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
            for answer in &mut self.0 {
                assert!(answer.as_mut().poll(&mut nobody).is_pending());
            }
        }
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn age_is_that_of_the_oldest_that_waits() {
        let start = Instant::now();
        let pressure = Pressure::new(start);
        let mut writers = Thread::of(&pressure, Queue::Writers);
        let mut rooms = Thread::of(&pressure, Queue::Rooms);
        assert_eq!(
            pressure.age(start + 500 * MS),
            Duration::ZERO,
            "nothing waits"
        );
        pressure.mark(start + 100 * MS);
        pressure.mark(start + 150 * MS);
        assert_eq!(pressure.age(start + 300 * MS), 200 * MS);
        rooms.work();
        assert_eq!(
            pressure.age_of(Queue::Rooms, start + 300 * MS),
            Duration::ZERO
        );
        assert_eq!(pressure.age_of(Queue::Writers, start + 300 * MS), 200 * MS);
        assert_eq!(pressure.age(start + 300 * MS), 200 * MS);
        writers.work();
        assert_eq!(pressure.age(start + 300 * MS), Duration::ZERO);
    }

    #[test]
    fn slowest_thread_counts() {
        let start = Instant::now();
        let pressure = Pressure::new(start);
        let mut quick = Thread::of(&pressure, Queue::Writers);
        let _stuck = Thread::of(&pressure, Queue::Writers);
        pressure.mark(start + MS);
        quick.work();
        assert_eq!(pressure.age(start + 401 * MS), 400 * MS);
    }

    #[test]
    fn marks_are_bounded_and_the_oldest_stays() {
        let start = Instant::now();
        let pressure = Pressure::new(start);
        let mut stuck = Thread::of(&pressure, Queue::Writers);
        for n in 1..=3 * u32::try_from(MARKS).unwrap() {
            pressure.mark(start + n * MS);
        }
        assert_eq!(pressure.age(start + 1_001 * MS), 1_000 * MS);
        stuck.work();
        assert_eq!(pressure.age(start + 1_001 * MS), Duration::ZERO);
    }

    #[test]
    fn thread_that_has_ended_does_not_count() {
        let start = Instant::now();
        let pressure = Pressure::new(start);
        let thread = Thread::of(&pressure, Queue::Writers);
        pressure.mark(start + MS);
        drop(thread);
        let _next = Thread::of(&pressure, Queue::Writers);
        pressure.mark(start + 1_000 * MS);
        assert_eq!(pressure.age(start + 1_100 * MS), 100 * MS);
    }

    #[test]
    fn marks_are_set_at_most_so_often() {
        let start = Instant::now();
        let pressure = Pressure::new(start);
        assert!(pressure.is_mark_due(start + MS));
        assert!(!pressure.is_mark_due(start + MS + MARK_EVERY / 2));
        assert!(pressure.is_mark_due(start + MS + MARK_EVERY));
        assert!(!pressure.is_mark_due(start + MS + MARK_EVERY));
    }
}
