//! [`MessageStore`]: what becomes of messages after they were posted.
//!
//! Whoever changes a message locks its conversation's topic first, so that two changes of one message
//! follow each other whichever replicas make them.

#[cfg(test)]
mod tests;

use std::iter;

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    dsl::max,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    contacts, erasure, log,
    members::row,
    messages::{complete, members_among},
    moves, pins, previews, reactions,
    rows::{MembershipRow, Mentions, MessageRow},
    schema::{conversations, hidden_messages, memberships, message_versions, messages},
    search,
    values::Key,
};
use crate::{
    application::ports::{
        At, Changed, Deletion, Edit, Made, MessageStore, NewPin, NewReaction, ReactionOf, Refused,
        Stored,
    },
    domain::{
        contact::ContactDenied,
        conversation::{Kind, MemberState, Role},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::{self, Message, Version},
        permission::{Act, Denied, Standing, Whose},
        receipt::Reach,
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = message_versions, treat_none_as_default_value = false)]
struct VersionRow {
    message_id: MessageId,
    version: i64,
    client_op_id: ClientId,
    text: message::Text,
    mentions: Option<Mentions>,
    written_at: Timestamp,
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        Self {
            text: row.text,
            mentions: Mentions::users(row.mentions.as_ref()),
            written_at: row.written_at,
        }
    }
}

/// A message whose conversation is locked for a change by somebody who may make it.
pub(super) struct Locked {
    pub(super) at: At,
    pub(super) message: MessageRow,
    role: Role,
    kind: Kind,
}

impl MessageStore for Database {
    fn edit_message(&self, edit: &Edit) -> Stored<Result<Made<Message>, Refused>> {
        self.write(|connection| match lock(connection, edit.at, Act::Edit)? {
            Ok(locked) => locked.edit(connection, edit),
            Err(refused) => Ok(Err(refused)),
        })
    }

