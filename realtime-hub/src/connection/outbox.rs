//! What waits to be written to one connection, bounded in bytes.
//!
//! Any thread pushes; the connection's writer takes everything at once, so that several frames
//! share one system call. Bytes are counted from the push until the socket took them: a peer that
//! stops reading overflows its outbox and is cut off, whatever else its actor is doing.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use crate::{counters::latency::Stopwatch, protocol::codes::Close, topic::room::RoomId};

/// How many limits may wait while the peer has taken everything that the writer had.
const UNWRITTEN_LIMITS: usize = 4;

/// What the writer does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Write these; call [`Outbox::written`] as the socket takes them.
    Frames(VecDeque<Bytes>),
    /// Everything is written: say goodbye.
    End(Close),
    /// The queue was dropped: see [`Outbox::cut`].
    Cut(Close),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    /// What is queued goes out first.
    AfterQueue(Close),
    /// The queue was dropped.
    AtOnce(Close),
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Bytes>,
    /// Queued, or taken by the writer and not yet written.
    bytes: usize,
    /// Pushes wait for the first frame: see [`Outbox::open_with`].
    corked: bool,
    ending: Option<Ending>,
    writer: Option<Waker>,
    /// The socket took less than the writer had for it: the peer does not read as fast.
    stands_still: bool,
    /// Stops when this many more bytes are written.
    timed: Option<(usize, Stopwatch)>,
    /// Room → where in the queue its frame is that a newer one makes needless.
    latest: Vec<(RoomId, usize)>,
}

