//! [`DeletionStore`].

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    dsl::exists,
    prelude::{Insertable, Queryable, Selectable},
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Answer, Database,
    connection::AnyConnection,
    drafts, erasure, members, portraits, profiles,
    schema::{
        account_removals, blocks, chat_settings, conversations, drafts as kept_drafts,
        hidden_messages, memberships, messages, recovery_codes, retired_handles, second_factors,
        stars, uploads, users,
    },
    sessions,
};
use crate::{
    application::ports::{
        AccountDeletion, At, DeletionStore, MemberAct, MemberChange, RemovalStep, Stored,
    },
    domain::{
        account::{DisplayName, Handle},
        contact::WhoMayAdd,
        conversation::Kind,
        draft::Draft,
        event::LoggedEvent,
        ids::{ClientId, ConversationId, MessageId, SessionId, UserId},
        profile::About,
        time::Timestamp,
    },
};

/// Deleted accounts that are looked at for one step.
const ACCOUNTS_MAX: i64 = 100;

/// Rows of each kind that one step deletes.
const ROWS_MAX: i64 = 500;

/// A request that was under way when the account was deleted has ended by then.
const SETTLED_AFTER_S: i64 = 60;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = account_removals, treat_none_as_default_value = false)]
struct RemovalRow {
    user_id: UserId,
    requested_at: Timestamp,
    erase_messages: bool,
    erased_to: Option<ClientId>,
}

impl DeletionStore for Database {
    fn delete_account(&self, deletion: &AccountDeletion) -> Stored<Option<Vec<LoggedEvent>>> {
        self.write(|connection| delete(connection, deletion))
    }

    fn remove_next(&self, now: Timestamp) -> Stored<RemovalStep> {
        // Nearly always there is nothing, and reading keeps no writer out.
        if self.read_one(remaining)?.is_empty() {
            return Ok(RemovalStep::default());
        }
        self.write(|connection| {
            for row in remaining(connection)? {
                if let Some(events) = step(connection, &row, now)? {
                    return Ok(RemovalStep {
                        events,
                        is_more: true,
                    });
                }
            }
            Ok(RemovalStep::default())
        })
    }
}

/// What is kept of a handle that nobody may have again.
fn retired(handle: &Handle) -> String {
    hex::encode(Sha256::digest(handle.as_str().as_bytes()))
}

/// Whether a deleted account had this handle.
pub(super) fn is_retired(connection: &mut AnyConnection, handle: &Handle) -> Answer<bool> {
    let had_it = retired_handles::table.find(retired(handle));
    diesel::select(exists(had_it)).get_result(connection)
}

fn delete(
    connection: &mut AnyConnection,
    deletion: &AccountDeletion,
) -> Answer<Option<Vec<LoggedEvent>>> {
    let AccountDeletion { user, now, .. } = *deletion;
    let told = profiles::lock(connection, user)?;
    let Some(mut profile) = profiles::find(connection, user)? else {
        return Ok(None);
    };
    let handle = profile.user.handle.clone();
    // No handle that somebody chooses has a hyphen.
    profile.user.handle = Handle::stored(format!("deleted-{}", user.as_uuid().simple()));
    profile.user.display_name = DisplayName::stored("Deleted account".to_owned());
    profile.user.picture = None;
    profile.about = About::default();
    let closed = diesel::update(users::table.find(user))
        .filter(users::password_hash.eq(&deletion.before))
        .set((
            users::handle.eq(&profile.user.handle),
            users::display_name.eq(&profile.user.display_name),
            users::search_terms.eq(""),
            // No password has it.
            users::password_hash.eq(""),
            users::who_may_add.eq(WhoMayAdd::Nobody),
            users::about.eq(&profile.about),
            users::deleted_at.eq(now),
        ))
        .execute(connection)?;
    if closed == 0 {
        return Ok(None);
    }
    portraits::drop_of_person(connection, user, now)?;
    diesel::insert_into(retired_handles::table)
        .values(retired_handles::hash.eq(retired(&handle)))
        .execute(connection)?;
    diesel::delete(recovery_codes::table)
        .filter(recovery_codes::user_id.eq(user))
        .execute(connection)?;
    diesel::delete(second_factors::table.find(user)).execute(connection)?;
    // The sweep of files removes what was not sent.
    diesel::update(uploads::table.filter(uploads::owner_id.eq(user)))
        .set(uploads::expires_at.eq(now))
        .execute(connection)?;
    diesel::insert_into(account_removals::table)
        .values(RemovalRow {
            user_id: user,
            requested_at: now,
            erase_messages: deletion.erase_messages,
            erased_to: None,
        })
        .execute(connection)?;
    let nothing_stays = SessionId::new(Uuid::nil());
    let mut events = sessions::end_others(connection, user, nothing_stays, now)?;
    events.extend(profiles::tell(connection, &profile, told, now)?);
    Ok(Some(events))
}

/// Deleted accounts of which something is left, the oldest first.
fn remaining(connection: &mut AnyConnection) -> Answer<Vec<RemovalRow>> {
    account_removals::table
        .order((account_removals::requested_at, account_removals::user_id))
        .limit(ACCOUNTS_MAX)
        .select(RemovalRow::as_select())
        .load(connection)
}

