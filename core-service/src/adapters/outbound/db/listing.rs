//! Conversations as one of their members sees them.

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
};

use super::{
    Answer, chat_settings,
    connection::AnyConnection,
    conversations::ConversationRow,
    corrupt, drafts, log,
    marks::minima,
    messages::{Pair, among, complete, inside, member, not_hidden},
    pins, profiles,
    rows::{MembershipRow, MessageRow, TopicRow, UserRow},
    schema::{blocks, conversations, memberships, messages, topics, users},
    unread,
    values::Key,
};
use crate::domain::{
    account::User,
    conversation::{
        ChatHead, Conversation, Kind, ListPlace, Member, MemberState, Role, SHOWN_MEMBERS_MAX,
        TopicPosition,
    },
    disappearing::Lifetime,
    event::Topic,
    ids::{ConversationId, UserId},
    message::Message,
    profile::Description,
    receipt::{Receipt, Watermarks},
};

/// How far back a list looks for a message where the last ones are hidden or have disappeared.
const LOOK_BACK_MAX: i64 = 50;

type ListedRow = (MembershipRow, ConversationRow, TopicRow);

/// A member of a listed conversation.
struct Listed {
    member: Member,
    state: MemberState,
    marks: Watermarks,
}

/// Of which groups it is told how far all members have got: that reads every membership.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Minima {
    Each,
    /// Those whose last message is the user's own.
    OfOwnMessages,
}

/// A user's conversations, newest activity first, after a place in that order; and where the user's
/// own topic stands.
pub(super) fn list(
    connection: &mut AnyConnection,
    user: UserId,
    after: Option<ListPlace>,
    limit: i64,
) -> Answer<(Vec<Conversation>, TopicPosition)> {
    let own = own_topic(connection, user)?;
    let mut query = memberships::table
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::hidden_at.is_null())
        .order((topics::active_at.desc(), topics::id.desc()))
        .limit(limit)
        .select((
            MembershipRow::as_select(),
            ConversationRow::as_select(),
            TopicRow::as_select(),
        ))
        .into_boxed();
    if let Some(ListPlace { active_at, id }) = after {
        let of_that_moment = topics::active_at
            .eq(active_at)
            .and(topics::id.lt(Key::new(*id.as_uuid())));
        query = query.filter(topics::active_at.lt(active_at).or(of_that_moment));
    }
    let listed: Vec<ListedRow> = query.load(connection)?;
    let described = described(connection, user, listed, Minima::OfOwnMessages)?;
    Ok((described, own))
}

/// The conversations that a user has pinned, the last one first.
pub(super) fn pinned(connection: &mut AnyConnection, user: UserId) -> Answer<Vec<Conversation>> {
    let chats = chat_settings::pinned(connection, user)?;
    if chats.is_empty() {
        return Ok(Vec::new());
    }
    let listed: Vec<ListedRow> = memberships::table
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::conversation_id.eq_any(chats))
        .select((
            MembershipRow::as_select(),
            ConversationRow::as_select(),
            TopicRow::as_select(),
        ))
        .load(connection)?;
    let mut pinned = described(connection, user, listed, Minima::OfOwnMessages)?;
    pinned.sort_by_key(|chat| Reverse(chat.settings.pinned_at));
    Ok(pinned)
}

/// One conversation of a user.
pub(super) fn one(
    connection: &mut AnyConnection,
    user: UserId,
    id: ConversationId,
) -> Answer<Option<Conversation>> {
    let found: Option<ListedRow> = memberships::table
        .find((id, user))
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::hidden_at.is_null())
        .select((
            MembershipRow::as_select(),
            ConversationRow::as_select(),
            TopicRow::as_select(),
        ))
        .first(connection)
        .optional()?;
    let listed = Vec::from_iter(found);
    Ok(described(connection, user, listed, Minima::Each)?.pop())
}