    fn delete_message(&self, deletion: &Deletion) -> Stored<Changed> {
        self.write(
            |connection| match lock(connection, deletion.at, Act::Delete)? {
                Ok(locked) => locked.delete(connection, deletion),
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn hide_message(&self, at: At, now: Timestamp) -> Stored<Changed> {
        self.write(
            |connection| match readable(connection, at, |_| Act::Hide)? {
                Ok(message) => hide(connection, at, &message, now).map(Ok),
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn versions(&self, at: At) -> Stored<Result<Vec<Version>, Refused>> {
        self.read(
            |connection| match readable(connection, at, |_| Act::Read)? {
                Ok(message) => versions(connection, message).map(Ok),
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn react(&self, new: &NewReaction) -> Stored<Changed> {
        self.write(
            |connection| match lock(connection, new.at, |_| Act::React)? {
                Ok(locked) => reactions::react(connection, &locked, new),
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn tell_reactions(&self, now: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>> {
        // Nearly always there is nothing, and reading keeps no writer out.
        let due = self.read_one(|connection| reactions::due(connection, now, limit))?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|connection| reactions::tell_due(connection, &due, now))
    }

    fn reactions(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<ReactionOf>, Refused>> {
        self.read(
            |connection| match readable(connection, at, |_| Act::Read)? {
                Ok(message) => {
                    let place = (at.conversation, message.seq);
                    reactions::list(connection, place, at.user, after, limit).map(Ok)
                }
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn reach(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<Reach>, Refused>> {
        self.read(|connection| match readable(connection, at, Act::Info)? {
            Ok(message) => moves::reach(connection, &message, after, limit).map(Ok),
            Err(refused) => Ok(Err(refused)),
        })
    }

    fn pin_message(&self, new: &NewPin) -> Stored<Changed> {
        self.write(|connection| match lock(connection, new.at, |_| Act::Pin)? {
            Ok(locked) => pins::pin(connection, &locked, new),
            Err(refused) => Ok(Err(refused)),
        })
    }

    fn unpin_message(&self, at: At, now: Timestamp) -> Stored<Changed> {
        self.write(|connection| match lock(connection, at, |_| Act::Pin)? {
            Ok(locked) => pins::unpin(connection, &locked, now),
            Err(refused) => Ok(Err(refused)),
        })
    }
}

/// Locks a message's conversation for an act on the message, and checks whether the user may do it.
fn lock(
    connection: &mut AnyConnection,
    at: At,
    act: fn(Whose) -> Act,
) -> Answer<Result<Locked, Refused>> {
    // Strangers must not hold the lock that members wait for.
    if row(connection, at.conversation, at.user)?.is_none() {
        return Ok(Err(Denied::NotFound.into()));
    }
    log::lock(connection, &[Topic::Chat(at.conversation)])?;
    // Once more: a removal may have been committed while this waited for the lock.
    let Some((kind, member)) = standing(connection, at.conversation, at.user)? else {
        return Ok(Err(Denied::NotFound.into()));
    };
    let message = find(connection, at, &member)?;
    let act = act(whose(at.user, message.as_ref()));
    if let Err(denied) = act.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    if kind == Kind::Direct
        && let Err(denied) = check_other(connection, at.conversation, at.user)?
    {
        return Ok(Err(denied.into()));
    }
    Ok(message.ok_or(Refused::NoMessage).map(|message| Locked {
        at,
        message,
        role: member.role,
        kind,
    }))
}

/// A message that the user may read, for an act that concerns nobody else.
pub(super) fn readable(
    connection: &mut AnyConnection,
    at: At,
    act: fn(Whose) -> Act,
) -> Answer<Result<MessageRow, Refused>> {
    let Some((kind, member)) = standing(connection, at.conversation, at.user)? else {
        return Ok(Err(Denied::NotFound.into()));
    };
    let message = find(connection, at, &member)?;
    let act = act(whose(at.user, message.as_ref()));
    if let Err(denied) = act.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    Ok(message.ok_or(Refused::NoMessage))
}

/// One that is not there is nobody else's.
fn whose(user: UserId, message: Option<&MessageRow>) -> Whose {
    if message.is_none_or(|message| message.sender_id == user) {
        Whose::Own
    } else {
        Whose::Others
    }
}

/// A user's membership, also of one who is asked in.
pub(super) fn standing(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<(Kind, MembershipRow)>> {
    memberships::table
        .find((conversation, user))
        .inner_join(conversations::table)
        .filter(memberships::hidden_at.is_null())
        .select((conversations::kind, MembershipRow::as_select()))
        .first(connection)
        .optional()
}

/// A message that a member may read.
pub(super) fn find(
    connection: &mut AnyConnection,
    at: At,
    member: &MembershipRow,
) -> Answer<Option<MessageRow>> {
    messages::table
        .filter(messages::id.eq(at.message))
        .filter(messages::conversation_id.eq(at.conversation))
        .filter(messages::seq.ge(member.first_seq))
        .select(MessageRow::as_select())
        .first(connection)
        .optional()
}

/// Whether the other person of a direct chat takes what the user does there.
pub(super) fn check_other(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Result<(), ContactDenied>> {
    let other: Option<MembershipRow> = memberships::table
        .filter(memberships::conversation_id.eq(conversation))
        .filter(memberships::user_id.ne(user))
        .select(MembershipRow::as_select())
        .first(connection)
        .optional()?;
    let Some(other) = other else {
        return Ok(Ok(()));
    };
    let between = contacts::between(connection, user, other.user_id)?;
    let is_accepted = other.state == MemberState::Active;
    Ok(between
        .check_write()
        .and_then(|()| is_accepted.then_some(()).ok_or(ContactDenied::Unanswered)))
}

impl Locked {
    fn edit(
        mut self,
        connection: &mut AnyConnection,
        edit: &Edit,
    ) -> Answer<Result<Made<Message>, Refused>> {
        let id = self.message.id;
        let is_known = message_versions::table
            .filter(message_versions::message_id.eq(id))
            .filter(message_versions::client_op_id.eq(edit.client_op_id))
            .select(message_versions::version)
            .first::<i64>(connection)
            .optional()?;
        let mut before = Message::from(self.message.clone());
        complete(connection, edit.at.user, iter::once(&mut before))?;
        if is_known.is_some() {
            return Ok(Ok(Made::Replayed(before)));
        }
        let last: Option<i64> = message_versions::table
            .filter(message_versions::message_id.eq(id))
            .select(max(message_versions::version))
            .first(connection)?;
        let edits = last.unwrap_or(0);
        if let Err(denied) = edit.windows.check_edit(&before, edits, edit.now) {
            return Ok(Err(denied.into()));
        }
        let mut mentions = edit.mentions.clone();
        if !mentions.is_empty() {
            let chat = edit.at.conversation;
            let members = members_among(connection, vec![chat], mentions.clone())?;
            mentions.retain(|user| members.contains(&(chat, *user)));
        }
        let first = last.is_none().then(|| VersionRow {
            message_id: id,
            version: 0,
            client_op_id: before.client_msg_id,
            text: before.text.clone(),
            mentions: self.message.mentions.take(),
            written_at: before.created_at,
        });
        let next = VersionRow {
            message_id: id,
            version: edits + 1,
            client_op_id: edit.client_op_id,
            text: edit.text.clone(),
            mentions: Mentions::of(&mentions),
            written_at: edit.now,
        };
        let rows: Vec<VersionRow> = first.into_iter().chain([next]).collect();
        on_either!(connection, |connection| diesel::insert_into(
            message_versions::table
        )
        .values(&rows)
        .execute(connection))?;
        // A page to which it does not link any more is not shown.
        let preview = (before.preview.clone()).filter(|preview| preview.is_of(edit.text.as_str()));
        diesel::update(messages::table.find((before.conversation_id, before.seq)))
            .set((
                messages::text.eq(&edit.text),
                messages::preview_id.eq(preview.as_ref().map(|preview| preview.id)),
                messages::mentions.eq(Mentions::of(&mentions)),
                messages::edited_at.eq(edit.now),
            ))
            .execute(connection)?;
        if let Some(dropped) = self.message.preview_id.filter(|_| preview.is_none()) {
            previews::release(connection, dropped, edit.now)?;
        }
        let event = Event::MessageEdited {
            message_id: id,
            text: edit.text.clone(),
            mentions: mentions.clone(),
            edited_at: edit.now,
        };
        let events = self.append(connection, event, Effects::default(), edit.now)?;
        let after = Message {
            text: edit.text.clone(),
            mentions,
            edited_at: Some(edit.now),
            preview,
            ..before
        };
        // As with a deletion, behind the row.
        search::replace(connection, &after)?;
        Ok(Ok(Made::New(after, events)))
    }

    fn delete(self, connection: &mut AnyConnection, deletion: &Deletion) -> Answer<Changed> {
        let message = Message::from(self.message.clone());
        if message.deleted {
            return Ok(Ok(Vec::new()));
        }
        let stands_above = self.kind == Kind::Group && self.role >= Role::Admin;
        if !stands_above && let Err(denied) = deletion.windows.check_delete(&message, deletion.now)
        {
            return Ok(Err(denied.into()));
        }
        erasure::erase(connection, self.at, &self.message, deletion.now).map(Ok)
    }

    pub(super) fn append(
        &self,
        connection: &mut AnyConnection,
        event: Event,
        effects: Effects,
        now: Timestamp,
    ) -> Answer<Vec<LoggedEvent>> {
        let entry = log::Entry {
            topic: Topic::Chat(self.at.conversation),
            event,
            subject: Key::new(*self.message.id.as_uuid()),
            effects,
        };
        log::append(connection, vec![entry], now)
    }
}

fn hide(
    connection: &mut AnyConnection,
    at: At,
    message: &MessageRow,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let hidden = on_either!(connection, |connection| diesel::insert_into(
        hidden_messages::table
    )
    .values((
        hidden_messages::user_id.eq(at.user),
        hidden_messages::conversation_id.eq(at.conversation),
        hidden_messages::seq.eq(message.seq),
        hidden_messages::hidden_at.eq(now),
    ))
    .on_conflict_do_nothing()
    .execute(connection))?;
    if hidden == 0 {
        return Ok(Vec::new());
    }
    let event = Event::MessageHidden {
        conversation_id: at.conversation,
        message_id: at.message,
    };
    let subject = Key::new(*at.message.as_uuid());
    let entry = log::Entry::plain(Topic::User(at.user), event, subject);
    log::append(connection, vec![entry], now)
}

fn versions(connection: &mut AnyConnection, message: MessageRow) -> Answer<Vec<Version>> {
    if message.deleted_at.is_some() {
        return Ok(Vec::new());
    }
    let rows: Vec<VersionRow> = message_versions::table
        .filter(message_versions::message_id.eq(message.id))
        .order(message_versions::version)
        .select(VersionRow::as_select())
        .load(connection)?;
    if rows.is_empty() {
        let message = Message::from(message);
        return Ok(vec![Version {
            text: message.text,
            mentions: message.mentions,
            written_at: message.created_at,
        }]);
    }
    Ok(rows.into_iter().map(Version::from).collect())
}
