//! Writes what gathers in an outbox, several frames in one system call, until the connection ends.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use actix_rt::task::JoinHandle;
use bytes::{Buf as _, Bytes};

use super::Socket;
use crate::{
    connection::outbox::{Next, Outbox},
    protocol::{codec, codes::Close, wire::Wire},
};

/// Frames that one system call writes.
const FRAMES_PER_WRITE: usize = 64;

/// How long a peer may take to hang up after the end.
pub const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// Writes one outbox to one socket. Resolves with the reason of the end.
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

    /// Lets it write by itself: what rooms push wakes the writer, and not the actor of its
    /// connection with everything that waits there.
    #[must_use]
    pub fn start(self) -> Writing {
        Writing(actix_rt::spawn(self))
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut written = match self.batch.front() {
            // What is common goes without laying out room for many.
            Some(only) if self.batch.len() == 1 => {
                ready!(self.socket.poll_write(context, &[IoSlice::new(only)]))?
            }
            _ => {
                let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
                let frames = self.batch.iter().take(FRAMES_PER_WRITE);
                let count = frames.len();
                for (slice, frame) in slices.iter_mut().zip(frames) {
                    *slice = IoSlice::new(frame);
                }
                ready!(self.socket.poll_write(context, &slices[..count]))?
            }
        };
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
        Poll::Ready(Ok(()))
    }

    /// Tells the peer, if it can still be told, and that nothing more comes.
    fn cut(&mut self, close: Close) -> Poll<io::Result<Close>> {
        if !self.mid_frame {
            let farewell = codec::farewell(self.wire, &close);
            // It has stopped reading, so there is probably no room for this either.
            let farewell = [IoSlice::new(&farewell)];
            let nobody = &mut Context::from_waker(Waker::noop());
            let _ = self.socket.poll_write(nobody, &farewell);
        }
        self.socket.cut();
        Poll::Ready(Ok(close))
    }
}

impl Future for Writer {
    type Output = io::Result<Close>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if this.batch.is_empty() {
                match ready!(this.outbox.poll_next(context)) {
                    Next::Frames(frames) => this.batch = frames,
                    Next::Cut(close) => return this.cut(close),
                    Next::End(close) => {
                        let farewell = codec::farewell(this.wire, &close);
                        if this.ending || farewell.is_empty() {
                            // It fails when the peer is gone, which is as well.
                            let _ = ready!(this.socket.poll_shut_down(context));
                            return Poll::Ready(Ok(close));
                        }
                        this.ending = true;
                        this.batch.push_back(farewell);
                    }
                }
            }
            if this.poll_write(context)?.is_pending() {
                // An overflow must reach a writer that waits for its peer.
                this.outbox.watch(context);
                return match this.outbox.cut() {
                    Some(close) => this.cut(close),
                    None => Poll::Pending,
                };
            }
        }
    }
}

/// A writer at work. Resolves as the writer does; when it is dropped, nothing more is written.
pub struct Writing(JoinHandle<io::Result<Close>>);

impl Future for Writing {
    type Output = io::Result<Close>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(ended.unwrap_or_else(|failed| Err(io::Error::other(failed))))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write as _},
        net,
    };

    use futures_util::StreamExt as _;
    use socket2::SockRef;

    use super::*;
    use crate::socket::{
        HttpSocket,
        reader::Reader,
        stream::Stream,
        testing::{Tls, TlsPeer, connection, place},
    };

    fn plain() -> (Socket, net::TcpStream) {
        let (stream, peer) = connection();
        (socket(stream), peer)
    }

    async fn secured() -> (Socket, TlsPeer) {
        let (stream, peer) = Tls::new().connection().await;
        (socket(stream), peer)
    }

    fn socket(stream: impl Into<Stream>) -> Socket {
        HttpSocket::new(stream, place()).handle()
    }

    fn writer(socket: Socket, outbox: &Arc<Outbox>) -> Writing {
        Writer::new(socket, Wire::JsonLines, outbox.clone()).start()
    }

    /// What comes, and whether its end was announced.
    fn read_all(mut peer: impl Read) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let end = peer.read_to_end(&mut bytes);
        (bytes, end.is_ok())
    }

    async fn check_queue_goes_first((socket, peer): (Socket, impl Read)) {
        let outbox = Arc::new(Outbox::new(1024));
        for frame in ["one\n", "", "two\n"] {
            outbox.push(frame.into());
        }
        outbox.close(Close::SHUTDOWN);
        assert_eq!(writer(socket, &outbox).await.unwrap(), Close::SHUTDOWN);
        assert_eq!(outbox.queued_bytes(), 0);
        let farewell = codec::farewell(Wire::JsonLines, &Close::SHUTDOWN);
        let all = [b"one\ntwo\n", &farewell[..]].concat();
        assert_eq!(read_all(peer), (all, true));
    }

    #[actix_rt::test]
    async fn queue_goes_out_before_the_farewell() {
        check_queue_goes_first(plain()).await;
        check_queue_goes_first(secured().await).await;
    }

    async fn check_cut_off((socket, peer): (Socket, impl Read)) -> bool {
        let outbox = Arc::new(Outbox::new(1 << 20));
        let writing = writer(socket, &outbox);
        let frame = Bytes::from(vec![b'x'; 64 * 1024]);
        let mut pushed = 0;
        while outbox.push(frame.clone()) {
            pushed += frame.len();
            tokio::task::yield_now().await;
        }
        assert_eq!(writing.await.unwrap(), Close::SLOW);
        let (bytes, announced) = read_all(peer);
        // In the middle of a frame nothing more can be said.
        assert!(bytes.iter().all(|byte| *byte == b'x'));
        assert!(bytes.len() < pushed);
        announced
    }

    #[actix_rt::test]
    async fn peer_that_stops_reading_is_cut_off() {
        assert!(check_cut_off(plain()).await);
        let announced = check_cut_off(secured().await).await;
        assert!(!announced, "TLS can tell an end from a cut");
    }

    #[actix_rt::test]
    async fn end_of_a_peer_that_does_not_read_is_seen_at_once() {
        let ((socket, mut peer), outbox) = (plain(), Arc::new(Outbox::new(1 << 20)));
        let writing = writer(socket.clone(), &outbox);
        outbox.push(vec![b'x'; 1 << 19].into());
        let mut reader = Reader::hangup(socket);
        peer.write_all(b"what it says is of no interest").unwrap();
        SockRef::from(&peer).shutdown(net::Shutdown::Write).unwrap();
        assert!(reader.next().await.is_none());
        drop(writing);
    }
}
