//! A push that goes to many connections: encoded at most once per wire format, shared after that.

use std::sync::Arc;

use bytes::Bytes;
use shared_proto::client::v1::{
    ClientInfo, Join, Leave, Publication, Push, Reply, Subscribe, SubscribeResult, Unsubscribe,
};

use super::topic_name::FEED;
use super::{
    codec,
    codes::Unsubscribed,
    events, payload,
    wire::{Encodings, Wire},
};

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
#[derive(Clone, Debug)]
pub struct Frame(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reply: Reply,
    /// Epoch of the topic, of a publication that has a place in it.
    epoch: Option<String>,
    /// In JSON the payload is a string: the next one may be a difference to it.
    quoted: bool,
    encodings: Encodings,
    /// With the position of event streams that carry the topic alone.
    identified: Encodings,
}

impl Frame {
    fn push(push: Push) -> Self {
        Self::new(push, None, false)
    }

    fn new(push: Push, epoch: Option<&str>, quoted: bool) -> Self {
        Self(Arc::new(Inner {
            reply: Reply {
                push: Some(push),
                ..Reply::default()
            },
            epoch: epoch.map(str::to_owned),
            quoted,
            encodings: Encodings::default(),
            identified: Encodings::default(),
        }))
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
        let push = Push {
            r#pub: Some(publication),
            ..channel.push()
        };
        Self::new(push, epoch, quoted)
    }

    /// A publication in `topic` for those who did not subscribe to it; `epoch` is that of one which
    /// has a place.
    #[must_use]
    pub fn feed(topic: &str, epoch: Option<&str>, publication: &Publication) -> Self {
        let position = epoch.map(|epoch| (epoch, publication.offset));
        let wrapped = Publication {
            data: events::wrap(topic, position, &publication.data),
            tags: publication.tags.clone(),
            ..Publication::default()
        };
        Self::publication(Channel::Topic(FEED), None, wrapped)
    }

    /// A subscription that the server made, followed by what the client missed of it. A payload
    /// that is not empty takes the place of the topic's own.
    pub fn subscribed(
        topic: &str,
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
            subscribe: Some(subscribe),
            ..Channel::Topic(topic).push()
        };
        let missed = result.publications.into_iter().map(move |publication| {
            Self::publication(Channel::Topic(topic), Some(&result.epoch), publication)
        });
        std::iter::once(Self::push(push)).chain(missed)
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

    /// Topic and offset of a publication that has a place.
    #[must_use]
    pub fn position(&self) -> Option<(&str, u64)> {
        self.0.epoch.as_ref()?;
        let push = self.0.reply.push.as_ref()?;
        Some((&push.channel, push.r#pub.as_ref()?.offset))
    }

    /// The bytes for a connection of that format; empty when the format cannot carry it.
    #[must_use]
    pub fn bytes(&self, wire: Wire) -> Bytes {
        let Inner {
            reply,
            epoch,
            encodings,
            ..
        } = &*self.0;
        encodings.get_or_init(wire, || match (wire, &reply.push) {
            (Wire::JsonDeflated, _) => codec::deflated(self.bytes(Wire::Json)),
            (Wire::ProtobufDeflated, _) => codec::deflated(self.bytes(Wire::Protobuf)),
            (Wire::Notifications | Wire::Topics, Some(push)) => {
                events::push(wire, push, epoch.as_deref())
            }
            _ => self.encode(wire),
        })
    }

    /// The bytes for event streams that all stand at the same place after it; `encode` makes them
    /// the first time.
    pub fn identified(&self, wire: Wire, encode: impl FnOnce() -> Bytes) -> Bytes {
        self.0.identified.get_or_init(wire, encode)
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
}

#[cfg(test)]
impl Frame {
    pub(crate) fn logged(channel: &str, epoch: &str, offset: u64, data: &str) -> Self {
        let publication = Publication {
            data: data.to_owned().into(),
            offset,
            ..Publication::default()
        };
        Self::publication(Channel::Topic(channel), Some(epoch), publication)
    }

    pub(crate) fn ephemeral(channel: &str, data: &str) -> Self {
        let publication = Publication {
            data: data.to_owned().into(),
            ..Publication::default()
        };
        Self::publication(Channel::Topic(channel), None, publication)
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
    fn logged_event_knows_its_position() {
        let frame = Frame::logged("user:1", "e", 3, r#"{"type":"x"}"#);
        assert_eq!(frame.position(), Some(("user:1", 3)));
        let frame = Frame::ephemeral("user:1", r#"{"type":"x"}"#);
        assert_eq!(frame.position(), None);
    }

    #[test]
    fn formats_share_what_is_the_same() {
        let event = format!(r#"{{"text":"{}"}}"#, "again ".repeat(100));
        let frame = Frame::logged("chat:1", "e", 3, &event);
        let plain = frame.bytes(Wire::Json);
        let deflated = frame.bytes(Wire::JsonDeflated);
        assert!(deflated.len() < plain.len() / 2);
        // Encoded once, whoever asks.
        assert_eq!(frame.bytes(Wire::Json).as_ptr(), plain.as_ptr());
        assert_eq!(
            frame.clone().bytes(Wire::JsonDeflated).as_ptr(),
            deflated.as_ptr()
        );

        let short = Frame::ephemeral("chat:1", r#"{"type":"typing"}"#);
        let (plain, deflated) = (short.bytes(Wire::Json), short.bytes(Wire::JsonDeflated));
        assert_eq!(plain.as_ptr(), deflated.as_ptr());
    }
}
