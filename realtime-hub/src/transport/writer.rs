//! Writes what gathers in an outbox, several frames in one system call, until the connection ends.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};

use super::{
    outbox::{Next, Outbox},
    socket::{Socket, is_would_block},
};
use crate::protocol::{
    codec::{self, Wire},
    codes::Close,
};

/// Frames that one system call writes.
const FRAMES_PER_WRITE: usize = 64;

/// How long a peer may take to hang up after the end.
pub const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// See the module's description. Resolves with the reason of the end.
pub struct Writer {
    socket: Socket,
    wire: Wire,
    outbox: Arc<Outbox>,
    batch: VecDeque<Bytes>,
    /// The first frame of the batch is partly written.
    mid_frame: bool,
    /// The farewell is in the batch.
    ending: bool,
}

impl Writer {
    /// Writes `outbox` to `socket`; `wire` is how the end is told.
    #[must_use]
    pub fn new(socket: Socket, wire: Wire, outbox: Arc<Outbox>) -> Self {
        Self {
            socket,
            wire,
            outbox,
            batch: VecDeque::new(),
            mid_frame: false,
            ending: false,
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let slices: Vec<IoSlice<'_>> = self
            .batch
            .iter()
            .take(FRAMES_PER_WRITE)
            .map(|frame| IoSlice::new(frame))
            .collect();
        let mut written = self.socket.stream().try_write_vectored(&slices)?;
        self.outbox.written(written);
        while let Some(frame) = self.batch.front_mut() {
            if written < frame.len() {
                frame.advance(written);
                self.mid_frame |= written > 0;
                break;
            }
            written -= frame.len();
            self.mid_frame = false;
            self.batch.pop_front();
        }
        Ok(())
    }

    /// Tells the peer, if it can still be told, and that nothing more comes.
    fn cut(&mut self, close: Close) {
        if !self.mid_frame {
            let farewell = codec::farewell(self.wire, close);
            // It has stopped reading, so there is probably no room for this either.
            let _ = self.socket.stream().try_write(&farewell);
        }
        self.socket.shut_down_write();
    }
}

impl Future for Writer {
    type Output = io::Result<Close>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if let Some(close) = this.outbox.cut() {
                this.cut(close);
                return Poll::Ready(Ok(close));
            }
            if this.batch.is_empty() {
                match ready!(this.outbox.poll_next(context)) {
                    Next::Frames(frames) => this.batch = frames,
                    Next::End(close) => {
                        let farewell = codec::farewell(this.wire, close);
                        if this.ending || farewell.is_empty() {
                            this.socket.shut_down_write();
                            return Poll::Ready(Ok(close));
                        }
                        this.ending = true;
                        this.batch.push_back(farewell);
                    }
                }
            }
            match this.socket.stream().poll_write_ready(context)? {
                Poll::Ready(()) => {}
                Poll::Pending => {
                    // An overflow must reach a writer that waits for its peer.
                    this.outbox.watch(context);
                    if this.outbox.cut().is_none() {
                        return Poll::Pending;
                    }
                    continue;
                }
            }
            match this.write() {
                Err(error) if !is_would_block(&error) => return Poll::Ready(Err(error)),
                _ => {}
            }
        }
    }
}
