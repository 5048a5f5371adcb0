//! Reading logs: what a user may hear, where logs stand, what is in them.

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, IntoSql as _, JoinOnDsl as _,
    NullableExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryResult,
    RunQueryDsl as _, TextExpressionMethods as _, sql_types::Text,
};

use super::{
    Database,
    connection::{AnyConnection, on_each},
    from_db, parse,
    schema::{conversations, memberships, topic_log as log, topics},
    texts, to_db,
    topic_log::{COLUMNS, Row},
};
use crate::{
    application::{
        error::Failure,
        ports::{LogHead, LogRange, LogStore},
    },
    domain::{
        id::UserId,
        topic::{Grant, LoggedEvent, Topic, TopicPosition},
    },
};

/// Names of one query: SQLite binds at most 32 766 values in one statement.
const NAMES_MAX: usize = 10_000;

/// A log's name, epoch and newest offset.
type PositionRow = (String, String, i64);

/// A right's position, `readable_from` and number of members.
type GrantRow = (PositionRow, i64, i32);

const POSITION: (topics::topic, topics::epoch, topics::last_offset) =
    (topics::topic, topics::epoch, topics::last_offset);

fn position((name, epoch, offset): PositionRow) -> QueryResult<TopicPosition> {
    Ok(TopicPosition {
        name: parse(&name)?,
        epoch,
        offset: from_db(offset),
    })
}

/// Where one log stands.
pub(super) fn head_of(
    connection: &mut AnyConnection,
    topic: Topic,
) -> QueryResult<Option<TopicPosition>> {
    let row: Option<PositionRow> = on_each!(connection, concrete => {
        topics::table
            .find(topic.to_string())
            .select(POSITION)
            .first(concrete)
            .optional()
    })?;
    row.map(position).transpose()
}

impl LogStore for Database {
    fn grants(&self, user: UserId, only: Option<&[Topic]>) -> Result<Vec<Grant>, Failure> {
        self.read(|connection| {
            let mut grants = Vec::new();
            let own = Topic::User(user);
            if only.is_none_or(|topics| topics.contains(&own)) {
                // One's own log is one's own from its first event on.
                grants.extend(head_of(connection, own)?.map(|position| Grant {
                    position,
                    readable_from: 1,
                    member_count: 1,
                }));
            }
            for (row, readable_from, member_count) in chat_grants(connection, user, only)? {
                grants.push(Grant {
                    position: position(row)?,
                    readable_from: from_db(readable_from),
                    member_count: u32::try_from(member_count).unwrap_or(0),
                });
            }
            Ok(grants)
        })
    }

    fn heads(&self, topics: &[Topic]) -> Result<Vec<LogHead>, Failure> {
        self.read(|connection| {
            let mut heads = Vec::with_capacity(topics.len());
            for names in topics.chunks(NAMES_MAX) {
                heads.append(&mut read_heads(connection, names)?);
            }
            Ok(heads)
        })
    }

    fn read_log(&self, range: &LogRange, epoch: &str) -> Result<Vec<LoggedEvent>, Failure> {
        self.read(|connection| {
            let rows: Vec<Row> = on_each!(connection, concrete => {
                log::table
                    .filter(log::topic.eq(range.topic.to_string()))
                    .filter(log::offset.gt(to_db(range.after_offset)))
                    .filter(log::offset.le(to_db(range.up_to_offset)))
                    .order(log::offset)
                    .limit(range.limit.into())
                    .select(COLUMNS)
                    .load(concrete)
            })?;
            rows.into_iter()
                .map(|row| row.into_event(epoch.to_owned()))
                .collect()
        })
    }
}

fn chat_grants(
    connection: &mut AnyConnection,
    user: UserId,
    only: Option<&[Topic]>,
) -> QueryResult<Vec<GrantRow>> {
    let named = |topic: &Topic| match topic {
        Topic::Chat(id) => Some(id.to_string()),
        Topic::User(_) | Topic::Control => None,
    };
    let chats: Option<Vec<String>> = only.map(|topics| topics.iter().filter_map(named).collect());
    if chats.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    on_each!(connection, concrete => {
        let own = memberships::table
            .inner_join(conversations::table)
            .inner_join(topics::table.on(
                topics::topic.eq("chat:".into_sql::<Text>().concat(memberships::conversation_id)),
            ))
            .filter(memberships::user_id.eq(user.to_string()))
            .select((POSITION, memberships::readable_from, conversations::member_count))
            .into_boxed();
        match chats {
            Some(chats) => own
                .filter(memberships::conversation_id.eq_any(chats))
                .load(concrete),
            None => own.load(concrete),
        }
    })
}

fn read_heads(connection: &mut AnyConnection, names: &[Topic]) -> QueryResult<Vec<LogHead>> {
    let rows: Vec<(PositionRow, i64, Option<i32>)> = on_each!(connection, concrete => {
        topics::table
            .left_join(conversations::table.on(
                topics::topic.eq("chat:".into_sql::<Text>().concat(conversations::id)),
            ))
            .filter(topics::topic.eq_any(texts(names)))
            .select((POSITION, topics::trimmed_to, conversations::member_count.nullable()))
            .load(concrete)
    })?;
    rows.into_iter()
        .map(|(row, trimmed_to, member_count)| {
            Ok(LogHead {
                position: position(row)?,
                trimmed_to: from_db(trimmed_to),
                member_count: u32::try_from(member_count.unwrap_or(0)).unwrap_or(0),
            })
        })
        .collect()
}
