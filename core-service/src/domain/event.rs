//! What the topic log holds. `docs/events.md` describes every type for clients.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    account::{DisplayName, User},
    chat_settings::ChatSettings,
    conversation::{Role, Title},
    disappearing::Lifetime,
    draft::Draft,
    ids::{ConversationId, MessageId, PictureId, SessionId, UserId},
    message::{Message, Text},
    profile::{About, Description},
    reaction::{Emoji, Reaction},
    receipt::Receipt,
    time::Timestamp,
};

/// What a log belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A conversation's: its members hear it.
    Chat(ConversationId),
    /// Hubs hear it.
    Control,
    /// A user's own: that user's devices hear it.
    User(UserId),
}

impl Topic {
    /// The topic with this name; nothing when no topic can have it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "control" => Some(Self::Control),
            Some(("chat", id)) => Some(Self::Chat(id.parse().ok()?)),
            Some(("user", id)) => Some(Self::User(id.parse().ok()?)),
            _ => None,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chat(id) => write!(formatter, "chat:{id}"),
            Self::Control => formatter.write_str("control"),
            Self::User(id) => write!(formatter, "user:{id}"),
        }
    }
}

/// Something that happened, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
#[expect(
    clippy::large_enum_variant,
    reason = "most events are the large one, and none is kept"
)]
pub enum Event {
    /// On the chat: it exists.
    #[serde(rename = "conversation.created")]
    ConversationCreated {
        /// Which.
        conversation_id: ConversationId,
    },
    /// On the chat: somebody wrote.
    #[serde(rename = "message.posted")]
    MessagePosted {
        /// What.
        message: Message,
    },
    /// On the chat: a message says something else now.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// Which.
        message_id: MessageId,
        /// What it says.
        text: Text,
        /// Whom it names.
        mentions: Vec<UserId>,
        /// When it was changed.
        edited_at: Timestamp,
    },
    /// On the chat: a message was deleted for everyone. Its earlier events are scrubbed, see
    /// [`Effects::redacts`].
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// Which.
        message_id: MessageId,
        /// By whom.
        by: UserId,
    },
    /// On the chat: the time of a message was over. It is gone, and its earlier events are scrubbed as those of
    /// one that was deleted.
    #[serde(rename = "message.expired")]
    MessageExpired {
        /// Which.
        message_id: MessageId,
    },
    /// On the chat: people have reacted to a message.
    #[serde(rename = "message.reacted")]
    MessageReacted {
        /// Which.
        message_id: MessageId,
        /// All reactions to it.
        reactions: Vec<Reaction>,
    },
    /// On the chat: a message stands above it.
    #[serde(rename = "message.pinned")]
    MessagePinned {
        /// Which.
        message_id: MessageId,
        /// By whom.
        by: UserId,
        /// Until when.
        until: Timestamp,
    },
    /// On the chat: a message does not stand above it any more.
    #[serde(rename = "message.unpinned")]
    MessageUnpinned {
        /// Which.
        message_id: MessageId,
        /// By whom.
        by: UserId,
    },
    /// On the chat: what a group shows of itself changed. What is not there is as it was.
    #[serde(rename = "conversation.changed")]
    ConversationChanged {
        /// By whom.
        by: UserId,
        /// Its title now.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<Title>,
        /// Its description now.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
        /// Its picture now, which may be none.
        #[serde(skip_serializing_if = "Option::is_none")]
        picture_id: Option<Option<PictureId>>,
        /// Seconds for which messages are kept that are posted from now on, which may be none: for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        disappear_s: Option<Option<Lifetime>>,
    },
    /// On the chat: somebody was added.
    #[serde(rename = "member.added")]
    MemberAdded {
        /// Who.
        user: User,
        /// By whom.
        by: UserId,
    },
    /// On the chat: somebody left or was removed.
    #[serde(rename = "member.removed")]
    MemberRemoved {
        /// Who.
        user_id: UserId,
        /// By whom.
        by: UserId,
    },
    /// On the chat: somebody has another role.
    #[serde(rename = "member.role_changed")]
    MemberRoleChanged {
        /// Who.
        user_id: UserId,
        /// Which.
        role: Role,
        /// By whom.
        by: UserId,
    },
    /// On a direct chat: the other person has accepted it.
    #[serde(rename = "request.accepted")]
    RequestAccepted {
        /// Who.
        user_id: UserId,
    },
    /// On a direct chat: what its people may do to each other changed; load it anew.
    #[serde(rename = "contact.changed")]
    ContactChanged,
    /// On the user: a chat to load.
    #[serde(rename = "chat.added")]
    ChatAdded {
        /// Which.
        conversation_id: ConversationId,
    },
    /// On the user: a chat to drop.
    #[serde(rename = "chat.removed")]
    ChatRemoved {
        /// Which.
        conversation_id: ConversationId,
    },
    /// On the user: they have deleted a message for themselves.
    #[serde(rename = "message.hidden")]
    MessageHidden {
        /// Where.
        conversation_id: ConversationId,
        /// Which.
        message_id: MessageId,
    },
    /// On the user: how they react to a message of a large group, of which the chat tells later.
    #[serde(rename = "reaction.mine")]
    ReactionMine {
        /// Where.
        conversation_id: ConversationId,
        /// To which.
        message_id: MessageId,
        /// How; not any more.
        emoji: Option<Emoji>,
    },
    /// On the user: they have starred a message, or not any more.
    #[serde(rename = "message.starred")]
    MessageStarred {
        /// Where.
        conversation_id: ConversationId,
        /// Which.
        message_id: MessageId,
        /// Whether it is starred now.
        starred: bool,
    },
    /// On the user: they have begun to write something, and nothing of what was there before.
    #[serde(rename = "draft.changed")]
    DraftChanged {
        /// Where.
        conversation_id: ConversationId,
        /// What it is now. Without a text and an answered message there is none.
        #[serde(flatten)]
        draft: Draft,
    },
    /// On the user: they have arranged a chat for themselves.
    #[serde(rename = "chat.settings_changed")]
    ChatSettingsChanged {
        /// Which.
        conversation_id: ConversationId,
        /// All that is set now.
        #[serde(flatten)]
        settings: ChatSettings,
    },
    /// On the user: they have cleared a chat for themselves.
    #[serde(rename = "chat.cleared")]
    ChatCleared {
        /// Which.
        conversation_id: ConversationId,
        /// The first message that they still read.
        first_seq: i64,
    },
    /// On the user: read on another device.
    #[serde(rename = "read.moved")]
    ReadMoved {
        /// Where.
        conversation_id: ConversationId,
        /// How far.
        read_seq: i64,
    },
    /// On the user: they have blocked somebody, or unblocked.
    #[serde(rename = "block.changed")]
    BlockChanged {
        /// Whom.
        user_id: UserId,
        /// Whether they are blocked now.
        blocked: bool,
    },
    /// On the user: what they, or somebody with whom they have a direct chat, show of themselves
    /// changed.
    #[serde(rename = "user.changed")]
    UserChanged {
        /// Who.
        user_id: UserId,
        /// Their name now.
        display_name: DisplayName,
        /// Their picture now.
        picture_id: Option<PictureId>,
        /// What they say about themselves now; told themselves alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        about: Option<About>,
    },
    /// On control: sessions that lose access; which ones is in the effects.
    #[serde(rename = "session.revoked")]
    SessionRevoked,
}

