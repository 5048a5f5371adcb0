//! TLS on a client's socket.
//!
//! Nothing waits here that nobody counts: bytes are written when the system has them, encrypted,
//! and not when rustls has them. So a peer that stops reading overflows its outbox as one without
//! TLS does.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io::{self, IoSlice, Read, Write},
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_codec::ReadBuf;
use actix_rt::net::TcpStream;
use rustls::{ServerConfig, ServerConnection};

use super::stream::is_would_block;

/// Plain bytes that are encrypted at a time: one record, the most that a peer who stops reading
/// costs beyond its outbox.
const RECORD_BYTES: usize = 16 * 1024;

/// A TLS session and the TCP socket below it.
pub struct TlsStream {
    tcp: TcpStream,
    /// Reader and writer are on one thread and take turns.
    session: RefCell<ServerConnection>,
    /// Plain bytes that are encrypted and not with the system yet.
    underway: Cell<usize>,
}

impl TlsStream {
    /// Agrees with a client on a key.
    ///
    /// # Errors
    /// When the client is gone, or does not speak TLS as `config` does.
    pub async fn accept(tcp: TcpStream, config: Arc<ServerConfig>) -> io::Result<Self> {
        let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
        session.set_buffer_limit(Some(RECORD_BYTES));
        let stream = Self {
            tcp,
            session: RefCell::new(session),
            underway: Cell::new(0),
        };
        poll_fn(|context| stream.poll_handshake(context)).await?;
        Ok(stream)
    }

    fn poll_handshake(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let session = &mut *self.session.borrow_mut();
        loop {
            ready!(self.poll_send(session, context))?;
            if !session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_receive(session, context))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let session = &mut *self.session.borrow_mut();
        loop {
            match session.reader().read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if is_would_block(&error) => {}
                // Many a client leaves without a word.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Ok(()));
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
            ready!(self.poll_receive(session, context))?;
        }
    }

    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let session = &mut *self.session.borrow_mut();
        if self.underway.get() == 0 {
            ready!(self.poll_send(session, context))?;
            self.underway.set(session.writer().write_vectored(slices)?);
        }
        ready!(self.poll_send(session, context))?;
        Poll::Ready(Ok(self.underway.take()))
    }

    /// Forgets whose bytes are under way, so that nobody takes them for its own.
    pub(super) fn change_writer(&self) {
        self.underway.set(0);
    }

    /// Tells the peer that nothing more comes.
    pub(super) fn poll_close(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let session = &mut *self.session.borrow_mut();
        session.send_close_notify();
        self.poll_send(session, context)
    }

    /// Hands the system what is encrypted.
    fn poll_send(
        &self,
        session: &mut ServerConnection,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while session.wants_write() {
            match session.write_tls(&mut AtOnce(&self.tcp)) {
                Err(error) if is_would_block(&error) => {
                    ready!(self.tcp.poll_write_ready(context))?;
                }
                sent => _ = sent?,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what the peer sent; 0 bytes mean that it is gone.
    fn poll_receive(
        &self,
        session: &mut ServerConnection,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let received = match session.read_tls(&mut AtOnce(&self.tcp)) {
                Err(error) if is_would_block(&error) => {
                    ready!(self.tcp.poll_read_ready(context))?;
                    continue;
                }
                received => received?,
            };
            let understood = session.process_new_packets();
            if session.wants_write() {
                // An answer or an alert. What has no room now goes out before what is written next.
                let _ = session.write_tls(&mut AtOnce(&self.tcp));
            }
            understood.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            return Poll::Ready(Ok(received));
        }
    }
}

/// A socket that is read and written as far as it goes at once.
struct AtOnce<'a>(&'a TcpStream);

