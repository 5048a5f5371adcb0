//! Reads what a client sends on a socket that was taken over.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use futures_util::Stream;

use super::Socket;
use crate::{
    limits::inbound::Charge,
    protocol::websocket::{FrameError, FrameReader, Inbound},
};

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The socket is broken.
    #[error("socket cannot be read")]
    Socket(#[from] io::Error),
    /// What came is no WebSocket message.
    #[error("what came is no WebSocket message")]
    Frame(#[from] FrameError),
    /// The hub holds as much of unfinished messages as it may.
    #[error("too much of unfinished messages is held")]
    Crowded,
}

/// The messages of a client; ends when the client is gone.
pub struct Reader {
    socket: Socket,
    buffer: BytesMut,
    /// Of a WebSocket, with what accounts for a message that is unfinished. On other sockets the
    /// client has said everything with its request.
    frames: Option<(FrameReader, Charge)>,
}

impl Reader {
    /// The messages of a WebSocket; `received` is what the client sent already.
    #[must_use]
    pub fn websocket(
        socket: Socket,
        received: BytesMut,
        frames: FrameReader,
        charge: Charge,
    ) -> Self {
        Self {
            socket,
            buffer: received,
            frames: Some((frames, charge)),
        }
    }

    /// Nothing but the end of a client that only listens.
    #[must_use]
    pub fn hangup(socket: Socket) -> Self {
        Self {
            socket,
            buffer: BytesMut::new(),
            frames: None,
        }
    }

    /// The next message that is there.
    fn next(&mut self) -> Result<Option<Inbound>, ReadError> {
        let next = match &mut self.frames {
            Some((frames, charge)) => {
                let next = frames.next(&mut self.buffer)?;
                if !charge.set(self.buffer.len() + frames.unfinished_bytes()) {
                    return Err(ReadError::Crowded);
                }
                next
            }
            None => {
                self.buffer.clear();
                None
            }
        };
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(next)
    }
}

impl Stream for Reader {
    type Item = Result<Inbound, ReadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(inbound) = this.next()? {
                return Poll::Ready(Some(Ok(inbound)));
            }
            if ready!(this.socket.poll_read(context, &mut this.buffer))? == 0 {
                return Poll::Ready(None);
            }
        }
    }
}
