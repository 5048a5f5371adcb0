//! Seats on a topic's own channel.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use shared_proto::{
    client::v1::{Publication, SubscribeRequest, SubscribeResult},
    core::v1::{LoggedEvent, TopicHead},
};

use super::{
    ConnectionId, Delta, Form, Listener, Room, Seat, Tail,
    recovery::{Position, RECOVERY_EVENTS},
};
use crate::{
    protocol::{codes::Unsubscribed, frame::Frame, payload},
    topic::{
        filter::{BadFilter, Filter},
        log::Gap,
        receipts::Receipt,
    },
};

/// Bit of `SubscribeRequest.flag`: pushes may name the channel by its number.
const MAY_COMPACT: i64 = 1;

/// Bit of `SubscribeRequest.flag`: a position that cannot be recovered is an error.
const MUST_RECOVER: i64 = 2;

/// The one kind of difference that the protocol knows.
const FOSSIL: &str = "fossil";

/// How a subscriber wants to hear a topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Where it was, if it wants what came since.
    pub since: Option<Position>,
    /// It would rather not subscribe than start without what it missed.
    pub must_recover: bool,
    /// Pushes may name the channel by its number.
    pub compact: bool,
    /// It wants to know who joins and leaves.
    pub join_leave: bool,
    /// It takes differences.
    pub delta: bool,
    /// What it wants to hear.
    pub filter: Option<Filter>,
}

impl TryFrom<&SubscribeRequest> for Wish {
    type Error = BadFilter;

    fn try_from(request: &SubscribeRequest) -> Result<Self, BadFilter> {
        Ok(Self {
            since: Position::before(request),
            must_recover: request.flag & MUST_RECOVER != 0,
            compact: request.flag & MAY_COMPACT != 0,
            join_leave: request.join_leave,
            delta: request.delta == FOSSIL,
            filter: request.tf.as_ref().map(Filter::new).transpose()?,
        })
    }
}

/// Why a connection cannot be seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeRefused {
    /// It is not in the room.
    NotAMember,
    /// It has that subscription.
    Already,
    /// What it missed is gone, and it wants nothing less.
    Unrecoverable,
    /// No core could tell where the log stands.
    Unreachable,
}

/// State that ephemeral events move, as `SubscribeResult.data` of a chat.
#[derive(Serialize)]
struct Snapshot<'a> {
    receipts: &'a [Receipt],
    online: Option<Vec<&'a str>>,
}

impl<L: Listener> Room<L> {
    /// Whether a connection may be seated on the topic's own channel.
    ///
    /// # Errors
    /// [`SubscribeRefused`].
    pub fn may_subscribe(&self, connection: ConnectionId) -> Result<(), SubscribeRefused> {
        match self.seat(connection) {
            Some(Seat::Subscriber) => Err(SubscribeRefused::Already),
            None if self.log().is_some() => Err(SubscribeRefused::NotAMember),
            // Whoever may hear what no core logs may be seated without having joined.
            Some(Seat::Watcher | Seat::ServerSide) | None => Ok(()),
        }
    }

    /// What must be read from the log so that the connection can go on from `since`. `None` when
    /// the ring suffices, and when no reading would help.
    #[must_use]
    pub fn recovery_gap(&self, connection: ConnectionId, since: &Position) -> Option<Gap> {
        let member = self.members.get(&connection)?;
        let log = self.log()?;
        let helps = since.leads_to(log.epoch(), log.head())
            && since.offset.saturating_add(1) >= member.readable_from
            && log.head() - since.offset <= RECOVERY_EVENTS
            && log.since(since.offset).is_none();
        helps.then_some(Gap {
            after: since.offset,
            up_to: log.head(),
        })
    }

