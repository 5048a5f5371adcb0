//! A push that goes to many connections: encoded at most once per wire format, shared after that.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use shared_proto::client::v1::{ClientInfo, Join, Leave, Publication, Push, Reply, Unsubscribe};

use super::{
    codec::{self, Wire},
    codes::Unsubscribed,
    payload,
};

/// The server-side channel that carries what a connection's user may hear and has not subscribed.
pub const FEED: &str = "feed";

/// How a push names its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel<'a> {
    /// By the topic.
    Topic(&'a str),
    /// By the number that the subscription was told, for those who asked for it: it is shorter.
    Number(i64),
}

impl Channel<'_> {
    fn push(self) -> Push {
        match self {
            Self::Topic(topic) => Push {
                channel: topic.to_owned(),
                ..Push::default()
            },
            Self::Number(id) => Push {
                id,
                ..Push::default()
            },
        }
    }
}

/// A push, with its encodings made when the first connection of a format needs them.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

struct Inner {
    reply: Reply,
    /// `epoch:offset` of a logged publication, the `id:` of an event stream.
    position: Option<String>,
    /// In JSON the payload is a string: the next one may be a difference to it.
    quoted: bool,
    json: OnceLock<Bytes>,
    protobuf: OnceLock<Bytes>,
    event_stream: OnceLock<Bytes>,
}

impl Frame {
    fn push(push: Push) -> Self {
        Self::new(push, None, false)
    }

    fn new(push: Push, position: Option<String>, quoted: bool) -> Self {
        Self(Arc::new(Inner {
            reply: Reply {
                push: Some(push),
                ..Reply::default()
            },
            position,
            quoted,
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
        Self::publication(Channel::Topic(channel), Some(epoch), publication)
    }

    /// A publication on its own channel; `epoch` is that of one which has a place.
    #[must_use]
    pub fn publication(
        channel: Channel<'_>,
        epoch: Option<&str>,
        publication: Publication,
    ) -> Self {
        Self::published(channel, epoch, publication, false)
    }

    /// The same for a subscriber that takes differences, whether it is one or not.
    #[must_use]
    pub fn in_delta_chain(
        channel: Channel<'_>,
        epoch: Option<&str>,
        publication: Publication,
    ) -> Self {
        Self::published(channel, epoch, publication, true)
    }

    fn published(
        channel: Channel<'_>,
        epoch: Option<&str>,
        publication: Publication,
        quoted: bool,
    ) -> Self {
        let position = epoch.map(|epoch| format!("{epoch}:{}", publication.offset));
        let push = Push {
            r#pub: Some(publication),
            ..channel.push()
        };
        Self::new(push, position, quoted)
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
        Self::publication(Channel::Topic(FEED), None, wrapped)
    }

    /// The end of a subscription, decided by the server.
    #[must_use]
    pub fn unsubscribe(channel: &str, why: Unsubscribed) -> Self {
        let unsubscribe = Unsubscribe {
            code: why.code,
            reason: why.reason.to_owned(),
        };
        Self::push(Push {
            unsubscribe: Some(unsubscribe),
            ..Channel::Topic(channel).push()
        })
    }

    /// Somebody subscribed.
    #[must_use]
    pub fn join(channel: Channel<'_>, info: ClientInfo) -> Self {
        let join = Join { info: Some(info) };
        Self::push(Push {
            join: Some(join),
            ..channel.push()
        })
    }

    /// Somebody's subscription ended.
    #[must_use]
    pub fn leave(channel: Channel<'_>, info: ClientInfo) -> Self {
        let leave = Leave { info: Some(info) };
        Self::push(Push {
            leave: Some(leave),
            ..channel.push()
        })
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
            Wire::Json => self.0.json.get_or_init(|| self.encode(wire)),
            Wire::Protobuf => self.0.protobuf.get_or_init(|| self.encode(wire)),
            Wire::EventStream => self.0.event_stream.get_or_init(|| self.server_sent_event()),
        };
        encoded.clone()
    }

    fn encode(&self, wire: Wire) -> Bytes {
        if !(self.0.quoted && wire.is_json()) {
            return codec::encode(wire, &self.0.reply);
        }
        let mut reply = self.0.reply.clone();
        let push = reply.push.as_mut();
        if let Some(publication) = push.and_then(|push| push.r#pub.as_mut()) {
            publication.data = payload::quoted(&publication.data);
        }
        codec::encode(wire, &reply)
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
    fn channel_may_be_named_by_its_number() {
        let data = Publication {
            data: "1".into(),
            offset: 2,
            ..Publication::default()
        };
        check_json(
            &Frame::publication(Channel::Number(7), Some("e"), data),
            r#"{"push":{"id":7,"pub":{"data":1,"offset":2}}}"#,
        );
        let info = ClientInfo {
            user: "ada".into(),
            ..ClientInfo::default()
        };
        check_json(
            &Frame::join(Channel::Number(7), info),
            r#"{"push":{"id":7,"join":{"info":{"user":"ada"}}}}"#,
        );
    }

    #[test]
    fn payload_of_a_delta_chain_is_a_string_in_json_alone() {
        let delta = Publication {
            data: "1\n1:\"2;".into(),
            delta: true,
            ..Publication::default()
        };
        let frame = Frame::in_delta_chain(Channel::Number(7), None, delta.clone());
        check_json(
            &frame,
            r#"{"push":{"id":7,"pub":{"data":"1\n1:\"2;","delta":true}}}"#,
        );
        let plain = Frame::publication(Channel::Number(7), None, delta);
        assert_eq!(frame.bytes(Wire::Protobuf), plain.bytes(Wire::Protobuf));
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
