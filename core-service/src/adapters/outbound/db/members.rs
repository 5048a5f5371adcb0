//! Adding and removing members. Both are events of the chat's log, so that the hub changes who
//! hears it at exactly that offset.

use std::collections::BTreeSet;

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};

use super::{
    Answer, accounts,
    connection::{AnyConnection, on_either},
    conversations::{self, ConversationRow},
    log,
    messages::member,
    rows::{MembershipRow, TopicRow},
    schema::{conversations as chats, departures, memberships},
    values::Key,
};
use crate::{
    application::ports::Changed,
    domain::{
        conversation::{GROUP_MAX_MEMBERS, Kind, Role},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        time::Timestamp,
    },
};

pub(super) fn add(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
    added: UserId,
    now: Timestamp,
) -> Answer<Changed> {
    let (group, topic) = match group(connection, conversation, by)? {
        Ok(group) => group,
        Err(refused) => return Ok(refused),
    };
    let Some(user) = accounts::user(connection, added)? else {
        return Ok(Changed::NoUser);
    };
    if is_listed(connection, conversation, added)? {
        return Ok(Changed::Done(Vec::new()));
    }
    if usize::try_from(group.member_count).unwrap_or(usize::MAX) >= GROUP_MAX_MEMBERS {
        return Ok(Changed::Full);
    }
    let change = Change {
        conversation,
        user: added,
        member_count: group.member_count + 1,
        now,
    };
    let effects = Effects {
        added: vec![added],
        member_count: change.member_count,
        ..Effects::default()
    };
    let events = change.tell(
        connection,
        Event::MemberAdded { user, by },
        effects,
        Event::ChatAdded {
            conversation_id: conversation,
        },
        |connection, offset| {
            let row = MembershipRow::new(conversation, added, Role::Member, offset, topic.last_seq);
            diesel::insert_into(memberships::table)
                .values(row)
                .execute(connection)?;
            diesel::delete(departures::table.find((conversation, added))).execute(connection)?;
            Ok(())
        },
    )?;
    Ok(Changed::Done(events))
}

pub(super) fn remove(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
    removed: UserId,
    now: Timestamp,
) -> Answer<Changed> {
    let (group, _) = match group(connection, conversation, by)? {
        Ok(group) => group,
        Err(refused) => return Ok(refused),
    };
    if member(connection, conversation, removed)?.is_none() {
        return Ok(Changed::Done(Vec::new()));
    }
    let change = Change {
        conversation,
        user: removed,
        member_count: group.member_count - 1,
        now,
    };
    let effects = Effects {
        removed: vec![removed],
        member_count: change.member_count,
        ..Effects::default()
    };
    let events = change.tell(
        connection,
        Event::MemberRemoved {
            user_id: removed,
            by,
        },
        effects,
        Event::ChatRemoved {
            conversation_id: conversation,
        },
        |connection, _| {
            diesel::delete(memberships::table.find((conversation, removed))).execute(connection)?;
            note_departure(connection, conversation, removed, by == removed, now)
        },
    )?;
    Ok(Changed::Done(events))
}

/// One person comes or goes.
struct Change {
    conversation: ConversationId,
    user: UserId,
    /// Members afterwards.
    member_count: i64,
    now: Timestamp,
}

impl Change {
    /// Logs it for the chat, stores it by `store`, which is given the event's offset, and logs it for
    /// the person.
    fn tell(
        &self,
        connection: &mut AnyConnection,
        for_chat: Event,
        effects: Effects,
        for_user: Event,
        store: impl FnOnce(&mut AnyConnection, i64) -> Answer<()>,
    ) -> Answer<Vec<LoggedEvent>> {
        let entry = log::Entry {
            topic: Topic::Chat(self.conversation),
            event: for_chat,
            subject: Key::new(*self.user.as_uuid()),
            effects,
        };
        let mut events = log::append(connection, vec![entry], self.now)?;
        diesel::update(chats::table.find(self.conversation))
            .set(chats::member_count.eq(self.member_count))
            .execute(connection)?;
        store(connection, events[0].offset)?;
        let subject = Key::new(*self.conversation.as_uuid());
        let entry = log::Entry::plain(Topic::User(self.user), for_user, subject);
        events.extend(log::append(connection, vec![entry], self.now)?);
        Ok(events)
    }
}

/// Locks a group in which `by` acts; the group and its topic, or why that cannot be.
fn group(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
) -> Answer<Result<(ConversationRow, TopicRow), Changed>> {
    if member(connection, conversation, by)?.is_none() {
        return Ok(Err(Changed::NoConversation));
    }
    log::lock(connection, &[Topic::Chat(conversation)])?;
    let locked = conversations::lock(connection, BTreeSet::from([conversation]))?;
    // Once more: a removal may have been committed while this waited for the lock.
    let member = member(connection, conversation, by)?;
    Ok(match (locked.into_iter().next(), member) {
        (Some(chat), Some(_)) if chat.kind == Kind::Direct => Err(Changed::NotAGroup),
        (Some(chat), Some((_, topic))) => Ok((chat, topic)),
        _ => Err(Changed::NoConversation),
    })
}

/// Whether somebody is a member or is asked to be one.
fn is_listed(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<bool> {
    diesel::select(diesel::dsl::exists(
        memberships::table.find((conversation, user)),
    ))
    .get_result(connection)
}

fn note_departure(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    by_self: bool,
    now: Timestamp,
) -> Answer<()> {
    on_either!(connection, |connection| diesel::insert_into(
        departures::table
    )
    .values((
        departures::conversation_id.eq(conversation),
        departures::user_id.eq(user),
        departures::left_at.eq(now),
        departures::by_self.eq(by_self),
    ))
    .on_conflict((departures::conversation_id, departures::user_id))
    .do_update()
    .set((
        departures::left_at.eq(excluded(departures::left_at)),
        departures::by_self.eq(excluded(departures::by_self)),
    ))
    .execute(connection))?;
    Ok(())
}
