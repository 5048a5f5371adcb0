//! Watermarks: how far members have got.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    ExpressionMethods as _, NullableExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    dsl::{case_when, min},
    upsert::excluded,
};

use super::{
    Answer, Database, chat_settings,
    connection::{AnyConnection, on_either},
    conversations, log,
    messages::{Pair, among},
    moves,
    rows::MembershipRow,
    schema::{memberships, topics},
    values::Key,
};
use crate::{
    application::ports::{MarkReport, MarksMoved, Stored},
    domain::{
        conversation::{Kind, MemberState},
        event::{Event, ReceiptsMoved, Topic},
        ids::ConversationId,
        receipt::{Receipt, Watermarks},
        time::Timestamp,
    },
};

/// Conversations of one condition: databases bound how deep an expression may be.
const CONVERSATIONS_AT_ONCE: usize = 200;

impl Database {
    pub(super) fn move_all(&self, reports: &[MarkReport], now: Timestamp) -> Stored<MarksMoved> {
        self.write(|connection| {
            let chats = reports.iter().map(|report| report.conversation).collect();
            let kinds: BTreeMap<ConversationId, Kind> = conversations::lock(connection, chats)?
                .into_iter()
                .map(|row| (row.id, row.kind))
                .collect();
            let pairs = reports.iter().map(pair).collect();
            let members = members(connection, &pairs)?;
            let moved = upsert(connection, &advanced(&members, reports))?;
            let from_to = moved.iter().filter_map(|(pair, after)| {
                let (before, _, _) = members.get(pair)?;
                Some((*pair, (before.marks(), after.marks())))
            });
            moves::keep(connection, &from_to.collect(), now)?;
            let now_at = |pair: &Pair| {
                let moved = moved.get(pair);
                moved.or_else(|| members.get(pair).map(|(member, _, _)| member))
            };
            let read = moved.iter().filter(|(pair, member)| {
                members
                    .get(pair)
                    .is_some_and(|(before, _, _)| before.read_seq < member.read_seq)
            });
            let mut entries: Vec<log::Entry> = read.map(|(_, member)| read_moved(member)).collect();
            let unread = chat_settings::marked_unread(connection, &reading(&members, reports))?;
            if !unread.is_empty() {
                // In one order with those who append to several.
                let topics = entries.iter().map(|entry| entry.topic);
                let users = unread.iter().map(|(_, user)| Topic::User(*user));
                log::lock(connection, &topics.chain(users).collect::<Vec<_>>())?;
                entries.extend(chat_settings::unmark(connection, &unread)?);
            }
            let events = log::append(connection, entries, now)?;
            Ok(MarksMoved {
                marks: reports
                    .iter()
                    .map(|report| now_at(&pair(report)).map(MembershipRow::marks))
                    .collect(),
                events,
                receipts: receipts(connection, &kinds, &members, &moved)?,
            })
        })
    }
}

fn pair(report: &MarkReport) -> Pair {
    (report.conversation, report.user)
}

/// Those of `pairs` that are members, with the number of the last message and whether the chat is
/// guarded.
fn members(
    connection: &mut AnyConnection,
    pairs: &BTreeSet<Pair>,
) -> Answer<BTreeMap<Pair, (MembershipRow, i64, bool)>> {
    let chats: BTreeSet<ConversationId> = pairs.iter().map(|pair| pair.0).collect();
    let chats: Vec<ConversationId> = chats.into_iter().collect();
    let mut members = BTreeMap::new();
    for some in chats.chunks(CONVERSATIONS_AT_ONCE) {
        let part: BTreeSet<Pair> = pairs
            .iter()
            .filter(|pair| some.binary_search(&pair.0).is_ok())
            .copied()
            .collect();
        let Some(among) = among(&part) else {
            continue;
        };
        let last_seq = topics::table
            .filter(topics::id.eq(memberships::conversation_id))
            .select(topics::last_seq)
            .single_value();
        let guarded = topics::table
            .filter(topics::id.eq(memberships::conversation_id))
            .select(topics::guarded)
            .single_value();
        let rows: Vec<(MembershipRow, i64, bool)> = memberships::table
            .filter(among)
            .select((
                MembershipRow::as_select(),
                last_seq.assume_not_null(),
                guarded.assume_not_null(),
            ))
            .load(connection)?;
        let keyed = |row: (MembershipRow, i64, bool)| ((row.0.conversation_id, row.0.user_id), row);
        members.extend(rows.into_iter().map(keyed));
    }
    Ok(members)
}

/// Members who report that they read on, or read the end once more.
fn reading(
    members: &BTreeMap<Pair, (MembershipRow, i64, bool)>,
    reports: &[MarkReport],
) -> BTreeSet<Pair> {
    let is_reading = |report: &&MarkReport| {
        let member = members.get(&pair(report));
        report.read_seq > 0 && member.is_some_and(|(row, ..)| row.read_seq <= report.read_seq)
    };
    reports.iter().filter(is_reading).map(pair).collect()
}

