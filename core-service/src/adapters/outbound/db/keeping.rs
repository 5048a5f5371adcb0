//! [`KeepStore`]: what one person keeps of conversations for themselves.

use std::collections::HashSet;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _,
};

use super::{
    Answer, Database, chat_settings, clearing,
    connection::{AnyConnection, on_either},
    drafts, log,
    message_changes::readable,
    messages::{complete, inside, not_hidden},
    rows::MessageRow,
    schema::{memberships, messages, stars},
    values::Key,
};
use crate::{
    application::ports::{
        Arrangement, Changed, Clearing, KeepStore, NewDraft, Refused, StarChange, Starred, Stored,
    },
    domain::{
        chat_settings::ChatSettings,
        event::{Event, LoggedEvent, Topic},
        ids::{MessageId, UserId},
        message::{Message, MessageDenied, StarPlace},
        permission::Act,
        time::Timestamp,
    },
};

impl KeepStore for Database {
    fn star(&self, change: &StarChange) -> Stored<Changed> {
        self.write(
            |connection| match readable(connection, change.at, |_| Act::Star)? {
                Ok(message) if change.on && message.deleted_at.is_some() => {
                    Ok(Err(MessageDenied::Deleted.into()))
                }
                Ok(_) => star(connection, change),
                Err(refused) => Ok(Err(refused)),
            },
        )
    }

    fn starred(&self, user: UserId, after: Option<StarPlace>, limit: i64) -> Stored<Vec<Starred>> {
        self.read(|connection| starred(connection, user, after, limit))
    }

    fn keep_draft(&self, new: &NewDraft) -> Stored<Changed> {
        self.write(|connection| drafts::keep(connection, new))
    }

    fn arrange(
        &self,
        arrangement: &Arrangement,
    ) -> Stored<Result<(ChatSettings, Vec<LoggedEvent>), Refused>> {
        self.write(|connection| chat_settings::arrange(connection, arrangement))
    }

    fn clear(&self, clearing: &Clearing) -> Stored<Changed> {
        self.write(|connection| clearing::clear(connection, clearing))
    }
}

fn star(connection: &mut AnyConnection, change: &StarChange) -> Answer<Changed> {
    let (user, message) = (change.at.user, change.at.message);
    let changed = if change.on {
        on_either!(connection, |connection| diesel::insert_into(stars::table)
            .values((
                stars::user_id.eq(user),
                stars::message_id.eq(message),
                stars::starred_at.eq(change.now),
            ))
            .on_conflict_do_nothing()
            .execute(connection))?
    } else {
        diesel::delete(stars::table.find((user, message))).execute(connection)?
    };
    if changed == 0 {
        return Ok(Ok(Vec::new()));
    }
    let event = Event::MessageStarred {
        conversation_id: change.at.conversation,
        message_id: message,
        starred: change.on,
    };
    let entry = log::Entry::plain(Topic::User(user), event, Key::new(*message.as_uuid()));
    log::append(connection, vec![entry], change.now).map(Ok)
}

fn starred(
    connection: &mut AnyConnection,
    user: UserId,
    after: Option<StarPlace>,
    limit: i64,
) -> Answer<Vec<Starred>> {
    let is_readers = memberships::conversation_id
        .eq(messages::conversation_id)
        .and(memberships::user_id.eq(stars::user_id));
    let mut query = stars::table
        .inner_join(messages::table.on(messages::id.eq(stars::message_id)))
        .inner_join(memberships::table.on(is_readers))
        .filter(stars::user_id.eq(user))
        .filter(messages::seq.ge(memberships::first_seq))
        .filter(messages::deleted_at.is_null())
        .filter(inside())
        .filter(not_hidden(user))
        .order((stars::starred_at.desc(), stars::message_id.desc()))
        .limit(limit)
        .select((MessageRow::as_select(), stars::starred_at))
        .into_boxed();
    if let Some(StarPlace {
        starred_at,
        message,
    }) = after
    {
        let of_that_moment = stars::starred_at
            .eq(starred_at)
            .and(stars::message_id.lt(message));
        query = query.filter(stars::starred_at.lt(starred_at).or(of_that_moment));
    }
    let rows: Vec<(MessageRow, Timestamp)> = query.load(connection)?;
    let starred = |(row, starred_at)| Starred {
        message: Message::from(row),
        starred_at,
    };
    let mut list: Vec<Starred> = rows.into_iter().map(starred).collect();
    complete(
        connection,
        user,
        list.iter_mut().map(|starred| &mut starred.message),
    )?;
    Ok(list)
}

/// Marks those of the messages that `reader` has starred.
pub(super) fn attach_stars(
    connection: &mut AnyConnection,
    reader: UserId,
    messages: &mut [&mut Message],
) -> Answer<()> {
    // A star that came at the time of a deletion says nothing.
    let there = messages.iter().filter(|message| !message.deleted);
    let ids: Vec<MessageId> = there.map(|message| message.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let starred: Vec<MessageId> = stars::table
        .filter(stars::user_id.eq(reader))
        .filter(stars::message_id.eq_any(ids))
        .select(stars::message_id)
        .load(connection)?;
    let starred: HashSet<MessageId> = starred.into_iter().collect();
    for message in messages {
        message.starred = !message.deleted && starred.contains(&message.id);
    }
    Ok(())
}

/// A message was deleted: nobody has starred it.
pub(super) fn forget_stars(connection: &mut AnyConnection, message: MessageId) -> Answer<()> {
    diesel::delete(stars::table)
        .filter(stars::message_id.eq(message))
        .execute(connection)?;
    Ok(())
}
