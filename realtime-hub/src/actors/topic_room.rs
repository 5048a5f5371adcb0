//! The actor of one topic: performs what [`Room`] decides.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message,
    ResponseActFuture, WrapFuture as _, fut,
};
use shared_proto::{
    client::v1::{PresenceResult, Reply, SubscribeResult},
    core::v1::{Grant, LoggedEvent, ReceiptMark, TopicHead},
};

use crate::{
    context::Hub,
    hub::{
        presence::OFFLINE_AFTER,
        room::{ConnectionId, JoinRefused, Listener as _, Outcome, Position, Room, Seat},
        topic_log::{Gap, HeadVerdict, LogLimits},
    },
    protocol::codec,
    stats::{lifecycle::Kind, rooms::RoomStats},
    transport::link::Link,
};

/// Topic of revocations; every hub follows it.
pub const CONTROL: &str = "control";

/// How long an event that is ahead waits for the ones before it.
const REPAIR_AFTER: Duration = Duration::from_millis(50);

/// Pause after a repair that did not get through.
const REPAIR_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How often a room compares its head with the core's, and whether anybody still listens.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

type Step<T> = ResponseActFuture<TopicRoom, T>;

/// See the module's description.
pub struct TopicRoom {
    room: Room<Arc<Link>>,
    hub: Arc<Hub>,
    stats: Arc<RoomStats>,
    /// What was published while there was no room.
    published: Option<(String, u64)>,
    /// A core has told where the log stands since this room began.
    compared: bool,
    repairing: bool,
    /// Nobody listened at the last comparison.
    was_empty: bool,
}

/// Lets a connection hear the room.
#[derive(Message)]
#[rtype(result = "Result<(), JoinRefused>")]
pub struct Join {
    /// Who.
    pub link: Arc<Link>,
    /// By which right.
    pub grant: Grant,
    /// How.
    pub seat: Seat,
}

/// Seats a member on the topic's own channel.
#[derive(Message)]
#[rtype(result = "Result<Option<SubscribeResult>, SubscribeRefused>")]
pub struct Subscribe {
    /// Who.
    pub link: Arc<Link>,
    /// How.
    pub seat: Seat,
    /// Where it was.
    pub since: Option<Position>,
    /// The command to reply to. The room itself writes the reply, so that everything that it
    /// pushes later comes later; without a command the result is returned.
    pub reply_to: Option<u32>,
}

/// Why a connection cannot be seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeRefused {
    /// It is not in the room.
    NotAMember,
    /// It has that subscription.
    Already,
    /// No core could tell where the log stands.
    Unreachable,
}

/// Puts a subscriber back to the feed. False when it was none.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Unsubscribe {
    /// Who.
    pub connection: ConnectionId,
}

/// The connection has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Leave {
    /// Which.
    pub connection: ConnectionId,
}

/// A logged event; returns the offset up to which the room needs nothing more.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct Publish(
    /// The event.
    pub LoggedEvent,
);

/// Watermarks moved.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MoveReceipts(
    /// How far who has got.
    pub Vec<ReceiptMark>,
);

/// A member is writing. False when the connection is not in the room.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Type {
    /// Who.
    pub connection: ConnectionId,
}

/// Who is in the room? Nothing for those who are not.
#[derive(Message)]
#[rtype(result = "Option<PresenceResult>")]
pub struct ShowPresence {
    /// Who asks.
    pub connection: ConnectionId,
}

impl TopicRoom {
    /// A room that goes on after the grant's head; `published` is the newest position of the
    /// topic that went by without a room.
    #[must_use]
    pub fn new(grant: &Grant, published: Option<(String, u64)>, hub: Arc<Hub>) -> Self {
        let room = Room::new(grant, LogLimits::default());
        Self {
            stats: hub.stats.rooms.register(room.topic()),
            room,
            hub,
            published,
            compared: false,
            repairing: false,
            was_empty: false,
        }
    }

    fn topic(&self) -> Arc<str> {
        self.room.topic().clone()
    }

    fn after(&mut self, outcome: &Outcome, ctx: &mut Context<Self>) {
        self.hub.stats.events.add(outcome.accepted);
        self.hub.stats.deliveries.add(outcome.delivered);
        self.stats.count(outcome.accepted, outcome.delivered);
        self.stats.set_connections(self.room.len());
        for revocation in &outcome.revocations {
            self.hub.users.revoke(revocation);
        }
        if outcome.check_head {
            let compare = self.compare();
            ctx.spawn(compare.map(|_, _, _| ()));
        }
        self.repair_later(ctx, REPAIR_AFTER);
    }

