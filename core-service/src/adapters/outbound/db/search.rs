//! [`SearchStore`]: the words of messages, and finding messages by them.
//!
//! Each database has an index of its own over one table (`message_terms`), behind the newest rows of which
//! it is asked; who may read what was found is asked in a second statement that both share. Neither statement has an end of its own where a word is everywhere and its reader may read
//! nothing of it, so what one look examines is bounded, and the place where it ended is given back.

use std::collections::{HashMap, HashSet};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _,
    PgConnection, QueryDsl as _, QueryableByName, RunQueryDsl as _, SelectableHelper as _,
    SqliteConnection,
    connection::SimpleConnection as _,
    dsl::{exists, not},
    prelude::Insertable,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{
    Answer, Database, attachments,
    connection::{AnyConnection, on_either},
    message_changes::standing,
    messages::{complete, inside, not_hidden},
    rows::MessageRow,
    schema::{memberships, message_terms, messages},
};
use crate::{
    application::ports::{Found, Refused, SearchPlace, SearchStore, Stored, Wanted},
    domain::{
        ids::{ConversationId, MessageId},
        message::Message,
        message_search::{self, MessageSearch, conversation_mark},
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

/// Messages that one look examines, about. Its first step examines as many as are wanted: nearly always the
/// reader can read them all.
const EXAMINED_MAX: i64 = 4_096;

/// How much more each step of a look examines than the one before.
const STEP_FACTOR: i64 = 8;

/// Messages that are looked through one by one, the newest first, before the index is asked.
const NEWEST: i64 = 1_024;

/// What so many of [`NEWEST`] have is common.
const COMMON: usize = 16;

/// Conversations of a reader that the index compares. Who is in more has the index answer from all, and what is
/// not theirs is left out afterwards.
const CONVERSATIONS_MAX: usize = 64;

impl SearchStore for Database {
    fn search_messages(&self, wanted: &Wanted) -> Stored<Result<Found, Refused>> {
        self.read(|connection| search(connection, wanted))
    }

    fn index_messages(&self, limit: i64) -> Stored<usize> {
        // Nearly always there is nothing, and reading keeps no writer out.
        let is_missing: bool = self.read_one(|connection| {
            diesel::select(exists(messages::table.filter(not(messages::indexed))))
                .get_result(connection)
        })?;
        if !is_missing {
            return Ok(0);
        }
        self.write(|connection| index(connection, limit))
    }
}

#[derive(Insertable)]
#[diesel(table_name = message_terms, treat_none_as_default_value = false)]
struct NewTerms {
    conversation_id: ConversationId,
    seq: i64,
    terms: String,
}

#[derive(Insertable)]
#[diesel(table_name = message_terms, treat_none_as_default_value = false)]
struct PlacedTerms {
    position: i64,
    #[diesel(embed)]
    terms: NewTerms,
}

impl NewTerms {
    fn of(message: &Message) -> Self {
        Self {
            conversation_id: message.conversation_id,
            seq: message.seq,
            terms: message_search::terms(message),
        }
    }
}

/// Makes new messages findable.
pub(super) fn add(connection: &mut AnyConnection, messages: &[Message]) -> Answer<()> {
    let rows: Vec<NewTerms> = messages.iter().map(NewTerms::of).collect();
    on_either!(connection, |connection| diesel::insert_into(
        message_terms::table
    )
    .values(&rows)
    .execute(connection))?;
    Ok(())
}

/// A message says something else. One that is not findable yet is made so from what it says by then.
pub(super) fn replace(connection: &mut AnyConnection, message: &Message) -> Answer<()> {
    diesel::update(of(message))
        .set(message_terms::terms.eq(message_search::terms(message)))
        .execute(connection)?;
    Ok(())
}

/// A message is not found any more.
pub(super) fn remove(connection: &mut AnyConnection, message: &Message) -> Answer<()> {
    diesel::delete(of(message)).execute(connection)?;
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(message: &Message) -> _ {
    let (conversation, seq): (ConversationId, i64) = (message.conversation_id, message.seq);
    message_terms::table
        .filter(message_terms::conversation_id.eq(conversation))
        .filter(message_terms::seq.eq(seq))
}

/// Makes messages findable that are not yet, the newest first. Their rows are locked meanwhile: who edits or
/// deletes one of them comes before or after.
fn index(connection: &mut AnyConnection, limit: i64) -> Answer<usize> {
    let missing = messages::table
        .filter(not(messages::indexed))
        .order(messages::id.desc())
        .limit(limit);
    let rows: Vec<MessageRow> = match connection {
        AnyConnection::Postgres(connection) => missing
            .select(MessageRow::as_select())
            .for_no_key_update()
            .skip_locked()
            .load(connection)?,
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => {
            missing.select(MessageRow::as_select()).load(connection)?
        }
    };
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    let mut there: Vec<Message> = rows.into_iter().map(Message::from).collect();
    there.retain(|message| !message.deleted);
    attachments::attach(connection, &mut there.iter_mut().collect::<Vec<_>>())?;
    let oldest: Option<(i64, Timestamp)> = message_terms::table
        .inner_join(messages::table.on(is_found_by()))
        .order(message_terms::position)
        .select((message_terms::position, messages::created_at))
        .first(connection)
        .optional()?;
    // What a core wrote that knows of no search, beside those that do, is among the newest.
    let (mut late, old): (Vec<Message>, Vec<Message>) = there
        .into_iter()
        .partition(|message| oldest.is_some_and(|(_, time)| message.created_at >= time));
    late.reverse();
    add(connection, &late)?;
    let lowest = oldest.map_or(1, |(position, _)| position);
    let placed: Vec<PlacedTerms> = (1..)
        .zip(&old)
        .map(|(below, message)| PlacedTerms {
            position: lowest - below,
            terms: NewTerms::of(message),
        })
        .collect();
    on_either!(connection, |connection| diesel::insert_into(
        message_terms::table
    )
    .values(&placed)
    .execute(connection))?;
    diesel::update(messages::table.filter(messages::id.eq_any(&ids)))
        .set(messages::indexed.eq(true))
        .execute(connection)?;
    Ok(ids.len())
}

/// The row by which a message is found.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_found_by() -> _ {
    messages::conversation_id
        .eq(message_terms::conversation_id)
        .and(messages::seq.eq(message_terms::seq))
}

fn search(connection: &mut AnyConnection, wanted: &Wanted) -> Answer<Result<Found, Refused>> {
    let query = match Query::of(connection, wanted)? {
        Ok(Some(query)) => query,
        Ok(None) => {
            return Ok(Ok(Found {
                messages: Vec::new(),
                next: None,
            }));
        }
        Err(refused) => return Ok(Err(refused)),
    };
    let limit = usize::try_from(wanted.limit).unwrap_or_default();
    let mut found: Vec<(i64, MessageRow)> = Vec::new();
    let mut before = wanted.after.map_or(i64::MAX, |place| place.position);
    // One more than asked for tells whether there is more.
    let (mut step, mut examined) = (wanted.limit + 1, 0);
    let mut next = None;
    while found.len() <= limit {
        if examined >= EXAMINED_MAX {
            next = Some(before);
            break;
        }
        let candidates = query.candidates(connection, before, step)?;
        examined += candidates.examined;
        found.extend(readable(connection, wanted, &candidates.positions)?);
        let Some(go_on) = candidates.go_on else {
            break;
        };
        before = go_on;
        step = (step * STEP_FACTOR).min(EXAMINED_MAX);
    }
    if found.len() > limit {
        found.truncate(limit);
        next = found.last().map(|(position, _)| *position);
    }
    let mut messages: Vec<Message> = found.into_iter().map(|(_, row)| row.into()).collect();
    complete(connection, wanted.reader, messages.iter_mut())?;
    Ok(Ok(Found {
        messages,
        next: next.map(|position| SearchPlace { position }),
    }))
}

/// Those of the candidates that the reader can read and that are what they look for, the newest first. Each
/// statement begins with ids or positions, of which there are few: joined in one, and with the conversation or
/// the sender as a condition, a database may begin with all their messages instead.
fn readable(
    connection: &mut AnyConnection,
    wanted: &Wanted,
    candidates: &[i64],
) -> Answer<Vec<(i64, MessageRow)>> {
    let MessageSearch {
        conversation,
        sender,
        from,
        until,
        ..
    } = &wanted.search;
    let mut places: Vec<(i64, ConversationId, i64)> = message_terms::table
        .filter(message_terms::position.eq_any(candidates))
        .select((
            message_terms::position,
            message_terms::conversation_id,
            message_terms::seq,
        ))
        .load(connection)?;
    let within: HashSet<ConversationId> = places.iter().map(|(_, within, _)| *within).collect();
    let first: Vec<(ConversationId, i64)> = memberships::table
        .filter(memberships::user_id.eq(wanted.reader))
        .filter(memberships::conversation_id.eq_any(within))
        .filter(inside())
        .select((memberships::conversation_id, memberships::first_seq))
        .load(connection)?;
    let first: HashMap<ConversationId, i64> = first.into_iter().collect();
    places.retain(|(_, within, seq)| {
        conversation.is_none_or(|wanted| wanted == *within)
            && first.get(within).is_some_and(|first| first <= seq)
    });
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let positions: Vec<i64> = places.into_iter().map(|(position, ..)| position).collect();
    let mut query = message_terms::table
        .inner_join(messages::table.on(is_found_by()))
        .filter(message_terms::position.eq_any(positions))
        .filter(messages::deleted_at.is_null())
        .filter(not_hidden(wanted.reader))
        .order(message_terms::position.desc())
        .limit(wanted.limit + 1)
        .select((message_terms::position, MessageRow::as_select()))
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(messages::created_at.ge(*from));
    }
    if let Some(until) = until {
        query = query.filter(messages::created_at.lt(*until));
    }
    let mut rows: Vec<(i64, MessageRow)> = query.load(connection)?;
    rows.retain(|(_, row)| sender.is_none_or(|sender| sender == row.sender_id));
    Ok(rows)
}

/// What an index is asked for.
struct Query {
    /// Beginnings of terms.
    words: Vec<String>,
    /// Terms.
    marks: Vec<String>,
    /// Terms of which a message has one; nothing for any message.
    one_of: Vec<String>,
}

#[derive(QueryableByName)]
struct Candidate {
    #[diesel(sql_type = BigInt)]
    position: i64,
}

/// What one step of a look has found.
struct Candidates {
    /// Of messages, the highest first.
    positions: Vec<i64>,
    /// Before which position there may be more; nothing at the end.
    go_on: Option<i64>,
    /// What it cost, in messages.
    examined: i64,
}

impl Candidates {
    /// Of a statement that gives at most `limit`.
    fn of(positions: Vec<i64>, limit: i64) -> Self {
        let is_full = i64::try_from(positions.len()).is_ok_and(|count| count >= limit);
        Self {
            go_on: positions.last().copied().filter(|_| is_full),
            positions,
            examined: limit,
        }
    }
}

impl Query {
    /// Nothing where the reader reads no conversation.
    fn of(
        connection: &mut AnyConnection,
        wanted: &Wanted,
    ) -> Answer<Result<Option<Self>, Refused>> {
        let mut query = Self {
            words: wanted.search.words().to_vec(),
            marks: wanted.search.marks(),
            one_of: Vec::new(),
        };
        if let Some(conversation) = wanted.search.conversation {
            let Some((kind, member)) = standing(connection, conversation, wanted.reader)? else {
                return Ok(Err(Denied::NotFound.into()));
            };
            let standing = Standing::from((member.state, member.role));
            let checked = Act::Read.check(kind, standing);
            return Ok(checked.map(|()| Some(query)).map_err(Refused::from));
        }
        let more_than_max = i64::try_from(CONVERSATIONS_MAX + 1).unwrap_or(i64::MAX);
        let own: Vec<ConversationId> = memberships::table
            .filter(memberships::user_id.eq(wanted.reader))
            .filter(inside())
            .limit(more_than_max)
            .select(memberships::conversation_id)
            .load(connection)?;
        if own.len() <= CONVERSATIONS_MAX {
            query.one_of = own.iter().copied().map(conversation_mark).collect();
        }
        Ok(Ok((!own.is_empty()).then_some(query)))
    }

    /// Messages before a position that have all of it.
    ///
    /// What is common is found among the newest, which are looked through one by one, and only what is rare is
    /// asked of the index: each of them gathers all that begins with a word before it gives the newest.
    fn candidates(
        &self,
        connection: &mut AnyConnection,
        before: i64,
        limit: i64,
    ) -> Answer<Candidates> {
        let limit = limit.min(NEWEST);
        let window: Vec<(i64, String)> = message_terms::table
            .filter(message_terms::position.lt(before))
            .order(message_terms::position.desc())
            .limit(NEWEST)
            .select((message_terms::position, message_terms::terms))
            .load(connection)?;
        let has_all = |(position, terms): &(i64, String)| self.is_in(terms).then_some(*position);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found: Vec<i64> = window.iter().filter_map(has_all).take(wanted).collect();
        let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
        let is_all = i64::try_from(window.len()).is_ok_and(|count| count < NEWEST);
        let floor = window.last().map(|(position, _)| *position);
        if let Some(floor) = floor.filter(|_| missing > 0 && !is_all) {
            if found.len() >= COMMON {
                return Ok(Candidates {
                    positions: found,
                    go_on: Some(floor),
                    examined: NEWEST,
                });
            }
            let older = match connection {
                AnyConnection::Sqlite(connection) => self.on_sqlite(connection, floor, missing)?,
                AnyConnection::Postgres(connection) => {
                    self.on_postgres(connection, floor, missing)?
                }
            };
            found.extend(older.into_iter().map(|one| one.position));
        }
        Ok(Candidates::of(found, limit))
    }

    /// Whether the terms of a message have all of it.
    fn is_in(&self, terms: &str) -> bool {
        let terms: Vec<&str> = terms.split(' ').collect();
        let has = |wanted: &String| terms.contains(&wanted.as_str());
        let begins = |word: &String| terms.iter().any(|term| term.starts_with(word.as_str()));
        self.words.iter().all(begins)
            && self.marks.iter().all(has)
            && (self.one_of.is_empty() || self.one_of.iter().any(has))
    }

    fn on_sqlite(
        &self,
        connection: &mut SqliteConnection,
        before: i64,
        limit: i64,
    ) -> Answer<Vec<Candidate>> {
        // The builder has no MATCH.
        sql_query(
            "SELECT rowid AS position FROM message_words \
             WHERE message_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        )
        .bind::<Text, _>(self.as_fts5())
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(connection)
    }

    fn on_postgres(
        &self,
        connection: &mut PgConnection,
        before: i64,
        limit: i64,
    ) -> Answer<Vec<Candidate>> {
        // The table is never read as a whole, whatever the server expects of a word. Compiling such a statement
        // takes longer than running it.
        connection.batch_execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")?;
        // The builder has no `tsvector` and no `WITH`, by which what is found is sorted and not looked up in
        // the order in which it is wanted.
        sql_query(
            "WITH found AS MATERIALIZED (SELECT position FROM message_terms \
             WHERE array_to_tsvector(string_to_array(terms, ' ')) @@ $1::tsquery) \
             SELECT position FROM found WHERE position < $2 \
             ORDER BY position DESC LIMIT $3",
        )
        .bind::<Text, _>(self.as_tsquery())
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(connection)
    }

    fn as_fts5(&self) -> String {
        let quoted = |term: &String| format!("\"{}\"", term.replace('"', "\"\""));
        let begins = |word: &String| format!("{}*", quoted(word));
        self.written(begins, quoted, [" AND ", " OR "])
    }

    fn as_tsquery(&self) -> String {
        let quoted = |term: &String| {
            let escaped = term.replace('\\', "\\\\").replace('\'', "''");
            format!("'{escaped}'")
        };
        let begins = |word: &String| format!("{}:*", quoted(word));
        self.written(begins, quoted, [" & ", " | "])
    }

    /// The query in an index's own words. Every term is quoted, so none is part of its syntax.
    fn written(
        &self,
        begins: impl Fn(&String) -> String,
        is: impl Fn(&String) -> String + Copy,
        [and, or]: [&str; 2],
    ) -> String {
        let words = self.words.iter().map(begins);
        let marks = self.marks.iter().map(is);
        let one_of: Vec<String> = self.one_of.iter().map(is).collect();
        let one_of = (!one_of.is_empty()).then(|| format!("({})", one_of.join(or)));
        let all: Vec<String> = words.chain(marks).chain(one_of).collect();
        all.join(and)
    }
}
