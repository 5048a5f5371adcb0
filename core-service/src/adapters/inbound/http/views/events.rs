//! What the log holds of a conversation.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Message, Reaction, Role, TopicPosition};
use crate::{
    application::chats,
    domain::{
        account::{DisplayName, Handle},
        conversation::Title,
        disappearing::Lifetime,
        ids::{ConversationId, MessageId, PictureId, UserId},
        message::Text,
        profile::Description,
        time::Timestamp,
    },
};

/// What the log of a conversation holds; `docs/events.md` describes each.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type")]
#[cfg_attr(not(test), expect(dead_code, reason = "the log holds them written"))]
#[expect(clippy::large_enum_variant, reason = "as the event that it describes")]
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
    #[serde(rename = "message.expired")]
    MessageExpired {
        #[schema(value_type = Uuid)]
        message_id: MessageId,
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
    #[serde(rename = "conversation.changed")]
    ConversationChanged {
        #[schema(value_type = Uuid)]
        by: UserId,
        /// Its title now; left out when it is as it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, nullable = false)]
        title: Option<Title>,
        /// Its description now; left out when it is as it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, nullable = false)]
        description: Option<Description>,
        /// Its picture now, null for none; left out when it is as it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Uuid>)]
        picture_id: Option<Option<PictureId>>,
        /// Seconds for which messages are kept that are posted from now on, null for ever; left out when it is
        /// as it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<i64>)]
        disappear_s: Option<Option<Lifetime>>,
    },
    #[serde(rename = "member.added")]
    MemberAdded {
        user: AddedUser,
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

/// A person as the log names them, without their picture: whoever may see that finds it in the members.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct AddedUser {
    #[schema(value_type = Uuid)]
    id: UserId,
    #[schema(value_type = String)]
    handle: Handle,
    #[schema(value_type = String)]
    display_name: DisplayName,
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
        account, attachment, conversation,
        event::Event,
        ids::{AttachmentId, ClientId, PreviewId},
        link_preview, message,
        reaction::{self, Emoji},
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
            Event::MessageExpired { message_id } => ChatEvent::MessageExpired { message_id },
            Event::MessageReacted {
                message_id,
                reactions,
            } => ChatEvent::MessageReacted {
                message_id,
                reactions: super::super::all(reactions),
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
            Event::ConversationChanged {
                by,
                title,
                description,
                picture_id,
                disappear_s,
            } => ChatEvent::ConversationChanged {
                by,
                title,
                description,
                picture_id,
                disappear_s,
            },
            Event::MemberAdded { user, by } => ChatEvent::MemberAdded {
                user: AddedUser {
                    id: user.id,
                    handle: user.handle,
                    display_name: user.display_name,
                },
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
            | Event::MessageStarred { .. }
            | Event::DraftChanged { .. }
            | Event::ChatSettingsChanged { .. }
            | Event::ChatCleared { .. }
            | Event::ReadMoved { .. }
            | Event::BlockChanged { .. }
            | Event::UserChanged { .. }
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
            picture: Some(PictureId::new(Uuid::max())),
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
            starred: false,
            attachment: Some(attachment::Attachment {
                id: AttachmentId::new(Uuid::nil()),
                kind: attachment::Kind::Picture,
                name: attachment::FileName::of_claim("a.jpg"),
                media_type: "image/jpeg".to_owned(),
                size: 9,
                width: Some(2),
                height: Some(3),
                blurhash: Some("L".to_owned()),
                duration_ms: None,
                waveform: Some(vec![1, 2]),
                thumbnail: true,
            }),
            expires_at: Some(Timestamp::from_micros(4)),
            preview: Some(link_preview::LinkPreview {
                id: PreviewId::new(Uuid::nil()),
                url: "https://example.org".to_owned(),
                title: "Mills".to_owned(),
                description: String::new(),
                site_name: String::new(),
                image: Some(link_preview::PreviewImage {
                    width: 2,
                    height: 3,
                }),
            }),
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
            Event::ConversationChanged {
                by: user_id,
                title: Some(Title::parse("Rooks").unwrap()),
                description: None,
                picture_id: None,
                disappear_s: Some(Lifetime::parse(86_400).unwrap()),
            },
            Event::MessageExpired { message_id },
            Event::ConversationChanged {
                by: user_id,
                title: None,
                description: Some(Description::parse("Of a\nfeather").unwrap()),
                picture_id: Some(None),
                disappear_s: Some(None),
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