/// Memberships whose marks the reports move, as they are afterwards.
fn advanced(
    members: &BTreeMap<Pair, (MembershipRow, i64, bool)>,
    reports: &[MarkReport],
) -> Vec<MembershipRow> {
    let mut moved: BTreeMap<Pair, MembershipRow> = BTreeMap::new();
    for report in reports {
        let Some((before, last_seq, _)) = members.get(&pair(report)) else {
            continue;
        };
        let member = moved.entry(pair(report)).or_insert_with(|| before.clone());
        let marks = member
            .marks()
            .advanced(report.delivered_seq, report.read_seq, *last_seq);
        (member.delivered_seq, member.read_seq) = (marks.delivered_seq, marks.read_seq);
    }
    moved
        .into_iter()
        .filter(|(pair, member)| members[pair].0.marks() != member.marks())
        .map(|(_, member)| member)
        .collect()
}

/// Moves marks up, and never down: their owner may have posted meanwhile. The rows are there, because
/// whoever deletes one has locked its conversation.
fn upsert(
    connection: &mut AnyConnection,
    rows: &[MembershipRow],
) -> Answer<BTreeMap<Pair, MembershipRow>> {
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let stored: Vec<MembershipRow> = on_either!(connection, |connection| {
        diesel::insert_into(memberships::table)
            .values(rows)
            .on_conflict((memberships::conversation_id, memberships::user_id))
            .do_update()
            .set((
                memberships::delivered_seq.eq(case_when(
                    excluded(memberships::delivered_seq).gt(memberships::delivered_seq),
                    excluded(memberships::delivered_seq),
                )
                .otherwise(memberships::delivered_seq)),
                memberships::read_seq.eq(case_when(
                    excluded(memberships::read_seq).gt(memberships::read_seq),
                    excluded(memberships::read_seq),
                )
                .otherwise(memberships::read_seq)),
            ))
            .returning(MembershipRow::as_returning())
            .get_results(connection)
    })?;
    let keyed = |row: MembershipRow| ((row.conversation_id, row.user_id), row);
    Ok(stored.into_iter().map(keyed).collect())
}

/// What the user's other devices hear.
fn read_moved(member: &MembershipRow) -> log::Entry {
    let event = Event::ReadMoved {
        conversation_id: member.conversation_id,
        read_seq: member.read_seq,
    };
    let subject = Key::new(*member.conversation_id.as_uuid());
    log::Entry::plain(Topic::User(member.user_id), event, subject)
}

/// What rooms are told: each movement in a direct chat, a group's minimum when it moved.
fn receipts(
    connection: &mut AnyConnection,
    kinds: &BTreeMap<ConversationId, Kind>,
    members: &BTreeMap<Pair, (MembershipRow, i64, bool)>,
    moved: &BTreeMap<Pair, MembershipRow>,
) -> Answer<Vec<ReceiptsMoved>> {
    let mut told: BTreeMap<ConversationId, Vec<Receipt>> = BTreeMap::new();
    // A group's minimum can only have moved if one of the marks that moved was it.
    let mut least_before: BTreeMap<ConversationId, Watermarks> = BTreeMap::new();
    for (pair, member) in moved {
        let (conversation, user) = *pair;
        if kinds.get(&conversation) == Some(&Kind::Direct) {
            if members[pair].2 {
                continue;
            }
            told.entry(conversation).or_default().push(Receipt {
                user_id: Some(user),
                marks: member.marks(),
            });
        } else {
            let before = members[pair].0.marks();
            let least = least_before.entry(conversation).or_insert(before);
            *least = least.min(before);
        }
    }
    for (conversation, marks) in minima(connection, least_before.keys().copied().collect())? {
        let before = least_before[&conversation];
        if before.delivered_seq < marks.delivered_seq || before.read_seq < marks.read_seq {
            let receipt = Receipt {
                user_id: None,
                marks,
            };
            told.insert(conversation, vec![receipt]);
        }
    }
    let receipts_of = |(conversation_id, receipts)| ReceiptsMoved {
        conversation_id,
        receipts,
    };
    Ok(told.into_iter().map(receipts_of).collect())
}

/// What all members of each conversation have reached.
pub(super) fn minima(
    connection: &mut AnyConnection,
    chats: Vec<ConversationId>,
) -> Answer<BTreeMap<ConversationId, Watermarks>> {
    if chats.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(ConversationId, Option<i64>, Option<i64>)> = memberships::table
        .filter(memberships::conversation_id.eq_any(chats))
        .filter(memberships::state.eq(MemberState::Active))
        .group_by(memberships::conversation_id)
        .select((
            memberships::conversation_id,
            min(memberships::delivered_seq),
            min(memberships::read_seq),
        ))
        .load(connection)?;
    let keyed = |(conversation, delivered, read): (ConversationId, Option<i64>, Option<i64>)| {
        let marks = Watermarks {
            delivered_seq: delivered.unwrap_or(0),
            read_seq: read.unwrap_or(0),
        };
        (conversation, marks)
    };
    Ok(rows.into_iter().map(keyed).collect())
}
