//! Rows as the database gives them, and the domain's words for them.

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text},
};

use super::{Answer, corrupt};
use crate::{
    application::ports::{Grant, TopicHead},
    domain::{
        account::{DisplayName, Handle, User},
        conversation::{Kind, TopicPosition},
        event::{Effects, LoggedEvent},
        message::{self, Message},
        time::Timestamp,
    },
};

/// Parses a stored name.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Answer<T> {
    text.parse().map_err(|_| corrupt("id"))
}

#[derive(QueryableByName)]
pub(super) struct UserRow {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = Text)]
    pub(super) handle: String,
    #[diesel(sql_type = Text)]
    pub(super) display_name: String,
}

impl UserRow {
    pub(super) fn user(&self) -> Answer<User> {
        Ok(User {
            id: id(&self.id)?,
            handle: Handle::parse(&self.handle).map_err(|_| corrupt("handle"))?,
            display_name: DisplayName::parse(&self.display_name)
                .map_err(|_| corrupt("display name"))?,
        })
    }
}

#[derive(QueryableByName)]
pub(super) struct MessageRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    pub(super) conversation_id: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    sender_id: String,
    #[diesel(sql_type = Text)]
    client_msg_id: String,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
}

impl MessageRow {
    pub(super) fn message(self) -> Answer<Message> {
        Ok(Message {
            id: id(&self.id)?,
            conversation_id: id(&self.conversation_id)?,
            seq: self.seq,
            sender_id: id(&self.sender_id)?,
            client_msg_id: id(&self.client_msg_id)?,
            text: message::Text::stored(self.text),
            created_at: Timestamp::from_micros(self.created_at),
        })
    }
}

#[derive(QueryableByName)]
pub(super) struct EventRow {
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = BigInt)]
    log_offset: i64,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Nullable<Text>)]
    effects: Option<String>,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
}

impl EventRow {
    pub(super) fn event(self) -> Answer<LoggedEvent> {
        let effects = match &self.effects {
            None => Effects::default(),
            Some(json) => serde_json::from_str(json).map_err(|_| corrupt("effects"))?,
        };
        Ok(LoggedEvent {
            topic: self.topic,
            epoch: self.epoch,
            offset: self.log_offset,
            payload: self.payload,
            committed_at: Timestamp::from_micros(self.created_at),
            effects,
        })
    }
}

#[derive(QueryableByName)]
pub(super) struct TopicRow {
    #[diesel(sql_type = Text)]
    pub(super) topic: String,
    #[diesel(sql_type = Text)]
    pub(super) epoch: String,
    #[diesel(sql_type = BigInt)]
    pub(super) last_offset: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) trimmed_to: i64,
}

impl TopicRow {
    pub(super) fn position(self) -> TopicPosition {
        TopicPosition {
            name: self.topic,
            epoch: self.epoch,
            offset: self.last_offset,
        }
    }

    pub(super) fn head(self) -> TopicHead {
        TopicHead {
            position: self.position(),
            member_count: 0,
            receipts: Vec::new(),
        }
    }
}

#[derive(QueryableByName)]
pub(super) struct GrantRow {
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = BigInt)]
    last_offset: i64,
    #[diesel(sql_type = BigInt)]
    readable_from: i64,
    #[diesel(sql_type = BigInt)]
    member_count: i64,
}

impl GrantRow {
    pub(super) fn grant(self) -> Grant {
        Grant {
            position: TopicPosition {
                name: self.topic,
                epoch: self.epoch,
                offset: self.last_offset,
            },
            readable_from: self.readable_from,
            member_count: self.member_count,
        }
    }
}

#[derive(QueryableByName)]
pub(super) struct MemberRow {
    #[diesel(sql_type = BigInt)]
    pub(super) readable_from: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) first_seq: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) delivered_seq: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) read_seq: i64,
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = BigInt)]
    pub(super) last_seq: i64,
}

#[derive(QueryableByName)]
pub(super) struct CountRow {
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}

/// What kind of conversation is stored.
pub(super) fn kind(text: &str) -> Answer<Kind> {
    [Kind::Direct, Kind::Group]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| corrupt("kind"))
}
