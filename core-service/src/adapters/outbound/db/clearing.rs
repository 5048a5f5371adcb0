//! Chats that somebody clears for themselves.

use std::collections::BTreeSet;

use diesel::{
    ExpressionMethods as _, NullableExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{case_when, exists},
};

use super::{
    Answer, chat_settings,
    connection::AnyConnection,
    corrupt, drafts, log,
    message_changes::standing,
    schema::{hidden_messages, memberships, messages, stars},
    values::Key,
};
use crate::{
    application::ports::{Changed, Clearing},
    domain::{
        draft::Draft,
        event::{Event, Topic},
        permission::{Act, Denied, Standing},
    },
};

/// Clears a chat for one of its members. What they mark as delivered and read stays: others learn
/// nothing of it.
pub(super) fn clear(connection: &mut AnyConnection, clearing: &Clearing) -> Answer<Changed> {
    let Clearing {
        conversation,
        user,
        up_to_seq,
        now,
    } = *clearing;
    let Some((kind, member)) = standing(connection, conversation, user)? else {
        return Ok(Err(Denied::NotFound.into()));
    };
    if let Err(denied) = Act::Clear.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    let topic = log::topic(connection, Topic::Chat(conversation))?;
    let last_seq = topic.ok_or_else(|| corrupt("topic"))?.last_seq;
    let first_seq = up_to_seq.clamp(0, last_seq) + 1;
    let joined_seq = case_when(
        memberships::joined_seq.is_null(),
        memberships::first_seq.nullable(),
    )
    .otherwise(memberships::joined_seq);
    let cleared = diesel::update(memberships::table.find((conversation, user)))
        .filter(memberships::hidden_at.is_null())
        // Two devices may clear different parts at once.
        .filter(memberships::first_seq.lt(first_seq))
        .set((
            memberships::joined_seq.eq(joined_seq),
            memberships::first_seq.eq(first_seq),
        ))
        .execute(connection)?;
    if cleared == 0 {
        return Ok(Ok(Vec::new()));
    }
    let is_cleared = exists(
        messages::table
            .filter(messages::id.eq(stars::message_id))
            .filter(messages::conversation_id.eq(conversation))
            .filter(messages::seq.lt(first_seq)),
    );
    diesel::delete(stars::table)
        .filter(stars::user_id.eq(user))
        .filter(is_cleared)
        .execute(connection)?;
    diesel::delete(hidden_messages::table)
        .filter(hidden_messages::user_id.eq(user))
        .filter(hidden_messages::conversation_id.eq(conversation))
        .filter(hidden_messages::seq.lt(first_seq))
        .execute(connection)?;
    let mut events = drafts::replace(connection, conversation, user, &Draft::none(now))?;
    let mut entries = chat_settings::unmark(connection, &BTreeSet::from([(conversation, user)]))?;
    let event = Event::ChatCleared {
        conversation_id: conversation,
        first_seq,
    };
    let subject = Key::new(*conversation.as_uuid());
    entries.push(log::Entry::plain(Topic::User(user), event, subject));
    events.extend(log::append(connection, entries, now)?);
    Ok(Ok(events))
}
