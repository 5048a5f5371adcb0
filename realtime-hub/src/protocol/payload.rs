//! What applications put into publications: JSON that fits into one line.

use bytes::Bytes;
use serde_json::value::RawValue;

/// Whether a payload is one JSON value.
#[must_use]
pub fn is_json(data: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(data).is_ok()
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
        assert!(is_json(b" [1, {}] ") && !is_json(b"[1") && !is_json(b"") && !is_json(b"1 2"));
        assert!(!is_json(b"\"\xff\""));
    }
}
