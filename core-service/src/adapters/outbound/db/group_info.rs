//! What groups show of themselves. Each change is an event of the chat's log.

use std::collections::BTreeSet;

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use super::{
    Answer,
    connection::AnyConnection,
    conversations::{self, ConversationRow},
    log, members,
    schema::conversations as chats,
};
use crate::{
    application::ports::{Changed, InfoChange, Refused},
    domain::{
        event::{Effects, Event, Topic},
        ids::{ConversationId, UserId},
        permission::{Act, Denied},
    },
};

/// Whether somebody may change what a group shows.
pub(super) fn check(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
) -> Answer<Result<(), Refused>> {
    let standing = members::standing(connection, conversation, by)?;
    Ok(match standing {
        Some((kind, standing)) => Act::EditInfo.check(kind, standing).map_err(Refused::from),
        None => Err(Denied::NotFound.into()),
    })
}

/// Locks a group for somebody who may change what it shows.
pub(super) fn lock(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    by: UserId,
) -> Answer<Result<ConversationRow, Refused>> {
    // Strangers must not hold the lock that members wait for.
    if let Err(refused) = check(connection, conversation, by)? {
        return Ok(Err(refused));
    }
    log::lock(connection, &[Topic::Chat(conversation)])?;
    let chat = conversations::lock(connection, BTreeSet::from([conversation]))?.pop();
    // Once more: a removal may have been committed while this waited for the lock.
    if let Err(refused) = check(connection, conversation, by)? {
        return Ok(Err(refused));
    }
    Ok(chat.ok_or_else(|| Denied::NotFound.into()))
}

pub(super) fn change(connection: &mut AnyConnection, change: &InfoChange) -> Answer<Changed> {
    let InfoChange {
        conversation,
        by,
        now,
        ..
    } = *change;
    let before = match lock(connection, conversation, by)? {
        Ok(chat) => chat,
        Err(refused) => return Ok(Err(refused)),
    };
    let title = change.title.clone();
    let title = title.filter(|title| before.title.as_deref() != Some(title.as_str()));
    let description = change.description.clone();
    let description = description.filter(|description| before.description != *description);
    if title.is_none() && description.is_none() {
        return Ok(Ok(Vec::new()));
    }
    diesel::update(chats::table.find(conversation))
        .set((
            title.as_ref().map(|title| chats::title.eq(title.as_str())),
            description.as_ref().map(|text| chats::description.eq(text)),
        ))
        .execute(connection)?;
    let event = Event::ConversationChanged {
        by,
        title,
        description,
        picture_id: None,
        disappear_s: None,
    };
    let effects = Effects::default();
    let changed = members::append(connection, conversation, event, by, effects, now)?;
    Ok(Ok(vec![changed]))
}
