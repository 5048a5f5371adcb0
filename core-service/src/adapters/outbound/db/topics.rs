//! [`TopicStore`]: the reading half of the topic log, grants, acknowledgements, the relay's lease.

use diesel::{
    QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    log,
    rows::{CountRow, EventRow, GrantRow, id, kind},
};
use crate::{
    application::ports::{Grant, LogRange, LogSlice, Stored, TopicHead, TopicStore},
    domain::{
        conversation::Kind,
        event::{LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        receipt::{Receipt, Watermarks},
        time::Timestamp,
    },
};

/// Payload bytes of one range at most; the reader comes again for more.
const RANGE_MAX_BYTES: usize = 1024 * 1024;

#[derive(QueryableByName)]
struct SummaryRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    members: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    delivered_seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    read_seq: Option<i64>,
}

#[derive(QueryableByName)]
struct MarkRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = BigInt)]
    delivered_seq: i64,
    #[diesel(sql_type = BigInt)]
    read_seq: i64,
}

impl TopicStore for Database {
    fn grants(&self, user: UserId) -> Stored<Vec<Grant>> {
        self.read(|connection| {
            let mut grants = chat_grants(connection, user, "")?;
            grants.extend(own_grant(connection, user)?);
            Ok(grants)
        })
    }

    fn authorize(&self, user: UserId, topics: &[String]) -> Stored<Vec<Grant>> {
        self.read(|connection| {
            let mut grants = Vec::new();
            for topic in topics {
                if let Some(conversation) = Topic::chat(topic) {
                    grants.extend(chat_grants(connection, user, &conversation.to_string())?);
                } else if *topic == Topic::User(user).to_string() {
                    grants.extend(own_grant(connection, user)?);
                }
            }
            Ok(grants)
        })
    }

    fn read_log(&self, range: &LogRange) -> Stored<Option<LogSlice>> {
        self.read(|connection| {
            let Some(topic) = log::position(connection, &range.topic)? else {
                return Ok(None);
            };
            let trimmed = range.after < topic.trimmed_to;
            let events = if trimmed || (!range.epoch.is_empty() && range.epoch != topic.epoch) {
                Vec::new()
            } else {
                events(connection, range)?
            };
            Ok(Some(LogSlice {
                position: topic.position(),
                events,
                trimmed,
            }))
        })
    }

    fn heads(&self, topics: &[String]) -> Stored<Vec<TopicHead>> {
        self.read(|connection| {
            let mut heads = Vec::with_capacity(topics.len());
            for topic in topics {
                let Some(row) = log::position(connection, topic)? else {
                    continue;
                };
                let mut head = row.head();
                if let Some(conversation) = Topic::chat(topic) {
                    (head.member_count, head.receipts) = receipts(connection, conversation)?;
                }
                heads.push(head);
            }
            Ok(heads)
        })
    }

    fn ack_topics(&self, acks: &[(String, i64)]) -> Stored<()> {
        self.write(|connection| {
            for (topic, offset) in acks {
                sql_query(
                    "INSERT INTO topic_acks (topic, acked_offset) VALUES ($1, $2) \
                     ON CONFLICT (topic) DO UPDATE SET acked_offset = excluded.acked_offset \
                     WHERE topic_acks.acked_offset < excluded.acked_offset",
                )
                .bind::<Text, _>(topic)
                .bind::<BigInt, _>(offset)
                .execute(connection)?;
            }
            Ok(())
        })
    }

    fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Stored<Vec<LoggedEvent>> {
        self.read(|connection| {
            let rows: Vec<EventRow> = sql_query(
                "SELECT l.topic, t.epoch, l.log_offset, l.payload, l.effects, l.created_at \
                 FROM topic_log l JOIN topics t ON t.topic = l.topic \
                 LEFT JOIN topic_acks a ON a.topic = l.topic \
                 WHERE l.created_at > $1 AND l.created_at <= $2 \
                 AND l.log_offset > COALESCE(a.acked_offset, 0) \
                 ORDER BY l.created_at, l.topic, l.log_offset LIMIT $3",
            )
            .bind::<BigInt, _>(from.micros())
            .bind::<BigInt, _>(to.micros())
            .bind::<BigInt, _>(limit)
            .load(connection)?;
            rows.into_iter().map(EventRow::event).collect()
        })
    }

    fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Stored<bool> {
        // Most of the time another replica has it, or this one has it for a while yet: no write.
        let settled = |mine: &str| {
            format!(
                "SELECT count(*) AS count FROM leases \
                 WHERE name = $1 AND holder {mine} $2 AND expires_at > $3"
            )
        };
        let counts = |sql: String, after: Timestamp| {
            self.read(|connection| {
                let row: CountRow = sql_query(sql)
                    .bind::<Text, _>(name)
                    .bind::<Text, _>(holder)
                    .bind::<BigInt, _>(after.micros())
                    .get_result(connection)?;
                Ok(row.count > 0)
            })
        };
        if counts(settled("<>"), now)? {
            return Ok(false);
        }
        let half_way = Timestamp::from_micros(i64::midpoint(now.micros(), until.micros()));
        if counts(settled("="), half_way)? {
            return Ok(true);
        }
        self.write(|connection| {
            let taken = sql_query(
                "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, \
                 expires_at = excluded.expires_at \
                 WHERE leases.holder = excluded.holder OR leases.expires_at <= $4",
            )
            .bind::<Text, _>(name)
            .bind::<Text, _>(holder)
            .bind::<BigInt, _>(until.micros())
            .bind::<BigInt, _>(now.micros())
            .execute(connection)?;
            Ok(taken > 0)
        })
    }
}

/// The user's grants on all chats, or on the one.
fn chat_grants(connection: &mut AnyConnection, user: UserId, only: &str) -> Answer<Vec<Grant>> {
    let rows: Vec<GrantRow> = sql_query(
        "SELECT t.topic, t.epoch, t.last_offset, s.readable_from, \
         (SELECT count(*) FROM memberships m WHERE m.conversation_id = s.conversation_id) \
         AS member_count \
         FROM memberships s JOIN topics t ON t.topic = 'chat:' || s.conversation_id \
         WHERE s.user_id = $1 AND ($2 = '' OR s.conversation_id = $2)",
    )
    .bind::<Text, _>(user.to_string())
    .bind::<Text, _>(only)
    .load(connection)?;
    Ok(rows.into_iter().map(GrantRow::grant).collect())
}

fn own_grant(connection: &mut AnyConnection, user: UserId) -> Answer<Option<Grant>> {
    let topic = log::position(connection, &Topic::User(user).to_string())?;
    Ok(topic.map(|topic| Grant {
        position: topic.position(),
        readable_from: 1,
        member_count: 0,
    }))
}

pub(super) fn events(
    connection: &mut AnyConnection,
    range: &LogRange,
) -> Answer<Vec<LoggedEvent>> {
    let rows: Vec<EventRow> = sql_query(
        "SELECT l.topic, t.epoch, l.log_offset, l.payload, l.effects, l.created_at \
         FROM topic_log l JOIN topics t ON t.topic = l.topic \
         WHERE l.topic = $1 AND l.log_offset > $2 AND l.log_offset <= $3 \
         ORDER BY l.log_offset LIMIT $4",
    )
    .bind::<Text, _>(&range.topic)
    .bind::<BigInt, _>(range.after)
    .bind::<BigInt, _>(range.up_to.unwrap_or(i64::MAX))
    .bind::<BigInt, _>(range.limit)
    .load(connection)?;
    let mut bytes = 0;
    let fits = |event: &LoggedEvent| {
        let first = bytes == 0;
        bytes += event.payload.len();
        first || bytes <= RANGE_MAX_BYTES
    };
    let events: Vec<LoggedEvent> = rows
        .into_iter()
        .map(EventRow::event)
        .collect::<Answer<_>>()?;
    Ok(events.into_iter().take_while(fits).collect())
}

fn receipts(
    connection: &mut AnyConnection,
    conversation: ConversationId,
) -> Answer<(i64, Vec<Receipt>)> {
    let summary: SummaryRow = sql_query(
        "SELECT c.kind, count(m.user_id) AS members, min(m.delivered_seq) AS delivered_seq, \
         min(m.read_seq) AS read_seq FROM conversations c \
         LEFT JOIN memberships m ON m.conversation_id = c.id WHERE c.id = $1 GROUP BY c.kind",
    )
    .bind::<Text, _>(conversation.to_string())
    .get_result(connection)?;
    if kind(&summary.kind)? == Kind::Group {
        let marks = Watermarks {
            delivered_seq: summary.delivered_seq.unwrap_or(0),
            read_seq: summary.read_seq.unwrap_or(0),
        };
        return Ok((
            summary.members,
            vec![Receipt {
                user_id: None,
                marks,
            }],
        ));
    }
    let marks: Vec<MarkRow> = sql_query(
        "SELECT user_id, delivered_seq, read_seq FROM memberships WHERE conversation_id = $1",
    )
    .bind::<Text, _>(conversation.to_string())
    .load(connection)?;
    let receipts = marks.into_iter().map(|row| {
        let marks = Watermarks {
            delivered_seq: row.delivered_seq,
            read_seq: row.read_seq,
        };
        Ok(Receipt {
            user_id: Some(id(&row.user_id)?),
            marks,
        })
    });
    Ok((summary.members, receipts.collect::<Answer<_>>()?))
}
