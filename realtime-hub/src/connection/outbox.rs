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

use crate::{counters::latency::Stopwatch, protocol::codes::Close, topic::listener::RoomId};

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

/// The queue between those who push to a connection and its writer.
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
            state.latest = Vec::new();
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
#[path = "outbox_tests.rs"]
mod tests;