/// Does one thing; nothing where there is nothing to do by now.
fn step(
    connection: &mut AnyConnection,
    row: &RemovalRow,
    now: Timestamp,
) -> Answer<Option<Vec<LoggedEvent>>> {
    let user = row.user_id;
    if row.erase_messages
        && let Some(events) = erase_next(connection, row, now)?
    {
        return Ok(Some(events));
    }
    if let Some(group) = next_group(connection, user)? {
        return leave(connection, group, user, now).map(Some);
    }
    if let Some(chat) = next_draft(connection, user)? {
        return drafts::replace(connection, chat, user, &Draft::none(now)).map(Some);
    }
    if delete_rows(connection, user)? > 0 {
        return Ok(Some(Vec::new()));
    }
    if now < row.requested_at.plus_seconds(SETTLED_AFTER_S) {
        return Ok(None);
    }
    // A message may have come behind the place up to which all were erased.
    let has_more = row.erase_messages && has_messages(connection, user)?;
    let own = account_removals::table.find(user);
    if has_more {
        diesel::update(own)
            .set(account_removals::erased_to.eq(None::<ClientId>))
            .execute(connection)?;
    } else {
        diesel::delete(own).execute(connection)?;
    }
    Ok(Some(Vec::new()))
}

fn erase_next(
    connection: &mut AnyConnection,
    row: &RemovalRow,
    now: Timestamp,
) -> Answer<Option<Vec<LoggedEvent>>> {
    let erased_to = row.erased_to.unwrap_or(ClientId::new(Uuid::nil()));
    let next: Option<(ConversationId, MessageId, ClientId)> = messages::table
        .filter(messages::sender_id.eq(row.user_id))
        .filter(messages::client_msg_id.gt(erased_to))
        .filter(messages::deleted_at.is_null())
        .order(messages::client_msg_id)
        .select((
            messages::conversation_id,
            messages::id,
            messages::client_msg_id,
        ))
        .first(connection)
        .optional()?;
    let Some((conversation, message, place)) = next else {
        return Ok(None);
    };
    let at = At {
        conversation,
        message,
        user: row.user_id,
    };
    let events = erasure::erase_own(connection, at, now)?;
    diesel::update(account_removals::table.find(row.user_id))
        .set(account_removals::erased_to.eq(place))
        .execute(connection)?;
    Ok(Some(events))
}

fn has_messages(connection: &mut AnyConnection, user: UserId) -> Answer<bool> {
    let left = messages::table
        .filter(messages::sender_id.eq(user))
        .filter(messages::deleted_at.is_null());
    diesel::select(exists(left)).get_result(connection)
}

/// A group in which the person is, or into which they were asked.
fn next_group(connection: &mut AnyConnection, user: UserId) -> Answer<Option<ConversationId>> {
    memberships::table
        .inner_join(conversations::table)
        .filter(memberships::user_id.eq(user))
        .filter(conversations::kind.eq(Kind::Group))
        .select(memberships::conversation_id)
        .first(connection)
        .optional()
}

/// As they would leave it themselves: whoever has been in it longest owns it then.
fn leave(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let change = MemberChange {
        conversation,
        by: user,
        user,
        act: MemberAct::Remove,
        now,
        chats_max: 0,
    };
    // A refusal means that somebody has removed them by then.
    Ok(members::change(connection, &change)?.unwrap_or_default())
}

fn next_draft(connection: &mut AnyConnection, user: UserId) -> Answer<Option<ConversationId>> {
    kept_drafts::table
        .filter(kept_drafts::user_id.eq(user))
        .select(kept_drafts::conversation_id)
        .first(connection)
        .optional()
}

/// Deletes some rows of what the person alone saw; how many.
fn delete_rows(connection: &mut AnyConnection, user: UserId) -> Answer<usize> {
    let starred: Vec<MessageId> = stars::table
        .filter(stars::user_id.eq(user))
        .limit(ROWS_MAX)
        .select(stars::message_id)
        .load(connection)?;
    let blocked: Vec<UserId> = blocks::table
        .filter(blocks::blocker_id.eq(user))
        .limit(ROWS_MAX)
        .select(blocks::blocked_id)
        .load(connection)?;
    let arranged: Vec<ConversationId> = chat_settings::table
        .filter(chat_settings::user_id.eq(user))
        .limit(ROWS_MAX)
        .select(chat_settings::conversation_id)
        .load(connection)?;
    let hidden: Vec<(ConversationId, i64)> = hidden_messages::table
        .filter(hidden_messages::user_id.eq(user))
        .limit(ROWS_MAX)
        .select((hidden_messages::conversation_id, hidden_messages::seq))
        .load(connection)?;
    let mut rows = diesel::delete(stars::table)
        .filter(stars::user_id.eq(user))
        .filter(stars::message_id.eq_any(starred))
        .execute(connection)?;
    rows += diesel::delete(blocks::table)
        .filter(blocks::blocker_id.eq(user))
        .filter(blocks::blocked_id.eq_any(blocked))
        .execute(connection)?;
    rows += diesel::delete(chat_settings::table)
        .filter(chat_settings::user_id.eq(user))
        .filter(chat_settings::conversation_id.eq_any(arranged))
        .execute(connection)?;
    if let Some((chat, _)) = hidden.first() {
        let seqs = hidden.iter().filter(|(of, _)| of == chat);
        rows += diesel::delete(hidden_messages::table)
            .filter(hidden_messages::user_id.eq(user))
            .filter(hidden_messages::conversation_id.eq(chat))
            .filter(hidden_messages::seq.eq_any(seqs.map(|(_, seq)| *seq)))
            .execute(connection)?;
    }
    Ok(rows)
}