/// Where a user's conversations stand, in the order of their ids, after one of them; and where the
/// user's own topic stands.
pub(super) fn heads(
    connection: &mut AnyConnection,
    user: UserId,
    after: Option<ConversationId>,
    limit: i64,
) -> Answer<(Vec<ChatHead>, TopicPosition)> {
    let own = own_topic(connection, user)?;
    let mut query = memberships::table
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(inside())
        .order(memberships::conversation_id)
        .limit(limit)
        .select((
            memberships::conversation_id,
            topics::epoch,
            topics::last_offset,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(memberships::conversation_id.gt(after));
    }
    let rows: Vec<(ConversationId, String, i64)> = query.load(connection)?;
    let head = |(id, epoch, offset)| ChatHead { id, epoch, offset };
    Ok((rows.into_iter().map(head).collect(), own))
}

/// Members in the order of their ids, after one of them; nothing for others than members.
pub(super) fn members(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    after: Option<UserId>,
    limit: i64,
) -> Answer<Option<Vec<Member>>> {
    if member(connection, conversation, user)?.is_none() {
        return Ok(None);
    }
    let mut query = memberships::table
        .inner_join(users::table)
        .filter(memberships::conversation_id.eq(conversation))
        .filter(memberships::state.ne(MemberState::Requested))
        .order(memberships::user_id)
        .limit(limit)
        .select((UserRow::as_select(), memberships::role))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(memberships::user_id.gt(after));
    }
    let rows: Vec<(UserRow, Role)> = query.load(connection)?;
    let member = |(user, role): (UserRow, Role)| Member {
        user: user.into(),
        role,
    };
    let mut found: Vec<Member> = rows.into_iter().map(member).collect();
    let people = found.iter_mut().map(|member| &mut member.user);
    profiles::hide_pictures_in(connection, user, conversation, people)?;
    Ok(Some(found))
}

fn own_topic(connection: &mut AnyConnection, user: UserId) -> Answer<TopicPosition> {
    let own = log::topic(connection, Topic::User(user))?.ok_or_else(|| corrupt("user"))?;
    Ok(own.position())
}

fn described(
    connection: &mut AnyConnection,
    user: UserId,
    listed: Vec<ListedRow>,
    which: Minima,
) -> Answer<Vec<Conversation>> {
    let chats: Vec<ConversationId> = listed.iter().map(|row| row.1.id).collect();
    let mut last = last_messages(connection, user, &chats)?;
    complete(connection, user, last.values_mut())?;
    let mut pins = pins::of(connection, user, &chats)?;
    let mut drafts = drafts::of(connection, user, &chats)?;
    let mut settings = chat_settings::of(connection, user, &chats)?;
    let is_own = |chat: &ConversationId| last.get(chat).is_some_and(|last| last.sender_id == user);
    let groups = listed.iter().filter(|row| row.1.kind == Kind::Group);
    let groups = groups
        .map(|row| row.1.id)
        .filter(|chat| which == Minima::Each || is_own(chat));
    let minima = minima(connection, groups.collect())?;
    let mut members = shown_members(connection, user, &listed, &last)?;
    let unread = unread::counts(connection, user, &chats)?;
    let waiting = unread.keys().copied().collect();
    let mentions = unread::mention_counts(connection, user, waiting)?;
    let blocked = blocked(connection, user, &members)?;
    let conversation = |(own, chat, topic): ListedRow| {
        let mut members = members.remove(&chat.id).unwrap_or_default();
        let is_asked = own.state == MemberState::Requested;
        if is_asked {
            // The group shows itself once they have said yes.
            members.retain(|listed| Some(listed.member.user.id) == own.requested_by);
        }
        let receipts = match chat.kind {
            Kind::Direct => members
                .iter()
                .filter(|listed| !topic.guarded || listed.member.user.id == user)
                .map(|listed| Receipt {
                    user_id: Some(listed.member.user.id),
                    marks: listed.marks,
                })
                .collect(),
            Kind::Group if is_asked => Vec::new(),
            Kind::Group => minima
                .get(&chat.id)
                .map(|marks| Receipt {
                    user_id: None,
                    marks: *marks,
                })
                .into_iter()
                .collect(),
        };
        let awaits_other = members
            .iter()
            .any(|listed| listed.state == MemberState::Contacted && listed.member.user.id != user);
        let blocked = chat.kind == Kind::Direct
            && members
                .iter()
                .any(|listed| blocked.contains(&listed.member.user.id));
        Conversation {
            id: chat.id,
            kind: chat.kind,
            title: chat.title,
            description: if is_asked {
                Description::default()
            } else {
                chat.description
            },
            picture: chat.picture_id.filter(|_| !is_asked),
            members: members.into_iter().map(|listed| listed.member).collect(),
            member_count: chat.member_count,
            role: own.role,
            state: own.state,
            awaits_other,
            blocked,
            created_at: chat.created_at,
            last_message: last
                .remove(&chat.id)
                .filter(|message| message.seq >= own.first_seq && !is_asked),
            unread_count: shown_count(&unread, chat.id, is_asked),
            unread_mentions: shown_count(&mentions, chat.id, is_asked),
            marks: own.marks(),
            receipts,
            first_seq: own.first_seq,
            settings: settings.remove(&chat.id).unwrap_or_default(),
            pins: pins
                .remove(&chat.id)
                .into_iter()
                .flatten()
                .filter(|(seq, _)| *seq >= own.first_seq && !is_asked)
                .map(|(_, pin)| pin)
                .collect(),
            draft: drafts.remove(&chat.id).filter(|_| !is_asked),
            lifetime: topic
                .disappear_s
                .filter(|_| !is_asked)
                .map(Lifetime::stored),
            topic: topic.position(),
            active_at: topic.active_at,
        }
    };
    Ok(listed.into_iter().map(conversation).collect())
}

