//! What clients get to see: the schemas of the document, and the only types that are answered.
//!
//! Long because every schema of the document stands in one place.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::cursor;
use crate::{
    application::{accounts::SignedIn, chats, paging::Part, ports},
    domain::{
        account::{self, DisplayName, Handle},
        contact,
        conversation::{self, ListPlace},
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::{self, Text},
        receipt,
        time::Timestamp,
    },
};

/// A person as others see them.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    #[schema(value_type = Uuid)]
    id: UserId,
    /// Unique name to be found by.
    #[schema(value_type = String)]
    handle: Handle,
    /// Name to be shown.
    #[schema(value_type = String)]
    display_name: DisplayName,
}

/// People that a search found.
#[derive(Serialize, ToSchema)]
pub(super) struct UserList {
    users: Vec<User>,
}

/// A sign-in; the refresh token is in the cookie.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    user: User,
    access_token: String,
    /// Life of the access token, in seconds.
    expires_in: i64,
}

/// Somebody in a conversation.
#[derive(Serialize, ToSchema)]
pub(super) struct Member {
    #[serde(flatten)]
    user: User,
    role: Role,
}

/// What a member of a group may do: an admin removes members, the owner removes admins and gives roles.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Member,
    Admin,
    Owner,
}

/// `contacted`: a stranger opened the direct chat; `requested`: the caller is asked back to a group.
/// Both wait for the caller to accept.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MemberState {
    Active,
    Contacted,
    Requested,
}

/// Whom a person lets add them to groups; contacts have accepted their direct chat.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhoMayAdd {
    Everybody,
    Contacts,
    Nobody,
}

/// What a person has chosen.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct Settings {
    pub(super) who_may_add: WhoMayAdd,
}

/// People whom the caller has blocked.
#[derive(Serialize, ToSchema)]
pub(super) struct BlockedPage {
    users: Vec<User>,
    /// There are more after the last of them.
    has_more: bool,
}

/// Direct chats are between two people for ever; a group's members come and go.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Direct,
    Group,
}

/// A message; `seq` counts the conversation's messages from 1 without a gap.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
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
}

/// What a message has said at some time.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    #[schema(value_type = String)]
    text: Text,
    #[schema(value_type = Vec<Uuid>)]
    mentions: Vec<UserId>,
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
}

/// What a message has said, the first text first.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionList {
    versions: Vec<Version>,
}

/// How far somebody has got: everything up to `delivered_seq` is on a device, everything up to
/// `read_seq` was seen.
#[derive(Serialize, ToSchema)]
pub(super) struct Watermarks {
    delivered_seq: i64,
    read_seq: i64,
}

/// A member's marks, or without a user the minimum over a group's members.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    #[schema(value_type = Option<Uuid>, required)]
    user_id: Option<UserId>,
    delivered_seq: i64,
    read_seq: i64,
}

/// Where a topic's log stood before what comes with it was read: subscribe from here and nothing
/// is missed.
#[derive(Serialize, ToSchema)]
pub(super) struct TopicPosition {
    name: String,
    /// Changes when the database was restored.
    epoch: String,
    /// The last event.
    offset: i64,
}

/// Members of a conversation.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberList {
    members: Vec<Member>,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// A conversation as one of its members sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct Conversation {
    #[schema(value_type = Uuid)]
    id: ConversationId,
    kind: Kind,
    /// A group's name.
    #[schema(required)]
    title: Option<String>,
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
    /// This member's own mark.
    delivered_seq: i64,
    /// This member's own mark.
    read_seq: i64,
    /// Everyone's marks (direct), or the minimum (group). A list leaves the minimum out where the
    /// last message is not the caller's own.
    receipts: Vec<Receipt>,
    topic: TopicPosition,
}

/// Conversations of the caller, newest activity first.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationList {
    conversations: Vec<Conversation>,
    user_topic: TopicPosition,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// Where a conversation's log stands.
#[derive(Serialize, ToSchema)]
pub(super) struct ChatHead {
    #[schema(value_type = Uuid)]
    id: ConversationId,
    /// Changes when the database was restored.
    epoch: String,
    /// The last event.
    offset: i64,
}

