//! Connections by transport, and why they ended.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::Serialize;

use super::Counter;
use crate::protocol::{codes::Close, wire::Wire};

/// The code by which a connection counts that ended without a goodbye (RFC 6455, 7.1.5).
const ABNORMAL: (u16, &str) = (1006, "connection lost");

/// What a connection travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A WebSocket.
    Websocket,
    /// A response that streams replies; commands come as requests of their own.
    HttpStream,
    /// Server-sent events.
    Sse,
}

impl From<Wire> for Transport {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Json | Wire::Protobuf | Wire::JsonDeflated | Wire::ProtobufDeflated => {
                Self::Websocket
            }
            Wire::JsonLines | Wire::ProtobufStream => Self::HttpStream,
            Wire::JsonEvents | Wire::Notifications | Wire::Topics => Self::Sse,
        }
    }
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 3] = [Self::Websocket, Self::HttpStream, Self::Sse];

    /// As it is called in statistics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::HttpStream => "http_stream",
            Self::Sse => "sse",
        }
    }
}

/// Connections opened and ended, by transport.
#[derive(Debug, Default)]
pub struct Connections {
    opened: [Counter; Transport::ALL.len()],
    ended: [Counter; Transport::ALL.len()],
}

impl Connections {
    /// A connection began.
    pub fn opened(&self, transport: Transport) {
        self.opened[transport as usize].add(1);
    }

    /// A connection ended.
    pub fn ended(&self, transport: Transport) {
        self.ended[transport as usize].add(1);
    }

    /// How many there are now.
    #[must_use]
    pub fn open(&self, transport: Transport) -> u64 {
        // Read first: one that ends in between must not make it negative.
        let ended = self.ended[transport as usize].get();
        self.opened[transport as usize].get().saturating_sub(ended)
    }

    /// How many ever began.
    #[must_use]
    pub fn connects(&self) -> u64 {
        self.opened.iter().map(Counter::get).sum()
    }

    /// How many ever ended.
    #[must_use]
    pub fn disconnects(&self) -> u64 {
        self.ended.iter().map(Counter::get).sum()
    }
}

/// How often a code ended a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CloseCount {
    /// Close code.
    pub code: u16,
    /// Its reason, as first given.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// Codes that ended connections. There are at most as many as there are codes.
#[derive(Debug, Default)]
pub struct Closes(Mutex<BTreeMap<u16, (String, u64)>>);

impl Closes {
    /// The hub said goodbye.
    pub fn said(&self, close: &Close) {
        self.count(close.code, &close.reason);
    }

    /// The peer went away without a goodbye.
    pub fn lost(&self) {
        let (code, reason) = ABNORMAL;
        self.count(code, reason);
    }

    /// By code.
    #[must_use]
    pub fn counts(&self) -> Vec<CloseCount> {
        let closes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = closes.iter().map(|(code, (reason, count))| CloseCount {
            code: *code,
            reason: reason.clone(),
            count: *count,
        });
        counts.collect()
    }

    fn count(&self, code: u16, reason: &str) {
        let mut closes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, count) = closes.entry(code).or_insert_with(|| (reason.to_owned(), 0));
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_by_transport() {
        let connections = Connections::default();
        connections.opened(Transport::Websocket);
        connections.opened(Transport::Websocket);
        connections.opened(Transport::Sse);
        connections.ended(Transport::Websocket);
        let open = Transport::ALL.map(|transport| connections.open(transport));
        assert_eq!(open, [1, 0, 1]);
        assert_eq!((connections.connects(), connections.disconnects()), (3, 1));
    }

    #[test]
    fn closes_are_counted_by_code() {
        let closes = Closes::default();
        closes.said(&Close::SLOW);
        closes.said(&Close::SLOW);
        closes.lost();
        let count = |code, reason: &str, count| CloseCount {
            code,
            reason: reason.to_owned(),
            count,
        };
        assert_eq!(
            closes.counts(),
            [count(1006, "connection lost", 1), count(3008, "slow", 2)]
        );
    }
}
