//! A push that goes to many connections: encoded at most once per wire format, shared after that.

use std::sync::Arc;

use bytes::Bytes;
use shared_proto::client::v1::{Publication, Push, Reply, Unsubscribe};

use super::{
    codec::{self, Encodings, Wire},
    codes::Unsubscribed,
    events,
};

/// The server-side channel that carries what a connection's user may hear and has not subscribed.
pub const FEED: &str = "feed";

/// A push, with its encodings made when the first connection of a format needs them.
#[derive(Clone, Debug)]
pub struct Frame(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reply: Reply,
    /// Epoch of the topic, of a publication that has a place in it.
    epoch: Option<String>,
    encodings: Encodings,
}

impl Frame {
    fn push(push: Push, epoch: Option<String>) -> Self {
        Self(Arc::new(Inner {
            reply: Reply {
                push: Some(push),
                ..Reply::default()
            },
            epoch,
            encodings: Encodings::default(),
        }))
    }

    /// A publication on its own channel; `epoch` is that of one which has a place.
    #[must_use]
    pub fn publication(channel: &str, epoch: Option<&str>, publication: Publication) -> Self {
        let push = Push {
            channel: channel.to_owned(),
            r#pub: Some(publication),
            ..Push::default()
        };
        Self::push(push, epoch.map(str::to_owned))
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
        Self::publication(FEED, None, wrapped)
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
        } = &*self.0;
        encodings.get_or_init(wire, || match (wire, &reply.push) {
            (Wire::JsonDeflated, _) => codec::deflated(self.bytes(Wire::Json)),
            (Wire::ProtobufDeflated, _) => codec::deflated(self.bytes(Wire::Protobuf)),
            (Wire::Notifications | Wire::Topics, Some(push)) => {
                events::push(wire, push, epoch.as_deref())
            }
            _ => codec::encode(wire, reply),
        })
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
        Self::publication(channel, Some(epoch), publication)
    }

    pub(crate) fn ephemeral(channel: &str, data: &str) -> Self {
        let publication = Publication {
            data: data.to_owned().into(),
            ..Publication::default()
        };
        Self::publication(channel, None, publication)
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
