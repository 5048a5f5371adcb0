//! WebSocket frames, plain and deflated.

use bytes::BytesMut;
use realtime_hub::protocol::{
    deflate,
    websocket::{FrameError, FrameReader, Inbound},
};

/// Largest message.
const MAX_BYTES: usize = 64 * 1024;

/// Largest payload of a ping (RFC 6455, section 5.5).
const PING_MAX_BYTES: usize = 125;

/// The first byte says whether messages may be deflated, the second in what pieces the rest, a
/// stream of frames, arrives. That must make no difference.
pub(crate) fn frames(input: &[u8]) {
    let [flags, piece, stream @ ..] = input else {
        return;
    };
    let inflates = flags & 1 != 0;
    let whole = read(inflates, stream, stream.len().max(1));
    let pieces = read(inflates, stream, usize::from(*piece) + 1);
    assert_eq!(whole, pieces);

    for message in &whole.messages {
        match message {
            Inbound::Data(data) => {
                assert!(data.len() <= MAX_BYTES);
                check_deflate(data);
            }
            Inbound::Ping(data) => assert!(data.len() <= PING_MAX_BYTES),
            Inbound::Pong | Inbound::Close => {}
        }
    }
}

/// What was read, what ended it, and what was left for later.
#[derive(Debug, PartialEq)]
struct Read {
    messages: Vec<Inbound>,
    error: Option<FrameError>,
    left: Option<BytesMut>,
}

fn read(inflates: bool, stream: &[u8], piece: usize) -> Read {
    let (mut reader, mut buffer) = (FrameReader::new(inflates, MAX_BYTES), BytesMut::new());
    let mut messages = Vec::new();
    for piece in stream.chunks(piece) {
        buffer.extend_from_slice(piece);
        loop {
            match reader.next(&mut buffer) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                // Nothing after it can be understood, so what is left does not matter.
                Err(error) => {
                    return Read {
                        messages,
                        error: Some(error),
                        left: None,
                    };
                }
            }
        }
    }
    Read {
        messages,
        error: None,
        left: Some(buffer),
    }
}

fn check_deflate(data: &[u8]) {
    if let Some(smaller) = deflate::compress(data) {
        assert!(smaller.len() < data.len());
        let inflated = deflate::inflate(&smaller, data.len());
        assert_eq!(inflated.expect("what was deflated is inflated"), data);
        assert!(deflate::inflate(&smaller, data.len() - 1).is_err());
    }
}
