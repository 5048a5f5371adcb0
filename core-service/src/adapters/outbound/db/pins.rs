//! Pinned messages.

use std::collections::{HashMap, HashSet};

use diesel::{
    ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{count_star, exists, not},
    upsert::excluded,
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    message_changes::Locked,
    reactions::Place,
    schema::{hidden_messages, pins},
};
use crate::{
    application::ports::{Changed, NewPin},
    domain::{
        event::{Effects, Event},
        ids::{ConversationId, MessageId, UserId},
        message::MessageDenied,
        reaction::{PINS_MAX, Pin},
        time::Timestamp,
    },
};

/// Pins a message whose conversation is locked, or pins it for another time.
pub(super) fn pin(
    connection: &mut AnyConnection,
    locked: &Locked,
    new: &NewPin,
) -> Answer<Changed> {
    if locked.message.deleted_at.is_some() {
        return Ok(Err(MessageDenied::Deleted.into()));
    }
    let (conversation, seq) = (locked.at.conversation, locked.message.seq);
    diesel::delete(pins::table)
        .filter(pins::conversation_id.eq(conversation))
        .filter(pins::pinned_until.le(new.now))
        .execute(connection)?;
    let others: i64 = pins::table
        .filter(pins::conversation_id.eq(conversation))
        .filter(pins::seq.ne(seq))
        .select(count_star())
        .first(connection)?;
    if others >= PINS_MAX {
        return Ok(Err(MessageDenied::TooManyPins.into()));
    }
    on_either!(connection, |connection| diesel::insert_into(pins::table)
        .values((
            pins::conversation_id.eq(conversation),
            pins::seq.eq(seq),
            pins::message_id.eq(locked.at.message),
            pins::pinned_by.eq(locked.at.user),
            pins::pinned_until.eq(new.until),
        ))
        .on_conflict((pins::conversation_id, pins::seq))
        .do_update()
        .set((
            pins::pinned_by.eq(excluded(pins::pinned_by)),
            pins::pinned_until.eq(excluded(pins::pinned_until)),
        ))
        .execute(connection))?;
    let event = Event::MessagePinned {
        message_id: locked.at.message,
        by: locked.at.user,
        until: new.until,
    };
    let effects = Effects::default();
    locked.append(connection, event, effects, new.now).map(Ok)
}

/// Takes a pin away; one that is not there changes nothing.
pub(super) fn unpin(
    connection: &mut AnyConnection,
    locked: &Locked,
    now: Timestamp,
) -> Answer<Changed> {
    let place = (locked.at.conversation, locked.message.seq);
    if !forget(connection, place)? {
        return Ok(Ok(Vec::new()));
    }
    let event = Event::MessageUnpinned {
        message_id: locked.at.message,
        by: locked.at.user,
    };
    let effects = Effects::default();
    locked.append(connection, event, effects, now).map(Ok)
}

/// Whether a message was pinned; it is not any more.
pub(super) fn forget(connection: &mut AnyConnection, place: Place) -> Answer<bool> {
    let gone = diesel::delete(pins::table.find(place)).execute(connection)?;
    Ok(gone > 0)
}

/// The pins of conversations, each with the place of its message, those that end first first. Messages
/// that the user has deleted for themselves are left out.
pub(super) fn of(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, Vec<(i64, Pin)>>> {
    let chats: HashSet<ConversationId> = chats.iter().copied().collect();
    let hidden = hidden_messages::table
        .filter(hidden_messages::user_id.eq(user))
        .filter(hidden_messages::conversation_id.eq(pins::conversation_id))
        .filter(hidden_messages::seq.eq(pins::seq));
    let rows: Vec<(ConversationId, i64, MessageId, UserId, Timestamp)> = pins::table
        .filter(pins::conversation_id.eq_any(chats))
        .filter(not(exists(hidden)))
        .order((pins::pinned_until, pins::seq))
        .select((
            pins::conversation_id,
            pins::seq,
            pins::message_id,
            pins::pinned_by,
            pins::pinned_until,
        ))
        .load(connection)?;
    let mut pins: HashMap<ConversationId, Vec<(i64, Pin)>> = HashMap::new();
    for (chat, seq, message_id, by, until) in rows {
        let pin = Pin {
            message_id,
            by,
            until,
        };
        pins.entry(chat).or_default().push((seq, pin));
    }
    Ok(pins)
}
