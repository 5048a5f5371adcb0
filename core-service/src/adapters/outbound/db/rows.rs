//! Rows as diesel reads and writes them, and the domain's words for them.

use diesel::prelude::{Insertable, Queryable, Selectable};

use super::{
    Answer, corrupt,
    schema::{memberships, messages, topic_log, topics, users},
    values::Key,
};
use crate::domain::{
    account::{DisplayName, Handle, User},
    conversation::{MemberState, Role, TopicPosition},
    event::{Effects, LoggedEvent, Topic},
    ids::{AttachmentId, ClientId, ConversationId, MessageId, PictureId, PreviewId, UserId},
    message::{self, Message},
    receipt::Watermarks,
    time::Timestamp,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    id: UserId,
    handle: Handle,
    display_name: DisplayName,
    picture_id: Option<PictureId>,
}

/// With the picture, which is not for everybody, see [`super::profiles::hide_pictures`].
impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            handle: row.handle,
            display_name: row.display_name,
            picture: row.picture_id,
        }
    }
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub(super) struct MessageRow {
    pub(super) conversation_id: ConversationId,
    pub(super) seq: i64,
    pub(super) id: MessageId,
    pub(super) sender_id: UserId,
    pub(super) client_msg_id: ClientId,
    pub(super) text: message::Text,
    pub(super) created_at: Timestamp,
    pub(super) reply_to: Option<MessageId>,
    pub(super) mentions: Option<Mentions>,
    pub(super) forwarded: i64,
    pub(super) edited_at: Option<Timestamp>,
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) attachment_id: Option<AttachmentId>,
    pub(super) preview_id: Option<PreviewId>,
    pub(super) indexed: bool,
    pub(super) expires_at: Option<Timestamp>,
}

/// The people whom a message names, as they are stored: a JSON array of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mentions(String);

impl Mentions {
    /// Nothing of nobody.
    pub(super) fn of(users: &[UserId]) -> Option<Self> {
        (!users.is_empty())
            .then(|| serde_json::to_string(users).ok().map(Self))
            .flatten()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: String) -> Option<Self> {
        let is_usable = serde_json::from_str::<Vec<UserId>>(&text).is_ok();
        is_usable.then_some(Self(text))
    }

    /// Those whom they name.
    pub(super) fn users(mentions: Option<&Self>) -> Vec<UserId> {
        mentions
            .and_then(|mentions| serde_json::from_str(&mentions.0).ok())
            .unwrap_or_default()
    }
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            seq: row.seq,
            sender_id: row.sender_id,
            client_msg_id: row.client_msg_id,
            text: row.text,
            reply_to: row.reply_to,
            mentions: Mentions::users(row.mentions.as_ref()),
            forwarded: row.forwarded,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted: row.deleted_at.is_some(),
            reactions: Vec::new(),
            my_reaction: None,
            starred: false,
            attachment: None,
            expires_at: row.expires_at,
            preview: None,
        }
    }
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub(super) struct MembershipRow {
    pub(super) conversation_id: ConversationId,
    pub(super) user_id: UserId,
    pub(super) role: Role,
    pub(super) state: MemberState,
    pub(super) requested_by: Option<UserId>,
    pub(super) hidden_at: Option<Timestamp>,
    pub(super) readable_from: i64,
    pub(super) first_seq: i64,
    pub(super) delivered_seq: i64,
    pub(super) read_seq: i64,
}

impl MembershipRow {
    /// Of somebody who joins at an event of the log: what was written before, up to `last_seq`, does
    /// not count as undelivered.
    pub(super) fn new(
        conversation_id: ConversationId,
        user_id: UserId,
        role: Role,
        readable_from: i64,
        last_seq: i64,
    ) -> Self {
        Self {
            conversation_id,
            user_id,
            role,
            state: MemberState::Active,
            requested_by: None,
            hidden_at: None,
            readable_from,
            first_seq: last_seq + 1,
            delivered_seq: last_seq,
            read_seq: last_seq,
        }
    }

    /// They have accepted it and not left it.
    pub(super) fn is_inside(&self) -> bool {
        self.state == MemberState::Active && self.hidden_at.is_none()
    }

    pub(super) fn marks(&self) -> Watermarks {
        Watermarks {
            delivered_seq: self.delivered_seq,
            read_seq: self.read_seq,
        }
    }
}

/// What a topic belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TopicKind {
    Chat,
    User,
    Control,
}

impl TopicKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::User => "user",
            Self::Control => "control",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Chat, Self::User, Self::Control]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    pub(super) fn of(topic: Topic) -> Self {
        match topic {
            Topic::Chat(_) => Self::Chat,
            Topic::User(_) => Self::User,
            Topic::Control => Self::Control,
        }
    }

    fn topic(self, key: Key) -> Topic {
        let uuid = *key.as_uuid();
        match self {
            Self::Chat => Topic::Chat(ConversationId::new(uuid)),
            Self::User => Topic::User(UserId::new(uuid)),
            Self::Control => Topic::Control,
        }
    }
}

/// What a topic is found by.
pub(super) fn key(topic: Topic) -> Key {
    match topic {
        Topic::Chat(id) => Key::new(*id.as_uuid()),
        Topic::User(id) => Key::new(*id.as_uuid()),
        Topic::Control => Key::new(uuid::Uuid::nil()),
    }
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = topics)]
pub(super) struct TopicRow {
    pub(super) id: Key,
    pub(super) kind: TopicKind,
    pub(super) epoch: String,
    pub(super) last_offset: i64,
    pub(super) trimmed_to: i64,
    pub(super) last_seq: i64,
    pub(super) active_at: Timestamp,
    pub(super) guarded: bool,
    /// Seconds; messages that are posted without it are kept for ever.
    pub(super) disappear_s: Option<i64>,
}

impl TopicRow {
    pub(super) fn topic(&self) -> Topic {
        self.kind.topic(self.id)
    }

    pub(super) fn position(&self) -> TopicPosition {
        TopicPosition {
            name: self.topic().to_string(),
            epoch: self.epoch.clone(),
            offset: self.last_offset,
        }
    }
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = topic_log, treat_none_as_default_value = false)]
pub(super) struct LogRow {
    pub(super) topic_id: Key,
    pub(super) log_offset: i64,
    pub(super) kind: String,
    pub(super) subject_id: Key,
    pub(super) payload: String,
    pub(super) effects: Option<String>,
    pub(super) created_at: Timestamp,
}

impl LogRow {
    /// The event, in the log of `topic`.
    pub(super) fn event(self, topic: &TopicRow) -> Answer<LoggedEvent> {
        let effects = match &self.effects {
            None => Effects::default(),
            Some(json) => serde_json::from_str(json).map_err(|_| corrupt("effects"))?,
        };
        Ok(LoggedEvent {
            topic: topic.topic().to_string(),
            epoch: topic.epoch.clone(),
            offset: self.log_offset,
            payload: self.payload,
            committed_at: self.created_at,
            effects,
        })
    }
}
