//! The actor of one topic: performs what [`Room`] decides.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler,
    ResponseActFuture, fut,
};
use rookery_kit::trace;
use shared_proto::{
    client::v1::{HistoryResult, PresenceResult, PresenceStatsResult, Reply, SubscribeResult},
    core::v1::LoggedEvent,
};
use tracing::Span;

use super::{
    RoomParts,
    following::Reading,
    messages::{
        Cause, CountPresence, Dismiss, ForgetHistory, Join, LearnPublished, Leave, MoveReceipts,
        Post, Publish, ShowHistory, ShowPresence, Subscribe, Told, Unsubscribe,
    },
};
use crate::{
    clock,
    connection::link::Link,
    counters::rooms::RoomStats,
    protocol::{codec, frame::Frame},
    topic::{
        listener::Listener as _,
        presence::OFFLINE_AFTER,
        room::{
            HistoryRefused, JoinRefused, PostRefused, PresenceRefused, Published, Room,
            SubscribeRefused, Verdict,
        },
    },
};

/// How often a room compares its head with the core's, and whether anybody still listens.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

pub(super) type Step<T> = ResponseActFuture<TopicRoom, T>;

/// A room on its thread.
pub struct TopicRoom {
    pub(super) room: Room<Arc<Link>>,
    pub(super) parts: Arc<RoomParts>,
    pub(super) stats: Arc<RoomStats>,
    /// What was published while there was no room.
    published: Option<(String, u64)>,
    /// A core has told where the log stands since this room began.
    pub(super) compared: bool,
    pub(super) repairing: bool,
    pub(super) reading: Option<Box<Reading>>,
    /// Nobody listened at the last comparison.
    was_idle: bool,
    /// It hears revocations, so it stays though nobody listens.
    pub(super) pinned: bool,
}

impl TopicRoom {
    /// The actor of a room.
    #[must_use]
    pub fn new(room: Room<Arc<Link>>, parts: Arc<RoomParts>) -> Self {
        Self {
            stats: parts.counters.rooms.register(room.topic()),
            room,
            parts,
            published: None,
            compared: false,
            repairing: false,
            reading: None,
            was_idle: false,
            pinned: false,
        }
    }

    /// With the newest position of the topic that went by without a room.
    #[must_use]
    pub fn with_published(mut self, published: Option<(String, u64)>) -> Self {
        self.published = published;
        self
    }

    /// One that hears revocations, so it stays though nobody listens.
    #[must_use]
    pub fn pinned(mut self) -> Self {
        self.pinned = true;
        self
    }

    /// Which topic.
    #[must_use]
    pub fn topic(&self) -> &Arc<str> {
        self.room.topic()
    }

    fn look_around(&mut self, ctx: &mut Context<Self>) {
        let idle = self.room.is_idle(Instant::now()) && !self.pinned;
        if idle && self.was_idle {
            self.parts.directory.put_to_rest(&self.room, &ctx.address());
            ctx.stop();
            return;
        }
        self.was_idle = idle;
        self.compare_soon(ctx);
        ctx.run_later(COMPARE_EVERY, Self::look_around);
    }
}

impl Actor for TopicRoom {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // Bounded, and wide enough for a burst of everyone in a large chat.
        ctx.set_mailbox_capacity(1024);
        if let Some((epoch, offset)) = self.published.take() {
            self.learn_published(&epoch, offset, ctx);
        }
        // Rooms that start together do not ask together.
        ctx.run_later(COMPARE_EVERY.mul_f64(rand::random()), Self::look_around);
    }
}

impl Handler<Join> for TopicRoom {
    type Result = Result<(), JoinRefused>;

    fn handle(&mut self, join: Join, ctx: &mut Self::Context) -> Self::Result {
        let log = self.room.log();
        let foreign = log.is_some_and(|log| *join.grant.epoch != **log.epoch());
        let joined = self.room.join(join.link, &join.grant, join.seat);
        self.stats.set_connections(self.room.len());
        if foreign {
            self.compare_soon(ctx);
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
            wish,
            told,
        } = subscribe;
        let connection = link.id();
        if let Err(refused) = self.room.may_subscribe(connection) {
            return Box::pin(fut::err(refused));
        }
        let caught_up = self.catch_up(wish.since.as_ref().map(|since| since.offset));
        let since = wish.since.clone();
        let read = caught_up.then(move |answered, act, _| -> Step<_> {
            if !answered {
                return Box::pin(fut::err(SubscribeRefused::Unreachable));
            }
            match since.and_then(|since| act.room.recovery_gap(connection, &since)) {
                None => Box::pin(fut::ok(Arc::default())),
                Some(gap) => Box::pin(act.read_back(gap).map(|events, _, _| Ok(events))),
            }
        });
        Box::pin(read.map(move |read, act, _| {
            let mut result = act.room.subscribe(&link, seat, wish, &read?)?;
            act.stats.set_connections(act.room.len());
            Ok(match told {
                Told::Caller => Some(result),
                Told::Reply { id, expires_at_ms } => {
                    if let Some(expires_at_ms) = expires_at_ms {
                        result.expires = true;
                        result.ttl = clock::ttl_s(expires_at_ms);
                    }
                    let reply = Reply {
                        id,
                        subscribe: Some(result),
                        ..Reply::default()
                    };
                    link.outbox().push(codec::encode(link.wire(), &reply));
                    None
                }
                Told::Push(data) => {
                    for frame in Frame::subscribed(act.topic(), result, data) {
                        link.deliver(&frame);
                    }
                    None
                }
            })
        }))
    }
}

