//! Adding and removing members. Both are events of the chat's log, so that the hub changes who
//! hears it at exactly that offset.

use diesel::{
    OptionalExtension as _, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};

use super::{
    Answer,
    connection::AnyConnection,
    log,
    messages::{lock, membership},
    rows::{CountRow, UserRow},
};
use crate::{
    application::ports::Changed,
    domain::{
        account::User,
        conversation::{GROUP_MAX_MEMBERS, Kind},
        event::{Effects, Event, Topic},
        ids::{ConversationId, UserId},
        time::Timestamp,
    },
};

pub(super) fn user(connection: &mut AnyConnection, user: UserId) -> Answer<Option<User>> {
    let row: Option<UserRow> =
        sql_query("SELECT id, handle, display_name FROM users WHERE id = $1")
            .bind::<Text, _>(user.to_string())
            .get_result(connection)
            .optional()?;
    row.map(|row| row.user()).transpose()
}

/// Adds a membership that begins after `last_seq`: what was before does not count as undelivered.
pub(super) fn insert(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    readable_from: i64,
    last_seq: i64,
) -> Answer<()> {
    sql_query(
        "INSERT INTO memberships \
         (conversation_id, user_id, readable_from, first_seq, delivered_seq, read_seq) \
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind::<Text, _>(conversation.to_string())
    .bind::<Text, _>(user.to_string())
    .bind::<BigInt, _>(readable_from)
    .bind::<BigInt, _>(last_seq + 1)
    .bind::<BigInt, _>(last_seq)
    .execute(connection)?;
    Ok(())
}

pub(super) fn add(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
    added: UserId,
    now: Timestamp,
) -> Answer<Changed> {
    let last_seq = match group(connection, conversation, by)? {
        Ok(last_seq) => last_seq,
        Err(refused) => return Ok(refused),
    };
    let Some(user) = user(connection, added)? else {
        return Ok(Changed::NoUser);
    };
    if membership(connection, conversation, added)?.is_some() {
        return Ok(Changed::Done(Vec::new()));
    }
    let members = count(connection, conversation)?;
    if usize::try_from(members).unwrap_or(usize::MAX) >= GROUP_MAX_MEMBERS {
        return Ok(Changed::Full);
    }
    let effects = Effects {
        added: vec![added],
        member_count: members + 1,
        ..Effects::default()
    };
    let event = Event::MemberAdded { user, by };
    let topic = Topic::Chat(conversation);
    let joined = log::append(connection, topic, &event, &added, effects, now)?;
    insert(connection, conversation, added, joined.offset, last_seq)?;
    let event = Event::ChatAdded {
        conversation_id: conversation,
    };
    let told = log::tell(connection, added, &event, conversation, now)?;
    Ok(Changed::Done(vec![joined, told]))
}

pub(super) fn remove(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
    removed: UserId,
    now: Timestamp,
) -> Answer<Changed> {
    if let Err(refused) = group(connection, conversation, by)? {
        return Ok(refused);
    }
    if membership(connection, conversation, removed)?.is_none() {
        return Ok(Changed::Done(Vec::new()));
    }
    sql_query("DELETE FROM memberships WHERE conversation_id = $1 AND user_id = $2")
        .bind::<Text, _>(conversation.to_string())
        .bind::<Text, _>(removed.to_string())
        .execute(connection)?;
    let effects = Effects {
        removed: vec![removed],
        member_count: count(connection, conversation)?,
        ..Effects::default()
    };
    let event = Event::MemberRemoved {
        user_id: removed,
        by,
    };
    let topic = Topic::Chat(conversation);
    let left = log::append(connection, topic, &event, &removed, effects, now)?;
    let event = Event::ChatRemoved {
        conversation_id: conversation,
    };
    let told = log::tell(connection, removed, &event, conversation, now)?;
    Ok(Changed::Done(vec![left, told]))
}

/// Locks a group in which `by` acts; its last message's number, or why that cannot be.
fn group(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
) -> Answer<Result<i64, Changed>> {
    if membership(connection, conversation, by)?.is_none() {
        return Ok(Err(Changed::NoConversation));
    }
    let last_seq = lock(connection, conversation)?;
    // Once more: a removal may have been committed while this waited for the lock.
    let member = membership(connection, conversation, by)?;
    Ok(match (last_seq, member) {
        (Some(_), Some(member)) if member.kind == Kind::Direct.as_str() => Err(Changed::NotAGroup),
        (Some(last_seq), Some(_)) => Ok(last_seq),
        _ => Err(Changed::NoConversation),
    })
}

fn count(connection: &mut AnyConnection, conversation: ConversationId) -> Answer<i64> {
    let row: CountRow =
        sql_query("SELECT count(*) AS count FROM memberships WHERE conversation_id = $1")
            .bind::<Text, _>(conversation.to_string())
            .get_result(connection)?;
    Ok(row.count)
}
