//! The least that a server has to do: one thread, one epoll, one `send` per delivery.
//!
//! It speaks just enough HTTP and WebSocket for the bench's own clients and publisher, which trust
//! it.

use std::{
    collections::HashMap,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
};

use anyhow::Result;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};

use crate::wire::{self, TEXT};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4096;

/// Readiness that one wait reports.
const EVENTS_MAX: usize = 1024;

/// Bytes that one read takes.
const SCRATCH_BYTES: usize = 16 * 1024;

/// Names the listener among the connections.
const LISTENER: u64 = 0;

/// Serves for ever.
///
/// # Errors
/// When the port cannot be used.
pub(crate) fn run(port: u16) -> Result<()> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.set_reuse_address(true)?;
    listener.set_nonblocking(true)?;
    listener.bind(&std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, port).into())?;
    listener.listen(BACKLOG)?;
    let mut floor = Floor {
        listener: listener.into(),
        epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
        connections: HashMap::new(),
        next: LISTENER + 1,
        scratch: vec![0; SCRATCH_BYTES],
    };
    let readable = EpollEvent::new(EpollFlags::EPOLLIN, LISTENER);
    floor.epoll.add(&floor.listener, readable)?;
    let mut events = vec![EpollEvent::empty(); EVENTS_MAX];
    loop {
        let ready = match floor.epoll.wait(&mut events, EpollTimeout::NONE) {
            Err(nix::Error::EINTR) => 0,
            ready => ready?,
        };
        for event in &events[..ready] {
            if event.data() == LISTENER {
                floor.accept()?;
            } else if floor.serve(event.data()).is_err() {
                floor.connections.remove(&event.data());
            }
        }
    }
}

struct Floor {
    listener: TcpListener,
    epoll: Epoll,
    connections: HashMap<u64, Connection>,
    next: u64,
    scratch: Vec<u8>,
}

struct Connection {
    socket: TcpStream,
    received: Vec<u8>,
    /// What the socket did not take.
    unsent: Vec<u8>,
    /// It is a subscriber.
    upgraded: bool,
}

impl Floor {
    fn accept(&mut self) -> Result<()> {
        loop {
            let socket = match self.listener.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                accepted => accepted?.0,
            };
            socket.set_nonblocking(true)?;
            socket.set_nodelay(true)?;
            let both = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
            self.epoll.add(&socket, EpollEvent::new(both, self.next))?;
            let connection = Connection {
                socket,
                received: Vec::new(),
                unsent: Vec::new(),
                upgraded: false,
            };
            self.connections.insert(self.next, connection);
            self.next += 1;
        }
    }

    fn serve(&mut self, id: u64) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Ok(());
        };
        connection.send(&[])?;
        loop {
            match connection.socket.read(&mut self.scratch) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => connection.received.extend_from_slice(&self.scratch[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if connection.upgraded {
            // Clients say nothing that matters here.
            connection.received.clear();
            return Ok(());
        }
        let Some(event) = connection.answer()? else {
            return Ok(());
        };
        self.deliver(&event);
        match self.connections.get_mut(&id) {
            Some(publisher) => publisher.send(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
            None => Ok(()),
        }
    }

    fn deliver(&mut self, event: &[u8]) {
        let frame = wire::unmasked(TEXT, event);
        self.connections
            .retain(|_, connection| !connection.upgraded || connection.send(&frame).is_ok());
    }
}

impl Connection {
    /// Answers a request; returns the event when one is published.
    fn answer(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(head) = wire::head(&self.received) else {
            return Ok(None);
        };
        if head.line.starts_with("POST ") {
            let (start, end) = (head.length, head.length + head.content_length);
            if self.received.len() < end {
                return Ok(None);
            }
            let event = self.received[start..end].to_vec();
            self.received.drain(..end);
            return Ok(Some(event));
        }
        self.upgraded = !head.line.starts_with("GET /ready ");
        self.received.clear();
        self.send(if self.upgraded {
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        } else {
            b"HTTP/1.1 204 No Content\r\n\r\n"
        })?;
        Ok(None)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            let unsent = std::mem::take(&mut self.unsent);
            return self.send(&unsent);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let sent = match self.socket.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            sent => sent?,
        };
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }
}
