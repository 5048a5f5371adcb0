//! [`DisappearingStore`].

use std::collections::BTreeSet;

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _};

use super::{
    Answer, Database, attachments,
    connection::AnyConnection,
    erasure::forget_content,
    log,
    members::{self, row},
    message_changes::{check_other, standing},
    previews,
    rows::MessageRow,
    schema::{hidden_messages, messages, topics},
    search,
    values::Key,
};
use crate::{
    application::ports::{Changed, DisappearingStore, LifetimeChange, Stored},
    domain::{
        conversation::Kind,
        disappearing::Lifetime,
        event::{Effects, Event, LoggedEvent, Topic},
        ids::ConversationId,
        message::Message,
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

impl DisappearingStore for Database {
    fn set_lifetime(&self, change: &LifetimeChange) -> Stored<Changed> {
        self.write(|connection| set(connection, change))
    }

    fn expire_messages(&self, now: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>> {
        // Nearly always there is nothing, and reading keeps no writer out.
        let chats = self.read_one(|connection| chats_due(connection, now, limit))?;
        if chats.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|connection| expire(connection, &chats, now, limit))
    }
}

fn set(connection: &mut AnyConnection, change: &LifetimeChange) -> Answer<Changed> {
    let LifetimeChange {
        conversation,
        by,
        lifetime,
        now,
    } = *change;
    // Strangers must not hold the lock that members wait for.
    if row(connection, conversation, by)?.is_none() {
        return Ok(Err(Denied::NotFound.into()));
    }
    let topic = log::lock(connection, &[Topic::Chat(conversation)])?.pop();
    // Once more: a removal may have been committed while this waited for the lock.
    let standing = standing(connection, conversation, by)?;
    let (Some(topic), Some((kind, member))) = (topic, standing) else {
        return Ok(Err(Denied::NotFound.into()));
    };
    if let Err(denied) = Act::SetLifetime.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    if kind == Kind::Direct
        && let Err(denied) = check_other(connection, conversation, by)?
    {
        return Ok(Err(denied.into()));
    }
    let seconds = lifetime.map(Lifetime::seconds);
    if topic.disappear_s == seconds {
        return Ok(Ok(Vec::new()));
    }
    diesel::update(topics::table.find(topic.id))
        .set(topics::disappear_s.eq(seconds))
        .execute(connection)?;
    let event = Event::ConversationChanged {
        by,
        title: None,
        description: None,
        picture_id: None,
        disappear_s: Some(lifetime),
    };
    let effects = Effects::default();
    let changed = members::append(connection, conversation, event, by, effects, now)?;
    Ok(Ok(vec![changed]))
}

/// The chats of the messages whose time was over first.
fn chats_due(
    connection: &mut AnyConnection,
    now: Timestamp,
    limit: i64,
) -> Answer<BTreeSet<ConversationId>> {
    let chats: Vec<ConversationId> = messages::table
        .filter(messages::expires_at.le(now))
        .order(messages::expires_at)
        .limit(limit)
        .select(messages::conversation_id)
        .load(connection)?;
    Ok(chats.into_iter().collect())
}

fn expire(
    connection: &mut AnyConnection,
    chats: &BTreeSet<ConversationId>,
    now: Timestamp,
    limit: i64,
) -> Answer<Vec<LoggedEvent>> {
    let topics: Vec<Topic> = chats.iter().copied().map(Topic::Chat).collect();
    log::lock(connection, &topics)?;
    // Once more: another replica may have removed them while this waited for the locks.
    let due: Vec<MessageRow> = messages::table
        .filter(messages::conversation_id.eq_any(chats))
        .filter(messages::expires_at.le(now))
        .order(messages::expires_at)
        .limit(limit)
        .select(MessageRow::as_select())
        .load(connection)?;
    let mut entries = Vec::with_capacity(due.len());
    for row in due {
        entries.push(remove(connection, row, now)?);
    }
    log::append(connection, entries, now)
}

/// Leaves nothing of a message but its place in the log, where it has no content.
fn remove(connection: &mut AnyConnection, row: MessageRow, now: Timestamp) -> Answer<log::Entry> {
    let (carried, shown) = (row.attachment_id, row.preview_id);
    let message = Message::from(row);
    let redacts = forget_content(connection, &message)?;
    let (chat, seq) = (message.conversation_id, message.seq);
    diesel::delete(hidden_messages::table)
        .filter(hidden_messages::conversation_id.eq(chat))
        .filter(hidden_messages::seq.eq(seq))
        .execute(connection)?;
    diesel::delete(messages::table.find((chat, seq))).execute(connection)?;
    // Behind the row: whoever was making the message findable has done so by now.
    search::remove(connection, &message)?;
    if let Some(carried) = carried {
        attachments::release(connection, carried, now)?;
    }
    if let Some(shown) = shown {
        previews::release(connection, shown, now)?;
    }
    Ok(log::Entry {
        topic: Topic::Chat(chat),
        event: Event::MessageExpired {
            message_id: message.id,
        },
        subject: Key::new(*message.id.as_uuid()),
        effects: Effects {
            redacts,
            ..Effects::default()
        },
    })
}
