//! [`TopicStore`] and [`LeaseStore`] in memory.

use super::{EPOCH, MemoryStore, State};
use crate::{
    application::{
        ports::{Grant, LeaseStore, LogRange, LogSlice, Stored, TopicHead, TopicStore},
        testing::contract::Seats,
    },
    domain::{
        conversation::TopicPosition,
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        time::Timestamp,
    },
};

impl MemoryStore {
    /// Something happens in a chat.
    pub(crate) fn happen(&self, chat: ConversationId, now: Timestamp) {
        let event = Event::ConversationCreated {
            conversation_id: chat,
        };
        let logged = self
            .state()
            .append(Topic::Chat(chat), &event, Effects::default(), now);
        logged.unwrap();
    }
}

impl Seats for MemoryStore {
    fn seat(&self, user: UserId, chat: ConversationId, now: Timestamp) {
        self.happen(chat, now);
        self.state().seats.insert((user, chat), 1);
    }
}

fn limited<T>(items: impl Iterator<Item = T>, limit: i64) -> Vec<T> {
    items
        .take(usize::try_from(limit).unwrap_or_default())
        .collect()
}

impl State {
    fn position(&self, topic: &str) -> Option<TopicPosition> {
        let log = self.log.get(topic)?;
        Some(TopicPosition {
            name: topic.to_owned(),
            epoch: EPOCH.to_owned(),
            offset: i64::try_from(log.len()).unwrap_or(i64::MAX),
        })
    }

    /// A user's chats, the highest id first.
    fn chats_of(&self, user: UserId) -> impl Iterator<Item = ConversationId> {
        let seats = self.seats.keys().rev();
        seats
            .filter(move |(of, _)| *of == user)
            .map(|(_, chat)| *chat)
    }

    fn members(&self, chat: ConversationId) -> i64 {
        let members = self.seats.keys().filter(|(_, of)| *of == chat).count();
        i64::try_from(members).unwrap_or(i64::MAX)
    }

    fn active_at(&self, chat: ConversationId) -> Option<Timestamp> {
        let log = self.log.get(&Topic::Chat(chat).to_string())?;
        log.last().map(|event| event.committed_at)
    }

    fn chat_grant(&self, user: UserId, chat: ConversationId) -> Option<Grant> {
        let readable_from = *self.seats.get(&(user, chat))?;
        Some(Grant {
            position: self.position(&Topic::Chat(chat).to_string())?,
            readable_from,
            member_count: self.members(chat),
            presence_withheld: false,
        })
    }

    fn own_grant(&self, user: UserId) -> Option<Grant> {
        Some(Grant {
            position: self.position(&Topic::User(user).to_string())?,
            readable_from: 1,
            member_count: 0,
            presence_withheld: false,
        })
    }
}

impl TopicStore for MemoryStore {
    fn newest_grants(&self, user: UserId, limit: i64) -> Stored<Vec<Grant>> {
        let state = self.state();
        let mut chats: Vec<ConversationId> = state.chats_of(user).collect();
        chats.sort_by_key(|chat| std::cmp::Reverse((state.active_at(*chat), *chat)));
        let chats = chats
            .into_iter()
            .filter_map(|chat| state.chat_grant(user, chat));
        Ok(limited(
            state.own_grant(user).into_iter().chain(chats),
            limit,
        ))
    }

    fn grants_before(
        &self,
        user: UserId,
        before: ConversationId,
        limit: i64,
    ) -> Stored<Vec<Grant>> {
        let state = self.state();
        let below = state.chats_of(user).filter(|chat| *chat < before);
        let grants = below.filter_map(|chat| state.chat_grant(user, chat));
        Ok(limited(grants, limit))
    }

    fn authorize(&self, user: UserId, topics: &[String]) -> Stored<Vec<Grant>> {
        let state = self.state();
        let granted = topics
            .iter()
            .filter_map(|topic| match Topic::parse(topic)? {
                Topic::Chat(chat) => state.chat_grant(user, chat),
                Topic::User(owner) if owner == user => state.own_grant(user),
                Topic::User(_) | Topic::Control => None,
            });
        Ok(granted.collect())
    }

    fn read_log(&self, range: &LogRange) -> Stored<Option<LogSlice>> {
        let state = self.state();
        let Some(position) = state.position(&range.topic) else {
            return Ok(None);
        };
        let up_to = range.up_to.unwrap_or(i64::MAX);
        let is_ours = range.epoch.is_empty() || range.epoch == EPOCH;
        let log = state.log.get(&range.topic).into_iter().flatten();
        let asked =
            log.filter(|event| is_ours && range.after < event.offset && event.offset <= up_to);
        Ok(Some(LogSlice {
            position,
            events: limited(asked.cloned(), range.limit),
            trimmed: false,
        }))
    }

    fn heads(&self, topics: &[String]) -> Stored<Vec<TopicHead>> {
        let state = self.state();
        let head = |topic: &String| {
            let member_count = match Topic::parse(topic)? {
                Topic::Chat(chat) => state.members(chat),
                Topic::User(_) | Topic::Control => 0,
            };
            Some(TopicHead {
                position: state.position(topic)?,
                member_count,
                receipts: Vec::new(),
                presence_withheld: false,
            })
        };
        Ok(topics.iter().filter_map(head).collect())
    }

    fn ack_topics(&self, acks: &[(String, i64)]) -> Stored<()> {
        let mut state = self.state();
        for (topic, offset) in acks {
            let acked = state.acked.entry(topic.clone()).or_default();
            *acked = (*acked).max(*offset);
        }
        Ok(())
    }

    fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Stored<Vec<LoggedEvent>> {
        let state = self.state();
        let is_acked = |event: &&LoggedEvent| {
            let acked = state.acked.get(&event.topic);
            acked.is_some_and(|acked| event.offset <= *acked)
        };
        let events = state.log.values().flatten();
        let mut overdue: Vec<&LoggedEvent> = events
            .filter(|event| event.committed_at > from && event.committed_at <= to)
            .filter(|event| !is_acked(event))
            .collect();
        overdue.sort_by_key(|event| (event.committed_at, &event.topic, event.offset));
        Ok(limited(overdue.into_iter().cloned(), limit))
    }
}

impl LeaseStore for MemoryStore {
    fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Stored<bool> {
        let mut state = self.state();
        let taken = state.leases.get(name);
        if taken.is_some_and(|(by, expires_at)| by != holder && *expires_at > now) {
            return Ok(false);
        }
        state
            .leases
            .insert(name.to_owned(), (holder.to_owned(), until));
        Ok(true)
    }
}
