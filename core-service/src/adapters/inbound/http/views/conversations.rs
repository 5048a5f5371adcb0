//! Conversations, and who is in them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{super::cursor, Message, Pin, Receipt, TopicPosition, User, all};
use crate::{
    application::{chats::ChatList, paging::Part},
    domain::{
        chat_settings::{self, Mute},
        conversation,
        disappearing::Lifetime,
        draft::{self, DraftText},
        ids::{ConversationId, MessageId, PictureId, UserId},
        profile::Description,
        time::Timestamp,
    },
};

/// Somebody in a conversation.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Member {
    #[serde(flatten)]
    user: User,
    role: Role,
}

/// What a member of a group may do: an admin removes members, the owner removes admins and gives roles.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::adapters::inbound::http) enum Role {
    Member,
    Admin,
    Owner,
}

/// `contacted`: a stranger opened the direct chat; `requested`: the caller is asked back to a group.
/// Both wait for the caller to accept.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::adapters::inbound::http) enum MemberState {
    Active,
    Contacted,
    Requested,
}

/// Direct chats are between two people for ever, or a person's own; a group's members come and go.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::adapters::inbound::http) enum Kind {
    Direct,
    Group,
}

/// Members of a conversation.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct MemberList {
    members: Vec<Member>,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// A conversation as one of its members sees it.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Conversation {
    #[schema(value_type = Uuid)]
    id: ConversationId,
    kind: Kind,
    /// A group's name.
    #[schema(required)]
    title: Option<String>,
    /// What a group says of itself, perhaps nothing; nothing while the caller has not accepted.
    #[schema(value_type = String, required = false)]
    description: Description,
    /// A group's picture, as its description. Loaded at `/api/v1/pictures/{picture_id}`.
    #[schema(value_type = Option<Uuid>)]
    picture_id: Option<PictureId>,
    /// Everybody, up to 20 members. Of a larger group: the caller and who wrote the last message;
    /// `/conversations/{id}/members` names all. Of a group that the caller has not accepted: who asks.
    members: Vec<Member>,
    member_count: i64,
    /// The caller's own.
    role: Role,
    state: MemberState,
    /// The other person of this direct chat has not accepted it: it takes three messages of the caller's.
    awaits_other: bool,
    /// The caller has blocked the other person of this direct chat.
    blocked: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The newest message this member may read.
    #[schema(required)]
    last_message: Option<Message>,
    /// Others' messages beyond `read_seq`, among the last 1000.
    unread_count: i64,
    /// How many of these name the caller, up to 100.
    #[schema(required = false)]
    unread_mentions: i64,
    /// This member's own mark.
    delivered_seq: i64,
    /// This member's own mark.
    read_seq: i64,
    /// Everyone's marks (direct), or the minimum (group). A list leaves the minimum out where the
    /// last message is not the caller's own.
    receipts: Vec<Receipt>,
    /// Messages that stand above it, three at most.
    pins: Vec<Pin>,
    /// The first message that the caller reads: those before it are from before them, or cleared.
    first_seq: i64,
    #[serde(flatten)]
    settings: ChatSettings,
    /// What the caller has begun to write there.
    #[schema(required)]
    draft: Option<Draft>,
    /// Seconds for which messages are kept that are posted now; null is for ever.
    #[schema(value_type = Option<i64>)]
    disappear_s: Option<Lifetime>,
    topic: TopicPosition,
}

/// How the caller has arranged a chat for themselves.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ChatSettings {
    /// Muted until this time, or `always`; null when it is not muted.
    #[schema(value_type = Option<String>, required)]
    muted_until: Option<Mute>,
    /// Put away; new messages do not bring it back.
    archived: bool,
    /// Above the others since then; null when it is not pinned. An archived one is not.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pinned_at: Option<Timestamp>,
    /// Shown as unread until it is read, whatever was read before.
    marked_unread: bool,
}

/// What somebody has begun to write.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Draft {
    #[schema(value_type = String)]
    text: DraftText,
    /// The message that it is to answer.
    #[schema(value_type = Option<Uuid>, required)]
    reply_to: Option<MessageId>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// An unread message that names the caller.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Mention {
    #[schema(value_type = Uuid)]
    message_id: MessageId,
    seq: i64,
}

/// Unread messages that name the caller, the oldest first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct MentionList {
    mentions: Vec<Mention>,
}

