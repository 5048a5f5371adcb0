//! Requests to the API from one address, on a connection that stays open.

use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::wire;

/// Longer than nginx waits for the cores over all its tries.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Connects from an address of its own: on loopback every address of 127.0.0.0/8 is ours.
///
/// # Errors
/// When the other side refuses, or the system does.
pub(crate) async fn connect(source: Ipv4Addr, to: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddrV4::new(source, 0).into())?;
    let stream = socket.connect(to.into()).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Who asks, and the connection on which they ask one thing after the other.
pub(crate) struct Http {
    source: Ipv4Addr,
    to: SocketAddrV4,
    connection: Option<TcpStream>,
    /// Access token; empty before signing in.
    pub(crate) token: String,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    /// Its body, where it is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Http {
    /// Nobody yet, at this address.
    pub(crate) fn new(source: Ipv4Addr, to: SocketAddrV4) -> Self {
        Self {
            source,
            to,
            connection: None,
            token: String::new(),
        }
    }

    /// Sends JSON and waits for the answer, whatever it says.
    ///
    /// # Errors
    /// When there is no answer, or none within 20 s.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> io::Result<Answer> {
        let body = body.to_string();
        let authorization = match self.token.as_str() {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let request = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: {}\r\n{authorization}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.to,
            body.len(),
        );
        timeout(ANSWER_WITHIN, self.exchange(request.as_bytes())).await?
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        // A connection that was idle may have been closed meanwhile; a new one tells.
        if let Some(mut connection) = self.connection.take()
            && let Ok(answer) = round_trip(&mut connection, request).await
        {
            self.connection = Some(connection);
            return Ok(answer);
        }
        let mut connection = connect(self.source, self.to).await?;
        let answer = round_trip(&mut connection, request).await?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

async fn round_trip(connection: &mut TcpStream, request: &[u8]) -> io::Result<Answer> {
    connection.write_all(request).await?;
    let mut received = Vec::new();
    loop {
        if let Some(head) = wire::head(&received)
            && received.len() >= head.length + head.content_length
        {
            return Ok(Answer {
                status: head.status().parse().unwrap_or(0),
                retry_after: head
                    .field("retry-after")
                    .and_then(|seconds| seconds.parse().ok())
                    .map(Duration::from_secs),
                body: received[head.length..].to_vec(),
            });
        }
        if connection.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
