//! Plain event streams (`text/event-stream`): what an `EventSource` is told.
//!
//! An event's `id:` is the connection's own position, see [`crate::topic::cursor`]; everything else
//! is the same for all, and shared.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use shared_proto::client::v1::Push;

use super::wire::Wire;

/// A comment: it keeps proxies from closing a quiet stream, and headers from being held back.
pub const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// One event.
#[must_use]
pub fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

/// A push as an event without its `id:`; empty where such a stream does not carry it.
#[must_use]
pub fn push(wire: Wire, push: &Push, epoch: Option<&str>) -> Bytes {
    #[derive(Serialize)]
    struct Ended<'a> {
        topic: &'a str,
        code: u32,
        reason: &'a str,
    }
    if let Some(ended) = &push.unsubscribe {
        let ended = Ended {
            topic: &push.channel,
            code: ended.code,
            reason: &ended.reason,
        };
        return event("unsubscribed", &ended).into();
    }
    let Some(publication) = &push.r#pub else {
        return Bytes::new();
    };
    let data = if wire == Wire::Topics {
        let position = epoch.map(|epoch| (epoch, publication.offset));
        wrap(&push.channel, position, &publication.data)
    } else {
        publication.data.clone()
    };
    format!("data: {}\n\n", String::from_utf8_lossy(&data)).into()
}

/// An event together with its topic, for those who hear several by one channel. `position` is that
/// of a logged one.
#[must_use]
pub fn wrap(topic: &str, position: Option<(&str, u64)>, data: &[u8]) -> Bytes {
    #[derive(Serialize)]
    struct Wrapped<'a> {
        topic: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        epoch: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
        event: &'a RawValue,
    }
    let wrapped = serde_json::from_slice(data).and_then(|event| {
        serde_json::to_vec(&Wrapped {
            topic,
            epoch: position.map(|(epoch, _)| epoch),
            offset: position.map(|(_, offset)| offset),
            event,
        })
    });
    // Payloads are checked where they come in; one that is no JSON ends up as an empty frame.
    wrapped.unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{codes::Unsubscribed, frame::Frame};

    #[track_caller]
    fn check(wire: Wire, frame: &Frame, text: &str) {
        assert_eq!(frame.bytes(wire), text);
    }

    #[test]
    fn publication_is_an_event_with_its_topic_where_there_are_several() {
        let frame = Frame::logged("user:1", "e", 3, "{\"type\":\"x\"}");
        check(Wire::Notifications, &frame, "data: {\"type\":\"x\"}\n\n");
        check(
            Wire::Topics,
            &frame,
            "data: {\"topic\":\"user:1\",\"epoch\":\"e\",\"offset\":3,\"event\":{\"type\":\"x\"}}\n\n",
        );
        let frame = Frame::ephemeral("chat:1", "{\"type\":\"typing\"}");
        check(
            Wire::Topics,
            &frame,
            "data: {\"topic\":\"chat:1\",\"event\":{\"type\":\"typing\"}}\n\n",
        );
    }

    #[test]
    fn end_of_a_topic_is_an_event() {
        check(
            Wire::Topics,
            &Frame::unsubscribe("chat:1", Unsubscribed::REMOVED),
            "event: unsubscribed\ndata: {\"topic\":\"chat:1\",\"code\":2000,\"reason\":\"server unsubscribe\"}\n\n",
        );
    }
}
