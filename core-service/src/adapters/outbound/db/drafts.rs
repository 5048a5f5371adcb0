//! What people have begun to write.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    corrupt, log,
    message_changes::{find, standing},
    rows::key,
    schema::{drafts, topic_log},
    values::Key,
};
use crate::{
    application::ports::{At, Changed, NewDraft, Refused},
    domain::{
        draft::{Draft, DraftText},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, MessageId, UserId},
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = drafts, treat_none_as_default_value = false)]
struct DraftRow {
    user_id: UserId,
    conversation_id: ConversationId,
    text: DraftText,
    reply_to: Option<MessageId>,
    updated_at: Timestamp,
    log_offset: i64,
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        Self {
            text: row.text,
            reply_to: row.reply_to,
            updated_at: row.updated_at,
        }
    }
}

/// Keeps a draft where the user may write.
pub(super) fn keep(connection: &mut AnyConnection, new: &NewDraft) -> Answer<Changed> {
    let NewDraft {
        conversation,
        user,
        draft,
    } = new;
    let (conversation, user) = (*conversation, *user);
    // Nothing is kept behind a removal: that takes this lock, too.
    log::lock(connection, &[Topic::User(user)])?;
    let Some((kind, member)) = standing(connection, conversation, user)? else {
        return Ok(Err(Denied::NotFound.into()));
    };
    if let Err(denied) = Act::Draft.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    if let Some(message) = draft.reply_to {
        let at = At {
            conversation,
            message,
            user,
        };
        if find(connection, at, &member)?.is_none() {
            return Ok(Err(Refused::NoReplyTo));
        }
    }
    replace(connection, conversation, user, draft).map(Ok)
}

/// Puts a draft in the place of the one before; these events say so, none when it was so before.
pub(super) fn replace(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    draft: &Draft,
) -> Answer<Vec<LoggedEvent>> {
    // Two devices follow each other.
    log::lock(connection, &[Topic::User(user)])?;
    let own = || drafts::table.find((user, conversation));
    let before: Option<DraftRow> = own()
        .select(DraftRow::as_select())
        .first(connection)
        .optional()?;
    let is_known = match &before {
        Some(before) => (&before.text, before.reply_to) == (&draft.text, draft.reply_to),
        None => draft.is_empty(),
    };
    if is_known {
        return Ok(Vec::new());
    }
    let redacts = before
        .map(|before| scrub(connection, &before))
        .transpose()?
        .into_iter()
        .collect();
    let entry = log::Entry {
        topic: Topic::User(user),
        event: Event::DraftChanged {
            conversation_id: conversation,
            draft: draft.clone(),
        },
        subject: Key::new(*conversation.as_uuid()),
        effects: Effects {
            redacts,
            ..Effects::default()
        },
    };
    let events = log::append(connection, vec![entry], draft.updated_at)?;
    diesel::delete(own()).execute(connection)?;
    if !draft.is_empty() {
        let row = DraftRow {
            user_id: user,
            conversation_id: conversation,
            text: draft.text.clone(),
            reply_to: draft.reply_to,
            updated_at: draft.updated_at,
            log_offset: events.last().ok_or_else(|| corrupt("log"))?.offset,
        };
        on_either!(connection, |connection| diesel::insert_into(drafts::table)
            .values(&row)
            .execute(connection))?;
    }
    Ok(events)
}

/// A user has left a conversation: what they had begun to write there is kept nowhere. The offsets of the
/// user's log that told of it.
pub(super) fn forget(
    connection: &mut AnyConnection,
    user: UserId,
    conversation: ConversationId,
) -> Answer<Vec<i64>> {
    log::lock(connection, &[Topic::User(user)])?;
    let before: Option<DraftRow> = drafts::table
        .find((user, conversation))
        .select(DraftRow::as_select())
        .first(connection)
        .optional()?;
    let Some(before) = before else {
        return Ok(Vec::new());
    };
    diesel::delete(drafts::table.find((user, conversation))).execute(connection)?;
    scrub(connection, &before).map(|offset| vec![offset])
}

/// Takes a draft out of the event that told of it: what somebody has not sent is kept nowhere. The
/// offset of that event.
fn scrub(connection: &mut AnyConnection, before: &DraftRow) -> Answer<i64> {
    let nothing = Event::DraftChanged {
        conversation_id: before.conversation_id,
        draft: Draft::none(before.updated_at),
    };
    let payload = serde_json::to_string(&nothing).map_err(|_| corrupt("event"))?;
    let topic = key(Topic::User(before.user_id));
    diesel::update(topic_log::table.find((topic, before.log_offset)))
        .set(topic_log::payload.eq(payload))
        .execute(connection)?;
    Ok(before.log_offset)
}

/// A user's drafts in conversations.
pub(super) fn of(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, Draft>> {
    let rows: Vec<DraftRow> = drafts::table
        .filter(drafts::user_id.eq(user))
        .filter(drafts::conversation_id.eq_any(chats))
        .select(DraftRow::as_select())
        .load(connection)?;
    let keyed = |row: DraftRow| (row.conversation_id, row.into());
    Ok(rows.into_iter().map(keyed).collect())
}
