//! Reading messages, and who may.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    BoolExpressionMethods as _, BoxableExpression, ExpressionMethods as _, JoinOnDsl as _,
    OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::{exists, not},
    sql_types::Bool,
};

use super::{
    Answer, Database, attachments,
    connection::{AnyConnection, MultiBackend},
    keeping::attach_stars,
    previews, reactions,
    rows::{MembershipRow, MessageRow, TopicRow},
    schema::{hidden_messages, memberships, messages, topics},
};
use crate::{
    application::ports::{Anchor, Cursor, Page, Stored},
    domain::{
        conversation::MemberState,
        ids::{ConversationId, UserId},
        message::Message,
    },
};

/// Somebody in a conversation.
pub(super) type Pair = (ConversationId, UserId);

/// A condition on memberships.
pub(super) type OnMemberships =
    Box<dyn BoxableExpression<memberships::table, MultiBackend, SqlType = Bool>>;

/// Who hears and reads a conversation.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn inside() -> _ {
    let requested: MemberState = MemberState::Requested;
    memberships::state
        .ne(requested)
        .and(memberships::hidden_at.is_null())
}

/// A user's membership, and where the conversation's log stands; nothing for who is no member.
pub(super) fn member(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<(MembershipRow, TopicRow)>> {
    memberships::table
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::conversation_id.eq(conversation))
        .filter(memberships::user_id.eq(user))
        .filter(inside())
        .select((MembershipRow::as_select(), TopicRow::as_select()))
        .first(connection)
        .optional()
}

/// The memberships of those inside that `pairs` name; nothing of no pairs.
pub(super) fn among(pairs: &BTreeSet<Pair>) -> Option<OnMemberships> {
    let mut users: BTreeMap<ConversationId, Vec<UserId>> = BTreeMap::new();
    for (conversation, user) in pairs {
        users.entry(*conversation).or_default().push(*user);
    }
    let in_one = |(conversation, users): (ConversationId, Vec<UserId>)| -> OnMemberships {
        Box::new(
            memberships::conversation_id
                .eq(conversation)
                .and(memberships::user_id.eq_any(users))
                .and(inside()),
        )
    };
    users
        .into_iter()
        .map(in_one)
        .reduce(|one, other| Box::new(one.or(other)))
}

impl Database {
    pub(super) fn page(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>> {
        self.read(|connection| {
            let Some((member, topic)) = member(connection, conversation, user)? else {
                return Ok(None);
            };
            let readable = |limit: i64| {
                messages::table
                    .filter(messages::conversation_id.eq(conversation))
                    .filter(messages::seq.ge(member.first_seq))
                    .filter(not_hidden(user))
                    // One more than asked for tells whether there is more.
                    .limit(limit + 1)
                    .select(MessageRow::as_select())
            };
            let older = |connection: &mut AnyConnection, before: i64, limit: i64| {
                let rows: Vec<MessageRow> = readable(limit)
                    .filter(messages::seq.lt(before))
                    .order(messages::seq.desc())
                    .load(connection)?;
                let (mut items, has_more) = cut(rows, limit);
                items.reverse();
                Answer::Ok((items, has_more))
            };
            let newer = |connection: &mut AnyConnection, after: i64, limit: i64| {
                let rows: Vec<MessageRow> = readable(limit)
                    .filter(messages::seq.gt(after))
                    .order(messages::seq)
                    .load(connection)?;
                Answer::Ok(cut(rows, limit))
            };
            let ((mut items, has_more), has_newer) = match cursor {
                Cursor::Latest => (older(connection, i64::MAX, limit)?, None),
                Cursor::Before(seq) => (older(connection, seq, limit)?, None),
                Cursor::After(seq) => (newer(connection, seq, limit)?, None),
                Cursor::Around(anchor) => match place(connection, &member, anchor)? {
                    None => ((Vec::new(), false), Some(false)),
                    Some(seq) => {
                        let (mut items, has_older) =
                            older(connection, seq.saturating_add(1), limit - limit / 2)?;
                        let (after, has_newer) = newer(connection, seq, limit / 2)?;
                        items.extend(after);
                        ((items, has_older), Some(has_newer))
                    }
                },
            };
            complete(connection, user, items.iter_mut())?;
            Ok(Some(Page {
                items,
                has_more,
                has_newer,
                topic: topic.position(),
            }))
        })
    }
}

/// Adds to messages what `reader` sees of what became of them.
pub(super) fn complete<'a>(
    connection: &mut AnyConnection,
    reader: UserId,
    messages: impl Iterator<Item = &'a mut Message>,
) -> Answer<()> {
    let mut messages: Vec<&mut Message> = messages.collect();
    reactions::attach(connection, reader, &mut messages)?;
    attachments::attach(connection, &mut messages)?;
    previews::attach(connection, &mut messages)?;
    attach_stars(connection, reader, &mut messages)
}

/// The place of a message; nothing of one that the member may not read.
fn place(
    connection: &mut AnyConnection,
    member: &MembershipRow,
    anchor: Anchor,
) -> Answer<Option<i64>> {
    let id = match anchor {
        Anchor::Seq(seq) => return Ok(Some(seq)),
        Anchor::Message(id) => id,
    };
    messages::table
        .filter(messages::id.eq(id))
        .filter(messages::conversation_id.eq(member.conversation_id))
        .filter(messages::seq.ge(member.first_seq))
        .filter(not_hidden(member.user_id))
        .select(messages::seq)
        .first(connection)
        .optional()
}

/// The first `limit` rows, and whether there are more.
fn cut(rows: Vec<MessageRow>, limit: i64) -> (Vec<Message>, bool) {
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    (
        rows.into_iter().take(limit).map(Message::from).collect(),
        has_more,
    )
}

/// Messages that a user has not deleted for themselves.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn not_hidden(user: UserId) -> _ {
    not(exists(
        hidden_messages::table
            .filter(hidden_messages::user_id.eq(user))
            .filter(hidden_messages::conversation_id.eq(messages::conversation_id))
            .filter(hidden_messages::seq.eq(messages::seq)),
    ))
}

/// Which of `users` are members of a conversation.
pub(super) fn members_among(
    connection: &mut AnyConnection,
    conversations: Vec<ConversationId>,
    users: Vec<UserId>,
) -> Answer<BTreeSet<Pair>> {
    let members: Vec<Pair> = memberships::table
        .filter(memberships::conversation_id.eq_any(conversations))
        .filter(memberships::user_id.eq_any(users))
        .filter(memberships::state.ne(MemberState::Requested))
        .select((memberships::conversation_id, memberships::user_id))
        .load(connection)?;
    Ok(members.into_iter().collect())
}