impl State {
    fn drop_latest(&mut self, room: RoomId) {
        let Some(at) = self.latest.iter().position(|(known, _)| *known == room) else {
            return;
        };
        let (_, place) = self.latest.swap_remove(at);
        if let Some(needless) = self.queue.remove(place) {
            self.bytes -= needless.len();
            if let Some((left, _)) = &mut self.timed {
                *left = self.bytes.min(*left);
            }
        }
        for (_, later) in self.latest.iter_mut().filter(|(_, later)| *later > place) {
            *later -= 1;
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Outbox {
    state: Mutex<State>,
    limit_bytes: usize,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            limit_bytes,
        }
    }

    /// What may wait.
    #[must_use]
    pub fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Holds what is pushed from now on until [`Self::open_with`].
    pub fn cork(&self) {
        self.lock().corked = true;
    }

    /// Queues a frame. On overflow the queue is dropped and the connection ends with
    /// [`Close::SLOW`]. False when the frame will not be written.
    pub fn push(&self, frame: Bytes) -> bool {
        self.enqueue(self.lock(), frame)
    }

    /// Queues a frame in place of the one of the same room that still waits, if there is one. It
    /// goes to the end all the same: behind a subscription that may have begun meanwhile.
    pub fn push_latest(&self, room: RoomId, frame: Bytes) -> bool {
        let mut state = self.lock();
        if frame.is_empty() || state.ending.is_some() {
            return false;
        }
        state.drop_latest(room);
        let place = state.queue.len();
        state.latest.push((room, place));
        self.enqueue(state, frame)
    }

    fn enqueue(&self, mut state: MutexGuard<'_, State>, frame: Bytes) -> bool {
        if state.ending.is_some() || frame.is_empty() {
            return false;
        }
        state.bytes += frame.len();
        // A queue that only waits for the hub's own threads is not the peer's fault. Publishers are
        // held back long before it has grown that much more.
        let limit_bytes = if state.stands_still {
            self.limit_bytes
        } else {
            self.limit_bytes.saturating_mul(UNWRITTEN_LIMITS)
        };
        if state.bytes > limit_bytes {
            state.queue = VecDeque::new();
            state.timed = None;
            state.latest = Vec::new();
            state.ending = Some(Ending::AtOnce(Close::SLOW));
            wake(state);
            return false;
        }
        state.queue.push_back(frame);
        wake(state);
        true
    }

    /// Puts `first` in front of whatever was pushed meanwhile, and lets the writer begin.
    pub fn open_with(&self, first: Bytes) {
        let mut state = self.lock();
        state.corked = false;
        if state.ending.is_none() {
            state.bytes += first.len();
            state.queue.push_front(first);
            for (_, place) in &mut state.latest {
                *place += 1;
            }
        }
        wake(state);
    }

    /// Ends the connection once everything queued is written.
    pub fn close(&self, close: Close) {
        let mut state = self.lock();
        state.ending.get_or_insert(Ending::AfterQueue(close));
        state.corked = false;
        wake(state);
    }

    /// Why the connection ends, if it does and the queue was dropped: the writer gives up on what
    /// it was writing.
    pub fn cut(&self) -> Option<Close> {
        match &self.lock().ending {
            Some(Ending::AtOnce(close)) => Some(close.clone()),
            _ => None,
        }
    }

    /// The next thing for the writer.
    pub fn poll_next(&self, context: &Context<'_>) -> Poll<Next> {
        let mut state = self.lock();
        state.stands_still = false;
        if !state.corked && !state.queue.is_empty() {
            state.latest.clear();
            return Poll::Ready(Next::Frames(mem::take(&mut state.queue)));
        }
        match &state.ending {
            Some(Ending::AfterQueue(close)) => return Poll::Ready(Next::End(close.clone())),
            Some(Ending::AtOnce(close)) => return Poll::Ready(Next::Cut(close.clone())),
            None => {}
        }
        match &mut state.writer {
            Some(waker) => waker.clone_from(context.waker()),
            waker => *waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// The socket took that many bytes.
    pub fn written(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
        if let Some((left, _)) = &mut state.timed {
            *left = left.saturating_sub(bytes);
        }
        let stopwatch = state.timed.take_if(|(left, _)| *left == 0);
        drop(state);
        if let Some((_, stopwatch)) = stopwatch {
            stopwatch.stop();
        }
    }

    /// Stops the watch when everything pushed so far is written; one that runs goes on instead.
    pub fn time(&self, stopwatch: Stopwatch) {
        let mut state = self.lock();
        let left = state.bytes;
        if state.ending.is_some() {
            return;
        }
        if left == 0 {
            // The writer was quicker.
            drop(state);
            return stopwatch.stop();
        }
        state.timed.get_or_insert((left, stopwatch));
    }

    /// Bytes that were pushed and not yet written.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Registers the writer for wake-ups while it waits for its socket, which stands still.
    pub fn watch(&self, context: &Context<'_>) {
        let mut state = self.lock();
        state.writer = Some(context.waker().clone());
        state.stands_still = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    if state.corked && state.ending.is_none() {
        return;
    }
    let writer = state.writer.take();
    drop(state);
    if let Some(writer) = writer {
        writer.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{clock, counters::latency::Latency};

    fn poll(outbox: &Outbox) -> Poll<Next> {
        outbox.poll_next(&Context::from_waker(Waker::noop()))
    }

    /// The socket takes nothing more now.
    fn stand_still(outbox: &Outbox) {
        outbox.watch(&Context::from_waker(Waker::noop()));
    }

    fn frames<const N: usize>(frames: [&'static str; N]) -> Poll<Next> {
        Poll::Ready(Next::Frames(frames.map(Bytes::from).into()))
    }

    #[test]
    fn first_frame_goes_before_what_was_pushed_meanwhile() {
        let outbox = Outbox::new(100);
        outbox.cork();
        outbox.push("push".into());
        assert_eq!(poll(&outbox), Poll::Pending);
        outbox.open_with("reply".into());
        assert_eq!(poll(&outbox), frames(["reply", "push"]));
        assert_eq!(poll(&outbox), Poll::Pending);
    }

    #[test]
    fn overflow_counts_what_the_socket_has_not_taken() {
        let outbox = Outbox::new(10);
        outbox.push("12345678".into());
        assert_eq!(poll(&outbox), frames(["12345678"]));
        outbox.written(4);
        stand_still(&outbox);
        assert!(outbox.push("123456".into()));
        assert_eq!(outbox.cut(), None);
        assert!(!outbox.push("1".into()));
        assert_eq!(outbox.cut(), Some(Close::SLOW));
        assert_eq!(poll(&outbox), Poll::Ready(Next::Cut(Close::SLOW)));
        assert!(!outbox.push("late".into()));
    }

    #[test]
    fn peer_is_not_blamed_for_what_the_hub_has_not_written_yet() {
        let outbox = Outbox::new(10);
        for _ in 0..UNWRITTEN_LIMITS {
            assert!(
                outbox.push("1234567890".into()),
                "the writer did not come to it"
            );
        }
        assert!(matches!(poll(&outbox), Poll::Ready(Next::Frames(_))));
        outbox.written(10 * UNWRITTEN_LIMITS);
        stand_still(&outbox);
        assert!(outbox.push("1234567890".into()));
        assert!(!outbox.push("1".into()), "its socket stands still");

        let outbox = Outbox::new(10);
        let fit = (0..100).take_while(|_| outbox.push("1234567890".into()));
        assert_eq!(
            fit.count(),
            UNWRITTEN_LIMITS,
            "there is a bound all the same"
        );
    }

    #[test]
    fn newer_frame_of_a_room_takes_the_place_of_one_that_waits() {
        let outbox = Outbox::new(9);
        outbox.cork();
        outbox.push_latest(1, "a1".into());
        outbox.push_latest(2, "b1".into());
        outbox.push("x".into());
        outbox.push_latest(1, "a2".into());
        outbox.push_latest(1, "a3".into());
        outbox.open_with("r".into());
        outbox.push_latest(2, "b2".into());
        assert_eq!(poll(&outbox), frames(["r", "x", "a3", "b2"]));
        // What the writer has taken goes out.
        outbox.written(7);
        outbox.push_latest(1, "a4".into());
        assert_eq!(poll(&outbox), frames(["a4"]));
        assert_eq!(outbox.cut(), None);
    }

    #[test]
    fn room_that_is_never_read_costs_one_frame() {
        let outbox = Outbox::new(10);
        for _ in 0..1_000 {
            assert!(outbox.push_latest(1, "12345678".into()));
        }
        assert_eq!(outbox.lock().queue.len(), 1);
    }

    #[test]
    fn close_lets_the_queue_out_first_and_the_first_reason_stays() {
        let outbox = Outbox::new(100);
        outbox.push("last words".into());
        outbox.close(Close::SHUTDOWN);
        outbox.close(Close::NO_PONG);
        assert_eq!(poll(&outbox), frames(["last words"]));
        assert_eq!(poll(&outbox), Poll::Ready(Next::End(Close::SHUTDOWN)));
    }
    #[test]
    fn stopwatch_stops_when_everything_before_it_is_written() {
        let (outbox, latency) = (Outbox::new(100), Arc::new(Latency::default()));
        let measured = || latency.buckets().iter().sum::<u64>();
        let watch = || Stopwatch::new(clock::now_us(), latency.clone());
        outbox.push("12345678".into());
        outbox.time(watch());
        outbox.push("behind it".into());
        outbox.time(watch());
        outbox.written(7);
        assert_eq!(measured(), 0);
        outbox.written(1);
        assert_eq!(measured(), 1);
        assert_eq!(outbox.queued_bytes(), 9);
        outbox.written(9);
        outbox.time(watch());
        assert_eq!(measured(), 2, "it was written before anybody looked");
        outbox.push("never written".into());
        outbox.time(watch());
        stand_still(&outbox);
        outbox.push("x".repeat(100).into());
        outbox.time(watch());
        assert_eq!(measured(), 2);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// A frame of so many bytes.
        Push(usize),
        /// A frame that makes its room's earlier one needless.
        PushLatest(RoomId, usize),
        /// The writer takes what there is.
        Take,
        /// The socket takes so many bytes of that.
        Write(usize),
        /// It takes no more.
        StandStill,
        Close,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let bytes = || 1..40_usize;
        let step = prop_oneof![
            6 => bytes().prop_map(Step::Push),
            4 => (0..3_i64, bytes()).prop_map(|(room, bytes)| Step::PushLatest(room, bytes)),
            3 => Just(Step::Take),
            4 => (1..80_usize).prop_map(Step::Write),
            2 => Just(Step::StandStill),
            1 => Just(Step::Close),
        ];
        prop::collection::vec(step, 1..100)
    }

    /// What should become of what is pushed: a frame has its number in its bytes.
    #[derive(Default)]
    struct Model {
        /// Room, if it may be replaced, number and bytes of what waits.
        queue: Vec<(Option<RoomId>, u8, usize)>,
        /// Bytes that the writer has taken and not written.
        taken: usize,
        stands_still: bool,
        has_ended: bool,
        is_cut: bool,
    }

    impl Model {
        fn bytes(&self) -> usize {
            self.taken + self.queue.iter().map(|(_, _, bytes)| bytes).sum::<usize>()
        }

        fn limit(&self) -> usize {
            if self.stands_still {
                LIMIT
            } else {
                LIMIT * UNWRITTEN_LIMITS
            }
        }

        fn push(&mut self, room: Option<RoomId>, number: u8, bytes: usize) -> bool {
            if self.has_ended {
                return false;
            }
            self.queue
                .retain(|(waiting, ..)| room.is_none() || *waiting != room);
            if self.bytes() + bytes > self.limit() {
                self.queue.clear();
                (self.has_ended, self.is_cut) = (true, true);
                return false;
            }
            self.queue.push((room, number, bytes));
            true
        }
    }

    const LIMIT: usize = 100;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn frames_leave_in_order_and_within_the_bound(steps in steps()) {
            let (outbox, mut model) = (Outbox::new(LIMIT), Model::default());
            for (step, number) in steps.into_iter().zip(0_u8..) {
                let frame = |bytes| Bytes::from(vec![number; bytes]);
                match step {
                    Step::Push(bytes) => {
                        prop_assert_eq!(outbox.push(frame(bytes)), model.push(None, number, bytes));
                    }
                    Step::PushLatest(room, bytes) => {
                        let is_queued = model.push(Some(room), number, bytes);
                        prop_assert_eq!(outbox.push_latest(room, frame(bytes)), is_queued);
                    }
                    Step::Take => {
                        let waiting = mem::take(&mut model.queue);
                        model.stands_still = false;
                        model.taken += waiting.iter().map(|(_, _, bytes)| bytes).sum::<usize>();
                        let frames = waiting.iter().map(|(_, number, bytes)| vec![*number; *bytes]);
                        let frames: VecDeque<Bytes> = frames.map(Bytes::from).collect();
                        let expected = match (frames.is_empty(), model.has_ended) {
                            (false, _) => Poll::Ready(Next::Frames(frames)),
                            (true, false) => Poll::Pending,
                            (true, true) if model.is_cut => {
                                Poll::Ready(Next::Cut(Close::SLOW))
                            }
                            (true, true) => Poll::Ready(Next::End(Close::SHUTDOWN)),
                        };
                        prop_assert_eq!(poll(&outbox), expected);
                    }
                    Step::Write(bytes) => {
                        let bytes = bytes.min(model.taken);
                        model.taken -= bytes;
                        outbox.written(bytes);
                    }
                    Step::StandStill => {
                        stand_still(&outbox);
                        model.stands_still = true;
                    }
                    Step::Close => {
                        outbox.close(Close::SHUTDOWN);
                        model.has_ended = true;
                    }
                }
                prop_assert!(model.is_cut || outbox.queued_bytes() == model.bytes());
                prop_assert!(model.is_cut || outbox.queued_bytes() <= LIMIT * UNWRITTEN_LIMITS);
            }
        }
    }
}
