//! The WebSocket that was taken over at the upgrade.
//!
//! The actor owns the socket itself: a context that lives in a response body is polled only while
//! the peer reads, and then timers stop and a cut-off is never carried out.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, IoSlice},
    net::Shutdown,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_http::ws::{Codec, Item};
use actix_rt::net::TcpStream;
use actix_web_actors::ws::{CloseReason, Frame, Message, ProtocolError};
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::Stream;
use socket2::SockRef;
use tokio_util::codec::Decoder as _;

use super::outbox::{Next, Outbox};
use crate::protocol::{codec, codes::Close};

/// Largest message a client may send.
pub const INBOUND_MAX_BYTES: usize = 64 * 1024;

/// Frames that one system call writes.
const FRAMES_PER_WRITE: usize = 64;

thread_local! {
    /// Where sockets are read to: an idle connection holds no buffer of its own.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 16 * 1024].into());
}

/// A whole message of the client, or a sign of life.
#[derive(Debug)]
pub enum Inbound {
    /// A text or binary message.
    Data(Bytes),
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// An answer to a ping of the WebSocket layer.
    Pong,
    /// The client leaves.
    Close,
}

/// Makes the two halves of a socket; `received` is what the client sent already.
#[must_use]
pub fn take_over(socket: TcpStream, received: BytesMut, outbox: Arc<Outbox>) -> (Reader, Writer) {
    let socket = Rc::new(socket);
    let reader = Reader {
        socket: socket.clone(),
        codec: Codec::new().max_size(INBOUND_MAX_BYTES),
        buffer: received,
        fragments: None,
    };
    let writer = Writer {
        socket,
        outbox,
        batch: VecDeque::new(),
        mid_frame: false,
        ending: false,
    };
    (reader, writer)
}

/// The messages of a client.
pub struct Reader {
    socket: Rc<TcpStream>,
    codec: Codec,
    buffer: BytesMut,
    /// The message whose last fragment is still to come.
    fragments: Option<BytesMut>,
}

impl Reader {
    /// The next whole message in the buffer.
    fn decode(&mut self) -> Result<Option<Inbound>, ProtocolError> {
        while let Some(frame) = self.codec.decode(&mut self.buffer)? {
            let whole = match frame {
                Frame::Text(data) | Frame::Binary(data) => Some(Inbound::Data(data)),
                Frame::Ping(data) => Some(Inbound::Ping(data)),
                Frame::Pong(_) => Some(Inbound::Pong),
                Frame::Close(_) => Some(Inbound::Close),
                Frame::Continuation(item) => self.collect(item)?,
            };
            if whole.is_some() {
                return Ok(whole);
            }
        }
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(None)
    }

    fn collect(&mut self, item: Item) -> Result<Option<Inbound>, ProtocolError> {
        let (part, last) = match item {
            Item::FirstText(part) | Item::FirstBinary(part) => {
                self.fragments = Some(BytesMut::new());
                (part, false)
            }
            Item::Continue(part) => (part, false),
            Item::Last(part) => (part, true),
        };
        let message = self
            .fragments
            .as_mut()
            .ok_or(ProtocolError::ContinuationNotStarted)?;
        if message.len() + part.len() > INBOUND_MAX_BYTES {
            return Err(ProtocolError::Overflow);
        }
        message.extend_from_slice(&part);
        let whole = if last { self.fragments.take() } else { None };
        Ok(whole.map(|message| Inbound::Data(message.freeze())))
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_read_ready(context))?;
            let read = SCRATCH.with_borrow_mut(|scratch| {
                let read = self.socket.try_read(scratch)?;
                self.buffer.extend_from_slice(&scratch[..read]);
                Ok(read)
            });
            match read {
                Err(error) if is_would_block(&error) => {}
                read => return Poll::Ready(read),
            }
        }
    }
}

impl Stream for Reader {
    type Item = Result<Inbound, ProtocolError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(inbound) = self.decode().transpose() {
                return Poll::Ready(Some(inbound));
            }
            if ready!(self.poll_read(context)).map_err(ProtocolError::Io)? == 0 {
                return Poll::Ready(None);
            }
        }
    }
}

/// Writes the outbox until the connection ends; resolves with the reason.
pub struct Writer {
    socket: Rc<TcpStream>,
    outbox: Arc<Outbox>,
    batch: VecDeque<Bytes>,
    /// The first frame of the batch is partly written.
    mid_frame: bool,
    /// The close frame is in the batch.
    ending: bool,
}

impl Writer {
    fn write(&mut self) -> io::Result<()> {
        let slices: Vec<IoSlice<'_>> = self
            .batch
            .iter()
            .take(FRAMES_PER_WRITE)
            .map(|frame| IoSlice::new(frame))
            .collect();
        let mut written = self.socket.try_write_vectored(&slices)?;
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
            // It has stopped reading, so there is probably no room for this either.
            let _ = self.socket.try_write(&close_frame(close));
        }
        let _ = SockRef::from(&*self.socket).shutdown(Shutdown::Write);
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
                    Next::End(close) if this.ending => {
                        let _ = SockRef::from(&*this.socket).shutdown(Shutdown::Write);
                        return Poll::Ready(Ok(close));
                    }
                    Next::End(close) => {
                        this.ending = true;
                        this.batch.push_back(close_frame(close));
                    }
                }
            }
            match this.socket.poll_write_ready(context)? {
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

fn close_frame(close: Close) -> Bytes {
    let reason = CloseReason {
        code: close.code.into(),
        description: Some(close.reason.into()),
    };
    codec::websocket(Message::Close(Some(reason)))
}

fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
