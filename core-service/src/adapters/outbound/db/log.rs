//! The writing half of the topic log.
//!
//! Taking the next offsets locks a topic's row until the transaction ends, so commit order is offset
//! order. Every transaction locks in one order: chats' topics, conversations, memberships, users'
//! topics, `control`; several rows of one kind in the order of their keys. Several memberships are
//! changed, and one is deleted, by whoever has locked their conversations.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
};

use super::{
    Answer,
    connection::{AnyConnection, on_either},
    corrupt,
    rows::{LogRow, TopicKind, TopicRow, key},
    schema::{topic_log, topics},
    values::Key,
};
use crate::domain::{
    event::{Effects, Event, LoggedEvent, Topic},
    time::Timestamp,
};

/// The epoch of `control`.
const CONTROL_EPOCH: &str = "control";

/// An event that is to be appended.
pub(super) struct Entry {
    pub(super) topic: Topic,
    pub(super) event: Event,
    /// What it is about.
    pub(super) subject: Key,
    pub(super) effects: Effects,
}

impl Entry {
    /// An event that changes nothing in the hub.
    pub(super) fn plain(topic: Topic, event: Event, subject: Key) -> Self {
        Self {
            topic,
            event,
            subject,
            effects: Effects::default(),
        }
    }
}

/// A new epoch: only its being different after a restore matters.
pub(super) fn epoch() -> Answer<String> {
    let mut epoch = [0; 4];
    getrandom::fill(&mut epoch).map_err(|_| corrupt("randomness"))?;
    Ok(hex::encode(epoch))
}

/// Makes a topic with an empty log.
pub(super) fn create_topic(
    connection: &mut AnyConnection,
    topic: Topic,
    now: Timestamp,
) -> Answer<()> {
    insert_topic(connection, topic, epoch()?, now)
}

fn insert_topic(
    connection: &mut AnyConnection,
    topic: Topic,
    epoch: String,
    now: Timestamp,
) -> Answer<()> {
    let row = TopicRow {
        id: key(topic),
        kind: TopicKind::of(topic),
        epoch,
        last_offset: 0,
        trimmed_to: 0,
        last_seq: 0,
        active_at: now,
        guarded: false,
        disappear_s: None,
    };
    diesel::insert_into(topics::table)
        .values(row)
        .execute(connection)?;
    Ok(())
}

/// Makes the topic that hubs hear, unless there is one.
pub(super) fn ensure_control(connection: &mut AnyConnection) -> Answer<()> {
    match topic(connection, Topic::Control)? {
        Some(_) => Ok(()),
        None => insert_topic(
            connection,
            Topic::Control,
            // Hubs follow it across a restore.
            CONTROL_EPOCH.to_owned(),
            // Nobody asks when it was made.
            Timestamp::from_micros(0),
        ),
    }
}

/// Where a topic's log stands; nothing when there is no such topic.
pub(super) fn topic(connection: &mut AnyConnection, topic: Topic) -> Answer<Option<TopicRow>> {
    topics::table
        .find(key(topic))
        .filter(topics::kind.eq(TopicKind::of(topic)))
        .select(TopicRow::as_select())
        .first(connection)
        .optional()
}

/// Locks topics against other changes until the transaction ends, and says where they stand; nothing
/// of those that do not exist.
pub(super) fn lock(connection: &mut AnyConnection, topics: &[Topic]) -> Answer<Vec<TopicRow>> {
    let wanted = topics::table
        .filter(topics::id.eq_any(topics.iter().copied().map(key).collect::<Vec<_>>()))
        .order(topics::id);
    match connection {
        AnyConnection::Postgres(connection) => wanted.for_no_key_update().load(connection),
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => wanted.load(connection),
    }
}

/// Takes the next offsets of topics, as many as `counts` says, by an update of those that get the
/// same number; where the topics stand with them. Nothing of topics that the update passes over.
pub(super) fn take(
    connection: &mut AnyConnection,
    counts: &BTreeMap<Topic, i64>,
    update: impl Fn(&mut AnyConnection, Vec<Key>, i64) -> Answer<Vec<TopicRow>>,
) -> Answer<HashMap<Topic, TopicRow>> {
    if counts.len() > 1 {
        lock(connection, &counts.keys().copied().collect::<Vec<_>>())?;
    }
    // Nearly always all topics get the same number, so this is one statement.
    let mut by_count: BTreeMap<i64, Vec<Key>> = BTreeMap::new();
    for (topic, count) in counts {
        by_count.entry(*count).or_default().push(key(*topic));
    }
    let mut heads = HashMap::with_capacity(counts.len());
    for (count, keys) in by_count {
        let rows = update(connection, keys, count)?;
        heads.extend(rows.into_iter().map(|row| (row.topic(), row)));
    }
    Ok(heads)
}

/// Appends events, of each topic in the order given, and returns them in that order.
pub(super) fn append(
    connection: &mut AnyConnection,
    entries: Vec<Entry>,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let mut counts = BTreeMap::new();
    for entry in &entries {
        *counts.entry(entry.topic).or_insert(0) += 1;
    }
    let heads = take(connection, &counts, |connection, keys, count| {
        diesel::update(topics::table.filter(topics::id.eq_any(keys)))
            .set(topics::last_offset.eq(topics::last_offset + count))
            .returning(topics::all_columns)
            .get_results(connection)
    })?;
    append_at(connection, entries, &heads, now)
}

/// Appends events at offsets that were taken: `heads` are where the topics stand with them.
pub(super) fn append_at(
    connection: &mut AnyConnection,
    entries: Vec<Entry>,
    heads: &HashMap<Topic, TopicRow>,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    // From the end, so that each topic's last entry gets its last offset.
    let mut next_down = HashMap::with_capacity(heads.len());
    let mut rows = Vec::with_capacity(entries.len());
    let mut events = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev() {
        let head = heads.get(&entry.topic).ok_or_else(|| corrupt("topic"))?;
        let next = next_down.entry(entry.topic).or_insert(head.last_offset);
        let offset = *next;
        *next -= 1;
        let payload = serde_json::to_string(&entry.event).map_err(|_| corrupt("event"))?;
        let effects = (entry.effects != Effects::default())
            .then(|| serde_json::to_string(&entry.effects))
            .transpose()
            .map_err(|_| corrupt("effects"))?;
        rows.push(LogRow {
            topic_id: head.id,
            log_offset: offset,
            kind: entry.event.kind().to_owned(),
            subject_id: entry.subject,
            payload: payload.clone(),
            effects,
            created_at: now,
        });
        events.push(LoggedEvent {
            topic: entry.topic.to_string(),
            epoch: head.epoch.clone(),
            offset,
            payload,
            committed_at: now,
            effects: entry.effects,
        });
    }
    on_either!(connection, |connection| diesel::insert_into(
        topic_log::table
    )
    .values(&rows)
    .execute(connection))?;
    events.reverse();
    Ok(events)
}
