//! The connections to a gRPC server.
//!
//! Neither TLS nor HTTP/2 has a time limit for what comes before the first request, so whoever opens
//! a socket and says nothing would keep it. Here a connection is bounded in time and in number until
//! something was asked on it; afterwards the server's own limits hold.

use std::{
    collections::VecDeque,
    io,
    net::TcpListener,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
    time::timeout,
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{
    Request, Status,
    service::Interceptor,
    transport::server::{Connected, TcpIncoming},
};

/// How long a connection may take from its beginning to its first request, handshakes included. Both
/// programs and nginx connect when they have something to ask.
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// Connections on which nothing was asked yet. One more ends the oldest, so that those who say
/// nothing keep nobody out.
const SILENT_MAX: usize = 256;

/// The connections to a server. Answers go out at once: waiting for more to send (Nagle) costs 40 ms
/// wherever the other side waits with its acknowledgement. Call it inside a Tokio runtime. The server
/// must have the layer [`NoteAsked`], as [`crate::mutual_tls::server`] has.
///
/// # Errors
/// When the listener cannot be used.
pub fn incoming(
    listener: TcpListener,
) -> io::Result<impl Stream<Item = io::Result<Connection>> + Send + Unpin> {
    bounded(listener, ASK_WITHIN, SILENT_MAX)
}

fn bounded(
    listener: TcpListener,
    ask_within: Duration,
    silent_max: usize,
) -> io::Result<impl Stream<Item = io::Result<Connection>> + Send + Unpin> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let sockets = TcpIncoming::from(listener).with_nodelay(Some(true));
    let mut silent = Silent {
        waiting: VecDeque::new(),
        max: silent_max,
    };
    Ok(sockets.map(move |socket| {
        let socket = socket?;
        let peer = Peer::default();
        let superseded = silent.admit(peer.clone());
        let patience = Box::pin(async move {
            // Both ends mean the same: it must have asked by now.
            let _ = timeout(ask_within, superseded).await;
        });
        Ok(Connection {
            socket,
            peer,
            patience: Some(patience),
        })
    }))
}

/// Connections on which nothing was asked yet, the oldest first.
struct Silent {
    waiting: VecDeque<(Peer, oneshot::Sender<()>)>,
    max: usize,
}

impl Silent {
    /// Takes a connection in. The receiver ends when others have taken its place.
    fn admit(&mut self, peer: Peer) -> oneshot::Receiver<()> {
        self.waiting
            .retain(|(peer, ending)| !peer.has_asked() && !ending.is_closed());
        if self.waiting.len() >= self.max {
            self.waiting.pop_front();
        }
        let (ending, superseded) = oneshot::channel();
        self.waiting.push_back((peer, ending));
        superseded
    }
}

/// Whether something was asked on a connection. Every request carries that of its connection.
#[derive(Clone, Debug, Default)]
pub struct Peer(Arc<AtomicBool>);

impl Peer {
    fn has_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A layer of a server: takes note of who has asked something.
#[derive(Clone, Copy, Debug)]
pub struct NoteAsked;

impl Interceptor for NoteAsked {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(peer) = request.extensions().get::<Peer>() {
            peer.0.store(true, Ordering::Relaxed);
        }
        Ok(request)
    }
}

/// A socket that ends by itself if nothing is asked on it in time.
pub struct Connection {
    socket: TcpStream,
    peer: Peer,
    /// Resolves when it must have asked; `None` once it has.
    patience: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Connection {
    /// Whether it took too long.
    fn is_silent(&mut self, context: &mut Context<'_>) -> bool {
        if self.peer.has_asked() {
            self.patience = None;
        }
        let patience = self.patience.as_mut();
        patience.is_some_and(|patience| patience.as_mut().poll(context).is_ready())
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_silent(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, sync::LazyLock};

    use rookery_harness::certificates::Certificates;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tonic::Streaming;
    use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_client::HealthClient};

    use super::*;
    use crate::mutual_tls::{self, GrpcTlsConfig, MutualTls};

    /// Nothing here takes as long, however busy the machine is.
    const LONG: Duration = Duration::from_secs(3_600);

    /// What an HTTP/2 client says first: the preface and settings without a value (RFC 9113).
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

    static TLS: LazyLock<MutualTls> = LazyLock::new(|| {
        let certificates = Certificates::make().unwrap();
        let config = GrpcTlsConfig {
            ca_file: Some(certificates.certificate("ca")),
            certificate_file: Some(certificates.certificate("hub")),
            key_file: Some(certificates.key("hub")),
        };
        config.read().unwrap().unwrap()
    });

    fn serve(tls: Option<&MutualTls>, ask_within: Duration, silent_max: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (_, health) = tonic_health::server::health_reporter();
        let server = mutual_tls::server(tls).unwrap().add_service(health);
        let peers = bounded(listener, ask_within, silent_max).unwrap();
        tokio::spawn(server.serve_with_incoming(peers));
        address
    }

    /// Asks something whose answer goes on.
    async fn watch(address: SocketAddr, tls: Option<&MutualTls>) -> Streaming<HealthCheckResponse> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", address.port());
        let channel = mutual_tls::endpoint(&url, tls).unwrap().connect_lazy();
        let mut client = HealthClient::new(channel);
        let watched = client.watch(HealthCheckRequest::default()).await;
        let mut watched = watched.unwrap().into_inner();
        watched.message().await.unwrap().unwrap();
        watched
    }

    /// Connects, says that and nothing more.
    async fn say(address: SocketAddr, said: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(said).await.unwrap();
        socket
    }

    async fn ended(mut socket: TcpStream) {
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(30), socket.read_to_end(&mut rest)).await;
        // A reset is an end, too.
        let _ = ended.expect("the server ends it");
    }

    async fn check_silence(tls: Option<&MutualTls>, said: &[u8]) {
        // Time enough to ask, also on a busy machine.
        let address = serve(tls, Duration::from_secs(3), 16);
        let mut watched = watch(address, tls).await;
        ended(say(address, said).await).await;
        let next = timeout(Duration::from_millis(1), watched.message()).await;
        assert!(next.is_err(), "who has asked goes on: {next:?}");
    }

    #[tokio::test]
    async fn who_says_nothing_is_ended_and_who_has_asked_goes_on() {
        check_silence(None, b"").await;
    }

    #[tokio::test]
    async fn handshake_alone_is_not_enough() {
        check_silence(None, PREFACE).await;
        check_silence(None, &PREFACE[..10]).await;
    }

    #[tokio::test]
    async fn handshake_of_tls_is_bounded() {
        check_silence(Some(&TLS), b"").await;
        // The beginning of a record that never comes.
        check_silence(Some(&TLS), b"\x16\x03\x01\x02\0").await;
    }

    #[tokio::test]
    async fn who_says_nothing_is_bounded_in_number() {
        let address = serve(None, LONG, 2);
        let first = say(address, b"").await;
        let _second = say(address, b"").await;
        let _third = say(address, b"").await;
        ended(first).await;
        // They keep nobody out.
        watch(address, None).await;
    }
}
