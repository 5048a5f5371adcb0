//! What messages that are to be posted name: others that they answer or forward, and people.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{exists, not},
};

use super::{
    Answer,
    connection::AnyConnection,
    messages::{Pair, inside, members_among},
    posting::pair,
    schema::{hidden_messages, memberships, messages},
};
use crate::{
    application::ports::NewMessage,
    domain::{
        ids::{ConversationId, MessageId, UserId},
        message::Text,
    },
};

/// What messages name: other messages and people.
#[derive(Default)]
pub(super) struct Named {
    /// Messages that senders may read.
    messages: HashSet<(Pair, MessageId)>,
    /// Text and hops of messages that senders may forward.
    forwarded: HashMap<(UserId, MessageId), (Text, i64)>,
    members: BTreeSet<Pair>,
}

impl Named {
    /// Nearly no message names anything.
    pub(super) fn by(connection: &mut AnyConnection, new: &[NewMessage]) -> Answer<Self> {
        let mut named = Self::default();
        let replies = || new.iter().filter(|message| message.reply_to.is_some());
        let targets: Vec<MessageId> = replies().filter_map(|message| message.reply_to).collect();
        if !targets.is_empty() {
            let senders: HashSet<UserId> = replies().map(|message| message.sender).collect();
            let rows: Vec<(ConversationId, UserId, MessageId)> = messages::table
                .inner_join(
                    memberships::table
                        .on(memberships::conversation_id.eq(messages::conversation_id)),
                )
                .filter(messages::id.eq_any(targets))
                .filter(memberships::user_id.eq_any(senders))
                .filter(messages::seq.ge(memberships::first_seq))
                .filter(inside())
                .select((
                    messages::conversation_id,
                    memberships::user_id,
                    messages::id,
                ))
                .load(connection)?;
            let readable = rows.into_iter().map(|(chat, user, id)| ((chat, user), id));
            named.messages = readable.collect();
        }
        named.forwarded = forwarded(connection, new)?;
        let naming = || new.iter().filter(|message| !message.mentions.is_empty());
        let users: BTreeSet<UserId> = naming()
            .flat_map(|message| message.mentions.clone())
            .collect();
        if !users.is_empty() {
            let chats = naming().map(|message| message.conversation).collect();
            named.members = members_among(connection, chats, users.into_iter().collect())?;
        }
        Ok(named)
    }

    pub(super) fn has_reply_to(&self, message: &NewMessage) -> bool {
        let is_there = |id| self.messages.contains(&(pair(message), id));
        message.reply_to.is_none_or(is_there)
    }

    pub(super) fn has_forward_of(&self, message: &NewMessage) -> bool {
        let is_there = |id| self.forwarded.contains_key(&(message.sender, id));
        message.forward_of.is_none_or(is_there)
    }

    pub(super) fn has_all(&self, message: &NewMessage) -> bool {
        self.has_reply_to(message) && self.has_forward_of(message)
    }

    /// What a message says, and how often that was forwarded.
    pub(super) fn text(&self, message: &NewMessage) -> (Text, i64) {
        let copied = message
            .forward_of
            .and_then(|id| self.forwarded.get(&(message.sender, id)));
        match copied {
            Some((text, hops)) => (text.clone(), hops.saturating_add(1)),
            None => (message.text.clone(), 0),
        }
    }

    /// The members whom a message mentions.
    pub(super) fn mentioned(&self, message: &NewMessage) -> Vec<UserId> {
        let mut users = message.mentions.clone();
        users.retain(|user| self.members.contains(&(message.conversation, *user)));
        users
    }
}

/// What the messages that are to be forwarded say. Each has to be in a conversation of its sender's,
/// where the sender reads it.
fn forwarded(
    connection: &mut AnyConnection,
    new: &[NewMessage],
) -> Answer<HashMap<(UserId, MessageId), (Text, i64)>> {
    let forwards = || new.iter().filter(|message| message.forward_of.is_some());
    let sources: HashSet<MessageId> = forwards()
        .filter_map(|message| message.forward_of)
        .collect();
    if sources.is_empty() {
        return Ok(HashMap::new());
    }
    let senders: HashSet<UserId> = forwards().map(|message| message.sender).collect();
    let is_hidden = exists(
        hidden_messages::table
            .filter(hidden_messages::user_id.eq(memberships::user_id))
            .filter(hidden_messages::conversation_id.eq(messages::conversation_id))
            .filter(hidden_messages::seq.eq(messages::seq)),
    );
    let rows: Vec<(UserId, MessageId, Text, i64)> = messages::table
        .inner_join(
            memberships::table.on(memberships::conversation_id.eq(messages::conversation_id)),
        )
        .filter(messages::id.eq_any(sources))
        .filter(memberships::user_id.eq_any(senders))
        .filter(messages::seq.ge(memberships::first_seq))
        .filter(messages::deleted_at.is_null())
        .filter(inside())
        .filter(not(is_hidden))
        .select((
            memberships::user_id,
            messages::id,
            messages::text,
            messages::forwarded,
        ))
        .load(connection)?;
    let found = |(user, id, text, hops)| ((user, id), (text, hops));
    Ok(rows.into_iter().map(found).collect())
}
