//! A push that goes to many connections: encoded at most once per wire format, shared after that.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use shared_proto::client::v1::{Publication, Push, Reply, Subscribe, SubscribeResult, Unsubscribe};

use super::{
    codec::{self, Wire},
    codes::Unsubscribed,
};

/// The server-side channel that carries what a connection's user may hear and has not subscribed.
pub const FEED: &str = "feed";

/// A push, with its encodings made when the first connection of a format needs them.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

struct Inner {
    reply: Reply,
    /// `epoch:offset` of a logged publication, the `id:` of an event stream.
    position: Option<String>,
    json: OnceLock<Bytes>,
    protobuf: OnceLock<Bytes>,
    event_stream: OnceLock<Bytes>,
}

impl Frame {
    fn push(push: Push, position: Option<String>) -> Self {
        Self(Arc::new(Inner {
            reply: Reply {
                push: Some(push),
                ..Reply::default()
            },
            position,
            json: OnceLock::new(),
            protobuf: OnceLock::new(),
            event_stream: OnceLock::new(),
        }))
    }

    /// A logged event on its own channel.
    #[must_use]
    pub fn logged(channel: &str, epoch: &str, offset: u64, data: Bytes) -> Self {
        let publication = Publication {
            data,
            offset,
            ..Publication::default()
        };
        Self::publication(channel, Some(epoch), publication)
    }

    /// A publication on its own channel; `epoch` is that of one which has a place.
    #[must_use]
    pub fn publication(channel: &str, epoch: Option<&str>, publication: Publication) -> Self {
        let position = epoch.map(|epoch| format!("{epoch}:{}", publication.offset));
        let push = Push {
            channel: channel.to_owned(),
            r#pub: Some(publication),
            ..Push::default()
        };
        Self::push(push, position)
    }

    /// A publication in `topic` for those who did not subscribe to it; `epoch` is that of one which
    /// has a place.
    #[must_use]
    pub fn feed(topic: &str, epoch: Option<&str>, publication: &Publication) -> Self {
        #[derive(Serialize)]
        struct Wrapped<'a> {
            topic: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            epoch: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            offset: Option<u64>,
            event: &'a RawValue,
        }
        let wrapped = serde_json::from_slice(&publication.data).and_then(|event| {
            serde_json::to_vec(&Wrapped {
                topic,
                epoch,
                offset: epoch.map(|_| publication.offset),
                event,
            })
        });
        // Payloads are checked where they come in; one that is no JSON ends up as an empty frame.
        let wrapped = Publication {
            data: wrapped.unwrap_or_default().into(),
            tags: publication.tags.clone(),
            ..Publication::default()
        };
        Self::publication(FEED, None, wrapped)
    }

    /// A subscription that the server made, followed by what the client missed of it. A payload
    /// that is not empty takes the place of the topic's own.
    pub fn subscribed(
        channel: &str,
        result: SubscribeResult,
        data: Bytes,
    ) -> impl Iterator<Item = Self> {
        let subscribe = Subscribe {
            recoverable: result.recoverable,
            positioned: result.positioned,
            epoch: result.epoch.clone(),
            offset: result.offset,
            data: if data.is_empty() { result.data } else { data },
        };
        let push = Push {
            channel: channel.to_owned(),
            subscribe: Some(subscribe),
            ..Push::default()
        };
        let missed = result
            .publications
            .into_iter()
            .map(move |publication| Self::publication(channel, Some(&result.epoch), publication));
        std::iter::once(Self::push(push, None)).chain(missed)
    }

    /// The end of a subscription, decided by the server.
    #[must_use]
    pub fn unsubscribe(channel: &str, why: Unsubscribed) -> Self {
        let unsubscribe = Unsubscribe {
            code: why.code,
            reason: why.reason.to_owned(),
        };
        let push = Push {
            channel: channel.to_owned(),
            unsubscribe: Some(unsubscribe),
            ..Push::default()
        };
        Self::push(push, None)
    }

    /// What is pushed.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.0.reply
    }

    /// The bytes for a connection of that format; empty when the format cannot carry it.
    #[must_use]
    pub fn bytes(&self, wire: Wire) -> Bytes {
        let encoded = match wire {
            Wire::Json => self
                .0
                .json
                .get_or_init(|| codec::encode(wire, &self.0.reply)),
            Wire::Protobuf => self
                .0
                .protobuf
                .get_or_init(|| codec::encode(wire, &self.0.reply)),
            Wire::EventStream => self.0.event_stream.get_or_init(|| self.server_sent_event()),
        };
        encoded.clone()
    }

    fn server_sent_event(&self) -> Bytes {
        let publication = self
            .0
            .reply
            .push
            .as_ref()
            .and_then(|push| push.r#pub.as_ref());
        let Some(publication) = publication else {
            return Bytes::new();
        };
        let data = String::from_utf8_lossy(&publication.data);
        match &self.0.position {
            Some(position) => format!("id: {position}\ndata: {data}\n\n").into(),
            None => format!("data: {data}\n\n").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_json(frame: &Frame, json: &str) {
        assert_eq!(&frame.bytes(Wire::Json)[2..], json.as_bytes());
    }

    #[test]
    fn feed_wraps_the_event_with_its_position() {
        let publication = Publication {
            data: br#"{"type":"x"}"#.as_slice().into(),
            offset: 7,
            ..Publication::default()
        };
        check_json(
            &Frame::feed("chat:1", Some("e"), &publication),
            r#"{"push":{"channel":"feed","pub":{"data":{"topic":"chat:1","epoch":"e","offset":7,"event":{"type":"x"}}}}}"#
                .trim_start_matches(' '),
        );
    }

    #[test]
    fn event_stream_names_the_position() {
        let frame = Frame::logged("user:1", "e", 3, br#"{"type":"x"}"#.as_slice().into());
        assert_eq!(
            &frame.bytes(Wire::EventStream)[..],
            b"id: e:3\ndata: {\"type\":\"x\"}\n\n"
        );
        let frame = Frame::unsubscribe("user:1", Unsubscribed::REMOVED);
        assert!(frame.bytes(Wire::EventStream).is_empty());
    }
}
