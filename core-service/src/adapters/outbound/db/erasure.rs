//! Takes a message that is deleted for everyone out of all that has its content.

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
};

use super::{
    Answer, attachments,
    connection::AnyConnection,
    keeping, log, pins, previews, reactions,
    rows::{Mentions, MessageRow},
    schema::{message_versions, messages},
    scrubbing, search,
    values::Key,
};
use crate::{
    application::ports::At,
    domain::{
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{AttachmentId, MessageId, PreviewId},
        message::{self, Message},
        time::Timestamp,
    },
};

/// Deletes a message of somebody wherever it is, whatever they are to its conversation by now.
pub(super) fn erase_own(
    connection: &mut AnyConnection,
    at: At,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    log::lock(connection, &[Topic::Chat(at.conversation)])?;
    let row: Option<MessageRow> = messages::table
        .filter(messages::id.eq(at.message))
        .filter(messages::sender_id.eq(at.user))
        .filter(messages::deleted_at.is_null())
        .select(MessageRow::as_select())
        .first(connection)
        .optional()?;
    match row {
        Some(row) => erase(connection, at, &row, now),
        None => Ok(Vec::new()),
    }
}

/// Deletes a message of a conversation that is locked.
pub(super) fn erase(
    connection: &mut AnyConnection,
    at: At,
    row: &MessageRow,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let message = Message::from(row.clone());
    let redacts = forget_content(connection, &message)?;
    diesel::update(messages::table.find((message.conversation_id, message.seq)))
        .set((
            messages::text.eq(message::Text::gone()),
            messages::reply_to.eq(None::<MessageId>),
            messages::mentions.eq(None::<Mentions>),
            messages::forwarded.eq(0),
            messages::edited_at.eq(None::<Timestamp>),
            messages::deleted_at.eq(now),
            messages::attachment_id.eq(None::<AttachmentId>),
            messages::preview_id.eq(None::<PreviewId>),
        ))
        .execute(connection)?;
    // Behind the row: whoever was making the message findable has done so by now.
    search::remove(connection, &message)?;
    if let Some(carried) = row.attachment_id {
        attachments::release(connection, carried, now)?;
    }
    if let Some(shown) = row.preview_id {
        previews::release(connection, shown, now)?;
    }
    let entry = log::Entry {
        topic: Topic::Chat(at.conversation),
        event: Event::MessageDeleted {
            message_id: message.id,
            by: at.user,
        },
        subject: Key::new(*message.id.as_uuid()),
        effects: Effects {
            redacts,
            ..Effects::default()
        },
    };
    log::append(connection, vec![entry], now)
}

/// Takes away what a message has said and what came of it, all but its row and what it carries; the offsets
/// of the log's events that lost their content.
pub(super) fn forget_content(
    connection: &mut AnyConnection,
    message: &Message,
) -> Answer<Vec<i64>> {
    let redacts = scrubbing::scrub_message(connection, message)?;
    let place = (message.conversation_id, message.seq);
    reactions::forget(connection, place)?;
    pins::forget(connection, place)?;
    keeping::forget_stars(connection, message.id)?;
    diesel::delete(message_versions::table)
        .filter(message_versions::message_id.eq(message.id))
        .execute(connection)?;
    Ok(redacts)
}
