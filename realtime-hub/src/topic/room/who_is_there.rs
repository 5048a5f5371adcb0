//! Who is in a room, for those who are: the protocol's presence, join and leave.

use std::cell::OnceCell;

use shared_proto::client::v1::{ClientInfo, PresenceResult, PresenceStatsResult};

use super::{ConnectionId, Listener, Room, Seat};
use crate::{
    protocol::frame::{Channel, Frame},
    topic::namespaces::PresencePolicy,
};

/// Why somebody is not told who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceRefused {
    /// They are not there themselves.
    NotInside,
    /// The namespace does not tell, the topic is too large for that, or its members have not
    /// accepted each other.
    NotAvailable,
}

impl<L: Listener> Room<L> {
    /// The connections in the room; `asker` is the one that asks, if it is a client.
    ///
    /// # Errors
    /// [`PresenceRefused`].
    pub fn presence(&self, asker: Option<ConnectionId>) -> Result<PresenceResult, PresenceRefused> {
        if !self.namespace.has_presence() {
            return Err(PresenceRefused::NotAvailable);
        }
        self.check_inside(asker)?;
        if self.namespace.presence != PresencePolicy::Full
            || self.is_large()
            || (asker.is_some() && self.presence_withheld)
        {
            return Err(PresenceRefused::NotAvailable);
        }
        let infos = self.members.values().map(|member| {
            let info = member.listener.info(&self.topic);
            (info.client.clone(), info)
        });
        Ok(PresenceResult {
            presence: infos.collect(),
        })
    }

    /// How many connections and users are in the room; `asker` is the one that asks, if it is a
    /// client.
    ///
    /// # Errors
    /// [`PresenceRefused`].
    pub fn presence_stats(
        &self,
        asker: Option<ConnectionId>,
    ) -> Result<PresenceStatsResult, PresenceRefused> {
        if !self.namespace.has_presence() {
            return Err(PresenceRefused::NotAvailable);
        }
        self.check_inside(asker)?;
        if asker.is_some() && self.presence_withheld {
            return Err(PresenceRefused::NotAvailable);
        }
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(PresenceStatsResult {
            num_clients: count(self.members.len()),
            num_users: count(self.presence.connected_users()),
        })
    }

    fn check_inside(&self, asker: Option<ConnectionId>) -> Result<(), PresenceRefused> {
        match asker {
            Some(connection) if self.seat(connection).is_none() => Err(PresenceRefused::NotInside),
            _ => Ok(()),
        }
    }

    /// Whether there are too many to name them.
    fn is_large(&self) -> bool {
        let size = match self.member_count {
            0 => self.members.len(),
            members => members as usize,
        };
        size > self.namespace.presence_max_members as usize
    }

    pub(super) fn tell_joined(&self, who: &L) {
        self.tell_subscribers(who, Frame::join);
    }

    pub(super) fn tell_left(&self, who: &L) {
        self.tell_subscribers(who, Frame::leave);
    }

