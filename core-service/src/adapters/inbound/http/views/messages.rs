//! Messages, and how far people have got with them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{super::cursor, Attachment, LinkPreview, Reaction, User, all};
use crate::{
    application::{paging::Part, ports},
    domain::{
        conversation,
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::{self, StarPlace, Text},
        reaction::Emoji,
        receipt::{self, Reached},
        time::Timestamp,
    },
};

/// A message; `seq` counts the conversation's messages from 1 without a gap.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Message {
    #[schema(value_type = Uuid)]
    id: MessageId,
    #[schema(value_type = Uuid)]
    conversation_id: ConversationId,
    seq: i64,
    #[schema(value_type = Uuid)]
    sender_id: UserId,
    #[schema(value_type = Uuid)]
    client_msg_id: ClientId,
    /// Empty once the message is deleted.
    #[schema(value_type = String)]
    text: Text,
    /// The message that it answers; never its text.
    #[schema(value_type = Option<Uuid>, required)]
    reply_to: Option<MessageId>,
    /// Members whom it names.
    #[schema(value_type = Vec<Uuid>)]
    mentions: Vec<UserId>,
    /// How often its text was forwarded before it came here.
    forwarded: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its text was last changed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    edited_at: Option<Timestamp>,
    /// It was deleted for everyone: only its place, its sender and its time are left.
    deleted: bool,
    /// How people have reacted to it, the emoji that came first first.
    reactions: Vec<Reaction>,
    /// How the caller has; null in events.
    #[schema(value_type = Option<String>, required)]
    my_reaction: Option<Emoji>,
    /// The caller has starred it; false in events.
    starred: bool,
    /// What it carries; its text is the caption then.
    #[schema(required)]
    attachment: Option<Attachment>,
    /// When it is removed by itself; clients hide it then.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// What is shown of the page that its text links to.
    #[schema(required)]
    preview: Option<LinkPreview>,
}

/// A message that the caller has starred.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Starred {
    message: Message,
    #[schema(value_type = String, format = DateTime)]
    starred_at: Timestamp,
}

/// Messages that the caller has starred, the last one first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct StarredList {
    starred: Vec<Starred>,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// Messages that were found, the newest first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct FoundMessages {
    messages: Vec<Message>,
    /// The `cursor` of the next page; null on the last one. There may be one also where this page is not
    /// full or is empty.
    #[schema(required)]
    next: Option<String>,
}

/// What a message has said at some time.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Version {
    #[schema(value_type = String)]
    text: Text,
    #[schema(value_type = Vec<Uuid>)]
    mentions: Vec<UserId>,
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
}

/// What a message has said, the first text first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct VersionList {
    versions: Vec<Version>,
}

/// How far somebody has got: everything up to `delivered_seq` is on a device, everything up to
/// `read_seq` was seen.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Watermarks {
    delivered_seq: i64,
    read_seq: i64,
}

/// A member's marks, or without a user the minimum over a group's members.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Receipt {
    #[schema(value_type = Option<Uuid>, required)]
    user_id: Option<UserId>,
    delivered_seq: i64,
    read_seq: i64,
}

/// How far a member has got with one message of the caller's.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Reach {
    user: User,
    /// It is on a device of theirs.
    delivered: bool,
    /// When it came there, to a minute; null where that is not known.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    delivered_at: Option<Timestamp>,
    /// They have seen it.
    read: bool,
    /// When, to a minute; null where that is not known.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    read_at: Option<Timestamp>,
}

/// How far the other members have got with a message.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct MessageInfo {
    members: Vec<Reach>,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// Where a topic's log stood before what comes with it was read: subscribe from here and nothing
/// is missed.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct TopicPosition {
    name: String,
    /// Changes when the database was restored.
    epoch: String,
    /// The last event.
    offset: i64,
}

/// Messages in the order of their `seq`.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct MessagePage {
    messages: Vec<Message>,
    /// There are more beyond, in the direction that was asked for; with `around`, there are older ones.
    has_more: bool,
    /// With `around`: there are newer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    has_newer: Option<bool>,
    topic: TopicPosition,
}

impl From<message::Message> for Message {
    fn from(message: message::Message) -> Self {
        let message::Message {
            id,
            conversation_id,
            seq,
            sender_id,
            client_msg_id,
            text,
            reply_to,
            mentions,
            forwarded,
            created_at,
            edited_at,
            deleted,
            reactions,
            my_reaction,
            starred,
            attachment,
            expires_at,
            preview,
        } = message;
        Self {
            id,
            conversation_id,
            seq,
            sender_id,
            client_msg_id,
            text,
            reply_to,
            mentions,
            forwarded,
            created_at,
            edited_at,
            deleted,
            reactions: all(reactions),
            my_reaction,
            starred,
            attachment: attachment.map(Attachment::from),
            expires_at,
            preview: preview.map(LinkPreview::from),
        }
    }
}

impl From<ports::Starred> for Starred {
    fn from(starred: ports::Starred) -> Self {
        Self {
            message: starred.message.into(),
            starred_at: starred.starred_at,
        }
    }
}

impl From<Part<ports::Starred, StarPlace>> for StarredList {
    fn from(part: Part<ports::Starred, StarPlace>) -> Self {
        Self {
            starred: all(part.items),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<ports::Found> for FoundMessages {
    fn from(found: ports::Found) -> Self {
        Self {
            messages: all(found.messages),
            next: found.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<message::Version> for Version {
    fn from(version: message::Version) -> Self {
        let message::Version {
            text,
            mentions,
            written_at,
        } = version;
        Self {
            text,
            mentions,
            written_at,
        }
    }
}

impl From<Vec<message::Version>> for VersionList {
    fn from(versions: Vec<message::Version>) -> Self {
        Self {
            versions: all(versions),
        }
    }
}

impl From<receipt::Watermarks> for Watermarks {
    fn from(marks: receipt::Watermarks) -> Self {
        let receipt::Watermarks {
            delivered_seq,
            read_seq,
        } = marks;
        Self {
            delivered_seq,
            read_seq,
        }
    }
}

impl From<receipt::Receipt> for Receipt {
    fn from(receipt: receipt::Receipt) -> Self {
        let receipt::Watermarks {
            delivered_seq,
            read_seq,
        } = receipt.marks;
        Self {
            user_id: receipt.user_id,
            delivered_seq,
            read_seq,
        }
    }
}

impl From<receipt::Reach> for Reach {
    fn from(reach: receipt::Reach) -> Self {
        let shown = |reached| match reached {
            Reached::No => (false, None),
            Reached::Yes => (true, None),
            Reached::At(at) => (true, Some(at)),
        };
        let (delivered, delivered_at) = shown(reach.delivered);
        let (read, read_at) = shown(reach.read);
        Self {
            user: reach.user.into(),
            delivered,
            delivered_at,
            read,
            read_at,
        }
    }
}

impl From<Part<receipt::Reach, UserId>> for MessageInfo {
    fn from(part: Part<receipt::Reach, UserId>) -> Self {
        Self {
            members: all(part.items),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<conversation::TopicPosition> for TopicPosition {
    fn from(position: conversation::TopicPosition) -> Self {
        let conversation::TopicPosition {
            name,
            epoch,
            offset,
        } = position;
        Self {
            name,
            epoch,
            offset,
        }
    }
}

impl From<ports::Page<message::Message>> for MessagePage {
    fn from(page: ports::Page<message::Message>) -> Self {
        let ports::Page {
            items,
            has_more,
            has_newer,
            topic,
        } = page;
        Self {
            messages: all(items),
            has_more,
            has_newer,
            topic: topic.into(),
        }
    }
}
