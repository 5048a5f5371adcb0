//! Takes what a deleted message has said out of the log. Its events stay, as of a message that is
//! deleted, so that the log has no hole.

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
};

use super::{
    Answer,
    connection::AnyConnection,
    corrupt,
    rows::{LogRow, key},
    schema::{message_versions, topic_log},
    values::Key,
};
use crate::domain::{
    event::{Event, Topic},
    message::{Message, Text},
    time::Timestamp,
};

/// Messages that are committed together have events of the time of the newest of them. No request
/// waits longer than this for its message to be committed.
const COMMITTED_WITHIN_S: i64 = 10;

/// A hub forgets what it has up to the last event that was scrubbed, so it need not be told of all:
/// how often people change their reactions has no bound.
const REDACTED_REACTIONS_MAX: usize = 100;

/// Events of reactions that one statement scrubs: however many there are, none takes so long that the
/// database ends it.
pub(super) const SCRUBBED_AT_ONCE: usize = 500;

/// Takes the content of a message out of the events that brought it; their offsets.
pub(super) fn scrub_message(connection: &mut AnyConnection, message: &Message) -> Answer<Vec<i64>> {
    let edits: Vec<Timestamp> = message_versions::table
        .filter(message_versions::message_id.eq(message.id))
        .select(message_versions::written_at)
        .load(connection)?;
    let posted_until = message.created_at.plus_seconds(COMMITTED_WITHIN_S);
    // Found by their times: there is no index of what events are about.
    let rows: Vec<LogRow> = topic_log::table
        .filter(
            topic_log::created_at
                .between(message.created_at, posted_until)
                .or(topic_log::created_at.eq_any(edits)),
        )
        .filter(topic_log::topic_id.eq(key(Topic::Chat(message.conversation_id))))
        .filter(topic_log::subject_id.eq(Key::new(*message.id.as_uuid())))
        .order(topic_log::log_offset)
        .select(LogRow::as_select())
        .load(connection)?;
    let posted = Event::MessagePosted {
        message: message.clone().tombstone(),
    };
    let mut offsets = Vec::new();
    for row in rows {
        let event = if row.kind == posted.kind() {
            posted.clone()
        } else {
            Event::MessageEdited {
                message_id: message.id,
                text: Text::gone(),
                mentions: Vec::new(),
                edited_at: row.created_at,
            }
        };
        if row.kind != event.kind() {
            continue;
        }
        let payload = serde_json::to_string(&event).map_err(|_| corrupt("event"))?;
        diesel::update(topic_log::table.find((row.topic_id, row.log_offset)))
            .set(topic_log::payload.eq(payload))
            .execute(connection)?;
        offsets.push(row.log_offset);
    }
    offsets.extend(scrub_reactions(connection, message)?);
    Ok(offsets)
}

/// Takes who has reacted to a message out of the log; the last offsets of that, in ascending order.
fn scrub_reactions(connection: &mut AnyConnection, message: &Message) -> Answer<Vec<i64>> {
    let nobody = Event::MessageReacted {
        message_id: message.id,
        reactions: Vec::new(),
    };
    let told = topic_log::table
        // The index that finds them has this kind alone.
        .filter(topic_log::kind.eq(nobody.kind()))
        .filter(topic_log::subject_id.eq(Key::new(*message.id.as_uuid())))
        .filter(topic_log::topic_id.eq(key(Topic::Chat(message.conversation_id))));
    let mut offsets: Vec<i64> = told.select(topic_log::log_offset).load(connection)?;
    offsets.sort_unstable();
    let payload = serde_json::to_string(&nobody).map_err(|_| corrupt("event"))?;
    let topic = key(Topic::Chat(message.conversation_id));
    for part in offsets.chunks(SCRUBBED_AT_ONCE) {
        let events = topic_log::table
            .filter(topic_log::topic_id.eq(topic))
            .filter(topic_log::log_offset.eq_any(part));
        diesel::update(events)
            .set(topic_log::payload.eq(&payload))
            .execute(connection)?;
    }
    Ok(offsets.split_off(offsets.len().saturating_sub(REDACTED_REACTIONS_MAX)))
}
