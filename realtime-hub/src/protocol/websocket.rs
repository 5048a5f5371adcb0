//! WebSocket frames of a client, put together to messages (RFC 6455, and RFC 7692 where that was
//! negotiated).
//!
//! What `actix-http` has for this refuses every reserved bit, so it knows no compression, and it
//! waits for a frame's payload before it looks whether that may be so large.

use std::str;

use bytes::{Buf as _, Bytes, BytesMut};

use crate::protocol::{
    codes::Close,
    deflate::{self, InflateError},
};

/// Largest payload of a control frame (RFC 6455, section 5.5).
const CONTROL_MAX_BYTES: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
/// The first reserved bit: the message is deflated (RFC 7692, section 6).
const COMPRESSED: u8 = 0x40;
const MASKED: u8 = 0x80;
const MASK_BYTES: usize = 4;

/// A whole message of the client, or a sign of life.
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A text or binary message.
    Data(Bytes),
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// An answer to a ping of the WebSocket layer.
    Pong,
    /// The client leaves.
    Close,
}

/// What no WebSocket client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A bit is set that means nothing here.
    #[error("a reserved bit is set")]
    Reserved,
    /// RFC 6455 demands a mask of every client.
    #[error("frame is not masked")]
    Unmasked,
    /// No such kind of frame.
    #[error("opcode {0} is unknown")]
    Opcode(u8),
    /// Control frames are short and whole.
    #[error("control frame is long or fragmented")]
    Control,
    /// A continuation of nothing, or a new message inside another.
    #[error("fragments are out of order")]
    Fragments,
    /// More than a client may send at once.
    #[error("message is too large")]
    TooLarge,
    /// A text that is none.
    #[error("text is not UTF-8")]
    Utf8,
    /// It cannot be inflated.
    #[error("message cannot be inflated")]
    Inflate(#[from] InflateError),
}

impl FrameError {
    /// How the connection ends.
    #[must_use]
    pub fn close(&self) -> Close {
        match self {
            Self::TooLarge | Self::Inflate(InflateError::TooLarge) => Close::TOO_LARGE,
            _ => Close::BAD_REQUEST,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl TryFrom<u8> for Opcode {
    type Error = FrameError;

    fn try_from(opcode: u8) -> Result<Self, FrameError> {
        Ok(match opcode {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            other => return Err(FrameError::Opcode(other)),
        })
    }
}

#[derive(Clone, Copy)]
struct Header {
    is_last: bool,
    is_compressed: bool,
    opcode: Opcode,
    mask: [u8; MASK_BYTES],
    header_bytes: usize,
    payload_bytes: usize,
}

impl Header {
    /// Reads a header; `None` when more bytes are needed.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & (RESERVED & !COMPRESSED) != 0 {
            return Err(FrameError::Reserved);
        }
        if second & MASKED == 0 {
            return Err(FrameError::Unmasked);
        }
        let opcode = Opcode::try_from(first & 0x0f)?;
        let (length, length_bytes) = match second & !MASKED {
            126 => (
                rest.first_chunk()
                    .map(|be| u64::from(u16::from_be_bytes(*be))),
                2,
            ),
            127 => (rest.first_chunk().map(|be| u64::from_be_bytes(*be)), 8),
            short => (Some(short.into()), 0),
        };
        let Some(length) = length else {
            return Ok(None);
        };
        let payload_bytes = usize::try_from(length).map_err(|_| FrameError::TooLarge)?;
        let Some(mask) = rest[length_bytes..].first_chunk() else {
            return Ok(None);
        };
        Ok(Some(Self {
            is_last: first & FIN != 0,
            is_compressed: first & COMPRESSED != 0,
            opcode,
            mask: *mask,
            header_bytes: 2 + length_bytes + MASK_BYTES,
            payload_bytes,
        }))
    }
}

/// The part of a message that is here.
struct Message {
    is_text: bool,
    is_compressed: bool,
    payload: BytesMut,
}

/// Takes bytes in and gives messages out; a state of two words between
/// messages.
pub struct FrameReader {
    inflates: bool,
    /// Largest message, also once it is inflated.
    max_bytes: usize,
    /// The message whose last fragment is still to come.
    unfinished: Option<Box<Message>>,
}

impl FrameReader {
    /// A reader for a new connection whose messages have up to `max_bytes`; `inflates` when
    /// compression was negotiated.
    #[must_use]
    pub fn new(inflates: bool, max_bytes: usize) -> Self {
        Self {
            inflates,
            max_bytes,
            unfinished: None,
        }
    }

    /// Bytes of a message whose last fragment is still to come.
    #[must_use]
    pub fn unfinished_bytes(&self) -> usize {
        let unfinished = self.unfinished.as_ref();
        unfinished.map_or(0, |message| message.payload.len())
    }

