//! How what a client is sent looks on its transport.

use std::sync::OnceLock;

use bytes::Bytes;

/// How a client's frames look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// WebSocket text frames.
    Json,
    /// WebSocket binary frames.
    Protobuf,
    /// WebSocket text frames, of which shared ones may be deflated.
    JsonDeflated,
    /// WebSocket binary frames, of which shared ones may be deflated.
    ProtobufDeflated,
    /// An SDK's `http_stream`: a JSON object a line.
    JsonLines,
    /// An SDK's `http_stream`: Protobuf messages, each behind its length.
    ProtobufStream,
    /// An SDK's `sse`: a JSON object an event.
    JsonEvents,
    /// A plain event stream of one's own `user:` topic; it carries publications alone.
    Notifications,
    /// A plain event stream of several topics; it carries publications with their topic.
    Topics,
}

impl Wire {
    const COUNT: usize = Self::Topics as usize + 1;

    /// Whether commands and replies are JSON.
    #[must_use]
    pub fn is_json(self) -> bool {
        !matches!(
            self,
            Self::Protobuf | Self::ProtobufDeflated | Self::ProtobufStream
        )
    }

    /// Whether it is a WebSocket.
    #[must_use]
    pub fn is_websocket(self) -> bool {
        matches!(
            self,
            Self::Json | Self::Protobuf | Self::JsonDeflated | Self::ProtobufDeflated
        )
    }

    /// Whether messages may be deflated.
    #[must_use]
    pub fn is_deflated(self) -> bool {
        matches!(self, Self::JsonDeflated | Self::ProtobufDeflated)
    }

    /// Whether it carries publications for an `EventSource`, and no SDK's replies.
    #[must_use]
    pub fn is_plain_events(self) -> bool {
        matches!(self, Self::Notifications | Self::Topics)
    }
}

/// What was encoded, at most once per wire format.
#[derive(Debug, Default)]
pub struct Encodings([OnceLock<Bytes>; Wire::COUNT]);

impl Encodings {
    /// The bytes for `wire`; `encode` makes them the first time.
    pub fn get_or_init(&self, wire: Wire, encode: impl FnOnce() -> Bytes) -> Bytes {
        self.0[wire as usize].get_or_init(encode).clone()
    }
}
