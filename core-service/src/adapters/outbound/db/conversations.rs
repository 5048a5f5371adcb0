//! [`ChatStore`], and the making and listing of conversations.

use std::collections::HashMap;

use diesel::{
    OptionalExtension as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    corrupt, log, members, messages,
    rows::{MessageRow, UserRow, id, kind},
    topics,
};
use crate::{
    application::ports::{
        Changed, ChatStore, Cursor, LogRange, Made, MarkReport, MarksMoved, MemberSlice,
        NewConversation, NewMessage, Page, Posted, Stored,
    },
    domain::{
        conversation::{Blueprint, Conversation, Kind, TopicPosition},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        message::Message,
        receipt::{Receipt, Watermarks},
        time::Timestamp,
    },
};

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct ConversationRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = BigInt)]
    created_at: i64,
    #[diesel(sql_type = BigInt)]
    delivered_seq: i64,
    #[diesel(sql_type = BigInt)]
    read_seq: i64,
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = BigInt)]
    last_offset: i64,
}

#[derive(QueryableByName)]
struct ListedMemberRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(embed)]
    user: UserRow,
    #[diesel(sql_type = BigInt)]
    delivered_seq: i64,
    #[diesel(sql_type = BigInt)]
    read_seq: i64,
}

#[derive(QueryableByName)]
struct UnreadRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl ChatStore for Database {
    fn create_conversation(&self, new: &NewConversation) -> Stored<Option<Made<ConversationId>>> {
        self.write(|connection| {
            if let Some(before) = by_client_id(connection, new)? {
                return Ok(Some(Made::Replayed(before)));
            }
            if let Some(before) = by_pair(connection, new)? {
                return Ok(Some(Made::Existing(before)));
            }
            for user in new.blueprint.others() {
                if members::user(connection, *user)?.is_none() {
                    return Ok(None);
                }
            }
            let events = insert(connection, new)?;
            Ok(Some(Made::New(new.id, events)))
        })
    }

    fn conversations(
        &self,
        user: UserId,
        only: Option<ConversationId>,
    ) -> Stored<(Vec<Conversation>, TopicPosition)> {
        self.read(|connection| {
            // Positions are read before what they are the position of.
            let own = log::position(connection, &Topic::User(user).to_string())?
                .ok_or_else(|| corrupt("user"))?;
            Ok((list(connection, user, only)?, own.position()))
        })
    }