/// Where the logs of conversations stand, in the order of their ids.
#[derive(Serialize, ToSchema)]
pub(super) struct HeadList {
    heads: Vec<ChatHead>,
    user_topic: TopicPosition,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// Messages in the order of their `seq`.
#[derive(Serialize, ToSchema)]
pub(super) struct MessagePage {
    messages: Vec<Message>,
    /// There are more beyond, in the direction that was asked for.
    has_more: bool,
    topic: TopicPosition,
}

/// What the log of a conversation holds; `docs/events.md` describes each.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type")]
#[cfg_attr(not(test), expect(dead_code, reason = "the log holds them written"))]
pub(super) enum ChatEvent {
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
pub(super) struct LoggedChange {
    offset: i64,
    #[schema(value_type = ChatEvent)]
    event: Box<RawValue>,
}

/// What happened in a conversation after an offset.
#[derive(Serialize, ToSchema)]
pub(super) struct Changes {
    /// `changes` do not begin at `after_offset` + 1, or the epoch differs: load the conversation instead.
    reset: bool,
    changes: Vec<LoggedChange>,
    has_more: bool,
    topic: TopicPosition,
}

/// What a client must know before it signs in.
#[derive(Serialize, ToSchema)]
pub(super) struct ClientConfig {
    pub(super) sign_up_open: bool,
    pub(super) realtime: Realtime,
    pub(super) limits: Limits,
    /// Names of optional features that this deployment has.
    pub(super) features: Vec<String>,
}

/// Where the hub is.
#[derive(Serialize, ToSchema)]
pub(super) struct Realtime {
    pub(super) websocket_url: String,
    /// `/{user_id}` is added to it.
    pub(super) notification_sse_url: String,
}

/// What is refused beyond.
#[derive(Serialize, ToSchema)]
pub(super) struct Limits {
    pub(super) message_max_chars: usize,
    pub(super) handle_max_chars: usize,
    pub(super) group_max_members: usize,
    /// Subscriptions that a client should hold at most; the rest it hears by the feed.
    pub(super) subscriptions_max: usize,
    /// People whom one message mentions.
    pub(super) mentions_max: usize,
    /// Seconds in which an author may edit a message.
    pub(super) edit_window_s: i64,
    /// Seconds in which an author may delete a message for everyone.
    pub(super) delete_window_s: i64,
}

impl From<account::User> for User {
    fn from(user: account::User) -> Self {
        let account::User {
            id,
            handle,
            display_name,
        } = user;
        Self {
            id,
            handle,
            display_name,
        }
    }
}

impl From<Vec<account::User>> for UserList {
    fn from(users: Vec<account::User>) -> Self {
        Self { users: all(users) }
    }
}

impl From<SignedIn> for Session {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn {
            user,
            access_token,
            expires_in_s,
            refresh_token: _,
            device_token: _,
        } = signed_in;
        Self {
            user: user.into(),
            access_token,
            expires_in: expires_in_s,
        }
    }
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

impl From<contact::WhoMayAdd> for WhoMayAdd {
    fn from(who: contact::WhoMayAdd) -> Self {
        match who {
            contact::WhoMayAdd::Everybody => Self::Everybody,
            contact::WhoMayAdd::Contacts => Self::Contacts,
            contact::WhoMayAdd::Nobody => Self::Nobody,
        }
    }
}

impl From<WhoMayAdd> for contact::WhoMayAdd {
    fn from(who: WhoMayAdd) -> Self {
        match who {
            WhoMayAdd::Everybody => Self::Everybody,
            WhoMayAdd::Contacts => Self::Contacts,
            WhoMayAdd::Nobody => Self::Nobody,
        }
    }
}

impl BlockedPage {
    pub(super) fn new(users: Vec<account::User>, has_more: bool) -> Self {
        Self {
            users: all(users),
            has_more,
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

impl From<conversation::Conversation> for Conversation {
    fn from(chat: conversation::Conversation) -> Self {
        Self {
            id: chat.id,
            kind: chat.kind.into(),
            title: chat.title,
            members: all(chat.members),
            member_count: chat.member_count,
            role: chat.role.into(),
            state: chat.state.into(),
            awaits_other: chat.awaits_other,
            blocked: chat.blocked,
            created_at: chat.created_at,
            last_message: chat.last_message.map(Message::from),
            unread_count: chat.unread_count,
            delivered_seq: chat.marks.delivered_seq,
            read_seq: chat.marks.read_seq,
            receipts: all(chat.receipts),
            topic: chat.topic.into(),
        }
    }
}

impl ConversationList {
    pub(super) fn new(
        part: Part<conversation::Conversation, ListPlace>,
        user_topic: conversation::TopicPosition,
    ) -> Self {
        Self {
            conversations: all(part.items),
            user_topic: user_topic.into(),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl HeadList {
    pub(super) fn new(
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

fn all<T, View: From<T>>(items: Vec<T>) -> Vec<View> {
    items.into_iter().map(View::from).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::event::Event;

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
