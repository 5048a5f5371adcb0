//! Commands off the wire, replies onto it, in JSON and Protobuf.
//!
//! A JSON frame holds one or more objects separated by newlines; a Protobuf frame holds messages
//! each prefixed with its length as a varint.

use actix_web_actors::ws;
use bytes::{Buf, Bytes, BytesMut};
use prost::Message as _;
use rookery_kit::json::Object;
use shared_proto::client::v1::{Command, Reply};
use tokio_util::codec::Encoder as _;

/// How a client's frames look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// WebSocket text frames.
    Json,
    /// WebSocket binary frames.
    Protobuf,
    /// A plain `text/event-stream`; it carries publications alone.
    EventStream,
}

impl Wire {
    /// Whether commands and replies are JSON.
    #[must_use]
    pub fn is_json(self) -> bool {
        self != Self::Protobuf
    }
}

/// A frame that no correct client sends.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or not a command.
    #[error("frame is not a JSON command")]
    Json(#[source] serde_json::Error),
    /// Not Protobuf, or not a command.
    #[error("frame is not a Protobuf command")]
    Protobuf(#[source] prost::DecodeError),
    /// Nothing in it.
    #[error("frame is empty")]
    Empty,
}

/// Takes the commands of one frame apart. An empty command is the client's pong.
///
/// # Errors
/// [`DecodeError`] when any part of the frame is not a command.
pub fn decode(wire: Wire, mut frame: Bytes) -> Result<Vec<Command>, DecodeError> {
    let mut commands = Vec::with_capacity(1);
    if !wire.is_json() {
        while frame.has_remaining() {
            let command = Command::decode_length_delimited(&mut frame);
            commands.push(command.map_err(DecodeError::Protobuf)?);
        }
    } else {
        for command in serde_json::Deserializer::from_slice(&frame).into_iter() {
            let Object(command) = command.map_err(DecodeError::Json)?;
            commands.push(command);
        }
    }
    if commands.is_empty() {
        return Err(DecodeError::Empty);
    }
    Ok(commands)
}

/// One reply or push as bytes that are ready for the socket, WebSocket framing included.
#[must_use]
pub fn encode(wire: Wire, reply: &Reply) -> Bytes {
    match wire {
        Wire::Protobuf => websocket(ws::Message::Binary(
            reply.encode_length_delimited_to_vec().into(),
        )),
        Wire::Json => match serde_json::to_string(reply) {
            Ok(json) => websocket(ws::Message::Text(json.into())),
            Err(error) => {
                // Payloads are checked where they come in, so this is a bug; one event is lost to
                // JSON clients and their position shows it.
                tracing::error!(%error, "reply cannot be written as JSON");
                Bytes::new()
            }
        },
        Wire::EventStream => Bytes::new(),
    }
}

/// A WebSocket message as the server sends it: unmasked, so that it can be shared.
#[must_use]
pub fn websocket(message: ws::Message) -> Bytes {
    let mut bytes = BytesMut::new();
    if let Err(error) = actix_http::ws::Codec::new().encode(message, &mut bytes) {
        tracing::error!(%error, "WebSocket frame cannot be written");
    }
    bytes.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared_proto::client::v1::PingRequest;

    use super::*;

    fn ping(id: u32) -> Command {
        Command {
            id,
            ping: Some(PingRequest {}),
            ..Command::default()
        }
    }

    #[test]
    fn frame_carries_several_commands() {
        let json = "{\"id\":1,\"ping\":{}}\n{\"id\":2,\"ping\":{}}\n";
        assert_eq!(decode(Wire::Json, json.into()).unwrap(), [ping(1), ping(2)]);

        let mut binary = ping(1).encode_length_delimited_to_vec();
        binary.extend(ping(2).encode_length_delimited_to_vec());
        assert_eq!(
            decode(Wire::Protobuf, binary.into()).unwrap(),
            [ping(1), ping(2)]
        );
    }

    #[test]
    fn pong_is_an_empty_command() {
        assert_eq!(
            decode(Wire::Json, "{}".into()).unwrap(),
            [Command::default()]
        );
        assert_eq!(
            decode(Wire::Protobuf, Bytes::from_static(&[0])).unwrap(),
            [Command::default()]
        );
    }

    #[test]
    fn reply_has_a_websocket_header() {
        let reply = Reply::default();
        assert_eq!(&encode(Wire::Json, &reply)[..], b"\x81\x02{}");
        assert_eq!(&encode(Wire::Protobuf, &reply)[..], b"\x82\x01\x00");
    }

    proptest! {
        #[test]
        fn no_frame_makes_the_decoder_panic(frame in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(Wire::Json, Bytes::from(frame.clone()));
            let _ = decode(Wire::Protobuf, Bytes::from(frame));
        }

        #[test]
        fn no_text_makes_the_decoder_panic(frame in "[{}\\[\\]\":,a-z0-9\n ]{0,80}") {
            let _ = decode(Wire::Json, Bytes::from(frame));
        }
    }
}