    /// Seats a connection on the topic's own channel. `read` holds what [`Self::recovery_gap`]
    /// asked for.
    ///
    /// # Errors
    /// [`SubscribeRefused`].
    pub fn subscribe(
        &mut self,
        listener: &L,
        seat: Seat,
        wish: Wish,
        read: &[LoggedEvent],
    ) -> Result<SubscribeResult, SubscribeRefused> {
        self.may_subscribe(listener.id())?;
        let member = self.members.get(&listener.id());
        let readable_from = member.map_or(0, |member| member.readable_from);
        let readable = |since: &&Position| since.offset.saturating_add(1) >= readable_from;
        let since = wish.since.as_ref().filter(readable);
        let filter = wish.filter;
        let recovery = self.namespace.recovery;
        let beginning = self.tail.catch_up(recovery, since, read, filter.as_ref());
        let was_recovering = wish.since.is_some();
        if was_recovering && wish.must_recover && !beginning.recovered {
            return Err(SubscribeRefused::Unrecoverable);
        }

        // A difference is one to the publication before, which a filter may have kept away.
        let delta = wish.delta && self.namespace.delta && filter.is_none();
        let form = Form {
            compact: wish.compact,
            delta: if delta { Delta::Fresh } else { Delta::None },
            join_leave: wish.join_leave && self.namespace.join_leave,
            filtered: filter.is_some(),
        };
        self.sit_down(listener, seat, form, filter)?;
        let mut publications = beginning.publications;
        if delta && listener.is_json() {
            publications.iter_mut().for_each(quote);
        }
        let (epoch, offset) = match &self.tail {
            Tail::Log(log) => (log.epoch().to_string(), log.head()),
            Tail::Sequence(sequence) => (sequence.epoch().to_string(), sequence.head()),
            Tail::None => (String::new(), 0),
        };
        let has_positions = !matches!(self.tail, Tail::None);
        Ok(SubscribeResult {
            recoverable: has_positions,
            positioned: has_positions,
            epoch,
            offset,
            was_recovering,
            recovered: beginning.recovered,
            publications,
            data: self.snapshot(),
            delta,
            id: if wish.compact { self.id } else { 0 },
            ..SubscribeResult::default()
        })
    }

    fn sit_down(
        &mut self,
        listener: &L,
        seat: Seat,
        form: Form,
        filter: Option<Filter>,
    ) -> Result<(), SubscribeRefused> {
        if self.log().is_none() {
            self.admit(listener.clone(), 0, seat)
                .map_err(|_| SubscribeRefused::NotAMember)?;
        }
        let member = self.members.get_mut(&listener.id());
        let member = member.ok_or(SubscribeRefused::NotAMember)?;
        member.seat = seat;
        member.form = form;
        if let Some(filter) = filter {
            self.filters.insert(listener.id(), filter);
        }
        if seat == Seat::Subscriber {
            self.tell_joined(listener);
        }
        Ok(())
    }

    /// Ends a subscription: back to the feed, or out of a room that has none. False when the
    /// connection had no subscription.
    pub fn unsubscribe(&mut self, connection: ConnectionId, now: Instant) -> bool {
        let has_feed = self.log().is_some();
        match self.members.get_mut(&connection) {
            Some(member) if member.seat == Seat::Subscriber => {
                let listener = member.listener.clone();
                member.stand_up();
                self.filters.remove(&connection);
                self.tell_left(&listener);
                if !has_feed {
                    listener.exit(&self.topic);
                    self.leave(connection, now);
                }
                true
            }
            _ => false,
        }
    }

    /// Ends a subscription that a client or the server made, and tells the client. False when there
    /// was none; what the hub itself has seated at a log stays.
    pub fn dismiss(&mut self, connection: ConnectionId, why: Unsubscribed, now: Instant) -> bool {
        let Some(member) = self.members.get(&connection) else {
            return false;
        };
        let listener = member.listener.clone();
        let ended = match member.seat {
            Seat::Watcher => false,
            Seat::Subscriber => self.unsubscribe(connection, now),
            Seat::ServerSide if self.log().is_some() => false,
            Seat::ServerSide => {
                listener.exit(&self.topic);
                self.leave(connection, now);
                true
            }
        };
        if ended {
            listener.deliver(&Frame::unsubscribe(&self.topic, why));
        }
        ended
    }

    /// Takes over what a core said about the topic beyond its head.
    /// Returns after what time to call [`Self::tell_receipts`], if at all.
    pub fn seed(&mut self, head: TopicHead, now: Instant) -> Option<Duration> {
        self.learn_people(head.offset, head.member_count, head.presence_withheld);
        self.move_receipts(head.receipts, now)
    }

