//! A client's socket. It serves HTTP until a connection actor takes it over.
//!
//! # Layout
//! - this file: the socket, and the end of it that HTTP has
//! - [`stream`]: its bytes, as they are or under [`tls`]
//! - [`reader`], [`writer`]: what a connection actor reads and writes it with
//!
//! HTTP polls a response body only while the peer reads, and does not look whether the peer is
//! still there while it writes. A stream that may last for hours wants both, so whatever streams,
//! WebSocket or HTTP, runs on a socket that was taken over (see docs/adr/0010).

pub mod reader;
pub mod stream;
#[cfg(test)]
pub(crate) mod testing;
pub mod tls;
pub mod writer;

use std::{
    cell::{Cell, OnceCell, RefCell},
    future::Future as _,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_codec::{AsyncRead, AsyncWrite, ReadBuf};
use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
};
use bytes::BytesMut;
use tokio::time::{Instant, Sleep, sleep};

use self::stream::Stream;
use crate::limits::places::Place;

/// How long a client may take to begin: for the handshake of TLS, and for the head of a request.
pub(crate) const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// How long a client may go on that has had its time.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// How long a request may take from its head to its answer: its body has a limit of its own, and a
/// core is waited for.
const SERVE_WITHIN: Duration = Duration::from_secs(30);

thread_local! {
    /// Where sockets are read to: an idle connection holds no buffer of its own.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 16 * 1024].into());
}

/// A handle on the socket. Cheap to clone.
#[derive(Clone)]
pub struct Socket(Rc<Inner>);

struct Inner {
    stream: Stream,
    /// HTTP has lost it.
    taken: Cell<bool>,
    /// Kept as long as the socket is: among all connections, once it is one.
    place: OnceCell<Place>,
    /// The same among all sockets.
    _socket_place: Place,
    /// While HTTP has it: until when the next request, or the rest of this one, is waited for.
    deadline: RefCell<Option<Pin<Box<Sleep>>>>,
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
        socket.0.deadline.take();
        socket.0.stream.change_writer();
        Some(socket)
    }

    /// Gives the connection its place among all of the hub's.
    pub(crate) fn occupy(&self, place: Place) {
        self.0.deadline.take();
        // A socket is taken over once.
        let _ = self.0.place.set(place);
    }

    /// From now on HTTP has so long.
    fn allow(&self, time: Duration) {
        if let Some(deadline) = &mut *self.0.deadline.borrow_mut() {
            deadline.as_mut().reset(Instant::now() + time);
        }
    }

    /// Reads what is there to the end of `buffer`; 0 bytes mean that the peer is gone.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut scratch = ReadBuf::new(scratch);
            ready!(self.0.stream.poll_read(context, &mut scratch))?;
            buffer.extend_from_slice(scratch.filled());
            Poll::Ready(Ok(scratch.filled().len()))
        })
    }

    /// Writes as much of `slices` as the system takes now: see [`Stream::poll_write`].
    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.stream.poll_write(context, slices)
    }

    /// Writes nothing more, and says so; the peer may still be heard.
    pub(super) fn poll_shut_down(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.stream.poll_shut_down(context)
    }

    /// Writes nothing more, whatever the peer has heard of it.
    pub(super) fn cut(&self) {
        self.0.stream.cut();
    }
}

/// Gives the client of each request its time to send it, and to ask the next.
///
/// # Errors
/// Those of the request.
pub(crate) async fn time<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let socket = request.conn_data::<Socket>().cloned();
    if let Some(socket) = &socket {
        socket.allow(SERVE_WITHIN);
    }
    let response = next.call(request).await;
    if let Some(socket) = &socket {
        let is_late =
            |response: &ServiceResponse<B>| response.status() == StatusCode::REQUEST_TIMEOUT;
        let is_late = response.as_ref().is_ok_and(is_late);
        socket.allow(if is_late {
            GOODBYE_WITHIN
        } else {
            BEGIN_WITHIN
        });
    }
    response
}

/// The socket as HTTP has it.
pub struct HttpSocket(Socket);

impl HttpSocket {
    /// A socket that was just accepted, and its place among all sockets.
    #[must_use]
    pub fn new(stream: impl Into<Stream>, place: Place) -> Self {
        Self(Socket(Rc::new(Inner {
            stream: stream.into(),
            taken: Cell::new(false),
            place: OnceCell::new(),
            _socket_place: place,
            deadline: RefCell::new(Some(Box::pin(sleep(BEGIN_WITHIN)))),
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
        self.stream().ok()?.tcp().peer_addr().ok()
    }

    fn stream(&self) -> io::Result<&Stream> {
        let Inner { stream, taken, .. } = &*self.0.0;
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
        if self.stream()?.poll_read(context, buffer)?.is_ready() {
            return Poll::Ready(Ok(()));
        }
        if let Some(deadline) = &mut *self.0.0.deadline.borrow_mut() {
            ready!(deadline.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for HttpSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, &[IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is with the system.
        Poll::Ready(self.stream().map(|_| ()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shut_down(context)
    }
}