    fn add_member(
        &self,
        conversation: ConversationId,
        by: UserId,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Changed> {
        self.write(|connection| members::add(connection, conversation, by, user, now))
    }

    fn remove_member(
        &self,
        conversation: ConversationId,
        by: UserId,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Changed> {
        self.write(|connection| members::remove(connection, conversation, by, user, now))
    }

    fn post_message(&self, new: &NewMessage) -> Stored<Posted> {
        self.post(new)
    }

    fn messages(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>> {
        self.page(conversation, user, cursor, limit)
    }

    fn changes(
        &self,
        conversation: ConversationId,
        user: UserId,
        epoch: &str,
        after: i64,
        limit: i64,
    ) -> Stored<Option<MemberSlice>> {
        self.read(|connection| {
            let name = Topic::Chat(conversation).to_string();
            let topic = log::position(connection, &name)?;
            let member = messages::membership(connection, conversation, user)?;
            let (Some(topic), Some(member)) = (topic, member) else {
                return Ok(None);
            };
            let readable_after = topic.trimmed_to.max(member.readable_from - 1);
            let events = if epoch.is_empty() || epoch == topic.epoch {
                let range = LogRange {
                    topic: name,
                    epoch: String::new(),
                    after: after.max(readable_after),
                    up_to: None,
                    limit,
                };
                topics::events(connection, &range)?
            } else {
                Vec::new()
            };
            Ok(Some(MemberSlice {
                position: topic.position(),
                readable_after,
                events,
            }))
        })
    }

    fn move_marks(&self, reports: &[MarkReport], now: Timestamp) -> Stored<MarksMoved> {
        self.move_all(reports, now)
    }
}

fn by_client_id(
    connection: &mut AnyConnection,
    new: &NewConversation,
) -> Answer<Option<ConversationId>> {
    let row: Option<IdRow> =
        sql_query("SELECT id FROM conversations WHERE creator_id = $1 AND client_id = $2")
            .bind::<Text, _>(new.creator.to_string())
            .bind::<Text, _>(new.client_id.to_string())
            .get_result(connection)
            .optional()?;
    row.map(|row| id(&row.id)).transpose()
}

fn by_pair(
    connection: &mut AnyConnection,
    new: &NewConversation,
) -> Answer<Option<ConversationId>> {
    let Some(pair) = new.blueprint.pair_key(new.creator) else {
        return Ok(None);
    };
    let row: Option<IdRow> = sql_query("SELECT id FROM conversations WHERE pair_key = $1")
        .bind::<Text, _>(pair)
        .get_result(connection)
        .optional()?;
    row.map(|row| id(&row.id)).transpose()
}

fn insert(connection: &mut AnyConnection, new: &NewConversation) -> Answer<Vec<LoggedEvent>> {
    let (kind, title) = match &new.blueprint {
        Blueprint::Direct(_) => (Kind::Direct, None),
        Blueprint::Group(title, _) => (Kind::Group, Some(title.as_str())),
    };
    sql_query(
        "INSERT INTO conversations \
         (id, kind, title, creator_id, client_id, pair_key, created_at, last_seq) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
    )
    .bind::<Text, _>(new.id.to_string())
    .bind::<Text, _>(kind.as_str())
    .bind::<Nullable<Text>, _>(title)
    .bind::<Text, _>(new.creator.to_string())
    .bind::<Text, _>(new.client_id.to_string())
    .bind::<Nullable<Text>, _>(new.blueprint.pair_key(new.creator))
    .bind::<BigInt, _>(new.created_at.micros())
    .execute(connection)?;

    let mut everyone = new.blueprint.others().to_vec();
    everyone.push(new.creator);
    everyone.sort_unstable();
    let topic = Topic::Chat(new.id);
    log::create_topic(connection, topic)?;
    let created = Event::ConversationCreated {
        conversation_id: new.id,
    };
    let effects = Effects {
        added: everyone.clone(),
        member_count: i64::try_from(everyone.len()).unwrap_or(i64::MAX),
        ..Effects::default()
    };
    let now = new.created_at;
    let mut events = vec![log::append(
        connection, topic, &created, &new.id, effects, now,
    )?];
    let readable_from = events[0].offset;
    // In the order of their ids, so that two such transactions cannot lock each other out.
    for user in everyone {
        members::insert(connection, new.id, user, readable_from, 0)?;
        let added = Event::ChatAdded {
            conversation_id: new.id,
        };
        events.push(log::tell(connection, user, &added, new.id, now)?);
    }
    Ok(events)
}

fn list(
    connection: &mut AnyConnection,
    user: UserId,
    only: Option<ConversationId>,
) -> Answer<Vec<Conversation>> {
    let user = user.to_string();
    let only = only.map(|id| id.to_string()).unwrap_or_default();
    // The user's memberships; an empty second parameter means all.
    let mine = "s.user_id = $1 AND ($2 = '' OR s.conversation_id = $2)";
    let query = |sql: String| {
        sql_query(sql)
            .bind::<Text, _>(user.clone())
            .bind::<Text, _>(only.clone())
    };
    let conversations: Vec<ConversationRow> = query(format!(
        "SELECT c.id, c.kind, c.title, c.created_at, s.delivered_seq, s.read_seq, \
                t.epoch, t.last_offset \
         FROM memberships s JOIN conversations c ON c.id = s.conversation_id \
         JOIN topics t ON t.topic = 'chat:' || c.id WHERE {mine}"
    ))
    .load(connection)?;
    let members: Vec<ListedMemberRow> = query(format!(
        "SELECT m.conversation_id, u.id, u.handle, u.display_name, m.delivered_seq, m.read_seq \
         FROM memberships s JOIN memberships m ON m.conversation_id = s.conversation_id \
         JOIN users u ON u.id = m.user_id WHERE {mine} ORDER BY u.handle"
    ))
    .load(connection)?;
    let last: Vec<MessageRow> = query(format!(
        "SELECT m.id, m.conversation_id, m.seq, m.sender_id, m.client_msg_id, m.text, m.created_at \
         FROM memberships s JOIN conversations c ON c.id = s.conversation_id \
         JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq \
         WHERE {mine} AND m.seq >= s.first_seq"
    ))
    .load(connection)?;
    let unread: Vec<UnreadRow> = query(format!(
        "SELECT m.conversation_id, count(*) AS count FROM memberships s \
         JOIN messages m ON m.conversation_id = s.conversation_id AND m.seq > s.read_seq \
         WHERE {mine} AND m.seq >= s.first_seq AND m.sender_id <> s.user_id \
         GROUP BY m.conversation_id"
    ))
    .load(connection)?;
    assemble(conversations, members, last, unread)
}

fn assemble(
    conversations: Vec<ConversationRow>,
    members: Vec<ListedMemberRow>,
    last: Vec<MessageRow>,
    unread: Vec<UnreadRow>,
) -> Answer<Vec<Conversation>> {
    let mut members_of: HashMap<String, Vec<ListedMemberRow>> = HashMap::new();
    for member in members {
        members_of
            .entry(member.conversation_id.clone())
            .or_default()
            .push(member);
    }
    let mut last_of: HashMap<String, MessageRow> = last
        .into_iter()
        .map(|message| (message.conversation_id.clone(), message))
        .collect();
    let unread_of: HashMap<String, i64> = unread
        .into_iter()
        .map(|row| (row.conversation_id, row.count))
        .collect();
    let mut list = Vec::with_capacity(conversations.len());
    for row in conversations {
        let kind = kind(&row.kind)?;
        let members = members_of.remove(&row.id).unwrap_or_default();
        list.push(Conversation {
            id: id(&row.id)?,
            kind,
            title: row.title,
            receipts: receipts(kind, &members)?,
            members: members
                .iter()
                .map(|member| member.user.user())
                .collect::<Answer<_>>()?,
            created_at: Timestamp::from_micros(row.created_at),
            last_message: last_of
                .remove(&row.id)
                .map(MessageRow::message)
                .transpose()?,
            unread_count: unread_of.get(&row.id).copied().unwrap_or(0),
            marks: Watermarks {
                delivered_seq: row.delivered_seq,
                read_seq: row.read_seq,
            },
            topic: TopicPosition {
                name: format!("chat:{}", row.id),
                epoch: row.epoch,
                offset: row.last_offset,
            },
        });
    }
    let activity = |chat: &Conversation| {
        chat.last_message
            .as_ref()
            .map_or(chat.created_at, |message| message.created_at)
    };
    list.sort_by_key(|chat| std::cmp::Reverse((activity(chat), chat.id)));
    Ok(list)
}

fn receipts(kind: Kind, members: &[ListedMemberRow]) -> Answer<Vec<Receipt>> {
    let marks = |member: &ListedMemberRow| Watermarks {
        delivered_seq: member.delivered_seq,
        read_seq: member.read_seq,
    };
    match kind {
        Kind::Direct => members
            .iter()
            .map(|member| {
                Ok(Receipt {
                    user_id: Some(id(&member.user.id)?),
                    marks: marks(member),
                })
            })
            .collect(),
        Kind::Group => {
            let least = members
                .iter()
                .map(marks)
                .reduce(Watermarks::min)
                .unwrap_or_default();
            Ok(vec![Receipt {
                user_id: None,
                marks: least,
            }])
        }
    }
}