    fn offer(&mut self, event: LoggedEvent, ctx: &mut Context<Self>) {
        let hub = self.hub.clone();
        let outcome = self.room.offer(event, &hub.users);
        self.after(&outcome, ctx);
    }

    fn learn(&mut self, head: TopicHead, asked_at: u64, ctx: &mut Context<Self>) {
        self.compared = true;
        if self.room.learn_head(&head.epoch, head.offset, asked_at) == HeadVerdict::Restored {
            tracing::warn!(topic = %self.room.topic(), "topic was restored; its clients start anew");
            self.hub.stats.resets.add(1);
            let text = format!("{} was restored; its clients start anew", self.room.topic());
            self.hub.stats.lifecycle.note(Kind::TopicRestored, text);
        }
        if let Some(wait) = self.room.seed(head, Instant::now()) {
            ctx.run_later(wait, |act, _| act.room.tell_receipts(Instant::now()));
        }
        self.repair_later(ctx, REPAIR_AFTER);
    }

    /// Asks a core where the log stands. False when none answered.
    fn compare(&self) -> Step<bool> {
        let (hub, topic, asked_at) = (self.hub.clone(), self.topic(), self.room.log().head());
        Box::pin(
            async move { hub.gateway.head(&topic).await }
                .into_actor(self)
                .map(move |head, act, ctx| match head {
                    Some(head) => {
                        act.learn(head, asked_at, ctx);
                        true
                    }
                    None => false,
                }),
        )
    }

    /// Reads a range of the log; nothing when no core answered or the epoch has changed.
    fn read(&self, gap: Gap) -> Step<Vec<LoggedEvent>> {
        let (hub, topic, epoch) = (
            self.hub.clone(),
            self.topic(),
            self.room.log().epoch().clone(),
        );
        let read = async move { hub.gateway.read(&topic, &epoch, gap).await };
        Box::pin(read.into_actor(self).map(|slice, act, _| match slice {
            Ok(slice) => slice.map(|slice| slice.events).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, topic = %act.room.topic(), "log could not be read");
                Vec::new()
            }
        }))
    }

    /// Closes the first gap, if there is one.
    fn repair(&self) -> Step<()> {
        let Some(gap) = self.room.gap() else {
            return Box::pin(fut::ready(()));
        };
        Box::pin(self.read(gap).map(|events, act: &mut Self, ctx| {
            if !events.is_empty() {
                act.hub.stats.repairs.add(1);
                let text = format!("{} read {} missed events", act.room.topic(), events.len());
                act.hub.stats.lifecycle.note(Kind::GapRepaired, text);
            }
            for event in events {
                act.offer(event, ctx);
            }
        }))
    }

    fn repair_later(&mut self, ctx: &mut Context<Self>, wait: Duration) {
        if self.repairing || self.room.gap().is_none() {
            return;
        }
        self.repairing = true;
        ctx.run_later(wait, |act, ctx| {
            let before = act.room.log().head();
            ctx.spawn(act.repair().map(move |(), act, ctx| {
                act.repairing = false;
                let advanced = act.room.log().head() > before;
                act.repair_later(
                    ctx,
                    if advanced {
                        Duration::ZERO
                    } else {
                        REPAIR_AGAIN_AFTER
                    },
                );
            }));
        });
    }

    fn compare_regularly(&mut self, ctx: &mut Context<Self>) {
        let empty = self.room.is_empty() && **self.room.topic() != *CONTROL;
        if empty && self.was_empty {
            self.hub.directory.retire(self.room.topic(), &ctx.address());
            ctx.stop();
            return;
        }
        self.was_empty = empty;
        ctx.spawn(self.compare().map(|_, _, _| ()));
        ctx.run_later(COMPARE_EVERY, Self::compare_regularly);
    }

    /// Everything a subscription needs from a core: a fresh head for the room's first one and for
    /// a client that is ahead of the room.
    fn catch_up(&self, since: Option<u64>) -> Step<bool> {
        let ahead = since.is_some_and(|offset| offset > self.room.log().head());
        if self.compared && !ahead {
            return Box::pin(fut::ready(true));
        }
        Box::pin(
            self.compare()
                .then(|answered, act, _| act.repair().map(move |(), _, _| answered)),
        )
    }
}