/// A count of a chat; nothing of one that the user has not accepted.
fn shown_count(
    counts: &BTreeMap<ConversationId, i64>,
    chat: ConversationId,
    is_asked: bool,
) -> i64 {
    let count = counts.get(&chat).filter(|_| !is_asked);
    count.copied().unwrap_or_default()
}

/// Which of the people with whom the user may have a direct chat the user has blocked.
fn blocked(
    connection: &mut AnyConnection,
    user: UserId,
    members: &HashMap<ConversationId, Vec<Listed>>,
) -> Answer<HashSet<UserId>> {
    let pairs = members.values().filter(|members| members.len() == 2);
    let people: HashSet<UserId> = pairs
        .flatten()
        .map(|listed| listed.member.user.id)
        .collect();
    let blocked: Vec<UserId> = blocks::table
        .filter(blocks::blocker_id.eq(user))
        .filter(blocks::blocked_id.eq_any(people))
        .select(blocks::blocked_id)
        .load(connection)?;
    Ok(blocked.into_iter().collect())
}

/// The members with which each conversation is shown, in the order of their handles.
fn shown_members(
    connection: &mut AnyConnection,
    user: UserId,
    listed: &[ListedRow],
    last: &HashMap<ConversationId, Message>,
) -> Answer<HashMap<ConversationId, Vec<Listed>>> {
    let (small, large): (Vec<&ListedRow>, Vec<&ListedRow>) = listed
        .iter()
        .partition(|row| row.1.member_count <= SHOWN_MEMBERS_MAX);
    let small: Vec<ConversationId> = small.iter().map(|row| row.1.id).collect();
    let pairs: BTreeSet<Pair> = large
        .iter()
        .flat_map(|row| {
            let writer = last.get(&row.1.id).map(|message| message.sender_id);
            let shown = [Some(user), writer, row.0.requested_by]
                .into_iter()
                .flatten();
            shown.map(|user| (row.1.id, user))
        })
        .collect();
    let of_small = memberships::table
        .filter(memberships::conversation_id.eq_any(small))
        .filter(memberships::state.ne(MemberState::Requested))
        .into_boxed();
    let mut rows: Vec<MembershipRow> = of_small
        .select(MembershipRow::as_select())
        .load(connection)?;
    // By a statement of its own: SQLite reads the whole table for an OR of which one side names nothing.
    if let Some(among) = among(&pairs) {
        let of_large = memberships::table
            .filter(among)
            .select(MembershipRow::as_select());
        rows.extend(of_large.load::<MembershipRow>(connection)?);
    }
    let ids: BTreeSet<UserId> = rows.iter().map(|row| row.user_id).collect();
    let people: Vec<UserRow> = users::table
        .filter(users::id.eq_any(ids))
        .select(UserRow::as_select())
        .load(connection)?;
    let mut people: Vec<User> = people.into_iter().map(User::from).collect();
    let together = together(user, listed, &rows);
    profiles::hide_pictures(connection, user, &together, people.iter_mut())?;
    let people: HashMap<UserId, User> = people.into_iter().map(|user| (user.id, user)).collect();
    let mut members: HashMap<ConversationId, Vec<Listed>> = HashMap::new();
    for row in rows {
        let user = people.get(&row.user_id).ok_or_else(|| corrupt("member"))?;
        let member = Member {
            user: user.clone(),
            role: row.role,
        };
        let listed = Listed {
            member,
            state: row.state,
            marks: row.marks(),
        };
        members.entry(row.conversation_id).or_default().push(listed);
    }
    for shown in members.values_mut() {
        let handle = |listed: &Listed| listed.member.user.handle.as_str().to_owned();
        shown.sort_by_cached_key(handle);
    }
    Ok(members)
}

