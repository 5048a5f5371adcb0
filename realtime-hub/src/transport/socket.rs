//! A client's socket. It serves HTTP until a connection actor takes it over.
//!
//! HTTP polls a response body only while the peer reads, and does not look whether the peer is
//! still there while it writes. A stream that may last for hours wants both, so whatever streams,
//! WebSocket or HTTP, runs on a socket that was taken over (see docs/adr/0010).

use std::{
    cell::{Cell, RefCell},
    io,
    net::{Shutdown, SocketAddr},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_codec::{AsyncRead, AsyncWrite, ReadBuf};
use actix_rt::net::TcpStream;
use actix_web::HttpRequest;
use bytes::BytesMut;
use socket2::SockRef;

thread_local! {
    /// Where sockets are read to: an idle connection holds no buffer of its own.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 16 * 1024].into());
}

/// See the module's description. Cheap to clone.
#[derive(Clone)]
pub struct Socket(Rc<Inner>);

struct Inner {
    stream: TcpStream,
    /// HTTP has lost it.
    taken: Cell<bool>,
}

impl Socket {
    /// Takes over the socket of a request. HTTP finds its own end broken then and gives up on it:
    /// what the request's handler returns is not written, and nothing that the handler still waits
    /// for happens. So this is the last thing to wait for.
    ///
    /// Answers to what the client had asked before are with the system when this resolves, unless
    /// the client has stopped reading.
    pub async fn of(request: &HttpRequest) -> Option<Self> {
        let socket = request.conn_data::<Self>()?.clone();
        tokio::task::yield_now().await;
        socket.0.taken.set(true);
        Some(socket)
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.0.stream
    }

    /// Reads what is there to the end of `buffer`; 0 bytes mean that the peer is gone.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.stream.poll_read_ready(context))?;
            let read = SCRATCH.with_borrow_mut(|scratch| {
                let read = self.0.stream.try_read(scratch)?;
                buffer.extend_from_slice(&scratch[..read]);
                Ok(read)
            });
            match read {
                Err(error) if is_would_block(&error) => {}
                read => return Poll::Ready(read),
            }
        }
    }

    /// Writes nothing more; the peer may still be heard.
    pub(super) fn shut_down_write(&self) {
        // It fails when the peer is gone, which is as well.
        let _ = SockRef::from(&self.0.stream).shutdown(Shutdown::Write);
    }
}

/// The socket as HTTP has it.
pub struct HttpSocket(Socket);

impl HttpSocket {
    /// A socket that was just accepted.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self(Socket(Rc::new(Inner {
            stream,
            taken: Cell::new(false),
        })))
    }

    /// What handlers take it over by.
    #[must_use]
    pub fn handle(&self) -> Socket {
        self.0.clone()
    }

    /// Who is at the other end, or the proxy before them.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.stream().ok()?.peer_addr().ok()
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        let Inner { stream, taken } = &*self.0.0;
        if taken.get() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(stream)
    }
}

impl AsyncRead for HttpSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.stream()?;
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read_buf(buffer) {
                Err(error) if is_would_block(&error) => {}
                read => return Poll::Ready(read.map(|_| ())),
            }
        }
    }
}

impl AsyncWrite for HttpSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = self.stream()?;
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_write(bytes) {
                Err(error) if is_would_block(&error) => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream().map(|_| ()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self
            .stream()
            .and_then(|stream| SockRef::from(stream).shutdown(Shutdown::Write));
        Poll::Ready(shut)
    }
}

/// Whether the socket has to be waited for.
pub(super) fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
