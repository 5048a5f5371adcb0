//! Commands off the wire, replies onto it, in JSON and Protobuf.
//!
//! A JSON frame holds one or more objects separated by newlines; a Protobuf frame holds messages
//! each prefixed with its length as a varint. How frames follow each other is the transport's:
//! WebSocket headers, lines, or events of an event stream.

use actix_web_actors::ws::{CloseReason, Message};
use bytes::{Buf, Bytes, BytesMut};
use prost::Message as _;
use shared_proto::{
    client::v1::{Command, Disconnect, Push, Reply},
    json::Object,
};
use tokio_util::codec::Encoder as _;

use super::wire::Wire;
use super::{codes::Close, deflate};

/// The first reserved bit of a message's first frame: its payload is deflated (RFC 7692).
const COMPRESSED: u8 = 0x40;

/// Smaller pushes go as they are: header, packet and system call cost more than they would save.
const DEFLATE_MIN_BYTES: usize = 256;

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

/// The commands of one frame, each read when it is asked for: a command takes up to a thousand times
/// the memory of its bytes. An empty command is the client's pong.
#[derive(Debug)]
pub struct Commands {
    is_json: bool,
    rest: Bytes,
    /// Everything was read, or something that is no command.
    is_over: bool,
    /// Nothing was read yet.
    is_empty: bool,
}

impl Commands {
    /// The commands of `frame`. What follows something that is no command is not read.
    #[must_use]
    pub fn new(wire: Wire, frame: Bytes) -> Self {
        Self {
            is_json: wire.is_json(),
            rest: frame,
            is_over: false,
            is_empty: true,
        }
    }

    /// Bytes that were not read yet.
    #[must_use]
    pub fn rest_bytes(&self) -> usize {
        self.rest.len()
    }

    fn read(&mut self) -> Option<Result<Command, DecodeError>> {
        if !self.is_json {
            if self.rest.is_empty() {
                return None;
            }
            let command = Command::decode_length_delimited(&mut self.rest);
            return Some(command.map_err(DecodeError::Protobuf));
        }
        let mut commands = serde_json::Deserializer::from_slice(&self.rest).into_iter();
        let command = commands.next()?;
        let read_bytes = commands.byte_offset();
        self.rest.advance(read_bytes);
        Some(
            command
                .map(|Object(command)| command)
                .map_err(DecodeError::Json),
        )
    }
}

impl Iterator for Commands {
    type Item = Result<Command, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let command = match self.read() {
            None if self.is_empty => Some(Err(DecodeError::Empty)),
            command => command,
        };
        self.is_empty = false;
        self.is_over = !matches!(command, Some(Ok(_)));
        command
    }
}

/// One reply or push as bytes that are ready for the socket, the transport's framing included.
#[must_use]
pub fn encode(wire: Wire, reply: &Reply) -> Bytes {
    match wire {
        Wire::Json | Wire::JsonDeflated => {
            json(reply).map_or_else(Bytes::new, |json| websocket(Message::Text(json.into())))
        }
        Wire::Protobuf | Wire::ProtobufDeflated => websocket(Message::Binary(protobuf(reply))),
        Wire::JsonLines => json(reply).map_or_else(Bytes::new, |json| (json + "\n").into()),
        Wire::ProtobufStream => protobuf(reply),
        Wire::JsonEvents => {
            json(reply).map_or_else(Bytes::new, |json| format!("data: {json}\n\n").into())
        }
        Wire::Notifications | Wire::Topics => Bytes::new(),
    }
}

/// The last thing a connection says: a WebSocket's close frame; where there is none, a push.
#[must_use]
pub fn farewell(wire: Wire, close: &Close) -> Bytes {
    if wire.is_websocket() {
        return websocket(Message::Close(Some(CloseReason {
            code: close.code.into(),
            description: Some(close.reason.to_string()),
        })));
    }
    let disconnect = Disconnect {
        code: close.code.into(),
        reason: close.reason.to_string(),
        reconnect: close.reconnects(),
    };
    let push = Push {
        disconnect: Some(disconnect),
        ..Push::default()
    };
    encode(
        wire,
        &Reply {
            push: Some(push),
            ..Reply::default()
        },
    )
}

/// A WebSocket message as the server sends it: unmasked, so that it can be shared.
#[must_use]
pub fn websocket(message: Message) -> Bytes {
    let mut bytes = BytesMut::new();
    if let Err(error) = actix_http::ws::Codec::new().encode(message, &mut bytes) {
        tracing::error!(%error, "WebSocket frame cannot be written");
    }
    bytes.freeze()
}

/// The same WebSocket message in fewer bytes where that is worth it.
#[must_use]
pub fn deflated(frame: Bytes) -> Bytes {
    // An unmasked header is as long as its second byte says (RFC 6455, section 5.2).
    let header_bytes = match frame.get(1) {
        Some(0..=125) => 2,
        Some(126) => 4,
        _ => 10,
    };
    let payload = frame.get(header_bytes..).unwrap_or_default();
    if payload.len() < DEFLATE_MIN_BYTES {
        return frame;
    }
    let Some(payload) = deflate::compress(payload) else {
        return frame;
    };
    let mut bytes = BytesMut::from(websocket(Message::Binary(payload)));
    bytes[0] = frame[0] | COMPRESSED;
    bytes.freeze()
}