impl Event {
    /// Its type, as stored.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConversationCreated { .. } => "conversation.created",
            Self::MessagePosted { .. } => "message.posted",
            Self::MessageEdited { .. } => "message.edited",
            Self::MessageDeleted { .. } => "message.deleted",
            Self::MessageExpired { .. } => "message.expired",
            Self::MessageReacted { .. } => "message.reacted",
            Self::MessagePinned { .. } => "message.pinned",
            Self::MessageUnpinned { .. } => "message.unpinned",
            Self::ReactionMine { .. } => "reaction.mine",
            Self::MessageHidden { .. } => "message.hidden",
            Self::MessageStarred { .. } => "message.starred",
            Self::DraftChanged { .. } => "draft.changed",
            Self::ConversationChanged { .. } => "conversation.changed",
            Self::MemberAdded { .. } => "member.added",
            Self::MemberRemoved { .. } => "member.removed",
            Self::MemberRoleChanged { .. } => "member.role_changed",
            Self::RequestAccepted { .. } => "request.accepted",
            Self::ContactChanged => "contact.changed",
            Self::ChatAdded { .. } => "chat.added",
            Self::ChatRemoved { .. } => "chat.removed",
            Self::ChatSettingsChanged { .. } => "chat.settings_changed",
            Self::ChatCleared { .. } => "chat.cleared",
            Self::ReadMoved { .. } => "read.moved",
            Self::BlockChanged { .. } => "block.changed",
            Self::UserChanged { .. } => "user.changed",
            Self::SessionRevoked => "session.revoked",
        }
    }
}

/// What an event changes in the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// They hear the topic from this event on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<UserId>,
    /// This event is the last one they hear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<UserId>,
    /// Members after it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub member_count: i64,
    /// The members of a direct chat hear nothing of each other's presence from this event on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presence_withheld: bool,
    /// Sessions that lose access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked_sessions: Vec<SessionId>,
    /// Offsets of earlier events of the topic whose payload is scrubbed: nobody may repeat it as it
    /// was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacts: Vec<i64>,
}

fn is_zero(count: &i64) -> bool {
    *count == 0
}

/// An entry of a topic's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Whose log.
    pub topic: String,
    /// The log's epoch.
    pub epoch: String,
    /// Place in the log.
    pub offset: i64,
    /// The event as JSON.
    pub payload: String,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// What it changes in the hub.
    pub effects: Effects,
}

/// Watermarks moved in a chat: told, not logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptsMoved {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose, how far.
    pub receipts: Vec<Receipt>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn stored_kind_is_the_type_on_the_wire() {
        let id = ConversationId::new(Uuid::nil());
        for event in [
            Event::ConversationCreated {
                conversation_id: id,
            },
            Event::ChatAdded {
                conversation_id: id,
            },
            Event::ReadMoved {
                conversation_id: id,
                read_seq: 1,
            },
            Event::SessionRevoked,
        ] {
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(json["type"], event.kind());
        }
    }

    #[test]
    fn topics_are_locked_in_the_order_of_their_names() {
        let chat = Topic::Chat(ConversationId::new(Uuid::max()));
        let user = Topic::User(UserId::new(Uuid::nil()));
        assert!(chat < user && chat.to_string() < user.to_string());
    }

    #[test]
    fn topic_is_parsed_from_its_name() {
        let id = Uuid::max();
        for topic in [
            Topic::Chat(ConversationId::new(id)),
            Topic::Control,
            Topic::User(UserId::new(id)),
        ] {
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }
        for name in [
            "", "chat", "chat:", "chat:x", "control:", "user:\0", "room:1",
        ] {
            assert_eq!(Topic::parse(name), None, "{name}");
        }
    }
}
