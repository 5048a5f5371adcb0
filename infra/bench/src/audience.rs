//! Many WebSockets that hear one channel and look at nothing of it: an audience that takes what it
//! is sent as fast as the system can, so that what is measured is the server.

use std::{
    collections::HashMap,
    io::{self, Read as _, Write as _, stdin, stdout},
    mem::MaybeUninit,
    net::{Ipv4Addr, TcpStream},
};

use anyhow::{Result, ensure};
use clap::Args;
use nix::{
    libc::MSG_TRUNC,
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
};
use socket2::Socket;

use crate::wire::{self, TEXT};

/// Bytes that one read takes at most.
const READ_BYTES: usize = 1024 * 1024;

/// Readiness that one wait reports.
const EVENTS_MAX: usize = 1024;

/// Names standard input among the connections.
const INPUT: u64 = u64::MAX;

/// Who hears what.
#[derive(Args)]
pub(crate) struct Options {
    /// The hub's port on loopback.
    port: u16,
    /// How many connections.
    count: u64,
    /// The channel that all of them hear.
    channel: String,
    /// The token that all of them bring.
    token: String,
}

/// Says how many are open, in a line, once all of them hear the channel, and again for each line of
/// standard input, until that ends.
///
/// # Errors
/// When somebody is not let in.
pub(crate) fn run(options: &Options) -> Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut open = HashMap::new();
    for id in 0..options.count {
        let socket = join(options)?;
        epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, id))?;
        open.insert(id, socket);
    }
    say(open.len())?;
    let input = stdin();
    epoll.add(&input, EpollEvent::new(EpollFlags::EPOLLIN, INPUT))?;
    let mut events = vec![EpollEvent::empty(); EVENTS_MAX];
    let mut scratch = vec![MaybeUninit::uninit(); READ_BYTES];
    loop {
        let ready = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Err(nix::Error::EINTR) => 0,
            ready => ready?,
        };
        for event in &events[..ready] {
            let id = event.data();
            if id == INPUT {
                if input.read_line(&mut String::new())? == 0 {
                    return Ok(());
                }
                say(open.len())?;
            } else if open
                .get(&id)
                .is_some_and(|socket| !discard(socket, &mut scratch))
            {
                open.remove(&id);
            }
        }
    }
}

/// Drops what has come, without copying it (tcp(7), `MSG_TRUNC`). False at the end.
fn discard(socket: &Socket, scratch: &mut [MaybeUninit<u8>]) -> bool {
    match socket.recv_with_flags(scratch, MSG_TRUNC) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

/// A connection that hears the channel.
fn join(options: &Options) -> Result<Socket> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, options.port))?;
    stream.write_all(
        b"GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n\
          Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
          Sec-WebSocket-Key: cm9va2VyeS1iZW5jaC0tLQ==\r\n\r\n",
    )?;
    let Options { channel, token, .. } = options;
    let commands = format!(
        "{{\"id\":1,\"connect\":{{\"token\":\"{token}\"}}}}\n\
         {{\"id\":2,\"subscribe\":{{\"channel\":\"{channel}\"}}}}"
    );
    stream.write_all(&wire::masked(TEXT, commands.as_bytes()))?;
    let mut heard = Vec::new();
    while memchr::memmem::find(&heard, b"\"subscribe\":").is_none() {
        let mut part = [0; 4096];
        let bytes = stream.read(&mut part)?;
        heard.extend_from_slice(&part[..bytes]);
        ensure!(
            bytes > 0 && memchr::memmem::find(&heard, b"\"error\":").is_none(),
            "somebody was not let in: {}",
            String::from_utf8_lossy(&heard)
        );
    }
    stream.set_nonblocking(true)?;
    Ok(stream.into())
}

fn say(open: usize) -> Result<()> {
    let mut output = stdout();
    writeln!(output, "{open}")?;
    Ok(output.flush()?)
}
