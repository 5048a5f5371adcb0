//! The writing half of the topic log.
//!
//! Taking the next offset locks the topic's row until the transaction ends, so commit order is
//! offset order. A transaction that touches several topics takes them in the order of their names.

use diesel::{
    RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{Answer, connection::AnyConnection, corrupt, rows::TopicRow};
use crate::domain::{
    event::{Effects, Event, LoggedEvent, Topic},
    ids::{ConversationId, UserId},
    time::Timestamp,
};

/// Makes a topic with an empty log.
pub(super) fn create_topic(connection: &mut AnyConnection, topic: Topic) -> Answer<()> {
    // Only its being different after a restore matters.
    let mut epoch = [0; 4];
    getrandom::fill(&mut epoch).map_err(|_| corrupt("randomness"))?;
    sql_query("INSERT INTO topics (topic, epoch, last_offset, trimmed_to) VALUES ($1, $2, 0, 0)")
        .bind::<Text, _>(topic.to_string())
        .bind::<Text, _>(hex::encode(epoch))
        .execute(connection)?;
    Ok(())
}

/// Where a topic's log stands; nothing when there is no such topic.
pub(super) fn position(connection: &mut AnyConnection, topic: &str) -> Answer<Option<TopicRow>> {
    if topic.contains('\0') {
        // PostgreSQL refuses such a text instead of not finding it.
        return Ok(None);
    }
    let rows =
        sql_query("SELECT topic, epoch, last_offset, trimmed_to FROM topics WHERE topic = $1")
            .bind::<Text, _>(topic)
            .load(connection)?;
    Ok(rows.into_iter().next())
}

/// Appends an event at the next offset.
pub(super) fn append(
    connection: &mut AnyConnection,
    topic: Topic,
    event: &Event,
    subject: &impl ToString,
    effects: Effects,
    now: Timestamp,
) -> Answer<LoggedEvent> {
    let name = topic.to_string();
    sql_query("UPDATE topics SET last_offset = last_offset + 1 WHERE topic = $1")
        .bind::<Text, _>(&name)
        .execute(connection)?;
    let TopicRow {
        epoch,
        last_offset: offset,
        ..
    } = position(connection, &name)?.ok_or_else(|| corrupt("topic"))?;
    let payload = serde_json::to_string(event).map_err(|_| corrupt("event"))?;
    let stored_effects = (effects != Effects::default())
        .then(|| serde_json::to_string(&effects))
        .transpose()
        .map_err(|_| corrupt("effects"))?;
    sql_query(
        "INSERT INTO topic_log (topic, log_offset, kind, subject_id, payload, effects, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind::<Text, _>(&name)
    .bind::<BigInt, _>(offset)
    .bind::<Text, _>(event.kind())
    .bind::<Text, _>(subject.to_string())
    .bind::<Text, _>(&payload)
    .bind::<Nullable<Text>, _>(stored_effects)
    .bind::<BigInt, _>(now.micros())
    .execute(connection)?;
    Ok(LoggedEvent {
        topic: name,
        epoch,
        offset,
        payload,
        committed_at: now,
        effects,
    })
}

/// Appends to a user's own topic what concerns one of their conversations.
pub(super) fn tell(
    connection: &mut AnyConnection,
    user: UserId,
    event: &Event,
    conversation: ConversationId,
    now: Timestamp,
) -> Answer<LoggedEvent> {
    let topic = Topic::User(user);
    append(
        connection,
        topic,
        event,
        &conversation,
        Effects::default(),
        now,
    )
}