    fn snapshot(&self) -> Bytes {
        if self.member_count == 0 {
            // Not a chat.
            return Bytes::new();
        }
        let online = self
            .tells_presence()
            .then(|| self.presence.online().collect());
        let snapshot = Snapshot {
            receipts: self.receipts.all(),
            online,
        };
        serde_json::to_vec(&snapshot).unwrap_or_default().into()
    }
}

fn quote(publication: &mut Publication) {
    publication.data = payload::quoted(&publication.data);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::topic::room::testing::{Ear, chat_room, grant, own_room, post, subscribe};

    fn request(json: serde_json::Value) -> Result<Wish, BadFilter> {
        Wish::try_from(&serde_json::from_value::<SubscribeRequest>(json).unwrap())
    }

    fn since(offset: u64) -> Option<Position> {
        Some(Position {
            epoch: "e".into(),
            offset,
        })
    }

    #[test]
    fn wish_is_what_the_request_says() {
        let wish = request(json!({ "flag": 3, "delta": "fossil", "join_leave": true }));
        let wish = wish.unwrap();
        assert!(wish.compact && wish.must_recover && wish.delta && wish.join_leave);
        let wish = request(json!({ "flag": 4, "delta": "other", "epoch": "e", "offset": 1 }));
        assert_eq!(wish.unwrap(), Wish::default());
        let wish = request(json!({ "recover": true, "epoch": "e", "offset": 1 })).unwrap();
        assert_eq!(wish.since, since(1));
        assert!(request(json!({ "tf": { "cmp": "eq" } })).is_err());
    }

    #[test]
    fn position_that_is_gone_may_be_an_error() {
        let mut room = own_room(&json!({ "kind": "sequenced", "ring_events": 1 }));
        for _ in 0..3 {
            post(&mut room, "1");
        }
        let ear = Ear::new(1, "ada");
        let wish = |offset| Wish {
            since: since(offset),
            must_recover: true,
            ..Wish::default()
        };
        let refused = room.subscribe(&ear, Seat::Subscriber, wish(1), &[]);
        assert_eq!(refused.unwrap_err(), SubscribeRefused::Unrecoverable);
        assert!(room.is_empty());
        assert!(subscribe(&mut room, &ear, wish(2)).recovered);
    }

    #[test]
    fn end_of_a_subscription_is_noted_once() {
        let mut room = own_room(&json!({ "kind": "sequenced" }));
        let ear = Ear::new(1, "ada");
        subscribe(&mut room, &ear, Wish::default());
        let again = room.subscribe(&ear, Seat::Subscriber, Wish::default(), &[]);
        assert_eq!(again.unwrap_err(), SubscribeRefused::Already);
        assert_eq!((ear.ended(), ear.is_inside()), (0, true));
        assert!(room.unsubscribe(1, Instant::now()));
        assert!(!room.unsubscribe(1, Instant::now()));
        assert_eq!((ear.ended(), ear.is_inside()), (1, false));

        let mut room = chat_room(&json!({}), 0, 2);
        let refused = room.subscribe(&ear, Seat::Subscriber, Wish::default(), &[]);
        assert_eq!(refused.unwrap_err(), SubscribeRefused::NotAMember);
        room.join(ear.clone(), &grant(0, 0, 2), Seat::Watcher)
            .unwrap();
        subscribe(&mut room, &ear, Wish::default());
        room.learn_head("other", 0, 0);
        assert_eq!((ear.ended(), room.seat(1)), (2, Some(Seat::Watcher)));
        let ended = ear.take().pop().unwrap().push;
        assert_eq!(ended["unsubscribe"]["code"], 2502);
    }

    #[test]
    fn room_that_goes_down_sends_everyone_for_a_new_one() {
        let (ear, watcher) = (Ear::new(1, "ada"), Ear::new(2, "ben"));
        let mut room = own_room(&json!({ "kind": "sequenced" }));
        subscribe(&mut room, &ear, Wish::default());
        room.abandon();
        let ended = ear.take().pop().unwrap().push;
        assert_eq!(ended["unsubscribe"]["code"], 2500);
        assert_eq!((ear.ended(), ear.is_inside()), (1, false));

        let mut room = chat_room(&json!({}), 0, 2);
        room.join(watcher.clone(), &grant(0, 0, 2), Seat::Watcher)
            .unwrap();
        room.abandon();
        assert!(watcher.is_invalidated());
    }
}
