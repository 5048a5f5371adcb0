//! A connection to the hub that hears what is pushed and answers pings.

use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::http::connect;
use crate::wire::{self, CLOSE, PING, PONG, TEXT};

/// As long as the official SDK waits for each of its two answers.
const OPEN_WITHIN: Duration = Duration::from_secs(5);

/// Why a connection did not come about, or ended.
pub(crate) type Ending = String;

/// An open connection.
pub(crate) struct Socket {
    stream: TcpStream,
    /// Received and not yet understood.
    carry: Vec<u8>,
    /// Lines that were not asked for yet.
    lines: VecDeque<Vec<u8>>,
}

impl Socket {
    /// Connects and signs in.
    ///
    /// # Errors
    /// [`Ending`].
    pub(crate) async fn open(
        source: Ipv4Addr,
        hub: SocketAddrV4,
        token: &str,
    ) -> Result<Self, Ending> {
        let opening = async {
            let mut socket = Self::upgrade(source, hub).await?;
            socket.say(&connect_command(token)).await?;
            let reply = socket.next().await?;
            let reply = String::from_utf8_lossy(&reply);
            if reply.contains("\"error\"") {
                return Err(format!("refused: {reply}"));
            }
            Ok(socket)
        };
        let opened = timeout(OPEN_WITHIN, opening).await;
        opened.unwrap_or_else(|_| Err("not open within 5 s".into()))
    }

    /// Connects and says nothing yet.
    ///
    /// # Errors
    /// [`Ending`].
    pub(crate) async fn upgrade(source: Ipv4Addr, hub: SocketAddrV4) -> Result<Self, Ending> {
        let mut stream = connect(source, hub).await.map_err(|error| named(&error))?;
        stream
            .write_all(UPGRADE)
            .await
            .map_err(|error| named(&error))?;
        let mut carry = Vec::new();
        loop {
            if let Some(head) = wire::head(&carry) {
                if head.status() != "101" {
                    return Err(format!("HTTP {}", head.status()));
                }
                carry.drain(..head.length);
                return Ok(Self {
                    stream,
                    carry,
                    lines: VecDeque::new(),
                });
            }
            if stream
                .read_buf(&mut carry)
                .await
                .map_err(|error| named(&error))?
                == 0
            {
                return Err("ended".into());
            }
        }
    }

    /// Says a command.
    ///
    /// # Errors
    /// [`Ending`].
    pub(crate) async fn say(&mut self, command: &str) -> Result<(), Ending> {
        self.write(&wire::masked(TEXT, command.as_bytes())).await
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// [`Ending`].
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        self.stream
            .write_all(bytes)
            .await
            .map_err(|error| named(&error))
    }

    /// The next reply or push.
    ///
    /// # Errors
    /// [`Ending`].
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Ending> {
        loop {
            match self.lines.pop_front() {
                Some(line) if line == b"{}" => self.say("{}").await?,
                Some(line) => return Ok(line),
                None => self.read().await?,
            }
        }
    }

    /// Reads on and answers nothing, until the other side ends the connection.
    pub(crate) async fn ending(mut self) -> Ending {
        loop {
            self.lines.clear();
            if let Err(ending) = self.read().await {
                return ending;
            }
        }
    }

    /// The socket itself.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    async fn read(&mut self) -> Result<(), Ending> {
        if self
            .stream
            .read_buf(&mut self.carry)
            .await
            .map_err(|error| named(&error))?
            == 0
        {
            return Err("ended".into());
        }
        let (mut at, mut pings) = (0, Vec::new());
        while let Some(frame) = wire::frame(&self.carry[at..]) {
            at += frame.length;
            match frame.opcode {
                TEXT => {
                    let lines = frame.payload.split(|byte| *byte == b'\n');
                    let lines = lines.filter(|line| !line.is_empty());
                    self.lines.extend(lines.map(<[u8]>::to_vec));
                }
                PING => pings.push(wire::masked(PONG, frame.payload)),
                CLOSE => return Err(format!("close {}", wire::close_code(frame.payload))),
                _ => {}
            }
        }
        self.carry.drain(..at);
        for pong in pings {
            self.write(&pong).await?;
        }
        Ok(())
    }
}

/// The request that asks for a WebSocket.
pub(crate) const UPGRADE: &[u8] = b"GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n\
    Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The first command of a connection.
pub(crate) fn connect_command(token: &str) -> String {
    format!(r#"{{"id":1,"connect":{{"token":"{token}"}}}}"#)
}

/// An error by its kind, so that those of one kind are counted together.
pub(crate) fn named(error: &io::Error) -> Ending {
    error.kind().to_string()
}
