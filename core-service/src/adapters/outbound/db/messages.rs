//! Posting and reading messages.

use diesel::{
    OptionalExtension as _, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    corrupt, log,
    rows::{CountRow, MemberRow, MessageRow, TopicRow},
};
use crate::{
    application::ports::{Cursor, Made, NewMessage, Page, Posted, Stored},
    domain::{
        event::{Effects, Event, Topic},
        ids::{ConversationId, UserId},
        message::Message,
    },
};

const COLUMNS: &str = "id, conversation_id, seq, sender_id, client_msg_id, text, created_at";

/// A user's membership, with what it says about the conversation.
pub(super) fn membership(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<MemberRow>> {
    sql_query(
        "SELECT m.readable_from, m.first_seq, m.delivered_seq, m.read_seq, c.kind, c.last_seq \
         FROM memberships m JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.conversation_id = $1 AND m.user_id = $2",
    )
    .bind::<Text, _>(conversation.to_string())
    .bind::<Text, _>(user.to_string())
    .get_result(connection)
    .optional()
}

/// Locks a conversation against other changes of it until the transaction ends. Returns the
/// number of its last message; nothing when there is no such conversation.
pub(super) fn lock(
    connection: &mut AnyConnection,
    conversation: ConversationId,
) -> Answer<Option<i64>> {
    // The topic's row is what every change takes first.
    sql_query("UPDATE topics SET last_offset = last_offset WHERE topic = $1")
        .bind::<Text, _>(Topic::Chat(conversation).to_string())
        .execute(connection)?;
    let row: Option<CountRow> =
        sql_query("SELECT last_seq AS count FROM conversations WHERE id = $1")
            .bind::<Text, _>(conversation.to_string())
            .get_result(connection)
            .optional()?;
    Ok(row.map(|row| row.count))
}

impl Database {
    pub(super) fn post(&self, new: &NewMessage) -> Stored<Posted> {
        self.write(|connection| {
            if let Some(before) = by_client_id(connection, new)? {
                return Ok(if before.conversation_id == new.conversation {
                    Posted::Made(Made::Replayed(before))
                } else {
                    Posted::ClientMsgIdReused
                });
            }
            if membership(connection, new.conversation, new.sender)?.is_none() {
                return Ok(Posted::NoConversation);
            }
            let last_seq = lock(connection, new.conversation)?;
            // Once more: a removal may have been committed while this waited for the lock.
            let member = membership(connection, new.conversation, new.sender)?;
            let (Some(last_seq), Some(member)) = (last_seq, member) else {
                return Ok(Posted::NoConversation);
            };
            insert(connection, new, last_seq + 1, &member)
        })
    }

    pub(super) fn page(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>> {
        self.read(|connection| {
            let topic = log::position(connection, &Topic::Chat(conversation).to_string())?;
            let member = membership(connection, conversation, user)?;
            let (Some(topic), Some(member)) = (topic, member) else {
                return Ok(None);
            };
            let (from, before, order) = match cursor {
                Cursor::Latest => (member.first_seq, i64::MAX, "DESC"),
                Cursor::Before(seq) => (member.first_seq, seq, "DESC"),
                Cursor::After(seq) => {
                    (member.first_seq.max(seq.saturating_add(1)), i64::MAX, "ASC")
                }
            };
            let rows: Vec<MessageRow> = sql_query(format!(
                "SELECT {COLUMNS} FROM messages WHERE conversation_id = $1 AND seq >= $2 \
                 AND seq < $3 ORDER BY seq {order} LIMIT $4"
            ))
            .bind::<Text, _>(conversation.to_string())
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(before)
            // One more than asked for tells whether there is more.
            .bind::<BigInt, _>(limit + 1)
            .load(connection)?;
            page(rows, limit, order == "DESC", topic).map(Some)
        })
    }
}

fn page(
    rows: Vec<MessageRow>,
    limit: i64,
    newest_first: bool,
    topic: TopicRow,
) -> Answer<Page<Message>> {
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    let mut items: Vec<Message> = rows
        .into_iter()
        .take(limit)
        .map(MessageRow::message)
        .collect::<Answer<_>>()?;
    if newest_first {
        items.reverse();
    }
    Ok(Page {
        items,
        has_more,
        topic: topic.position(),
    })
}

fn by_client_id(connection: &mut AnyConnection, new: &NewMessage) -> Answer<Option<Message>> {
    let row: Option<MessageRow> = sql_query(format!(
        "SELECT {COLUMNS} FROM messages WHERE sender_id = $1 AND client_msg_id = $2"
    ))
    .bind::<Text, _>(new.sender.to_string())
    .bind::<Text, _>(new.client_msg_id.to_string())
    .get_result(connection)
    .optional()?;
    row.map(MessageRow::message).transpose()
}

fn insert(
    connection: &mut AnyConnection,
    new: &NewMessage,
    seq: i64,
    member: &MemberRow,
) -> Answer<Posted> {
    let message = Message {
        id: new.id,
        conversation_id: new.conversation,
        seq,
        sender_id: new.sender,
        client_msg_id: new.client_msg_id,
        text: new.text.clone(),
        created_at: new.created_at,
    };
    sql_query(format!(
        "INSERT INTO messages ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind::<Text, _>(message.id.to_string())
    .bind::<Text, _>(message.conversation_id.to_string())
    .bind::<BigInt, _>(seq)
    .bind::<Text, _>(message.sender_id.to_string())
    .bind::<Text, _>(message.client_msg_id.to_string())
    .bind::<Text, _>(message.text.as_str())
    .bind::<BigInt, _>(message.created_at.micros())
    .execute(connection)?;
    sql_query("UPDATE conversations SET last_seq = $1 WHERE id = $2")
        .bind::<BigInt, _>(seq)
        .bind::<Text, _>(message.conversation_id.to_string())
        .execute(connection)?;
    // One's own message is on one's device; it is read if nothing by others is unread before it.
    // Another device may have moved the mark since it was read here.
    let read_seq = if unread(connection, new, member)? == 0 {
        seq
    } else {
        member.read_seq
    };
    sql_query(
        "UPDATE memberships SET delivered_seq = $1, \
         read_seq = CASE WHEN read_seq < $2 THEN $2 ELSE read_seq END \
         WHERE conversation_id = $3 AND user_id = $4",
    )
    .bind::<BigInt, _>(seq)
    .bind::<BigInt, _>(read_seq)
    .bind::<Text, _>(message.conversation_id.to_string())
    .bind::<Text, _>(message.sender_id.to_string())
    .execute(connection)?;
    let event = Event::MessagePosted { message };
    let topic = Topic::Chat(new.conversation);
    let logged = log::append(
        connection,
        topic,
        &event,
        &new.id,
        Effects::default(),
        new.created_at,
    )?;
    let Event::MessagePosted { message } = event else {
        return Err(corrupt("event"));
    };
    Ok(Posted::Made(Made::New(message, vec![logged])))
}

fn unread(connection: &mut AnyConnection, new: &NewMessage, member: &MemberRow) -> Answer<i64> {
    let row: CountRow = sql_query(
        "SELECT count(*) AS count FROM (SELECT 1 FROM messages WHERE conversation_id = $1 \
         AND seq > $2 AND sender_id <> $3 LIMIT 1) AS first",
    )
    .bind::<Text, _>(new.conversation.to_string())
    .bind::<BigInt, _>(member.read_seq.max(member.first_seq - 1))
    .bind::<Text, _>(new.sender.to_string())
    .get_result(connection)?;
    Ok(row.count)
}
