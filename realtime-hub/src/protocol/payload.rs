//! What applications put into publications: JSON that fits into one line.

use bytes::Bytes;
use serde_json::value::RawValue;

/// How deep arrays and objects may be nested. Parsers of clients give up at 64 (.NET) or more, with
/// what the protocol puts around a payload included; some end their program.
pub const DEPTH_MAX: usize = 50;

/// Why a payload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    /// It is not one JSON value.
    #[error("the payload is not JSON")]
    NotJson,
    /// Nobody could read it.
    #[error("the payload is nested deeper than {DEPTH_MAX} arrays and objects")]
    TooDeep,
}

/// Whether a payload is one JSON value that every client can read.
///
/// # Errors
/// [`BadPayload`].
pub fn check(data: &[u8]) -> Result<(), BadPayload> {
    if depth(data) > DEPTH_MAX {
        return Err(BadPayload::TooDeep);
    }
    // It does not recurse, but skips.
    match serde_json::from_slice::<&RawValue>(data) {
        Ok(_) => Ok(()),
        Err(_) => Err(BadPayload::NotJson),
    }
}

/// How deep the brackets are nested; of what is no JSON, any number.
fn depth(data: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in data {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The same payload without raw line breaks: they separate objects on the wire, and inside JSON
/// they can only be white space.
#[must_use]
pub fn on_one_line(data: Bytes) -> Bytes {
    let breaks = |byte: u8| matches!(byte, b'\n' | b'\r');
    if !data.iter().copied().any(breaks) {
        return data;
    }
    let spaced = data
        .iter()
        .map(|byte| if breaks(*byte) { b' ' } else { *byte });
    spaced.collect::<Vec<u8>>().into()
}

/// A text as a JSON string.
#[must_use]
pub fn quoted(text: &[u8]) -> Bytes {
    // Payloads are JSON, which is UTF-8, and so are the differences between them.
    let text = String::from_utf8_lossy(text);
    serde_json::to_vec(&*text).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_payload_is_put_on_one_line() {
        let pretty = Bytes::from_static(b"{\r\n  \"a\": \"x\\n\"\n}");
        assert_eq!(&on_one_line(pretty)[..], b"{    \"a\": \"x\\n\" }");
    }

    #[test]
    fn payload_is_one_json_value() {
        assert_eq!(check(b" [1, {}] "), Ok(()));
        for bad in [&b"[1"[..], b"", b"1 2", b"\"\xff\""] {
            assert_eq!(check(bad), Err(BadPayload::NotJson));
        }
    }

    #[test]
    fn payload_is_no_deeper_than_clients_can_read() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(nested(DEPTH_MAX).as_bytes()), Ok(()));
        let objects = "{\"a\":".repeat(DEPTH_MAX) + "{}" + &"}".repeat(DEPTH_MAX);
        for deep in [nested(DEPTH_MAX + 1), nested(30_000), objects] {
            assert_eq!(check(deep.as_bytes()), Err(BadPayload::TooDeep));
        }
        let wide = format!("[{}0]", "[],".repeat(30_000));
        assert_eq!(check(wide.as_bytes()), Ok(()));
        let text = format!("[\"\\\"{}\"]", "[".repeat(30_000));
        assert_eq!(check(text.as_bytes()), Ok(()));
    }
}
