//! [`TopicStore`]: the reading half of the topic log, grants and acknowledgements.

use std::collections::{BTreeMap, HashSet};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _,
    NullableExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::case_when, prelude::Insertable, upsert::excluded,
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    log,
    marks::minima,
    messages::inside,
    rows::{LogRow, TopicRow, key},
    schema::{conversations, memberships, topic_acks, topic_log, topics},
    values::Key,
};
use crate::{
    application::ports::{Grant, LogRange, LogSlice, Stored, TopicHead, TopicStore},
    domain::{
        conversation::{Kind, MemberState},
        event::{LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        receipt::{Receipt, Watermarks},
        time::Timestamp,
    },
};

/// Payload bytes of one range at most; the reader comes again for more.
const RANGE_MAX_BYTES: usize = 1024 * 1024;

#[derive(Insertable)]
#[diesel(table_name = topic_acks, treat_none_as_default_value = false)]
struct AckRow {
    topic_id: Key,
    acked_offset: i64,
}

impl TopicStore for Database {
    fn newest_grants(&self, user: UserId, limit: i64) -> Stored<Vec<Grant>> {
        self.read(|connection| {
            let mut grants = Vec::from_iter(own_grant(connection, user)?);
            grants.extend(chat_grants(connection, user, Which::Newest(limit - 1))?);
            Ok(grants)
        })
    }

    fn grants_before(
        &self,
        user: UserId,
        before: ConversationId,
        limit: i64,
    ) -> Stored<Vec<Grant>> {
        self.read_one(|connection| chat_grants(connection, user, Which::Before(before, limit)))
    }

    fn authorize(&self, user: UserId, names: &[String]) -> Stored<Vec<Grant>> {
        self.read(|connection| {
            let topics: HashSet<Topic> = parsed(names).collect();
            let chats = topics.iter().filter_map(|topic| match topic {
                Topic::Chat(conversation) => Some(*conversation),
                Topic::User(_) | Topic::Control => None,
            });
            let mut grants = chat_grants(connection, user, Which::Only(chats.collect()))?;
            if topics.contains(&Topic::User(user)) {
                grants.extend(own_grant(connection, user)?);
            }
            Ok(grants)
        })
    }

    fn read_log(&self, range: &LogRange) -> Stored<Option<LogSlice>> {
        let Some(topic) = Topic::parse(&range.topic) else {
            return Ok(None);
        };
        self.read(|connection| {
            let Some(topic) = log::topic(connection, topic)? else {
                return Ok(None);
            };
            let trimmed = range.after < topic.trimmed_to;
            let events = if trimmed || (!range.epoch.is_empty() && range.epoch != topic.epoch) {
                Vec::new()
            } else {
                let up_to = range.up_to.unwrap_or(i64::MAX);
                events(connection, &topic, range.after, up_to, range.limit)?
            };
            Ok(Some(LogSlice {
                position: topic.position(),
                events,
                trimmed,
            }))
        })
    }

    fn heads(&self, names: &[String]) -> Stored<Vec<TopicHead>> {
        self.read(|connection| {
            let asked: HashSet<Topic> = parsed(names).collect();
            let keys: Vec<Key> = asked.iter().copied().map(key).collect();
            let mut topics: Vec<TopicRow> = topics::table
                .filter(topics::id.eq_any(keys))
                .select(TopicRow::as_select())
                .load(connection)?;
            topics.retain(|row| asked.contains(&row.topic()));
            let chats: Vec<ConversationId> = topics.iter().filter_map(chat).collect();
            let mut chats = receipts(connection, chats)?;
            let head = |topic: TopicRow| {
                let receipts = chat(&topic).and_then(|chat| chats.remove(&chat));
                let (member_count, receipts) = receipts.unwrap_or_default();
                TopicHead {
                    position: topic.position(),
                    member_count,
                    presence_withheld: topic.guarded,
                    // What a room tells one of the two, it tells the other.
                    receipts: if topic.guarded { Vec::new() } else { receipts },
                }
            };
            Ok(topics.into_iter().map(head).collect())
        })
    }

    fn ack_topics(&self, acks: &[(String, i64)]) -> Stored<()> {
        // The highest of each topic, and in one order everywhere, so that two replicas cannot lock
        // each other out.
        let mut highest: BTreeMap<Key, i64> = BTreeMap::new();
        for (name, offset) in acks {
            if let Some(topic) = Topic::parse(name) {
                let known = highest.entry(key(topic)).or_insert(*offset);
                *known = (*known).max(*offset);
            }
        }
        let row = |(topic_id, acked_offset)| AckRow {
            topic_id,
            acked_offset,
        };
        let rows: Vec<AckRow> = highest.into_iter().map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.write(|connection| {
            on_either!(connection, |connection| {
                let higher = case_when(
                    excluded(topic_acks::acked_offset).gt(topic_acks::acked_offset),
                    excluded(topic_acks::acked_offset),
                )
                .otherwise(topic_acks::acked_offset);
                diesel::insert_into(topic_acks::table)
                    .values(&rows)
                    .on_conflict(topic_acks::topic_id)
                    .do_update()
                    .set(topic_acks::acked_offset.eq(higher))
                    .execute(connection)
            })?;
            Ok(())
        })
    }

    fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Stored<Vec<LoggedEvent>> {
        self.read_one(|connection| {
            let is_acked = topic_acks::acked_offset
                .nullable()
                .ge(topic_log::log_offset.nullable());
            let rows: Vec<(LogRow, TopicRow)> = topic_log::table
                .inner_join(topics::table)
                .left_join(topic_acks::table.on(topic_acks::topic_id.eq(topic_log::topic_id)))
                .filter(topic_log::created_at.gt(from))
                .filter(topic_log::created_at.le(to))
                .filter(
                    is_acked
                        .is_null()
                        .or(diesel::dsl::not(is_acked).assume_not_null()),
                )
                .order((
                    topic_log::created_at,
                    topic_log::topic_id,
                    topic_log::log_offset,
                ))
                .limit(limit)
                .select((LogRow::as_select(), TopicRow::as_select()))
                .load(connection)?;
            rows.into_iter()
                .map(|(row, topic)| row.event(&topic))
                .collect()
        })
    }
}

/// The topics that names name; the hub may ask for any text.
fn parsed(names: &[String]) -> impl Iterator<Item = Topic> + '_ {
    names.iter().filter_map(|name| Topic::parse(name))
}