impl Handler<Unsubscribe> for TopicRoom {
    type Result = bool;

    fn handle(&mut self, unsubscribe: Unsubscribe, _: &mut Self::Context) -> bool {
        let ended = self
            .room
            .unsubscribe(unsubscribe.connection, Instant::now());
        self.stats.set_connections(self.room.len());
        ended
    }
}

impl Handler<Dismiss> for TopicRoom {
    type Result = bool;

    fn handle(&mut self, dismiss: Dismiss, _: &mut Self::Context) -> bool {
        let Dismiss { connection, why } = dismiss;
        let ended = self.room.dismiss(connection, why, Instant::now());
        self.stats.set_connections(self.room.len());
        ended
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

    fn handle(&mut self, Publish(mut event): Publish, ctx: &mut Self::Context) -> u64 {
        let span = spread_span(&mut event);
        span.in_scope(|| self.offer(event, ctx));
        self.head()
    }
}

/// The room's part in the trace of the request that caused the event, if that is traced; what
/// clients are given hangs below it.
fn spread_span(event: &mut LoggedEvent) -> Span {
    if event.traceparent.is_empty() {
        return Span::none();
    }
    let span = tracing::info_span!(
        "spread",
        otel.kind = "producer",
        topic = event.topic,
        offset = event.offset
    );
    trace::set_parent(&span, &event.traceparent);
    let own = trace::traceparent(&span);
    if !own.is_empty() {
        event.traceparent = own;
    }
    span
}

impl Handler<LearnPublished> for TopicRoom {
    type Result = ();

    fn handle(&mut self, went_by: LearnPublished, ctx: &mut Self::Context) {
        self.learn_published(&went_by.epoch, went_by.offset, ctx);
    }
}

impl Handler<Post> for TopicRoom {
    type Result = Result<Published, PostRefused>;

    fn handle(&mut self, post: Post, _: &mut Self::Context) -> Self::Result {
        let Post {
            publication,
            ephemeral,
        } = post;
        let published = self.room.post(publication, ephemeral, Instant::now())?;
        if published.verdict == Verdict::Accepted {
            self.parts.counters.publications.add(1);
            self.parts.counters.deliveries.add(published.delivered);
            self.stats.count(1, published.delivered);
        }
        Ok(published)
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

impl Handler<Cause> for TopicRoom {
    type Result = bool;

    fn handle(&mut self, cause: Cause, _: &mut Self::Context) -> bool {
        self.room.cause(cause.connection, &cause.kind)
    }
}

impl Handler<ShowPresence> for TopicRoom {
    type Result = Result<PresenceResult, PresenceRefused>;

    fn handle(&mut self, show: ShowPresence, _: &mut Self::Context) -> Self::Result {
        self.room.presence(show.asker)
    }
}

impl Handler<CountPresence> for TopicRoom {
    type Result = Result<PresenceStatsResult, PresenceRefused>;

    fn handle(&mut self, count: CountPresence, _: &mut Self::Context) -> Self::Result {
        self.room.presence_stats(count.asker)
    }
}

impl Handler<ShowHistory> for TopicRoom {
    type Result = ResponseActFuture<Self, Result<HistoryResult, HistoryRefused>>;

    fn handle(&mut self, show: ShowHistory, _: &mut Self::Context) -> Self::Result {
        let ShowHistory { asker, wish } = show;
        let reverse = wish.reverse;
        let read = self
            .catch_up(None)
            .then(move |answered, act, _| -> Step<_> {
                if !answered {
                    return Box::pin(fut::err(HistoryRefused::Unreachable));
                }
                let range = match act.room.history_range(asker, &wish) {
                    Err(refused) => return Box::pin(fut::err(refused)),
                    Ok(range) => range,
                };
                let read = match act.room.history_gap(range) {
                    None => return Box::pin(fut::ok((range, Vec::new()))),
                    Some(gap) if reverse => act.read_end(gap),
                    Some(gap) => act.read(gap),
                };
                Box::pin(read.map(move |events, _, _| match events.len() {
                    0 => Err(HistoryRefused::Unreachable),
                    _ => Ok((range, events)),
                }))
            });
        Box::pin(read.map(move |read, act, _| {
            let (range, events) = read?;
            Ok(act.room.history(range, reverse, &events))
        }))
    }
}

impl Handler<ForgetHistory> for TopicRoom {
    type Result = ();

    fn handle(&mut self, _: ForgetHistory, _: &mut Self::Context) {
        self.room.forget_history();
    }
}

impl Drop for TopicRoom {
    fn drop(&mut self) {
        // A room retires when it is empty, so one with members in it has failed.
        self.room.abandon();
    }
}