    /// Takes the next whole message out of `buffer`; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`]; nothing after it can be understood.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Inbound>, FrameError> {
        while let Some(header) = Header::parse(buffer)? {
            // Before its payload is waited for.
            self.check(&header)?;
            if buffer.len() < header.header_bytes + header.payload_bytes {
                return Ok(None);
            }
            buffer.advance(header.header_bytes);
            let mut payload = buffer.split_to(header.payload_bytes);
            unmask(&mut payload, header.mask);
            let inbound = match header.opcode {
                Opcode::Ping => Some(Inbound::Ping(payload.freeze())),
                Opcode::Pong => Some(Inbound::Pong),
                Opcode::Close => Some(Inbound::Close),
                Opcode::Text | Opcode::Binary | Opcode::Continuation => {
                    self.collect(&header, payload)?.map(Inbound::Data)
                }
            };
            if inbound.is_some() {
                return Ok(inbound);
            }
        }
        Ok(None)
    }

    fn check(&self, header: &Header) -> Result<(), FrameError> {
        let begins = matches!(header.opcode, Opcode::Text | Opcode::Binary);
        if header.is_compressed && !(begins && self.inflates) {
            return Err(FrameError::Reserved);
        }
        if header.opcode.is_control() {
            let is_whole = header.is_last && header.payload_bytes <= CONTROL_MAX_BYTES;
            // A close has no payload, or one that begins with a code of two bytes.
            let is_cut = header.opcode == Opcode::Close && header.payload_bytes == 1;
            return if is_whole && !is_cut {
                Ok(())
            } else {
                Err(FrameError::Control)
            };
        }
        if begins == self.unfinished.is_some() {
            return Err(FrameError::Fragments);
        }
        let before = self
            .unfinished
            .as_ref()
            .map_or(0, |message| message.payload.len());
        if header.payload_bytes > self.max_bytes - before {
            return Err(FrameError::TooLarge);
        }
        Ok(())
    }

    fn collect(&mut self, header: &Header, part: BytesMut) -> Result<Option<Bytes>, FrameError> {
        let message = match self.unfinished.take() {
            Some(mut message) => {
                message.payload.extend_from_slice(&part);
                *message
            }
            None => Message {
                is_text: header.opcode == Opcode::Text,
                is_compressed: header.is_compressed,
                payload: part,
            },
        };
        if !header.is_last {
            self.unfinished = Some(Box::new(message));
            return Ok(None);
        }
        let payload = if message.is_compressed {
            deflate::inflate(&message.payload, self.max_bytes)?
        } else {
            message.payload.freeze()
        };
        if message.is_text && str::from_utf8(&payload).is_err() {
            return Err(FrameError::Utf8);
        }
        Ok(Some(payload))
    }
}

