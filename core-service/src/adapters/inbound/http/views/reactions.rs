//! How people have reacted to messages, and what stands above a conversation.

use serde::Serialize;
use utoipa::ToSchema;

use super::{super::cursor, User, all};
use crate::{
    application::{paging::Part, ports},
    domain::{
        ids::{MessageId, UserId},
        reaction::{self, Emoji},
        time::Timestamp,
    },
};

/// How many have reacted to a message with one emoji.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Reaction {
    #[schema(value_type = String)]
    emoji: Emoji,
    count: i64,
    /// Who, in conversations of at most 32 members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    user_ids: Option<Vec<UserId>>,
}

/// How somebody has reacted to a message.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ReactionOf {
    user: User,
    #[schema(value_type = String)]
    emoji: Emoji,
    #[schema(value_type = String, format = DateTime)]
    reacted_at: Timestamp,
}

/// Who has reacted to a message, in the order of their ids.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ReactionList {
    reactions: Vec<ReactionOf>,
    /// The `cursor` of the next page; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// A message that stands above its conversation.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Pin {
    #[schema(value_type = Uuid)]
    message_id: MessageId,
    #[schema(value_type = Uuid)]
    by: UserId,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

impl From<reaction::Reaction> for Reaction {
    fn from(reaction: reaction::Reaction) -> Self {
        let reaction::Reaction {
            emoji,
            count,
            user_ids,
        } = reaction;
        Self {
            emoji,
            count,
            user_ids,
        }
    }
}

impl From<ports::ReactionOf> for ReactionOf {
    fn from(reaction: ports::ReactionOf) -> Self {
        Self {
            user: reaction.user.into(),
            emoji: reaction.emoji,
            reacted_at: reaction.at,
        }
    }
}

impl From<Part<ports::ReactionOf, UserId>> for ReactionList {
    fn from(part: Part<ports::ReactionOf, UserId>) -> Self {
        Self {
            reactions: all(part.items),
            next: part.next.as_ref().map(cursor::to_text),
        }
    }
}

impl From<reaction::Pin> for Pin {
    fn from(pin: reaction::Pin) -> Self {
        let reaction::Pin {
            message_id,
            by,
            until,
        } = pin;
        Self {
            message_id,
            by,
            until,
        }
    }
}
