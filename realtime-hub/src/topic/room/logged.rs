//! Events of a topic that a core logs: in offset order, each once, and who may hear them.

use std::{cell::LazyCell, sync::Arc};

use rookery_kit::trace::TRACEPARENT;
use shared_proto::{
    client::v1::Publication,
    core::v1::{Grant, LoggedEvent, MembershipChange},
};

use super::{JoinRefused, Listener, Room, Seat, Tail};
use crate::{
    protocol::{codes::Unsubscribed, frame::Frame},
    topic::listener::Audience,
    topic::log::{Gap, HeadVerdict, Offered},
};

/// Removals that a room remembers, so that a grant from before one is recognised.
const REMOVALS_MAX: usize = 1024;

/// What a room needs after it took something in.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// An event of another log was seen: ask a core for the head.
    pub check_head: bool,
    /// Sessions that lose access (topic `control`).
    pub revoked_sessions: Vec<String>,
    /// Events that were accepted, for the statistics.
    pub accepted: u64,
    /// Pushes that were handed to connections.
    pub delivered: u64,
}

impl<L: Listener> Room<L> {
    /// Lets a connection hear the room. A connection that is here keeps its seat.
    ///
    /// # Errors
    /// [`JoinRefused`] when the grant cannot be relied on.
    pub fn join(&mut self, listener: L, grant: &Grant, seat: Seat) -> Result<(), JoinRefused> {
        if self
            .removals
            .get(listener.user())
            .is_some_and(|removed| *removed > grant.head)
        {
            return Err(JoinRefused::Removed);
        }
        let foreign = self.log().is_none_or(|log| *grant.epoch != **log.epoch());
        if grant.head < self.seen_from || foreign {
            return Err(JoinRefused::Stale);
        }
        self.admit(listener, grant.readable_from, seat)
    }

    /// Takes a logged event in, in whatever order it comes.
    pub fn offer(&mut self, event: LoggedEvent, audience: &impl Audience<L>) -> Outcome {
        let mut outcome = Outcome::default();
        let Tail::Log(log) = &mut self.tail else {
            return outcome;
        };
        match log.offer(event) {
            Offered::Accepted(events) => {
                for event in events {
                    outcome.accepted += 1;
                    outcome.delivered += self.apply(&event, audience);
                    let revocation = event.revocation.iter();
                    let sessions = revocation.flat_map(|of| of.session_ids.iter().cloned());
                    outcome.revoked_sessions.extend(sessions);
                }
            }
            Offered::Foreign => outcome.check_head = true,
            Offered::Known | Offered::Held => {}
        }
        outcome
    }

    /// Keeps what was read; see [`TopicLog::remember`](crate::topic::log::TopicLog::remember).
    pub fn remember(&mut self, read: &[LoggedEvent], asked_at: u64) {
        if let Tail::Log(log) = &mut self.tail {
            log.remember(read, asked_at);
        }
    }

    /// What has to be read from a core before the room is whole.
    #[must_use]
    pub fn gap(&self) -> Option<Gap> {
        self.log()?.gap()
    }

    /// Compares with a head that was read from a core; see
    /// [`TopicLog::learn_head`](crate::topic::log::TopicLog::learn_head). After a restore
    /// everyone is let in anew: who may hear the topic was restored, too.
    pub fn learn_head(&mut self, epoch: &str, head: u64, asked_at: u64) -> HeadVerdict {
        let Tail::Log(log) = &mut self.tail else {
            return HeadVerdict::Current;
        };
        let verdict = log.learn_head(epoch, head, asked_at);
        if verdict == HeadVerdict::Restored {
            log.reset(epoch, head);
            self.restart(head);
        }
        verdict
    }

    fn restart(&mut self, head: u64) {
        self.seen_from = head;
        self.people_as_of = head;
        self.removals.clear();
        self.filters.clear();
        self.base = None;
        let ended = Frame::unsubscribe(&self.topic, Unsubscribed::STATE_INVALIDATED);
        for member in self.members.values_mut() {
            if member.seat == Seat::Subscriber {
                member.listener.deliver(&ended);
                member.stand_up();
            }
            member.listener.invalidate();
        }
    }

    fn apply(&mut self, event: &Arc<LoggedEvent>, audience: &impl Audience<L>) -> u64 {
        if let Some(change) = &event.membership {
            self.add(event, change, audience);
        }
        let delivered = self.spread(&publication(event), event.committed_at_us);
        if let Some(change) = &event.membership {
            self.remove(event.offset, &change.removed_user_ids, audience);
        }
        delivered
    }

    fn add(&mut self, event: &LoggedEvent, change: &MembershipChange, audience: &impl Audience<L>) {
        self.learn_people(event.offset, change.member_count, change.presence_withheld);
        let grant = Grant {
            topic: self.topic.to_string(),
            epoch: event.epoch.clone(),
            head: event.offset,
            readable_from: event.offset,
            member_count: change.member_count,
            presence_withheld: change.presence_withheld,
        };
        for user in &change.added_user_ids {
            self.removals.remove(user);
            for listener in audience.added(user, &grant) {
                // It can only be refused when the connection is ending.
                let _ = self.join(listener, &grant, Seat::Watcher);
            }
        }
    }