fn unmask(payload: &mut [u8], mask: [u8; MASK_BYTES]) {
    for word in payload.chunks_mut(MASK_BYTES) {
        for (byte, mask) in word.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;

    const MAX_BYTES: usize = 64 * 1024;

    /// A frame as a client makes it; `first` is the first byte.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ 126..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(mask);
        let at = frame.len();
        frame.extend(payload);
        unmask(&mut frame[at..], mask);
        frame
    }

    fn read(inflates: bool, bytes: &[u8]) -> Result<Vec<Inbound>, FrameError> {
        let (mut reader, mut buffer) =
            (FrameReader::new(inflates, MAX_BYTES), BytesMut::from(bytes));
        let mut all = Vec::new();
        while let Some(inbound) = reader.next(&mut buffer)? {
            all.push(inbound);
        }
        Ok(all)
    }

    fn data(text: &str) -> Inbound {
        Inbound::Data(text.to_owned().into())
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], error: FrameError) {
        assert_eq!(read(false, bytes), Err(error));
    }

    #[test]
    fn control_frames_may_come_between_fragments() {
        let frames = [
            frame(0x01, b"Hel"),
            frame(0x89, b"are you there?"),
            frame(0x00, b""),
            frame(0x8a, b""),
            frame(0x80, b"lo"),
            frame(0x88, &1000_u16.to_be_bytes()),
        ];
        assert_eq!(
            read(false, &frames.concat()).unwrap(),
            [
                Inbound::Ping("are you there?".into()),
                Inbound::Pong,
                data("Hello"),
                Inbound::Close,
            ]
        );
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        check_refused(&[0x81, 0x02, b'{', b'}'], FrameError::Unmasked);
        for reserved in [0xc1, 0xa1, 0x91, 0xc9] {
            check_refused(&frame(reserved, b"{}"), FrameError::Reserved);
        }
        check_refused(&frame(0x83, b"{}"), FrameError::Opcode(3));
        check_refused(&frame(0x8b, b""), FrameError::Opcode(11));
        check_refused(&frame(0x80, b"{}"), FrameError::Fragments);
        let inside = [frame(0x01, b"{"), frame(0x81, b"}")].concat();
        check_refused(&inside, FrameError::Fragments);
        check_refused(&frame(0x09, b""), FrameError::Control);
        check_refused(&frame(0x89, &[0; 126]), FrameError::Control);
        check_refused(&frame(0x88, &[3]), FrameError::Control);
        check_refused(&frame(0x81, b"\xff\xfe"), FrameError::Utf8);
        let split = [frame(0x01, b"\xe2\x82"), frame(0x80, b"\xac")].concat();
        assert_eq!(read(false, &split).unwrap(), [data("€")]);
        let broken = [frame(0x01, b"\xe2\x82"), frame(0x80, b"a")].concat();
        check_refused(&broken, FrameError::Utf8);
        // Bytes need not be text.
        assert_eq!(read(false, &frame(0x82, b"\xff")).unwrap().len(), 1);
    }

    #[test]
    fn large_message_is_refused_by_its_header() {
        let largest = vec![b' '; MAX_BYTES];
        assert_eq!(read(false, &frame(0x82, &largest)).unwrap().len(), 1);
        let mut announced = vec![0x82, 0xff];
        announced.extend((MAX_BYTES as u64 + 1).to_be_bytes());
        announced.extend([0; 4]);
        check_refused(&announced, FrameError::TooLarge);
        check_refused(
            &[
                0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
            ],
            FrameError::TooLarge,
        );
        let parts = [frame(0x02, &largest), frame(0x80, b" ")].concat();
        check_refused(&parts, FrameError::TooLarge);
    }

    #[test]
    fn deflated_message_is_read_where_that_was_negotiated() {
        let text = "again and ".repeat(100);
        let small = deflate::compress(text.as_bytes()).unwrap();
        let (one, two) = small.split_at(7);
        let frames = [
            frame(0x41, one),
            frame(0x89, b""),
            frame(0x80, two),
            frame(0x81, b"plain"),
        ];
        let expected = [Inbound::Ping(Bytes::new()), data(&text), data("plain")];
        assert_eq!(read(true, &frames.concat()).unwrap(), expected);

        let later = [frame(0x41, one), frame(0xc0, two)].concat();
        assert_eq!(read(true, &later), Err(FrameError::Reserved));
        let not_text = deflate::compress(&[0xff; 500]).unwrap();
        assert_eq!(read(true, &frame(0xc1, &not_text)), Err(FrameError::Utf8));
        let bomb = deflate::compress(&[b' '; MAX_BYTES + 1]).unwrap();
        let refused = Err(FrameError::Inflate(InflateError::TooLarge));
        assert_eq!(read(true, &frame(0xc1, &bomb)), refused);
        let refused = Err(FrameError::Inflate(InflateError::Corrupt));
        assert_eq!(read(true, &frame(0xc1, b"\xff\xff\xff\xff")), refused);
    }

    /// A message, whether it is deflated, and where it is cut into fragments.
    fn any_message() -> impl Strategy<Value = (String, bool, Vec<Index>)> {
        ("[a-zäß€ ]{0,300}", any::<bool>(), vec(any::<Index>(), 0..4))
    }

    fn sent(text: &str, deflated: bool, cuts: &[Index]) -> Vec<u8> {
        let small = deflate::compress(text.as_bytes()).filter(|_| deflated);
        let compressed = if small.is_some() { COMPRESSED } else { 0 };
        let payload = small.unwrap_or_else(|| text.to_owned().into());
        let mut cuts: Vec<usize> = cuts
            .iter()
            .map(|cut| cut.index(payload.len() + 1))
            .collect();
        cuts.push(payload.len());
        cuts.sort_unstable();
        let (mut from, mut bytes) = (0, Vec::new());
        for (index, to) in cuts.iter().enumerate() {
            let opcode = if index == 0 { 0x01 | compressed } else { 0x00 };
            let fin = if index + 1 == cuts.len() { FIN } else { 0 };
            bytes.extend(frame(fin | opcode, &payload[from..*to]));
            bytes.extend(frame(0x8a, b"pong"));
            from = *to;
        }
        bytes
    }

    proptest! {
        #[test]
        fn messages_arrive_however_they_are_cut(
            messages in vec(any_message(), 1..4),
            chunk in 1_usize..600,
        ) {
            let bytes: Vec<u8> = messages.iter().flat_map(|(text, deflated, cuts)| sent(text, *deflated, cuts)).collect();
            let (mut reader, mut buffer) = (FrameReader::new(true, MAX_BYTES), BytesMut::new());
            let mut texts = Vec::new();
            for part in bytes.chunks(chunk) {
                buffer.extend_from_slice(part);
                while let Some(inbound) = reader.next(&mut buffer).unwrap() {
                    match inbound {
                        Inbound::Data(text) => texts.push(String::from_utf8(text.into()).unwrap()),
                        other => prop_assert_eq!(other, Inbound::Pong),
                    }
                }
            }
            prop_assert!(buffer.is_empty());
            let expected: Vec<String> = messages.into_iter().map(|(text, ..)| text).collect();
            prop_assert_eq!(texts, expected);
        }

        #[test]
        fn garbage_makes_no_reader_panic(garbage in vec(any::<u8>(), 0..400), inflates in any::<bool>()) {
            let _ = read(inflates, &garbage);
        }

        #[test]
        fn nearly_right_frames_make_no_reader_panic(
            frames in vec((any::<u8>(), vec(any::<u8>(), 0..150)), 0..6),
            inflates in any::<bool>(),
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
            let _ = read(inflates, &bytes);
        }
    }
}