fn json(reply: &Reply) -> Option<String> {
    match serde_json::to_string(reply) {
        Ok(json) => Some(json),
        Err(error) => {
            // Payloads are checked where they come in, so this is a bug; one event is lost to JSON
            // clients and their position shows it.
            tracing::error!(%error, "reply cannot be written as JSON");
            None
        }
    }
}

fn protobuf(reply: &Reply) -> Bytes {
    reply.encode_length_delimited_to_vec().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared_proto::client::v1::{PingRequest, RpcResult};

    use super::*;

    const WEBSOCKETS: [Wire; 4] = [
        Wire::Json,
        Wire::Protobuf,
        Wire::JsonDeflated,
        Wire::ProtobufDeflated,
    ];

    fn decode(wire: Wire, frame: impl Into<Bytes>) -> Result<Vec<Command>, DecodeError> {
        Commands::new(wire, frame.into()).collect()
    }

    fn ping(id: u32) -> Command {
        Command {
            id,
            ping: Some(PingRequest {}),
            ..Command::default()
        }
    }

    fn rpc(data: &str) -> Reply {
        let data = Bytes::from(data.to_owned());
        Reply {
            id: 1,
            rpc: Some(RpcResult { data }),
            ..Reply::default()
        }
    }

    #[test]
    fn frame_carries_several_commands() {
        let json = "{\"id\":1,\"ping\":{}}\n{\"id\":2,\"ping\":{}}\n";
        assert_eq!(decode(Wire::Json, json).unwrap(), [ping(1), ping(2)]);

        let mut binary = ping(1).encode_length_delimited_to_vec();
        binary.extend(ping(2).encode_length_delimited_to_vec());
        assert_eq!(decode(Wire::Protobuf, binary).unwrap(), [ping(1), ping(2)]);
    }

    #[test]
    fn what_comes_before_something_that_is_no_command_is_read() {
        let mut commands = Commands::new(Wire::Json, "{\"id\":1,\"ping\":{}} x {}".into());
        assert_eq!(commands.next().unwrap().unwrap(), ping(1));
        assert!(commands.next().unwrap().is_err());
        assert!(commands.next().is_none());
        for wire in [Wire::Json, Wire::Protobuf] {
            assert!(matches!(decode(wire, ""), Err(DecodeError::Empty)));
        }
        assert!(matches!(decode(Wire::Json, "\n "), Err(DecodeError::Empty)));
    }

    #[test]
    fn pong_is_an_empty_command() {
        assert_eq!(decode(Wire::Json, "{}").unwrap(), [Command::default()]);
        assert_eq!(
            decode(Wire::Protobuf, Bytes::from_static(&[0])).unwrap(),
            [Command::default()]
        );
    }

    #[test]
    fn reply_is_framed_as_its_transport_wants_it() {
        let reply = Reply::default();
        assert_eq!(&encode(Wire::Json, &reply)[..], b"\x81\x02{}");
        assert_eq!(&encode(Wire::Protobuf, &reply)[..], b"\x82\x01\x00");
        assert_eq!(&encode(Wire::ProtobufStream, &reply)[..], b"\x00");
        assert_eq!(encode(Wire::JsonLines, &reply), "{}\n");
        assert_eq!(encode(Wire::JsonEvents, &reply), "data: {}\n\n");
    }

    #[test]
    fn farewell_is_a_close_frame_or_a_push() {
        for wire in WEBSOCKETS {
            let frame = farewell(wire, &Close::SHUTDOWN);
            assert_eq!(frame[..4], [0x88, 10, 0x0b, 0xb9], "{wire:?}");
        }
        assert_eq!(
            farewell(Wire::JsonLines, &Close::SHUTDOWN),
            "{\"push\":{\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\",\"reconnect\":true}}}\n"
        );
        assert_eq!(
            farewell(Wire::JsonEvents, &Close::INVALID_TOKEN),
            "data: {\"push\":{\"disconnect\":{\"code\":3500,\"reason\":\"invalid token\"}}}\n\n"
        );
        assert!(farewell(Wire::Topics, &Close::SHUTDOWN).is_empty());
    }

    #[test]
    fn deflated_frame_keeps_its_opcode_and_says_so() {
        let text = format!("{{\"text\":\"{}\"}}", "hello there ".repeat(50));
        for (wire, first) in [(Wire::Json, 0xc1), (Wire::Protobuf, 0xc2)] {
            let plain = encode(wire, &rpc(&text));
            let small = deflated(plain.clone());
            assert_eq!(small[0], first);
            assert!(small.len() < 126, "one byte says how long: {}", small.len());
            let inflated = deflate::inflate(&small[2..], 64 * 1024).unwrap();
            assert_eq!(inflated, plain[4..]);
        }
    }

    #[test]
    fn frame_that_is_short_or_dense_is_not_deflated() {
        let short = encode(Wire::Json, &rpc("{}"));
        assert_eq!(deflated(short.clone()), short);
        let mut state = 1_u64;
        let dense: Vec<u8> = (0..1_000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        let dense = websocket(Message::Binary(dense.into()));
        assert_eq!(deflated(dense.clone()), dense);
    }

    proptest! {
        #[test]
        fn no_frame_makes_the_decoder_panic(frame in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(Wire::Json, frame.clone());
            let _ = decode(Wire::Protobuf, frame);
        }

        #[test]
        fn no_text_makes_the_decoder_panic(frame in "[{}\\[\\]\":,a-z0-9\n ]{0,80}") {
            let _ = decode(Wire::Json, frame);
        }
    }
}
