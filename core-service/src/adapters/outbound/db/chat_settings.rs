//! How people have arranged their chats for themselves.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    log,
    message_changes::standing,
    messages::{Pair, inside},
    schema::{chat_settings, memberships},
    values::Key,
};
use crate::{
    application::ports::{Arrangement, Refused},
    domain::{
        chat_settings::{ChatSettings, Mute},
        event::{Event, LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

/// A chat that somebody has arranged. One that is as all are has no row.
#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = chat_settings, treat_none_as_default_value = false)]
struct SettingsRow {
    user_id: UserId,
    conversation_id: ConversationId,
    muted: bool,
    muted_until: Option<Timestamp>,
    archived: bool,
    pinned_at: Option<Timestamp>,
    marked_unread: bool,
}

impl SettingsRow {
    fn new(user_id: UserId, conversation_id: ConversationId, settings: ChatSettings) -> Self {
        let ChatSettings {
            muted_until,
            archived,
            pinned_at,
            marked_unread,
        } = settings;
        Self {
            user_id,
            conversation_id,
            muted: muted_until.is_some(),
            muted_until: match muted_until {
                Some(Mute::Until(until)) => Some(until),
                Some(Mute::Always) | None => None,
            },
            archived,
            pinned_at,
            marked_unread,
        }
    }

    fn settings(&self) -> ChatSettings {
        ChatSettings {
            muted_until: self
                .muted
                .then(|| self.muted_until.map_or(Mute::Always, Mute::Until)),
            archived: self.archived,
            pinned_at: self.pinned_at,
            marked_unread: self.marked_unread,
        }
    }
}

/// Arranges a chat for one of its members.
pub(super) fn arrange(
    connection: &mut AnyConnection,
    arrangement: &Arrangement,
) -> Answer<Result<(ChatSettings, Vec<LoggedEvent>), Refused>> {
    let Arrangement {
        conversation,
        user,
        change,
        now,
    } = *arrangement;
    hold(connection, conversation, user)?;
    let Some((kind, member)) = standing(connection, conversation, user)? else {
        return Ok(Err(Denied::NotFound.into()));
    };
    if let Err(denied) = Act::Arrange.check(kind, Standing::from((member.state, member.role))) {
        return Ok(Err(denied.into()));
    }
    // Two devices follow each other, so that the chats that are pinned are counted one by one.
    log::lock(connection, &[Topic::User(user)])?;
    let own = || chat_settings::table.find((user, conversation));
    let before: Option<SettingsRow> = own()
        .select(SettingsRow::as_select())
        .first(connection)
        .optional()?;
    let before = before.map(|row| row.settings()).unwrap_or_default();
    let mut others = pinned(connection, user)?;
    others.retain(|chat| *chat != conversation);
    let others = i64::try_from(others.len()).unwrap_or(i64::MAX);
    let settings = match before.changed(&change, others, now) {
        Ok(settings) => settings,
        Err(denied) => return Ok(Err(denied.into())),
    };
    if settings == before.at(now) {
        return Ok(Ok((settings, Vec::new())));
    }
    diesel::delete(own()).execute(connection)?;
    if settings != ChatSettings::default() {
        diesel::insert_into(chat_settings::table)
            .values(SettingsRow::new(user, conversation, settings))
            .execute(connection)?;
    }
    let events = log::append(connection, vec![changed(user, conversation, settings)], now)?;
    Ok(Ok((settings, events)))
}

/// Keeps a membership from being changed or deleted until the transaction ends: the settings go with
/// it, and memberships are locked before users' topics.
fn hold(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<UserId>> {
    let own = memberships::table
        .find((conversation, user))
        .select(memberships::user_id);
    match connection {
        AnyConnection::Postgres(connection) => own.for_share().first(connection).optional(),
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => own.first(connection).optional(),
    }
}

/// What the user's devices hear.
fn changed(user: UserId, conversation_id: ConversationId, settings: ChatSettings) -> log::Entry {
    let event = Event::ChatSettingsChanged {
        conversation_id,
        settings,
    };
    let subject = Key::new(*conversation_id.as_uuid());
    log::Entry::plain(Topic::User(user), event, subject)
}

/// How a user has arranged chats; nothing of those that are as all are.
pub(super) fn of(
    connection: &mut AnyConnection,
    user: UserId,
    chats: &[ConversationId],
) -> Answer<HashMap<ConversationId, ChatSettings>> {
    let rows: Vec<SettingsRow> = chat_settings::table
        .filter(chat_settings::user_id.eq(user))
        .filter(chat_settings::conversation_id.eq_any(chats))
        .select(SettingsRow::as_select())
        .load(connection)?;
    let keyed = |row: SettingsRow| (row.conversation_id, row.settings());
    Ok(rows.into_iter().map(keyed).collect())
}

/// The chats that a user is in and has pinned.
pub(super) fn pinned(connection: &mut AnyConnection, user: UserId) -> Answer<Vec<ConversationId>> {
    let is_own = memberships::conversation_id
        .eq(chat_settings::conversation_id)
        .and(memberships::user_id.eq(chat_settings::user_id));
    chat_settings::table
        .inner_join(memberships::table.on(is_own))
        .filter(chat_settings::user_id.eq(user))
        .filter(chat_settings::pinned_at.is_not_null())
        .filter(inside())
        .select(chat_settings::conversation_id)
        .load(connection)
}

/// Which of these chats their readers have marked as unread.
pub(super) fn marked_unread(
    connection: &mut AnyConnection,
    pairs: &BTreeSet<Pair>,
) -> Answer<BTreeSet<Pair>> {
    if pairs.is_empty() {
        return Ok(BTreeSet::new());
    }
    let chats: BTreeSet<ConversationId> = pairs.iter().map(|pair| pair.0).collect();
    let users: BTreeSet<UserId> = pairs.iter().map(|pair| pair.1).collect();
    let marked: Vec<Pair> = chat_settings::table
        .filter(chat_settings::user_id.eq_any(users))
        .filter(chat_settings::conversation_id.eq_any(chats))
        .filter(chat_settings::marked_unread.eq(true))
        .select((chat_settings::conversation_id, chat_settings::user_id))
        .load(connection)?;
    let mut marked: BTreeSet<Pair> = marked.into_iter().collect();
    marked.retain(|pair| pairs.contains(pair));
    Ok(marked)
}

/// Takes such marks away; what the users' devices hear of that. The users' topics are locked.
pub(super) fn unmark(
    connection: &mut AnyConnection,
    marked: &BTreeSet<Pair>,
) -> Answer<Vec<log::Entry>> {
    let mut entries = Vec::new();
    // Nearly always it is one: somebody opens a chat.
    for (conversation, user) in marked {
        let marked = chat_settings::table
            .find((user, conversation))
            .filter(chat_settings::marked_unread.eq(true));
        let unmarked: Option<SettingsRow> = on_either!(connection, |connection| {
            diesel::update(marked)
                .set(chat_settings::marked_unread.eq(false))
                .returning(SettingsRow::as_returning())
                .get_result(connection)
                .optional()
        })?;
        entries.extend(unmarked.map(|row| changed(*user, *conversation, row.settings())));
    }
    Ok(entries)
}

/// The user has left the chat: it comes back as all are.
pub(super) fn forget(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<()> {
    diesel::delete(chat_settings::table.find((user, conversation))).execute(connection)?;
    Ok(())
}
