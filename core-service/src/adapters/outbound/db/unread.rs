//! What members have not read.

use std::collections::BTreeMap;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _,
    RunQueryDsl as _, TextExpressionMethods as _, dsl::count_star,
};

use super::{
    Answer,
    connection::AnyConnection,
    messages::{member, not_hidden},
    schema::{memberships, messages, topics},
};
use crate::domain::{
    conversation::{UNREAD_MAX, UNREAD_MENTIONS_MAX},
    ids::{ConversationId, MessageId, UserId},
};

/// Messages by others behind a member's mark. The statement joins `memberships`.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_unread() -> _ {
    messages::conversation_id
        .eq(memberships::conversation_id)
        .and(messages::seq.gt(memberships::read_seq))
        .and(messages::seq.ge(memberships::first_seq))
        .and(messages::sender_id.ne(memberships::user_id))
}

/// Messages that name a user. The index that finds them has messages that name anybody.
#[diesel::dsl::auto_type(no_type_alias)]
fn names(user: UserId) -> _ {
    // Mentions are a JSON array of ids: quotes stand around each.
    let named: String = format!("%\"{user}\"%");
    messages::mentions
        .is_not_null()
        .and(messages::mentions.like(named))
}

/// How many messages by others a user has not read, among the last [`UNREAD_MAX`] of each chat; nothing
/// of chats that are read.
pub(super) fn counts(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<BTreeMap<ConversationId, i64>> {
    let rows: Vec<(ConversationId, i64)> = memberships::table
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .inner_join(messages::table.on(is_unread()))
        .filter(messages::seq.gt(topics::last_seq - UNREAD_MAX))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::conversation_id.eq_any(chats))
        .group_by(memberships::conversation_id)
        .select((memberships::conversation_id, count_star()))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// How many of those name the user, [`UNREAD_MENTIONS_MAX`] at most.
pub(super) fn mention_counts(
    connection: &mut AnyConnection,
    user: UserId,
    chats: Vec<ConversationId>,
) -> Answer<BTreeMap<ConversationId, i64>> {
    if chats.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(ConversationId, i64)> = memberships::table
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .inner_join(messages::table.on(is_unread()))
        .filter(messages::seq.gt(topics::last_seq - UNREAD_MAX))
        .filter(names(user))
        .filter(not_hidden(user))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::conversation_id.eq_any(chats))
        .group_by(memberships::conversation_id)
        .select((memberships::conversation_id, count_star()))
        .load(connection)?;
    let counted = |(chat, count): (ConversationId, i64)| (chat, count.min(UNREAD_MENTIONS_MAX));
    Ok(rows.into_iter().map(counted).collect())
}

/// The unread messages that name a member, the oldest first; nothing for others.
pub(super) fn mentions(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<Vec<(MessageId, i64)>>> {
    let Some((member, topic)) = member(connection, conversation, user)? else {
        return Ok(None);
    };
    messages::table
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::seq.gt(member.read_seq))
        .filter(messages::seq.ge(member.first_seq))
        .filter(messages::seq.gt(topic.last_seq - UNREAD_MAX))
        .filter(messages::sender_id.ne(user))
        .filter(names(user))
        .filter(not_hidden(user))
        .order(messages::seq)
        .limit(UNREAD_MENTIONS_MAX)
        .select((messages::id, messages::seq))
        .load(connection)
        .map(Some)
}
