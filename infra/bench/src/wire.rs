//! As much of HTTP and of WebSocket (RFC 6455) as a client needs that trusts its servers.

/// Kinds of frames.
pub(crate) const TEXT: u8 = 1;
/// See [`TEXT`].
pub(crate) const CLOSE: u8 = 8;
/// See [`TEXT`].
pub(crate) const PING: u8 = 9;
/// See [`TEXT`].
pub(crate) const PONG: u8 = 10;

/// A frame that a server sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// Its kind; 0 continues the one before.
    pub(crate) opcode: u8,
    /// What it carries.
    pub(crate) payload: &'a [u8],
    /// Its length with its header.
    pub(crate) length: usize,
}

/// The frame at the beginning of the bytes, once it is whole.
pub(crate) fn frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let (header, payload_length): (usize, usize) = match *bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(part(bytes, 2)?))),
        127 => (
            10,
            usize::try_from(u64::from_be_bytes(part(bytes, 2)?)).unwrap_or(usize::MAX),
        ),
        short => (2, usize::from(short)),
    };
    let length = header.saturating_add(payload_length);
    Some(Frame {
        opcode: bytes[0] & 0x0f,
        payload: bytes.get(header..length)?,
        length,
    })
}

/// The close code in the payload of a [`CLOSE`] frame; 1005 stands for none.
pub(crate) fn close_code(payload: &[u8]) -> u16 {
    part(payload, 0).map_or(1005, u16::from_be_bytes)
}

/// A frame from a client. It must be masked; a mask of zeros leaves the payload as it is.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = with_length(opcode, payload.len(), 0x80);
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// A frame from a server.
pub(crate) fn unmasked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = with_length(opcode, payload.len(), 0);
    frame.extend_from_slice(payload);
    frame
}

fn with_length(opcode: u8, length: usize, mask_bit: u8) -> Vec<u8> {
    let mut header = vec![0x80 | opcode];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => header.push(mask_bit | short),
        (_, Ok(medium)) => {
            header.push(mask_bit | 126);
            header.extend(medium.to_be_bytes());
        }
        _ => {
            header.push(mask_bit | 127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

/// The head of an HTTP message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    /// Its first line.
    pub(crate) line: &'a str,
    /// All of its lines.
    text: &'a str,
    /// Bytes of the body, as far as they are announced.
    pub(crate) content_length: usize,
    /// Its own length.
    pub(crate) length: usize,
}

/// The head at the beginning of the bytes, once it is whole.
pub(crate) fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let length = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
    let mut head = Head {
        line: text.lines().next().unwrap_or_default(),
        text,
        content_length: 0,
        length,
    };
    let announced = head.field("content-length");
    head.content_length = announced.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    Some(head)
}

impl Head<'_> {
    /// Of a response: the status.
    pub(crate) fn status(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header field, whose name is given in small letters.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_of_every_length_is_read_back_once_it_is_whole() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let bytes = unmasked(TEXT, &payload);
            let found = frame(&bytes).unwrap();
            assert_eq!((found.opcode, found.payload), (TEXT, &payload[..]));
            assert_eq!(found.length, bytes.len());
            for end in [0, 1, bytes.len() - 1] {
                assert_eq!(frame(&bytes[..end]), None, "{length} cut to {end}");
            }
        }
    }

    #[test]
    fn frame_ends_where_the_next_begins() {
        let mut bytes = unmasked(TEXT, b"one");
        bytes.extend(unmasked(CLOSE, &[0x0b, 0xc0, b'!']));
        let first = frame(&bytes).unwrap();
        assert_eq!(first.payload, b"one");
        let second = frame(&bytes[first.length..]).unwrap();
        assert_eq!(second.opcode, CLOSE);
        assert_eq!(close_code(second.payload), 3008);
        assert_eq!(close_code(b""), 1005);
    }

    #[test]
    fn client_frame_carries_a_mask() {
        assert_eq!(masked(TEXT, b"{}"), b"\x81\x82\0\0\0\0{}");
        assert_eq!(masked(TEXT, &[0; 300])[..4], [0x81, 0x80 | 126, 1, 44]);
    }

    #[test]
    fn head_ends_with_an_empty_line() {
        let bytes = b"HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nabc";
        let found = head(bytes).unwrap();
        assert_eq!((found.status(), found.content_length), ("201", 3));
        assert_eq!(&bytes[found.length..], b"abc");
        assert_eq!(head(&bytes[..found.length - 1]), None);
    }
}
