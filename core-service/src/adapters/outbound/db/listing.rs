//! Conversations as one of their members sees them.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _, dsl::count_star,
};

use super::{
    Answer,
    connection::AnyConnection,
    conversations::ConversationRow,
    corrupt, log,
    marks::minima,
    rows::{MembershipRow, MessageRow, TopicRow, UserRow},
    schema::{conversations, memberships, messages, topics, users},
};
use crate::domain::{
    account::User,
    conversation::{Conversation, Kind, MemberState, TopicPosition},
    event::Topic,
    ids::{ConversationId, UserId},
    message::Message,
    receipt::{Receipt, Watermarks},
};

type Listed = (MembershipRow, ConversationRow, TopicRow);

/// A member of a listed conversation.
struct Member {
    user: User,
    marks: Watermarks,
}

/// The user's conversations, or the one of them, newest activity first; and where the user's own
/// topic stands.
pub(super) fn list(
    connection: &mut AnyConnection,
    user: UserId,
    only: Option<ConversationId>,
) -> Answer<(Vec<Conversation>, TopicPosition)> {
    let own = log::topic(connection, Topic::User(user))?.ok_or_else(|| corrupt("user"))?;
    let mut query = memberships::table
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::state.eq(MemberState::Active))
        .order((topics::active_at.desc(), topics::id.desc()))
        .select((
            MembershipRow::as_select(),
            ConversationRow::as_select(),
            TopicRow::as_select(),
        ))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(memberships::conversation_id.eq(only));
    }
    let listed: Vec<Listed> = query.load(connection)?;
    Ok((described(connection, user, listed)?, own.position()))
}

fn described(
    connection: &mut AnyConnection,
    user: UserId,
    listed: Vec<Listed>,
) -> Answer<Vec<Conversation>> {
    let chats: Vec<ConversationId> = listed.iter().map(|row| row.1.id).collect();
    let groups = listed.iter().filter(|row| row.1.kind == Kind::Group);
    let groups = groups.map(|row| row.1.id).collect();
    let mut members = members(connection, &chats)?;
    let minima = minima(connection, groups)?;
    let mut last = last_messages(connection, &chats)?;
    let unread = unread(connection, user, &chats)?;
    let conversation = |(own, chat, topic): Listed| {
        let members = members.remove(&chat.id).unwrap_or_default();
        let receipts = match chat.kind {
            Kind::Direct => members
                .iter()
                .map(|member| Receipt {
                    user_id: Some(member.user.id),
                    marks: member.marks,
                })
                .collect(),
            Kind::Group => vec![Receipt {
                user_id: None,
                marks: minima.get(&chat.id).copied().unwrap_or_default(),
            }],
        };
        Conversation {
            id: chat.id,
            kind: chat.kind,
            title: chat.title,
            members: members.into_iter().map(|member| member.user).collect(),
            created_at: chat.created_at,
            last_message: last
                .remove(&chat.id)
                .filter(|message| message.seq >= own.first_seq),
            unread_count: unread.get(&chat.id).copied().unwrap_or(0),
            marks: own.marks(),
            receipts,
            topic: topic.position(),
        }
    };
    Ok(listed.into_iter().map(conversation).collect())
}

/// Members of each conversation, in the order of their handles.
fn members(
    connection: &mut AnyConnection,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, Vec<Member>>> {
    let rows: Vec<(ConversationId, UserRow, i64, i64)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::conversation_id.eq_any(chats))
        .filter(memberships::state.eq(MemberState::Active))
        .order(users::handle)
        .select((
            memberships::conversation_id,
            UserRow::as_select(),
            memberships::delivered_seq,
            memberships::read_seq,
        ))
        .load(connection)?;
    let mut members: HashMap<ConversationId, Vec<Member>> = HashMap::new();
    for (conversation, user, delivered_seq, read_seq) in rows {
        let marks = Watermarks {
            delivered_seq,
            read_seq,
        };
        let user = user.into();
        members
            .entry(conversation)
            .or_default()
            .push(Member { user, marks });
    }
    Ok(members)
}

fn last_messages(
    connection: &mut AnyConnection,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, Message>> {
    let is_last = topics::id
        .eq(messages::conversation_id)
        .and(topics::last_seq.eq(messages::seq));
    let rows: Vec<MessageRow> = messages::table
        .inner_join(topics::table.on(is_last))
        .filter(messages::conversation_id.eq_any(chats))
        .select(MessageRow::as_select())
        .load(connection)?;
    let keyed = |row: MessageRow| (row.conversation_id, row.into());
    Ok(rows.into_iter().map(keyed).collect())
}

/// How many messages by others the user has not read.
fn unread(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<BTreeMap<ConversationId, i64>> {
    let is_unread = messages::conversation_id
        .eq(memberships::conversation_id)
        .and(messages::seq.gt(memberships::read_seq))
        .and(messages::seq.ge(memberships::first_seq))
        .and(messages::sender_id.ne(memberships::user_id));
    let rows: Vec<(ConversationId, i64)> = memberships::table
        .inner_join(messages::table.on(is_unread))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::conversation_id.eq_any(chats))
        .group_by(memberships::conversation_id)
        .select((memberships::conversation_id, count_star()))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}
