//! A client's bytes: as they are, or under TLS.

use std::{
    io::{self, IoSlice},
    net::Shutdown,
    task::{Context, Poll, ready},
};

use actix_codec::ReadBuf;
use actix_rt::net::TcpStream;
use socket2::SockRef;

use super::tls::TlsStream;

/// A client's byte stream.
pub enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Under TLS. Boxed, so that it makes the other no larger.
    Tls(Box<TlsStream>),
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Plain(stream)
    }
}

impl From<TlsStream> for Stream {
    fn from(stream: TlsStream) -> Self {
        Self::Tls(Box::new(stream))
    }
}

impl Stream {
    /// What carries the bytes.
    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.tcp(),
        }
    }

    /// Reads what is there; nothing means that the peer is gone.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => return stream.poll_read(context, buffer),
        };
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read_buf(buffer) {
                Err(error) if is_would_block(&error) => {}
                read => return Poll::Ready(read.map(|_| ())),
            }
        }
    }

    /// Writes as much of `slices` as the system takes now. Until this is ready, the next call must
    /// bring the same bytes: some of them may be encrypted already.
    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => return stream.poll_write(context, slices),
        };
        loop {
            ready!(stream.poll_write_ready(context))?;
            let written = match slices {
                [only] => stream.try_write(only),
                several => stream.try_write_vectored(several),
            };
            match written {
                Err(ref error) if is_would_block(error) => {}
                _ => return Poll::Ready(written),
            }
        }
    }

    /// What is written from now on is somebody else's.
    pub(super) fn change_writer(&self) {
        if let Self::Tls(stream) = self {
            stream.change_writer();
        }
    }

    /// Writes nothing more, and says so; the peer may still be heard.
    pub(super) fn poll_shut_down(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Self::Tls(stream) = self {
            ready!(stream.poll_close(context))?;
        }
        Poll::Ready(SockRef::from(self.tcp()).shutdown(Shutdown::Write))
    }

    /// Writes nothing more, whatever the peer has heard of it.
    pub(super) fn cut(&self) {
        // It fails when the peer is gone, which is as well.
        let _ = SockRef::from(self.tcp()).shutdown(Shutdown::Write);
    }
}

/// Whether the socket has to be waited for.
pub(super) fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
