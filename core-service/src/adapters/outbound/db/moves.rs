//! When marks moved, and what a message's writer learns of that.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, NullableExpressionMethods as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::case_when,
    prelude::{Insertable, Queryable, Selectable},
    upsert::excluded,
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    corrupt, log,
    messages::Pair,
    profiles,
    rows::{MembershipRow, MessageRow, UserRow},
    schema::{mark_moves, memberships, users},
};
use crate::domain::{
    conversation::MemberState,
    event::Topic,
    ids::{ConversationId, UserId},
    receipt::{Reach, Reached, Watermarks},
    time::Timestamp,
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = mark_moves, treat_none_as_default_value = false)]
struct MoveRow {
    conversation_id: ConversationId,
    user_id: UserId,
    minute: i64,
    delivered_from: i64,
    delivered_to: i64,
    delivered_at: Timestamp,
    read_from: i64,
    read_to: i64,
    read_at: Timestamp,
}

/// When a message was delivered to somebody, and when they read it, as far as that is known.
#[derive(Default)]
struct Came {
    delivered_at: Option<Timestamp>,
    read_at: Option<Timestamp>,
}

/// Keeps that marks moved now, from where they were to where they are.
pub(super) fn keep(
    connection: &mut AnyConnection,
    moves: &BTreeMap<Pair, (Watermarks, Watermarks)>,
    now: Timestamp,
) -> Answer<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let row = |(pair, (before, after)): (&Pair, &(Watermarks, Watermarks))| MoveRow {
        conversation_id: pair.0,
        user_id: pair.1,
        minute: now.minutes(),
        delivered_from: before.delivered_seq,
        delivered_to: after.delivered_seq,
        delivered_at: now,
        read_from: before.read_seq,
        read_to: after.read_seq,
        read_at: now,
    };
    let rows: Vec<MoveRow> = moves.iter().map(row).collect();
    // Those of one minute are one row: it ends where and when the last of them does.
    on_either!(connection, |connection| diesel::insert_into(
        mark_moves::table
    )
    .values(&rows)
    .on_conflict((
        mark_moves::conversation_id,
        mark_moves::user_id,
        mark_moves::minute
    ))
    .do_update()
    .set((
        mark_moves::delivered_at.eq(case_when(
            excluded(mark_moves::delivered_to).gt(mark_moves::delivered_to),
            excluded(mark_moves::delivered_at),
        )
        .otherwise(mark_moves::delivered_at)),
        mark_moves::delivered_to.eq(case_when(
            excluded(mark_moves::delivered_to).gt(mark_moves::delivered_to),
            excluded(mark_moves::delivered_to),
        )
        .otherwise(mark_moves::delivered_to)),
        mark_moves::read_at.eq(case_when(
            excluded(mark_moves::read_to).gt(mark_moves::read_to),
            excluded(mark_moves::read_at),
        )
        .otherwise(mark_moves::read_at)),
        mark_moves::read_to.eq(case_when(
            excluded(mark_moves::read_to).gt(mark_moves::read_to),
            excluded(mark_moves::read_to),
        )
        .otherwise(mark_moves::read_to)),
    ))
    .execute(connection))?;
    Ok(())
}

/// How far the other members who can read a message have got with it.
pub(super) fn reach(
    connection: &mut AnyConnection,
    message: &MessageRow,
    after: Option<UserId>,
    limit: i64,
) -> Answer<Vec<Reach>> {
    let chat = message.conversation_id;
    let topic = log::topic(connection, Topic::Chat(chat))?.ok_or_else(|| corrupt("topic"))?;
    if topic.guarded {
        return Ok(Vec::new());
    }
    let mut query = memberships::table
        .inner_join(users::table)
        .filter(memberships::conversation_id.eq(chat))
        .filter(memberships::user_id.ne(message.sender_id))
        .filter(memberships::state.ne(MemberState::Requested))
        .filter(could_read(message.seq))
        .order(memberships::user_id)
        .limit(limit)
        .select((UserRow::as_select(), MembershipRow::as_select()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(memberships::user_id.gt(after));
    }
    let members: Vec<(UserRow, MembershipRow)> = query.load(connection)?;
    let people: Vec<UserId> = members.iter().map(|(_, member)| member.user_id).collect();
    let moves = moves(connection, message, &people)?;
    let reach = |(user, member): (UserRow, MembershipRow)| {
        let moves = moves.get(&member.user_id);
        let reached = |mark: i64, at: Option<Timestamp>| match at {
            _ if mark < message.seq => Reached::No,
            Some(at) => Reached::At(at),
            None => Reached::Yes,
        };
        Reach {
            delivered: reached(
                member.delivered_seq,
                moves.and_then(|came| came.delivered_at),
            ),
            read: reached(member.read_seq, moves.and_then(|came| came.read_at)),
            user: user.into(),
        }
    };
    let mut found: Vec<Reach> = members.into_iter().map(reach).collect();
    // Its writer alone is told.
    let people = found.iter_mut().map(|reach| &mut reach.user);
    profiles::hide_pictures_in(connection, message.sender_id, chat, people)?;
    Ok(found)
}

/// Members who could read a message when it was written, also those who have cleared it since.
#[diesel::dsl::auto_type(no_type_alias)]
fn could_read(seq: i64) -> _ {
    let uncleared = memberships::joined_seq
        .is_null()
        .and(memberships::first_seq.le(seq));
    memberships::joined_seq
        .assume_not_null()
        .le(seq)
        .or(uncleared)
}

/// When the marks of people came over a message.
fn moves(
    connection: &mut AnyConnection,
    message: &MessageRow,
    people: &[UserId],
) -> Answer<HashMap<UserId, Came>> {
    let seq = message.seq;
    let is_over = mark_moves::delivered_from
        .lt(seq)
        .and(mark_moves::delivered_to.ge(seq))
        .or(mark_moves::read_from
            .lt(seq)
            .and(mark_moves::read_to.ge(seq)));
    let rows: Vec<MoveRow> = mark_moves::table
        .filter(mark_moves::conversation_id.eq(message.conversation_id))
        .filter(mark_moves::user_id.eq_any(people))
        // Clocks of two cores may differ by a little.
        .filter(mark_moves::minute.ge(message.created_at.minutes() - 1))
        .filter(is_over)
        .select(MoveRow::as_select())
        .load(connection)?;
    let mut moves: HashMap<UserId, Came> = HashMap::new();
    for row in rows {
        let came = moves.entry(row.user_id).or_default();
        if (row.delivered_from + 1..=row.delivered_to).contains(&seq) {
            came.delivered_at = Some(row.delivered_at);
        }
        if (row.read_from + 1..=row.read_to).contains(&seq) {
            came.read_at = Some(row.read_at);
        }
    }
    Ok(moves)
}

/// Deletes moves of before a minute: those of a minute together, of as many minutes as make about
/// `limit`. Returns how many.
pub(super) fn forget(connection: &mut AnyConnection, before: i64, limit: i64) -> Answer<usize> {
    let old: Vec<i64> = mark_moves::table
        .filter(mark_moves::minute.lt(before))
        .order(mark_moves::minute)
        .limit(limit)
        .select(mark_moves::minute)
        .load(connection)?;
    let Some(last) = old.last() else {
        return Ok(0);
    };
    diesel::delete(mark_moves::table.filter(mark_moves::minute.le(*last))).execute(connection)
}