impl Actor for TopicRoom {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // Bounded, and wide enough for a burst of everyone in a large chat.
        ctx.set_mailbox_capacity(1024);
        if let Some((epoch, offset)) = self.published.take() {
            if *epoch != **self.room.log().epoch() {
                ctx.spawn(self.compare().map(|_, _, _| ()));
            } else if offset > self.room.log().head() {
                let asked_at = self.room.log().head();
                self.room.learn_head(&epoch, offset, asked_at);
                self.repair_later(ctx, Duration::ZERO);
            }
        }
        // Rooms that start together do not ask together.
        ctx.run_later(
            COMPARE_EVERY.mul_f64(rand::random()),
            Self::compare_regularly,
        );
    }
}

impl Handler<Join> for TopicRoom {
    type Result = Result<(), JoinRefused>;

    fn handle(&mut self, join: Join, ctx: &mut Self::Context) -> Self::Result {
        let foreign = *join.grant.epoch != **self.room.log().epoch();
        let joined = self.room.join(join.link, &join.grant, join.seat);
        self.stats.set_connections(self.room.len());
        if foreign {
            ctx.spawn(self.compare().map(|_, _, _| ()));
        }
        joined
    }
}

impl Handler<Subscribe> for TopicRoom {
    type Result = ResponseActFuture<Self, Result<Option<SubscribeResult>, SubscribeRefused>>;

    fn handle(&mut self, subscribe: Subscribe, _: &mut Self::Context) -> Self::Result {
        let Subscribe {
            link,
            seat,
            since,
            reply_to,
        } = subscribe;
        let connection = link.id();
        match self.room.seat(connection) {
            None => return Box::pin(fut::err(SubscribeRefused::NotAMember)),
            Some(Seat::Subscriber) => return Box::pin(fut::err(SubscribeRefused::Already)),
            Some(Seat::Watcher | Seat::ServerSide) => {}
        }
        let caught_up = self.catch_up(since.as_ref().map(|since| since.offset));
        let position = since.clone();
        let read = caught_up.then(move |answered, act, _| -> Step<_> {
            if !answered {
                return Box::pin(fut::err(SubscribeRefused::Unreachable));
            }
            match position.and_then(|since| act.room.recovery_gap(connection, &since)) {
                None => Box::pin(fut::ok(Vec::new())),
                Some(gap) => Box::pin(act.read(gap).map(|events, _, _| Ok(events))),
            }
        });
        Box::pin(read.map(move |read, act, _| {
            let result = act
                .room
                .subscribe(connection, seat, since.as_ref(), &read?)
                .ok_or(SubscribeRefused::NotAMember)?;
            let Some(id) = reply_to else {
                return Ok(Some(result));
            };
            let reply = Reply {
                id,
                subscribe: Some(result),
                ..Reply::default()
            };
            link.outbox().push(codec::encode(link.wire(), &reply));
            Ok(None)
        }))
    }
}

impl Handler<Unsubscribe> for TopicRoom {
    type Result = bool;

    fn handle(&mut self, unsubscribe: Unsubscribe, _: &mut Self::Context) -> bool {
        self.room.unsubscribe(unsubscribe.connection)
    }
}

impl Handler<Leave> for TopicRoom {
    type Result = ();

    fn handle(&mut self, leave: Leave, ctx: &mut Self::Context) {
        let last = self.room.leave(leave.connection, Instant::now());
        self.stats.set_connections(self.room.len());
        if last {
            ctx.run_later(OFFLINE_AFTER, |act, _| {
                act.room.settle_presence(Instant::now());
            });
        }
    }
}

impl Handler<Publish> for TopicRoom {
    type Result = u64;

    fn handle(&mut self, publish: Publish, ctx: &mut Self::Context) -> u64 {
        self.offer(publish.0, ctx);
        self.room.log().head()
    }
}

impl Handler<MoveReceipts> for TopicRoom {
    type Result = ();

    fn handle(&mut self, moved: MoveReceipts, ctx: &mut Self::Context) {
        if let Some(wait) = self.room.move_receipts(moved.0, Instant::now()) {
            ctx.run_later(wait, |act, _| act.room.tell_receipts(Instant::now()));
        }
    }
}

impl Handler<Type> for TopicRoom {
    type Result = bool;

    fn handle(&mut self, typing: Type, _: &mut Self::Context) -> bool {
        self.room.typing(typing.connection)
    }
}

impl Handler<ShowPresence> for TopicRoom {
    type Result = Option<PresenceResult>;

    fn handle(&mut self, show: ShowPresence, _: &mut Self::Context) -> Self::Result {
        self.room
            .seat(show.connection)
            .map(|_| self.room.presence())
    }
}
