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
        let stream = self.socket.stream();
        let mut written = match self.batch.front() {
            Some(only) if self.batch.len() == 1 => stream.try_write(only)?,
            _ => {
                let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
                let frames = self.batch.iter().take(FRAMES_PER_WRITE);
                let count = frames.len();
                for (slice, frame) in slices.iter_mut().zip(frames) {
                    *slice = IoSlice::new(frame);
                }
                stream.try_write_vectored(&slices[..count])?
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

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net,
    };

    use actix_rt::net::TcpStream;
    use futures_util::StreamExt as _;
    use socket2::SockRef;

    use super::*;
    use crate::transport::{reader::Reader, socket::HttpSocket};

    /// A connection with hardly any room in it, and its peer.
    fn connection() -> (Socket, net::TcpStream) {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
        let ours = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        SockRef::from(&ours).set_send_buffer_size(4096).unwrap();
        ours.set_nonblocking(true).unwrap();
        let (peer, _) = listener.accept().unwrap();
        let stream = TcpStream::from_std(ours).unwrap();
        (HttpSocket::new(stream).handle(), peer)
    }

    fn writer(
        socket: Socket,
        outbox: &Arc<Outbox>,
    ) -> actix_rt::task::JoinHandle<io::Result<Close>> {
        actix_rt::spawn(Writer::new(socket, Wire::JsonLines, outbox.clone()))
    }

    fn read_all(mut peer: net::TcpStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[actix_rt::test]
    async fn queue_goes_out_before_the_farewell() {
        let ((socket, peer), outbox) = (connection(), Arc::new(Outbox::new(1024)));
        outbox.push_all(["one\n".into(), Bytes::new(), "two\n".into()]);
        outbox.close(Close::SHUTDOWN);
        assert_eq!(
            writer(socket, &outbox).await.unwrap().unwrap(),
            Close::SHUTDOWN
        );
        let farewell = codec::farewell(Wire::JsonLines, Close::SHUTDOWN);
        assert_eq!(read_all(peer), [b"one\ntwo\n", &farewell[..]].concat());
    }

    #[actix_rt::test]
    async fn peer_that_stops_reading_is_cut_off() {
        let ((socket, peer), outbox) = (connection(), Arc::new(Outbox::new(1 << 20)));
        let writing = writer(socket, &outbox);
        let frame = Bytes::from(vec![b'x'; 64 * 1024]);
        while outbox.push(frame.clone()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(writing.await.unwrap().unwrap(), Close::SLOW);
        // In the middle of a frame nothing more can be said.
        assert!(read_all(peer).iter().all(|byte| *byte == b'x'));
    }

    #[actix_rt::test]
    async fn end_of_a_peer_that_does_not_read_is_seen_at_once() {
        let ((socket, mut peer), outbox) = (connection(), Arc::new(Outbox::new(1 << 20)));
        let writing = writer(socket.clone(), &outbox);
        outbox.push(vec![b'x'; 1 << 19].into());
        let mut reader = Reader::hangup(socket);
        peer.write_all(b"what it says is of no interest").unwrap();
        SockRef::from(&peer).shutdown(net::Shutdown::Write).unwrap();
        assert!(reader.next().await.is_none());
        writing.abort();
    }
}