impl Read for AtOnce<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for AtOnce<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Shutdown, task::Waker, thread};

    use rustls::HandshakeKind;

    use super::*;
    use crate::socket::testing::{Tls, TlsPeer, connection};

    async fn read(stream: &TlsStream, room: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; room];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|context| stream.poll_read(context, &mut buffer)).await?;
        Ok(buffer.filled().to_vec())
    }

    async fn write(stream: &TlsStream, bytes: &[u8]) -> usize {
        poll_fn(|context| stream.poll_write(context, &[IoSlice::new(bytes)]))
            .await
            .unwrap()
    }

    fn say(peer: &mut TlsPeer, bytes: &[u8]) {
        peer.write_all(bytes).unwrap();
        peer.flush().unwrap();
    }

    #[actix_rt::test]
    async fn what_is_decrypted_is_read_before_the_socket_is_waited_for() {
        let (stream, mut peer) = Tls::new().connection().await;
        say(&mut peer, b"one record");
        assert_eq!(read(&stream, 4).await.unwrap(), b"one ");
        assert_eq!(read(&stream, 4).await.unwrap(), b"reco");
        assert_eq!(read(&stream, 4).await.unwrap(), b"rd");
        say(&mut peer, b"another");
        assert_eq!(read(&stream, 64).await.unwrap(), b"another");
    }

    #[actix_rt::test]
    async fn peer_that_leaves_is_gone_whether_it_says_so_or_not() {
        let tls = Tls::new();
        let (stream, mut peer) = tls.connection().await;
        peer.conn.send_close_notify();
        say(&mut peer, b"");
        assert!(read(&stream, 64).await.unwrap().is_empty());
        let (stream, peer) = tls.connection().await;
        peer.sock.shutdown(Shutdown::Write).unwrap();
        assert!(read(&stream, 64).await.unwrap().is_empty());
    }

    /// Writes until nothing more goes to a peer that does not read; returns how much it will read.
    async fn fill(stream: &TlsStream) -> usize {
        let bytes = vec![b'x'; 4 * RECORD_BYTES];
        let nobody = &mut Context::from_waker(Waker::noop());
        let mut written = 0;
        while let Poll::Ready(more) = stream.poll_write(nobody, &[IoSlice::new(&bytes)]) {
            written += more.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(stream.underway.get(), RECORD_BYTES);
        written + RECORD_BYTES
    }

    /// Reads on until `last` comes after the first `count` bytes.
    fn reads(mut peer: TlsPeer, count: usize, last: &'static [u8]) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            let mut read = vec![0; count + last.len()];
            peer.read_exact(&mut read).unwrap();
            assert_eq!(&read[count..], last);
        })
    }

    #[actix_rt::test]
    async fn bytes_count_as_written_when_the_system_has_them() {
        let (stream, peer) = Tls::new().connection().await;
        let count = fill(&stream).await;
        let reading = reads(peer, count, b"next");
        assert_eq!(write(&stream, &[b'x'; RECORD_BYTES]).await, RECORD_BYTES);
        assert_eq!(write(&stream, b"next").await, 4);
        reading.join().unwrap();
    }

    #[actix_rt::test]
    async fn bytes_of_another_writer_are_not_taken_for_ones_own() {
        let (stream, peer) = Tls::new().connection().await;
        let count = fill(&stream).await;
        stream.change_writer();
        let reading = reads(peer, count, b"own");
        assert_eq!(write(&stream, b"own").await, 3);
        reading.join().unwrap();
    }

    #[actix_rt::test]
    async fn who_comes_back_is_known() {
        let tls = Tls::new();
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let (stream, mut peer) = tls.connection().await;
            // Tickets come before the first bytes.
            write(&stream, b"hello").await;
            peer.read_exact(&mut [0; 5]).unwrap();
            kinds.push(peer.conn.handshake_kind().unwrap());
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
    }

    #[actix_rt::test]
    async fn what_is_no_tls_is_refused() {
        let tls = Tls::new();
        let (ours, mut peer) = connection();
        peer.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let refused = TlsStream::accept(ours, tls.server.clone()).await;
        assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::InvalidData);
        let mut said = Vec::new();
        // Reset, because what it said was not read to the end; an alert may come first.
        let _ = peer.read_to_end(&mut said);
        assert!(said.len() <= 7, "{said:?}");

        let (ours, peer) = connection();
        drop(peer);
        let refused = TlsStream::accept(ours, tls.server).await;
        assert!(refused.is_err());
    }
}
