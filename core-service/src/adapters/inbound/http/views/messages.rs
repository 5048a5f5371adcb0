//! Messages, and what the log holds of a chat.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Reaction, Role, User, all};
use crate::{
    application::{chats, ports},
    domain::{
        conversation,
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::{self, Text},
        reaction::Emoji,
        receipt,
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
    /// There are more beyond, in the direction that was asked for.
    has_more: bool,
    topic: TopicPosition,
}

/// What the log of a conversation holds; `docs/events.md` describes each.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type")]
#[cfg_attr(not(test), expect(dead_code, reason = "the log holds them written"))]
pub(in crate::adapters::inbound::http) enum ChatEvent {
    #[serde(rename = "conversation.created")]
    ConversationCreated {
        #[schema(value_type = Uuid)]
        conversation_id: ConversationId,
    },
    #[serde(rename = "message.posted")]
    MessagePosted { message: Message },
    #[serde(rename = "message.edited")]
    MessageEdited {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
        #[schema(value_type = String)]
        text: Text,
        #[schema(value_type = Vec<Uuid>)]
        mentions: Vec<UserId>,
        #[schema(value_type = String, format = DateTime)]
        edited_at: Timestamp,
    },
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
        #[schema(value_type = Uuid)]
        by: UserId,
    },
    #[serde(rename = "message.reacted")]
    MessageReacted {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
        reactions: Vec<Reaction>,
    },
    #[serde(rename = "message.pinned")]
    MessagePinned {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
        #[schema(value_type = Uuid)]
        by: UserId,
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
    },
    #[serde(rename = "message.unpinned")]
    MessageUnpinned {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
        #[schema(value_type = Uuid)]
        by: UserId,
    },
    #[serde(rename = "member.added")]
    MemberAdded {
        user: User,
        #[schema(value_type = Uuid)]
        by: UserId,
    },
    #[serde(rename = "member.removed")]
    MemberRemoved {
        #[schema(value_type = Uuid)]
        user_id: UserId,
        #[schema(value_type = Uuid)]
        by: UserId,
    },
    #[serde(rename = "member.role_changed")]
    MemberRoleChanged {
        #[schema(value_type = Uuid)]
        user_id: UserId,
        role: Role,
        #[schema(value_type = Uuid)]
        by: UserId,
    },
    #[serde(rename = "request.accepted")]
    RequestAccepted {
        #[schema(value_type = Uuid)]
        user_id: UserId,
    },
    #[serde(rename = "contact.changed")]
    ContactChanged,
}

/// An event and its place in the log.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct LoggedChange {
    offset: i64,
    #[schema(value_type = ChatEvent)]
    event: Box<RawValue>,
}

/// What happened in a conversation after an offset.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Changes {
    /// `changes` do not begin at `after_offset` + 1, or the epoch differs: load the conversation instead.
    reset: bool,
    changes: Vec<LoggedChange>,
    has_more: bool,
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
            topic,
        } = page;
        Self {
            messages: all(items),
            has_more,
            topic: topic.into(),
        }
    }
}

impl From<chats::Changes> for Changes {
    fn from(changes: chats::Changes) -> Self {
        let chats::Changes {
            reset,
            events,
            has_more,
            topic,
        } = changes;
        let changes = events.into_iter().filter_map(|(offset, event)| {
            // It was written by us; what is no JSON was not.
            Some(LoggedChange {
                offset,
                event: RawValue::from_string(event).ok()?,
            })
        });
        Self {
            reset,
            changes: changes.collect(),
            has_more,
            topic: topic.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        account::{self, DisplayName, Handle},
        event::Event,
        reaction,
    };

    fn described(event: Event) -> Option<ChatEvent> {
        Some(match event {
            Event::ConversationCreated { conversation_id } => {
                ChatEvent::ConversationCreated { conversation_id }
            }
            Event::MessagePosted { message } => ChatEvent::MessagePosted {
                message: message.into(),
            },
            Event::MessageEdited {
                message_id,
                text,
                mentions,
                edited_at,
            } => ChatEvent::MessageEdited {
                message_id,
                text,
                mentions,
                edited_at,
            },
            Event::MessageDeleted { message_id, by } => {
                ChatEvent::MessageDeleted { message_id, by }
            }
            Event::MessageReacted {
                message_id,
                reactions,
            } => ChatEvent::MessageReacted {
                message_id,
                reactions: all(reactions),
            },
            Event::MessagePinned {
                message_id,
                by,
                until,
            } => ChatEvent::MessagePinned {
                message_id,
                by,
                until,
            },
            Event::MessageUnpinned { message_id, by } => {
                ChatEvent::MessageUnpinned { message_id, by }
            }
            Event::MemberAdded { user, by } => ChatEvent::MemberAdded {
                user: user.into(),
                by,
            },
            Event::MemberRemoved { user_id, by } => ChatEvent::MemberRemoved { user_id, by },
            Event::MemberRoleChanged { user_id, role, by } => ChatEvent::MemberRoleChanged {
                user_id,
                role: role.into(),
                by,
            },
            Event::RequestAccepted { user_id } => ChatEvent::RequestAccepted { user_id },
            Event::ContactChanged => ChatEvent::ContactChanged,
            Event::ChatAdded { .. }
            | Event::ChatRemoved { .. }
            | Event::MessageHidden { .. }
            | Event::ReactionMine { .. }
            | Event::ReadMoved { .. }
            | Event::BlockChanged { .. }
            | Event::SessionRevoked => return None,
        })
    }

    #[test]
    fn logged_events_look_as_described() {
        let (user_id, conversation_id) =
            (UserId::new(Uuid::max()), ConversationId::new(Uuid::nil()));
        let user = account::User {
            id: user_id,
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
        };
        let message = message::Message {
            id: MessageId::new(Uuid::nil()),
            conversation_id,
            seq: 1,
            sender_id: user_id,
            client_msg_id: ClientId::new(Uuid::nil()),
            text: Text::parse("hi").unwrap(),
            reply_to: Some(MessageId::new(Uuid::max())),
            mentions: vec![user_id],
            forwarded: 1,
            created_at: Timestamp::from_micros(1),
            edited_at: None,
            deleted: false,
            reactions: Vec::new(),
            my_reaction: None,
        };
        let reacted = |user_ids| reaction::Reaction {
            emoji: Emoji::parse("👍").unwrap(),
            count: 1,
            user_ids,
        };
        let message_id = message.id;
        for event in [
            Event::ConversationCreated { conversation_id },
            Event::MessagePosted { message },
            Event::MessageEdited {
                message_id,
                text: Text::parse("ho").unwrap(),
                mentions: vec![user_id],
                edited_at: Timestamp::from_micros(2),
            },
            Event::MessageDeleted {
                message_id,
                by: user_id,
            },
            Event::MessageReacted {
                message_id,
                reactions: vec![reacted(None), reacted(Some(vec![user_id]))],
            },
            Event::MessagePinned {
                message_id,
                by: user_id,
                until: Timestamp::from_micros(3),
            },
            Event::MessageUnpinned {
                message_id,
                by: user_id,
            },
            Event::MemberAdded { user, by: user_id },
            Event::MemberRemoved {
                user_id,
                by: user_id,
            },
            Event::MemberRoleChanged {
                user_id,
                role: conversation::Role::Admin,
                by: user_id,
            },
            Event::RequestAccepted { user_id },
            Event::ContactChanged,
        ] {
            let logged = serde_json::to_value(&event).unwrap();
            let view = described(event).map(|view| serde_json::to_value(view).unwrap());
            assert_eq!(Some(logged), view);
        }
    }
}