/// People of these memberships with whom the user is in one of these chats.
fn together(user: UserId, listed: &[ListedRow], members: &[MembershipRow]) -> BTreeSet<UserId> {
    let own = listed
        .iter()
        .map(|row| &row.0)
        .filter(|own| own.is_inside());
    let own: HashSet<ConversationId> = own.map(|own| own.conversation_id).collect();
    let is_there = |row: &&MembershipRow| row.is_inside() && own.contains(&row.conversation_id);
    let others = members.iter().filter(is_there).map(|row| row.user_id);
    others.filter(|other| *other != user).collect()
}

fn last_messages(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, Message>> {
    let is_last = topics::id
        .eq(messages::conversation_id)
        .and(topics::last_seq.eq(messages::seq));
    let rows: Vec<MessageRow> = messages::table
        .inner_join(topics::table.on(is_last))
        .filter(messages::conversation_id.eq_any(chats))
        .filter(not_hidden(user))
        .select(MessageRow::as_select())
        .load(connection)?;
    let keyed = |row: MessageRow| (row.conversation_id, Message::from(row));
    let mut last: HashMap<ConversationId, Message> = rows.into_iter().map(keyed).collect();
    // The very last one is hidden from the user, or has disappeared.
    let mut others = chats.to_vec();
    others.retain(|chat| !last.contains_key(chat));
    if !others.is_empty() {
        last.extend(last_shown(connection, user, others)?);
    }
    Ok(last)
}

/// The last messages of chats whose very last one is not there, or not for the user.
fn last_shown(
    connection: &mut AnyConnection,
    user: UserId,
    chats: Vec<ConversationId>,
) -> Answer<HashMap<ConversationId, Message>> {
    let rows: Vec<MessageRow> = messages::table
        .inner_join(topics::table.on(topics::id.eq(messages::conversation_id)))
        .filter(messages::conversation_id.eq_any(chats))
        .filter(messages::seq.gt(topics::last_seq - LOOK_BACK_MAX))
        .filter(not_hidden(user))
        .order(messages::seq)
        .select(MessageRow::as_select())
        .load(connection)?;
    // A later one takes the place of those before.
    let keyed = |row: MessageRow| (row.conversation_id, row.into());
    Ok(rows.into_iter().map(keyed).collect())
}