    /// Tells those who asked for it what somebody else did.
    fn tell_subscribers(&self, who: &L, what: fn(Channel<'_>, ClientInfo) -> Frame) {
        if !self.namespace.join_leave || self.is_large() || self.presence_withheld {
            return;
        }
        let (named, numbered) = (OnceCell::new(), OnceCell::new());
        let others = self.members.values().filter(|member| {
            let asked = member.seat == Seat::Subscriber && member.form.join_leave;
            asked && member.listener.id() != who.id()
        });
        for member in others {
            let frame = if member.form.compact {
                numbered.get_or_init(|| what(Channel::Number(self.id), who.info(&self.topic)))
            } else {
                named.get_or_init(|| what(Channel::Topic(&self.topic), who.info(&self.topic)))
            };
            member.listener.deliver(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::{Value, json};

    use shared_proto::core::v1::{Grant, LoggedEvent, MembershipChange, TopicHead};

    use super::*;
    use crate::topic::{
        listener::Audience,
        room::{
            Wish,
            testing::{Ear, Heard, chat_room, grant, own_room, subscribe},
        },
    };

    fn room(presence: &str, max: u32) -> Room<Ear> {
        own_room(&json!({
            "kind": "ephemeral",
            "presence": presence,
            "presence_max_members": max,
            "join_leave": true,
        }))
    }

    fn curious() -> Wish {
        Wish {
            join_leave: true,
            ..Wish::default()
        }
    }

    #[test]
    fn presence_that_is_off_is_not_available_to_whoever_asks() {
        let (off, full) = (room("off", 9), room("full", 9));
        let outsider = Some(99);
        let not_available = PresenceRefused::NotAvailable;
        assert_eq!(off.presence_stats(outsider), Err(not_available));
        assert_eq!(off.presence(outsider), Err(not_available));
        assert_eq!(full.presence(outsider), Err(PresenceRefused::NotInside));
    }

    #[test]
    fn presence_is_as_the_namespace_wants_it() {
        let clients = |room: &Room<Ear>| {
            let shown = room.presence(Some(1));
            shown.map(|shown| shown.presence.len())
        };
        let counts = |room: &Room<Ear>| {
            let stats = room.presence_stats(Some(1));
            stats.map(|stats| (stats.num_clients, stats.num_users))
        };
        let silent = Err(PresenceRefused::NotAvailable);
        for (mut room, shown, counted) in [
            (room("off", 9), silent, Err(PresenceRefused::NotAvailable)),
            (room("counts", 9), silent, Ok((3, 2))),
            (room("full", 3), Ok(3), Ok((3, 2))),
            (room("full", 2), silent, Ok((3, 2))),
        ] {
            for (id, user) in [(1, "ada"), (2, "ben"), (3, "ben")] {
                subscribe(&mut room, &Ear::new(id, user), Wish::default());
            }
            assert_eq!(clients(&room), shown);
            assert_eq!(counts(&room), counted);
            let outside = if room.namespace.has_presence() {
                PresenceRefused::NotInside
            } else {
                PresenceRefused::NotAvailable
            };
            assert_eq!(room.presence(Some(4)).unwrap_err(), outside);
            assert_eq!(room.presence_stats(Some(4)).unwrap_err(), outside);
        }
    }

    #[test]
    fn large_chat_answers_counts() {
        for (members, shown) in [(32, true), (33, false)] {
            let mut room = chat_room(&json!({}), 0, members);
            room.join(Ear::new(1, "ada"), &grant(0, 0, members), Seat::Watcher)
                .unwrap();
            assert_eq!(room.presence(Some(1)).is_ok(), shown);
            assert_eq!(room.presence_stats(None).unwrap().num_users, 1);
        }
    }

    #[test]
    fn strangers_hear_nothing_of_each_other_until_they_accept_and_when_one_blocks() {
        let mut room = chat_room(&json!({ "join_leave": true }), 0, 2);
        room.seed(
            TopicHead {
                member_count: 2,
                presence_withheld: true,
                ..TopicHead::default()
            },
            Instant::now(),
        );
        let (ada, ben) = (Ear::new(1, "ada"), Ear::new(2, "ben"));
        for ear in [&ada, &ben] {
            room.join(ear.clone(), &grant(0, 0, 2), Seat::Watcher)
                .unwrap();
            let told = subscribe(&mut room, ear, curious());
            let snapshot: Value = serde_json::from_slice(&told.data).unwrap();
            assert_eq!(snapshot["online"], Value::Null);
        }
        assert!(room.cause(2, "typing"));
        let silent = PresenceRefused::NotAvailable;
        assert_eq!(room.presence(Some(1)).unwrap_err(), silent);
        assert_eq!(room.presence_stats(Some(1)).unwrap_err(), silent);
        assert_eq!(room.presence(None).unwrap().presence.len(), 2);
        assert!(ada.take().is_empty());

        let told = |ear: &Ear| -> Vec<Value> {
            let data = |heard: Heard| heard.push["pub"]["data"].clone();
            ear.take().into_iter().map(data).collect()
        };
        let presence = |online| json!({ "type": "presence", "user_id": "ben", "online": online });
        let accepted = json!({ "type": "request.accepted" });
        room.offer(membership(1, false, &accepted), &Nobody);
        assert_eq!(told(&ada), [presence(true), accepted]);
        assert!(room.presence(Some(1)).is_ok());
        assert!(room.cause(2, "typing"));
        assert_eq!(told(&ada).len(), 1);

        let blocked = json!({ "type": "contact.changed" });
        room.offer(membership(2, true, &blocked), &Nobody);
        assert_eq!(told(&ada), [presence(false), blocked]);
        // A head that was read before the block comes late.
        let late = TopicHead {
            offset: 1,
            member_count: 2,
            ..TopicHead::default()
        };
        room.seed(late, Instant::now());
        assert!(ada.take().is_empty());
        assert!(room.cause(2, "typing"));
        room.leave(2, Instant::now());
        assert!(ada.take().is_empty());
    }

    fn membership(offset: u64, presence_withheld: bool, event: &Value) -> LoggedEvent {
        LoggedEvent {
            topic: "chat:1".into(),
            epoch: "e".into(),
            offset,
            data: event.to_string().into(),
            membership: Some(MembershipChange {
                member_count: 2,
                presence_withheld,
                ..MembershipChange::default()
            }),
            ..LoggedEvent::default()
        }
    }

    /// Everybody who is online is in the room already.
    struct Nobody;

    impl Audience<Ear> for Nobody {
        fn added(&self, _: &str, _: &Grant) -> Vec<Ear> {
            Vec::new()
        }

        fn removed(&self, _: &str, _: &str) {}
    }

    #[test]
    fn those_who_ask_are_told_who_comes_and_goes() {
        let mut room = room("off", 3);
        let (ada, ben, cleo) = (Ear::new(1, "ada"), Ear::new(2, "ben"), Ear::new(3, "cleo"));
        subscribe(&mut room, &ada, curious());
        subscribe(&mut room, &ben, Wish::default());
        let compact = Wish {
            compact: true,
            ..curious()
        };
        subscribe(&mut room, &cleo, compact);
        room.unsubscribe(2, Instant::now());
        let info = |user, client| json!({ "info": { "user": user, "client": client } });
        let told =
            |ear: &Ear| -> Vec<Value> { ear.take().into_iter().map(|heard| heard.push).collect() };
        assert_eq!(
            told(&ada),
            [
                json!({ "channel": "x:1", "join": info("ben", "ben-2") }),
                json!({ "channel": "x:1", "join": info("cleo", "cleo-3") }),
                json!({ "channel": "x:1", "leave": info("ben", "ben-2") }),
            ]
        );
        assert_eq!(
            told(&cleo),
            [json!({ "id": 7, "leave": info("ben", "ben-2") })]
        );
        assert!(told(&ben).is_empty());
        room.leave(3, Instant::now());
        assert_eq!(
            told(&ada),
            [json!({ "channel": "x:1", "leave": info("cleo", "cleo-3") })]
        );
    }

    #[test]
    fn nobody_is_told_in_a_large_topic() {
        let mut room = room("off", 2);
        let ada = Ear::new(1, "ada");
        subscribe(&mut room, &ada, curious());
        for (id, told) in [(2, 1), (3, 0), (4, 0)] {
            subscribe(&mut room, &Ear::new(id, "ben"), Wish::default());
            assert_eq!(ada.take().len(), told);
        }
    }
}