fn chat(topic: &TopicRow) -> Option<ConversationId> {
    match topic.topic() {
        Topic::Chat(conversation) => Some(conversation),
        Topic::User(_) | Topic::Control => None,
    }
}

/// Which of a user's chats.
enum Which {
    /// So many with the newest activity, the newest first.
    Newest(i64),
    /// So many below this one, the highest id first.
    Before(ConversationId, i64),
    /// These.
    Only(Vec<ConversationId>),
}

/// The user's grants on chats.
fn chat_grants(connection: &mut AnyConnection, user: UserId, which: Which) -> Answer<Vec<Grant>> {
    let mut query = memberships::table
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(inside())
        .select((
            TopicRow::as_select(),
            memberships::readable_from,
            conversations::member_count,
        ))
        .into_boxed();
    query = match which {
        Which::Newest(limit) => query
            .order((topics::active_at.desc(), topics::id.desc()))
            .limit(limit),
        Which::Before(id, limit) => query
            .filter(memberships::conversation_id.lt(id))
            .order(memberships::conversation_id.desc())
            .limit(limit),
        Which::Only(chats) => query.filter(memberships::conversation_id.eq_any(chats)),
    };
    let rows: Vec<(TopicRow, i64, i64)> = query.load(connection)?;
    let grant = |(topic, readable_from, member_count): (TopicRow, i64, i64)| Grant {
        position: topic.position(),
        readable_from,
        member_count,
        presence_withheld: topic.guarded,
    };
    Ok(rows.into_iter().map(grant).collect())
}

fn own_grant(connection: &mut AnyConnection, user: UserId) -> Answer<Option<Grant>> {
    let topic = log::topic(connection, Topic::User(user))?;
    Ok(topic.map(|topic| Grant {
        position: topic.position(),
        readable_from: 1,
        member_count: 0,
        presence_withheld: false,
    }))
}

/// A log's events after one offset, up to another one.
pub(super) fn events(
    connection: &mut AnyConnection,
    topic: &TopicRow,
    after: i64,
    up_to: i64,
    limit: i64,
) -> Answer<Vec<LoggedEvent>> {
    let rows: Vec<LogRow> = topic_log::table
        .filter(topic_log::topic_id.eq(topic.id))
        .filter(topic_log::log_offset.gt(after))
        .filter(topic_log::log_offset.le(up_to))
        .order(topic_log::log_offset)
        .limit(limit)
        .select(LogRow::as_select())
        .load(connection)?;
    let mut bytes = 0;
    let fits = |row: &LogRow| {
        let first = bytes == 0;
        bytes += row.payload.len();
        first || bytes <= RANGE_MAX_BYTES
    };
    rows.into_iter()
        .take_while(fits)
        .map(|row| row.event(topic))
        .collect()
}

/// How many members conversations have, and how far these have got: each of a direct chat's, the
/// minimum of a group's.
fn receipts(
    connection: &mut AnyConnection,
    chats: Vec<ConversationId>,
) -> Answer<BTreeMap<ConversationId, (i64, Vec<Receipt>)>> {
    let kinds: Vec<(ConversationId, Kind, i64)> = conversations::table
        .filter(conversations::id.eq_any(chats))
        .select((
            conversations::id,
            conversations::kind,
            conversations::member_count,
        ))
        .load(connection)?;
    let of_kind = |wanted: Kind| {
        let chats = kinds.iter().filter(move |(_, kind, _)| *kind == wanted);
        chats.map(|(id, _, _)| *id).collect::<Vec<_>>()
    };
    let each: Vec<(ConversationId, UserId, i64, i64)> = memberships::table
        .filter(memberships::conversation_id.eq_any(of_kind(Kind::Direct)))
        .filter(memberships::state.eq(MemberState::Active))
        .select((
            memberships::conversation_id,
            memberships::user_id,
            memberships::delivered_seq,
            memberships::read_seq,
        ))
        .load(connection)?;
    let minima = minima(connection, of_kind(Kind::Group))?;
    let mut receipts: BTreeMap<ConversationId, (i64, Vec<Receipt>)> = kinds
        .into_iter()
        .map(|(id, _, member_count)| (id, (member_count, Vec::new())))
        .collect();
    let of_members = each
        .into_iter()
        .map(|(chat, user, delivered_seq, read_seq)| {
            let marks = Watermarks {
                delivered_seq,
                read_seq,
            };
            (chat, Some(user), marks)
        });
    let of_groups = minima.into_iter().map(|(chat, marks)| (chat, None, marks));
    for (chat, user_id, marks) in of_members.chain(of_groups) {
        if let Some((_, receipts)) = receipts.get_mut(&chat) {
            receipts.push(Receipt { user_id, marks });
        }
    }
    Ok(receipts)
}
