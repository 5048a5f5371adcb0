//! A stack's database: the people and chats that a scenario needs, and the log that the hub
//! compares its rooms with.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use uuid::Uuid;

use crate::{dialect::EPOCH, publish::Event};

/// Rows of one INSERT.
const ROWS: usize = 500;

/// How old rows are said to be, in microseconds: the cores' relay publishes what is younger and
/// was not acknowledged to them.
const AGE_US: i64 = 10 * 60 * 1_000_000;

/// Who is there, and which chats they are in.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// How many people.
    pub(crate) people: usize,
    /// The members of each chat, as indices of people.
    pub(crate) chats: Vec<Vec<u32>>,
}

impl World {
    /// Everyone in one chat.
    pub(crate) fn one_room(people: usize) -> Self {
        let everyone = (0..u32::try_from(people).unwrap_or(u32::MAX)).collect();
        Self {
            people,
            chats: vec![everyone],
        }
    }

    /// Chats of the same size, everyone in as many, in other company each time.
    pub(crate) fn of_chats(people: usize, chats: usize, members: usize) -> Self {
        let steps: Vec<usize> = (1..)
            .filter(|step| coprime(*step, people))
            .take(64)
            .collect();
        let member = |seat: usize| {
            // Each round of as many seats as there are people gives one to everyone, in another
            // order than the one before.
            let (round, place) = (seat / people, seat % people);
            let person = place * steps[round % steps.len()] % people;
            u32::try_from(person).unwrap_or(u32::MAX)
        };
        let members_of = |chat: usize| {
            let mut members: Vec<u32> =
                (chat * members..(chat + 1) * members).map(member).collect();
            members.sort_unstable();
            members.dedup();
            members
        };
        Self {
            people,
            chats: (0..chats).map(members_of).collect(),
        }
    }
}

fn coprime(one: usize, other: usize) -> bool {
    let (mut one, mut other) = (one, other);
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one == 1
}

/// Ids of what was made, in the order of [`World`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Seeded {
    /// Ids of each person's user and session.
    pub(crate) people: Vec<(String, String)>,
    /// Ids of the conversations.
    pub(crate) chats: Vec<String>,
}

/// The SQLite file of a running stack, into which the bench writes people and chats.
pub(crate) struct Database {
    connection: SqliteConnection,
    /// UTC microseconds since 1970-01-01.
    rows_time_us: i64,
}

impl Database {
    /// Opens a stack's SQLite file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open(path: &Path, now_s: u64) -> Result<Self> {
        let path = path.display().to_string();
        let mut connection =
            SqliteConnection::establish(&path).with_context(|| format!("cannot open {path}"))?;
        // What a power cut would take can be made again.
        connection.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF;")?;
        let now_us = i64::try_from(now_s * 1_000_000)?;
        Ok(Self {
            connection,
            rows_time_us: now_us - AGE_US,
        })
    }

    /// Makes everyone and everything.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) fn seed(&mut self, world: &World) -> Result<Seeded> {
        let id = || Uuid::now_v7().to_string();
        let seeded = Seeded {
            people: (0..world.people).map(|_| (id(), id())).collect(),
            chats: world.chats.iter().map(|_| id()).collect(),
        };
        let (now, later) = (self.rows_time_us, self.rows_time_us * 2);
        let people = || seeded.people.iter();
        let chats = || seeded.chats.iter().zip(&world.chats);

        let mut sql = String::from("BEGIN IMMEDIATE;");
        insert(
            &mut sql,
            "users (id, handle, display_name, search_terms, password_hash, created_at)",
            people().enumerate().map(|(at, (user, _))| {
                let user = key(user);
                format!("({user},'bench{at:06}','Bench {at}','bench{at:06}','none',{now})")
            }),
        );
        insert(
            &mut sql,
            "sessions (id, user_id, created_at, expires_at)",
            people()
                .map(|(user, session)| format!("({},{},{now},{later})", key(session), key(user))),
        );
        let users = people().map(|(user, _)| ("user", user));
        let topics = users.chain(seeded.chats.iter().map(|chat| ("chat", chat)));
        insert(
            &mut sql,
            "topics (id, kind, epoch, last_offset, trimmed_to, last_seq, active_at, guarded)",
            topics.map(|(kind, id)| format!("({},'{kind}','{EPOCH}',0,0,0,{now},0)", key(id))),
        );
        insert(
            &mut sql,
            "conversations (id, kind, title, creator_id, client_id, member_count, created_at)",
            chats().map(|(chat, members)| {
                let (chat, count) = (key(chat), members.len());
                let creator = key(&seeded.people[members[0] as usize].0);
                format!("({chat},'group','Bench',{creator},{chat},{count},{now})")
            }),
        );
        insert(
            &mut sql,
            "memberships (conversation_id, user_id, readable_from, first_seq, delivered_seq, \
             read_seq)",
            chats().flat_map(|(chat, members)| {
                let (chat, people) = (key(chat), &seeded.people);
                members.iter().map(move |member| {
                    let user = key(&people[*member as usize].0);
                    format!("({chat},{user},1,1,0,0)")
                })
            }),
        );
        sql += "COMMIT;";
        self.connection.batch_execute(&sql)?;
        Ok(seeded)
    }

    /// Writes events to their logs, as the transaction of a core does before it publishes.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) fn append(&mut self, topics: &[String], events: &[Event]) -> Result<()> {
        let now = self.rows_time_us;
        let mut sql = String::from("BEGIN IMMEDIATE;");
        insert(
            &mut sql,
            "topic_log (topic_id, log_offset, kind, subject_id, payload, created_at)",
            events.iter().map(|event| {
                let topic = topic_key(&topics[event.topic as usize]);
                let payload = String::from_utf8_lossy(&event.payload);
                let number = event.number;
                format!("({topic},{number},'bench',{topic},'{payload}',{now})")
            }),
        );
        for event in events {
            let topic = topic_key(&topics[event.topic as usize]);
            let number = event.number;
            // Writing into a String cannot fail.
            let _ = write!(
                sql,
                "UPDATE topics SET last_offset={number} WHERE id={topic};"
            );
        }
        sql += "COMMIT;";
        self.connection.batch_execute(&sql)?;
        Ok(())
    }
}

/// A UUID as SQLite keeps it.
fn key(uuid: &str) -> String {
    format!("x'{}'", uuid.replace('-', ""))
}

/// What a chat's topic is found by.
fn topic_key(name: &str) -> String {
    key(name.split_once(':').map_or(name, |(_, id)| id))
}

fn insert(sql: &mut String, into: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    for part in rows.chunks(ROWS) {
        let _ = write!(sql, "INSERT INTO {into} VALUES {};", part.join(","));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_in_as_many_chats_and_in_changing_company() {
        let world = World::of_chats(1_000, 500, 20);
        let mut chats_of = vec![Vec::new(); world.people];
        for (chat, members) in world.chats.iter().enumerate() {
            assert_eq!(members.len(), 20);
            for member in members {
                chats_of[*member as usize].push(chat);
            }
        }
        assert!(chats_of.iter().all(|chats| chats.len() == 10));
        chats_of.sort_unstable();
        chats_of.dedup();
        assert!(chats_of.len() > 900, "{} different lists", chats_of.len());
    }
}
