//! [`InviteStore`].

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, NullableExpressionMethods as _,
    OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::count_star,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    contacts, conversations, departures, log, members,
    schema::{conversations as chats, invites},
};
use crate::{
    application::ports::{Entered, Entry, InviteStore, NewInvite, Refused, Stored},
    domain::{
        conversation::MemberState,
        event::Topic,
        ids::{ConversationId, InviteId, UserId},
        invite::{INVITES_MAX, Invitation, Invite, InviteDenied, Terms},
        permission::{Act, Denied},
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = invites, treat_none_as_default_value = false)]
struct InviteRow {
    id: InviteId,
    conversation_id: ConversationId,
    token: String,
    created_by: UserId,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    max_uses: Option<i64>,
    uses: i64,
}

impl From<InviteRow> for Invite {
    fn from(row: InviteRow) -> Self {
        let terms = row.terms();
        let InviteRow {
            id,
            token,
            created_by,
            created_at,
            uses,
            ..
        } = row;
        Self {
            id,
            token,
            created_by,
            created_at,
            terms,
            uses,
        }
    }
}

impl InviteRow {
    fn terms(&self) -> Terms {
        Terms {
            expires_at: self.expires_at,
            max_uses: self.max_uses,
        }
    }
}

impl InviteStore for Database {
    fn create_invite(&self, new: &NewInvite) -> Stored<Result<(), Refused>> {
        self.write(|connection| create(connection, new))
    }

