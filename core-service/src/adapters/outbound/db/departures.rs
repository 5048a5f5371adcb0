//! Who is in a group no more, by whose doing, and when they were last asked back.

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    prelude::{Queryable, Selectable},
    upsert::excluded,
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    schema::departures,
};
use crate::domain::{
    ids::{ConversationId, UserId},
    time::Timestamp,
};

/// How somebody came to be in a group no more.
#[derive(Queryable, Selectable)]
#[diesel(table_name = departures)]
pub(super) struct DepartureRow {
    /// They left, and were not removed.
    pub(super) by_self: bool,
    /// When somebody last asked them back.
    pub(super) asked_at: Option<Timestamp>,
}

/// How this person came to be in the group no more, if they did.
pub(super) fn find(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<DepartureRow>> {
    departures::table
        .find((conversation, user))
        .select(DepartureRow::as_select())
        .first(connection)
        .optional()
}

/// They have left, or were removed.
pub(super) fn note(
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

/// They were asked back.
pub(super) fn note_asked(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    now: Timestamp,
) -> Answer<()> {
    diesel::update(departures::table.find((conversation, user)))
        .set(departures::asked_at.eq(now))
        .execute(connection)?;
    Ok(())
}

/// They are in it again.
pub(super) fn forget(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<()> {
    diesel::delete(departures::table.find((conversation, user))).execute(connection)?;
    Ok(())
}
