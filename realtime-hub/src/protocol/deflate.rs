//! Compressed WebSocket messages (RFC 7692), without context takeover in either direction: every
//! message starts with an empty window. So one compressed push serves every connection, and no
//! connection holds a window of its own.

use std::cell::RefCell;

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Where a chat's events stop getting smaller; costs about as much as one delivery.
const LEVEL: u32 = 3;

/// How a flushed block ends. It is left out on the wire (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

thread_local! {
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static INFLATE: RefCell<(Decompress, Vec<u8>)> = RefCell::new((Decompress::new(false), Vec::new()));
}

/// Why a message could not be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// It grows beyond what a client may send.
    #[error("compressed message is too large")]
    TooLarge,
    /// It is no deflate stream.
    #[error("compressed message is corrupt")]
    Corrupt,
}

/// The payload deflated, if that makes it smaller.
#[must_use]
pub fn compress(payload: &[u8]) -> Option<Bytes> {
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        let mut smaller = Vec::with_capacity(payload.len());
        let done = deflate.compress_vec(payload, &mut smaller, FlushCompress::Sync);
        // A flush that filled its room may not be complete.
        let fits = done.is_ok() && smaller.len() < smaller.capacity();
        if !fits || !smaller.ends_with(&TAIL) {
            return None;
        }
        smaller.truncate(smaller.len() - TAIL.len());
        Some(smaller.into())
    })
}

/// What a client deflated, as long as it is no more than `max_bytes`.
///
/// # Errors
/// [`InflateError`].
pub fn inflate(payload: &[u8], max_bytes: usize) -> Result<Bytes, InflateError> {
    INFLATE.with_borrow_mut(|(inflate, room)| {
        inflate.reset(false);
        room.resize(max_bytes + 1, 0);
        for mut part in [payload, &TAIL] {
            while !part.is_empty() {
                let (read, written) = (inflate.total_in(), count(inflate.total_out()));
                let status = inflate
                    .decompress(part, &mut room[written..], FlushDecompress::Sync)
                    .map_err(|_| InflateError::Corrupt)?;
                if count(inflate.total_out()) > max_bytes {
                    return Err(InflateError::TooLarge);
                }
                if status == Status::StreamEnd {
                    return Ok(Bytes::copy_from_slice(&room[..count(inflate.total_out())]));
                }
                let consumed = count(inflate.total_in() - read);
                if consumed == 0 {
                    return Err(InflateError::Corrupt);
                }
                part = &part[consumed..];
            }
        }
        Ok(Bytes::copy_from_slice(&room[..count(inflate.total_out())]))
    })
}

fn count(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bomb_is_refused_before_it_bursts() {
        let bomb = compress(&vec![0; 1 << 20]).unwrap();
        assert!(bomb.len() < 8 * 1024);
        assert_eq!(inflate(&bomb, 64 * 1024), Err(InflateError::TooLarge));
        assert_eq!(inflate(&bomb, 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(inflate(&bomb, (1 << 20) - 1), Err(InflateError::TooLarge));
    }

    #[test]
    fn what_does_not_shrink_stays_as_it_is() {
        assert_eq!(compress(b""), None);
        assert_eq!(compress(b"abc"), None);
    }

    #[test]
    fn example_of_the_rfc_is_understood() {
        // RFC 7692, sections 7.2.3.1 to 7.2.3.5.
        let hello: [&[u8]; 4] = [
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            &[
                0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
            ],
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            &[
                0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
            ],
        ];
        for message in hello {
            assert_eq!(inflate(message, 100).unwrap(), "Hello", "{message:x?}");
        }
    }

    proptest! {
        #[test]
        fn inflated_is_what_was_deflated(text in "([a-z]{1,6} ){0,400}") {
            if let Some(smaller) = compress(text.as_bytes()) {
                prop_assert!(smaller.len() < text.len());
                prop_assert_eq!(inflate(&smaller, text.len()).unwrap(), text);
            }
        }

        #[test]
        fn garbage_neither_panics_nor_grows(garbage in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(inflated) = inflate(&garbage, 1_000) {
                prop_assert!(inflated.len() <= 1_000);
            }
        }
    }
}