    fn invites(
        &self,
        conversation: ConversationId,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Result<Vec<Invite>, Refused>> {
        self.read(|connection| list(connection, conversation, user, now))
    }

    fn revoke_invite(
        &self,
        conversation: ConversationId,
        user: UserId,
        invite: InviteId,
    ) -> Stored<Result<(), Refused>> {
        self.write(|connection| revoke(connection, conversation, user, invite))
    }

    fn invitation(&self, token: &str, user: UserId, now: Timestamp) -> Stored<Option<Invitation>> {
        self.read(|connection| invitation(connection, token, user, now))
    }

    fn enter(&self, entry: &Entry) -> Stored<Entered> {
        self.write(|connection| enter(connection, entry))
    }
}

fn check(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Result<(), Denied>> {
    let standing = members::standing(connection, conversation, user)?;
    Ok(match standing {
        Some((kind, standing)) => Act::Invite.check(kind, standing),
        None => Err(Denied::NotFound),
    })
}

fn create(connection: &mut AnyConnection, new: &NewInvite) -> Answer<Result<(), Refused>> {
    let NewInvite {
        conversation,
        invite,
    } = new;
    // Strangers must not hold the lock that members wait for.
    if let Err(denied) = check(connection, *conversation, invite.created_by)? {
        return Ok(Err(denied.into()));
    }
    conversations::lock(connection, BTreeSet::from([*conversation]))?;
    // Once more: a removal may have been committed while this waited for the lock.
    if let Err(denied) = check(connection, *conversation, invite.created_by)? {
        return Ok(Err(denied.into()));
    }
    let is_over = invites::expires_at
        .assume_not_null()
        .le(invite.created_at)
        .or(invites::uses.ge(invites::max_uses.assume_not_null()));
    diesel::delete(invites::table)
        .filter(invites::conversation_id.eq(conversation))
        .filter(is_over)
        .execute(connection)?;
    let others: i64 = invites::table
        .filter(invites::conversation_id.eq(conversation))
        .select(count_star())
        .first(connection)?;
    if others >= INVITES_MAX {
        return Ok(Err(InviteDenied::TooMany.into()));
    }
    let row = InviteRow {
        id: invite.id,
        conversation_id: *conversation,
        token: invite.token.clone(),
        created_by: invite.created_by,
        created_at: invite.created_at,
        expires_at: invite.terms.expires_at,
        max_uses: invite.terms.max_uses,
        uses: invite.uses,
    };
    diesel::insert_into(invites::table)
        .values(row)
        .execute(connection)?;
    Ok(Ok(()))
}

fn list(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    now: Timestamp,
) -> Answer<Result<Vec<Invite>, Refused>> {
    if let Err(denied) = check(connection, conversation, user)? {
        return Ok(Err(denied.into()));
    }
    // Those that are over go when the next one is made: there are no more than may be open.
    let mut rows: Vec<InviteRow> = invites::table
        .filter(invites::conversation_id.eq(conversation))
        .order((invites::created_at.desc(), invites::id.desc()))
        .select(InviteRow::as_select())
        .load(connection)?;
    rows.retain(|row| row.terms().is_open(row.uses, now));
    Ok(Ok(rows.into_iter().map(Invite::from).collect()))
}

fn revoke(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    invite: InviteId,
) -> Answer<Result<(), Refused>> {
    if let Err(denied) = check(connection, conversation, user)? {
        return Ok(Err(denied.into()));
    }
    let revoked = diesel::delete(invites::table.find(invite))
        .filter(invites::conversation_id.eq(conversation))
        .execute(connection)?;
    Ok(if revoked == 0 {
        Err(Refused::NoInvite)
    } else {
        Ok(())
    })
}

/// A link that brings one more.
fn open(connection: &mut AnyConnection, token: &str, now: Timestamp) -> Answer<Option<InviteRow>> {
    let row: Option<InviteRow> = invites::table
        .filter(invites::token.eq(token))
        .select(InviteRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.filter(|row| row.terms().is_open(row.uses, now)))
}

fn invitation(
    connection: &mut AnyConnection,
    token: &str,
    user: UserId,
    now: Timestamp,
) -> Answer<Option<Invitation>> {
    let Some(invite) = open(connection, token, now)? else {
        return Ok(None);
    };
    let (title, member_count) = chats::table
        .find(invite.conversation_id)
        .select((chats::title, chats::member_count))
        .first(connection)?;
    let row = members::row(connection, invite.conversation_id, user)?;
    Ok(Some(Invitation {
        title,
        member_count,
        is_member: row.is_some_and(|row| row.state == MemberState::Active),
        expires_at: invite.expires_at,
    }))
}

fn enter(connection: &mut AnyConnection, entry: &Entry) -> Answer<Entered> {
    let Entry {
        token,
        user,
        now,
        chats_max,
    } = entry;
    let (user, now) = (*user, *now);
    let Some(found) = open(connection, token, now)? else {
        return Ok(Err(Refused::NoInvite));
    };
    let conversation = found.conversation_id;
    let topic = log::lock(connection, &[Topic::Chat(conversation)])?.pop();
    let chat = conversations::lock(connection, BTreeSet::from([conversation]))?.pop();
    // Once more: somebody else may have been the last one while this waited for the lock.
    let invite = open(connection, token, now)?;
    let (Some(topic), Some(chat), Some(invite)) = (topic, chat, invite) else {
        return Ok(Err(Refused::NoInvite));
    };
    let row = members::row(connection, conversation, user)?;
    if row
        .as_ref()
        .is_some_and(|row| row.state == MemberState::Active)
    {
        return Ok(Ok((conversation, Vec::new())));
    }
    let between = contacts::between(connection, user, invite.created_by)?;
    if let Err(denied) = between.check_write() {
        return Ok(Err(denied.into()));
    }
    let departure = departures::find(connection, conversation, user)?;
    if row.is_none() && departure.is_some_and(|departure| !departure.by_self) {
        return Ok(Err(InviteDenied::Removed.into()));
    }
    // Who was asked back is counted already.
    if row.is_none() && members::is_somebody_full(connection, &[user], *chats_max)? {
        return Ok(Err(Refused::TooManyChats));
    }
    let joined = members::join(connection, &chat, &topic, user, user, now)?;
    if joined.is_ok() {
        diesel::update(invites::table.find(invite.id))
            .set(invites::uses.eq(invite.uses + 1))
            .execute(connection)?;
    }
    Ok(joined.map(|events| (conversation, events)))
}
