//! The actor of one core's publish stream: hands every event to its room, in order, and tells the
//! core what needs no retry.

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, StreamHandler,
    WrapFuture as _,
};
use futures_util::future::join_all;
use shared_proto::{
    core::v1::{Grant, LoggedEvent},
    hub::v1::{Envelope, PublishAck, PublishRequest, ReceiptUpdate, TopicAck, envelope::Body},
};
use tokio::sync::mpsc;
use tonic::Status;

use crate::{
    connection::registry::Users,
    counters::{Stats, journal::Kind},
    protocol::payload::on_one_line,
    rooms::{Rooms, messages::MoveReceipts},
    topic::listener::Audience as _,
};

/// Events that rooms are given before it is looked again whether the hub is behind.
const STEP: usize = 8;

/// How long a hub that is behind lets a core wait. Its events go on after that, one step in so long;
/// what the core's own queue has no room for meanwhile, rooms read from the log.
const SETTLE_WITHIN: Duration = Duration::from_secs(1);

/// Where what cores publish goes. Cheap to clone.
#[derive(Clone)]
pub struct Destination {
    /// Who is told.
    pub rooms: Rooms,
    /// Who is online.
    pub users: Arc<Users>,
    /// What is counted.
    pub counters: Arc<Stats>,
}

/// One core's stream.
pub struct Stream {
    to: Destination,
    replica: String,
    acks: mpsc::Sender<Result<PublishAck, Status>>,
}

impl Stream {
    /// The stream of `replica`, which hears of its events through `acks`.
    #[must_use]
    pub fn new(
        to: Destination,
        replica: String,
        acks: mpsc::Sender<Result<PublishAck, Status>>,
    ) -> Self {
        Self { to, replica, acks }
    }
}

impl Actor for Stream {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        tracing::info!(core = self.replica, "core publishes");
        let text = format!("{} publishes", self.replica);
        self.to.counters.lifecycle.note(Kind::CoreConnected, text);
        self.to
            .counters
            .with_streams(|streams| streams.opened(&self.replica, Instant::now()));
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        tracing::info!(core = self.replica, "core's publish stream ended");
        let text = format!("the publish stream of {} ended", self.replica);
        self.to
            .counters
            .lifecycle
            .note(Kind::CoreDisconnected, text);
        self.to
            .counters
            .with_streams(|streams| streams.ended(&self.replica, Instant::now()));
    }
}

impl StreamHandler<Result<PublishRequest, Status>> for Stream {
    fn handle(&mut self, request: Result<PublishRequest, Status>, ctx: &mut Self::Context) {
        let Ok(request) = request else {
            return ctx.stop();
        };
        let (to, replica, acks) = (self.to.clone(), self.replica.clone(), self.acks.clone());
        let published = async move {
            let ack = publish(&to, &replica, request.envelopes).await;
            ack.acks.is_empty() || acks.send(Ok(ack)).await.is_ok()
        };
        // The next request waits: that keeps the order, and lets gRPC slow the core down.
        ctx.wait(published.into_actor(self).map(|heard, _, ctx| {
            if !heard {
                ctx.stop();
            }
        }));
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

async fn publish(to: &Destination, replica: &str, envelopes: Vec<Envelope>) -> PublishAck {
    let (mut logged, mut receipts) = (Vec::new(), Vec::new());
    for envelope in envelopes {
        match envelope.body {
            Some(Body::Logged(event)) => logged.push(event),
            Some(Body::Receipts(update)) => receipts.push(update),
            None => {}
        }
    }
    let counts = (logged.len() as u64, receipts.len() as u64);
    to.counters
        .with_streams(|streams| streams.published(replica, counts.0, counts.1, Instant::now()));
    let mut heads = Vec::new();
    let mut logged = logged.into_iter().peekable();
    while logged.peek().is_some() {
        let step: Vec<_> = logged.by_ref().take(STEP).collect();
        // Who lost access is not heard a moment longer than need be.
        if step.iter().all(|event| event.revocation.is_none()) {
            to.rooms.turnstile().settle(SETTLE_WITHIN).await;
        }
        // Each is in its room's mailbox before the next is looked at; the answers come together.
        heads.extend(join_all(step.into_iter().map(|event| deliver(to, event))).await);
        to.rooms.turnstile().taken();
    }
    join_all(
        receipts
            .into_iter()
            .map(|update| move_receipts(&to.rooms, update)),
    )
    .await;

    let mut newest: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (topic, epoch, offset) in heads {
        let known = newest.entry((topic, epoch)).or_default();
        *known = offset.max(*known);
    }
    let acks = newest.into_iter();
    PublishAck {
        acks: acks
            .map(|((topic, epoch), offset)| TopicAck {
                topic,
                epoch,
                offset,
            })
            .collect(),
    }
}

/// Hands an event to its room; returns the offset up to which nothing more is needed.
async fn deliver(to: &Destination, mut event: LoggedEvent) -> (String, String, u64) {
    event.data = on_one_line(event.data);
    let (topic, epoch) = (event.topic.clone(), event.epoch.clone());
    let head = to
        .rooms
        .publish(event, |event| joins_online_users(&to.users, event));
    (topic, epoch, head.await)
}

/// Whether the event brings somebody into a topic who is online: then it needs a room now.
fn joins_online_users(users: &Users, event: &LoggedEvent) -> bool {
    let Some(change) = &event.membership else {
        return false;
    };
    let grant = Grant {
        topic: event.topic.clone(),
        epoch: event.epoch.clone(),
        head: event.offset,
        readable_from: event.offset,
        member_count: change.member_count,
        presence_withheld: change.presence_withheld,
    };
    for user in &change.removed_user_ids {
        users.removed(user, &event.topic);
    }
    // Every one of them is noted, whoever is online.
    let added = change
        .added_user_ids
        .iter()
        .map(|user| users.added(user, &grant));
    added.filter(|links| !links.is_empty()).count() > 0
}

async fn move_receipts(rooms: &Rooms, update: ReceiptUpdate) {
    let ReceiptUpdate { topic, marks, .. } = update;
    // Without a room there is nobody to tell.
    let _ = rooms.ask(&topic, || MoveReceipts(marks.clone())).await;
}
