//! Publishing by POST on one connection that stays open: what nchan and the small servers take.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddrV4, TcpStream},
    time::Duration,
};

use anyhow::{Result, bail};

use super::{Event, Publisher};
use crate::wire;

/// A server that takes longer for one event is not there any more.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Bytes of an answer that are read at once.
const ANSWER_BYTES: usize = 4096;

/// Publishes by HTTP requests on one connection.
pub(crate) struct HttpPublisher {
    connection: TcpStream,
    head: String,
}

impl HttpPublisher {
    /// Publishes to a path of a server.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) fn connect(address: SocketAddrV4, path: &str) -> Result<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(ANSWER_WITHIN))?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: "
        );
        Ok(Self { connection, head })
    }

    fn post(&mut self, payload: &[u8]) -> Result<()> {
        let mut request = format!("{}{}\r\n\r\n", self.head, payload.len()).into_bytes();
        request.extend_from_slice(payload);
        self.connection.write_all(&request)?;
        let mut answer = Vec::new();
        loop {
            let start = answer.len();
            answer.resize(start + ANSWER_BYTES, 0);
            let read = self.connection.read(&mut answer[start..])?;
            answer.truncate(start + read);
            if read == 0 {
                bail!("the server has closed the publisher's connection");
            }
            let Some(head) = wire::head(&answer) else {
                continue;
            };
            if !head.status().starts_with('2') {
                bail!("an event was refused: {}", head.line);
            }
            if answer.len() >= head.length + head.content_length {
                return Ok(());
            }
        }
    }
}

impl Publisher for HttpPublisher {
    fn prepare(&mut self, _: &[Event]) -> Result<()> {
        Ok(())
    }

    fn publish(&mut self, events: Vec<Event>) -> Result<()> {
        events
            .iter()
            .try_for_each(|event| self.post(&event.payload))
    }

    fn flush(&mut self, _: Duration) -> Result<()> {
        // Every event has been answered.
        Ok(())
    }
}