    /// How many people there are, and whether they may be told of each other, as of an offset. A head
    /// that was read before an event must not undo what the event said.
    pub(super) fn learn_people(&mut self, as_of: u64, count: u32, presence_withheld: bool) {
        if as_of < self.people_as_of {
            return;
        }
        self.people_as_of = as_of;
        self.member_count = count;
        self.withhold_presence(presence_withheld);
    }

    fn remove(&mut self, offset: u64, users: &[String], audience: &impl Audience<L>) {
        let ended = LazyCell::new(|| Frame::unsubscribe(&self.topic, Unsubscribed::REMOVED));
        let mut gone = Vec::new();
        for user in users {
            self.members.retain(|connection, member| {
                let stays = member.listener.user() != user;
                if !stays {
                    if member.seat != Seat::Watcher {
                        member.listener.deliver(&ended);
                        member.stand_up();
                        gone.push((*connection, member.listener.clone()));
                    }
                    member.listener.exit(&self.topic);
                }
                stays
            });
            self.presence.forget(user);
            audience.removed(user, &self.topic);
            self.removals.insert(user.clone(), offset);
        }
        for (connection, listener) in gone {
            self.filters.remove(&connection);
            self.tell_left(&listener);
        }
        if self.removals.len() > REMOVALS_MAX {
            self.removals.clear();
            self.seen_from = offset;
        }
    }
}

/// A logged event as clients see it.
pub(super) fn publication(event: &LoggedEvent) -> Publication {
    let traceparent = Some(&event.traceparent).filter(|traceparent| !traceparent.is_empty());
    Publication {
        data: event.data.clone(),
        offset: event.offset,
        tags: traceparent
            .map(|traceparent| (TRACEPARENT.to_owned(), traceparent.clone()))
            .into_iter()
            .collect(),
        ..Publication::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::topic::log::LogLimits;
    use crate::topic::room::{
        Position, Wish,
        testing::{Ear, grant, namespace, subscribe},
    };

    /// Nobody else is online.
    struct Nobody;

    impl Audience<Ear> for Nobody {
        fn added(&self, _: &str, _: &Grant) -> Vec<Ear> {
            Vec::new()
        }

        fn removed(&self, _: &str, _: &str) {}
    }

    const SECRET: &str = "zwiebelfisch";

    fn event(offset: u64, text: &str) -> LoggedEvent {
        LoggedEvent {
            topic: "chat:1".into(),
            epoch: "e".into(),
            offset,
            data: json!({ "text": text }).to_string().into(),
            ..LoggedEvent::default()
        }
    }

    fn contains(data: &[u8]) -> bool {
        String::from_utf8_lossy(data).contains(SECRET)
    }

    #[test]
    fn redacted_text_is_neither_kept_nor_sent_again() {
        // A chat's namespace takes no differences; that of a person may.
        let namespace = namespace("user:1", &json!({ "delta": true, "presence": "off" }));
        let limits = LogLimits::from(namespace.ring);
        let mut room = Room::logged(7, namespace, &grant(0, 0, 2), limits);
        let ada = Ear::new(1, "ada");
        room.join(ada.clone(), &grant(0, 1, 2), Seat::Watcher)
            .unwrap();
        let delta = || Wish {
            delta: true,
            ..Wish::default()
        };
        subscribe(&mut room, &ada, delta());
        room.offer(event(1, "before"), &Nobody);
        room.offer(event(2, SECRET), &Nobody);
        assert!(room.base.as_deref().is_some_and(contains));
        ada.take();
        let deletion = LoggedEvent {
            redacts: vec![2],
            ..event(3, "deleted")
        };
        // Whatever is said of it twice, or late, was said before.
        for late in [deletion.clone(), deletion, event(2, SECRET)] {
            room.offer(late, &Nobody);
        }
        let heard = ada.take();
        assert_eq!(heard.len(), 1);
        assert!(!heard[0].push.to_string().contains(SECRET));
        assert!(!room.base.as_deref().is_some_and(contains));
        let log = room.log().unwrap();
        assert_eq!(log.head(), 3);
        assert!(log.since(2).is_some());
        assert!(log.since(1).is_none(), "it has to be read as it is now");

        // Who missed it is given what a core has of it.
        let ben = Ear::new(2, "ben");
        room.join(ben.clone(), &grant(3, 1, 2), Seat::Watcher)
            .unwrap();
        let wish = Wish {
            since: Some(Position {
                epoch: "e".into(),
                offset: 1,
            }),
            ..delta()
        };
        let scrubbed = [event(2, ""), event(3, "deleted")];
        let result = room
            .subscribe(&ben, Seat::Subscriber, wish, &scrubbed)
            .unwrap();
        assert!(result.recovered);
        assert_eq!(result.publications.len(), 2);
        let mut given = result.publications.iter();
        assert!(given.all(|publication| !contains(&publication.data)));
    }
}