/// Conversations of the caller, newest activity first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ConversationList {
    conversations: Vec<Conversation>,
    /// On the first page: those that the caller has pinned, the last one first, three at most. They are
    /// at their places in the list as well. Elsewhere none.
    pinned: Vec<Conversation>,
    user_topic: TopicPosition,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// Where a conversation's log stands.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ChatHead {
    #[schema(value_type = Uuid)]
    id: ConversationId,
    /// Changes when the database was restored.
    epoch: String,
    /// The last event.
    offset: i64,
}

/// Where the logs of conversations stand, in the order of their ids.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct HeadList {
    heads: Vec<ChatHead>,
    user_topic: TopicPosition,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

impl From<conversation::Member> for Member {
    fn from(member: conversation::Member) -> Self {
        Self {
            user: member.user.into(),
            role: member.role.into(),
        }
    }
}

impl From<conversation::Role> for Role {
    fn from(role: conversation::Role) -> Self {
        match role {
            conversation::Role::Member => Self::Member,
            conversation::Role::Admin => Self::Admin,
            conversation::Role::Owner => Self::Owner,
        }
    }
}

impl From<Role> for conversation::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<conversation::MemberState> for MemberState {
    fn from(state: conversation::MemberState) -> Self {
        match state {
            conversation::MemberState::Active => Self::Active,
            conversation::MemberState::Contacted => Self::Contacted,
            conversation::MemberState::Requested => Self::Requested,
        }
    }
}

impl From<conversation::Kind> for Kind {
    fn from(kind: conversation::Kind) -> Self {
        match kind {
            conversation::Kind::Direct => Self::Direct,
            conversation::Kind::Group => Self::Group,
        }
    }
}

impl From<Kind> for conversation::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Direct => Self::Direct,
            Kind::Group => Self::Group,
        }
    }
}

impl From<conversation::Conversation> for Conversation {
    fn from(chat: conversation::Conversation) -> Self {
        Self {
            id: chat.id,
            kind: chat.kind.into(),
            title: chat.title,
            description: chat.description,
            picture_id: chat.picture,
            members: all(chat.members),
            member_count: chat.member_count,
            role: chat.role.into(),
            state: chat.state.into(),
            awaits_other: chat.awaits_other,
            blocked: chat.blocked,
            created_at: chat.created_at,
            last_message: chat.last_message.map(Message::from),
            unread_count: chat.unread_count,
            unread_mentions: chat.unread_mentions,
            delivered_seq: chat.marks.delivered_seq,
            read_seq: chat.marks.read_seq,
            receipts: all(chat.receipts),
            pins: all(chat.pins),
            first_seq: chat.first_seq,
            settings: chat.settings.into(),
            draft: chat.draft.map(Draft::from),
            disappear_s: chat.lifetime,
            topic: chat.topic.into(),
        }
    }
}

impl From<draft::Draft> for Draft {
    fn from(draft: draft::Draft) -> Self {
        let draft::Draft {
            text,
            reply_to,
            updated_at,
        } = draft;
        Self {
            text,
            reply_to,
            updated_at,
        }
    }
}

impl From<ChatList> for ConversationList {
    fn from(list: ChatList) -> Self {
        let ChatList { part, pinned, own } = list;
        Self {
            conversations: all(part.items),
            pinned: all(pinned),
            user_topic: own.into(),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<Vec<(MessageId, i64)>> for MentionList {
    fn from(mentions: Vec<(MessageId, i64)>) -> Self {
        let mention = |(message_id, seq)| Mention { message_id, seq };
        Self {
            mentions: mentions.into_iter().map(mention).collect(),
        }
    }
}

impl From<chat_settings::ChatSettings> for ChatSettings {
    fn from(settings: chat_settings::ChatSettings) -> Self {
        let chat_settings::ChatSettings {
            muted_until,
            archived,
            pinned_at,
            marked_unread,
        } = settings;
        Self {
            muted_until,
            archived,
            pinned_at,
            marked_unread,
        }
    }
}

impl HeadList {
    pub(in crate::adapters::inbound::http) fn new(
        part: Part<conversation::ChatHead, ConversationId>,
        user_topic: conversation::TopicPosition,
    ) -> Self {
        Self {
            heads: all(part.items),
            user_topic: user_topic.into(),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<conversation::ChatHead> for ChatHead {
    fn from(head: conversation::ChatHead) -> Self {
        let conversation::ChatHead { id, epoch, offset } = head;
        Self { id, epoch, offset }
    }
}

impl From<Part<conversation::Member, UserId>> for MemberList {
    fn from(part: Part<conversation::Member, UserId>) -> Self {
        Self {
            members: all(part.items),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}
