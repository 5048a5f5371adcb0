//! The actor of one core's publish stream: hands every event to its room, in order, and tells the
//! core what needs no retry.

use std::{collections::BTreeMap, sync::Arc};

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
    context::Hub,
    counters::journal::Kind,
    protocol::payload::on_one_line,
    rooms::messages::{MoveReceipts, Publish},
    topic::room::Audience as _,
};

/// One core's stream.
pub struct Stream {
    hub: Arc<Hub>,
    replica: String,
    acks: mpsc::Sender<Result<PublishAck, Status>>,
}

impl Stream {
    /// The stream of `replica`, which hears of its events through `acks`.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        replica: String,
        acks: mpsc::Sender<Result<PublishAck, Status>>,
    ) -> Self {
        Self { hub, replica, acks }
    }
}

impl Actor for Stream {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        tracing::info!(core = self.replica, "core publishes");
        let text = format!("{} publishes", self.replica);
        self.hub.stats.lifecycle.note(Kind::CoreConnected, text);
        self.hub
            .stats
            .with_stream(&self.replica, |stream| stream.connected = true);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        tracing::info!(core = self.replica, "core's publish stream ended");
        let text = format!("the publish stream of {} ended", self.replica);
        self.hub.stats.lifecycle.note(Kind::CoreDisconnected, text);
        self.hub
            .stats
            .with_stream(&self.replica, |stream| stream.connected = false);
    }
}

impl StreamHandler<Result<PublishRequest, Status>> for Stream {
    fn handle(&mut self, request: Result<PublishRequest, Status>, ctx: &mut Self::Context) {
        let Ok(request) = request else {
            return ctx.stop();
        };
        let (hub, replica, acks) = (self.hub.clone(), self.replica.clone(), self.acks.clone());
        let published = async move {
            let ack = publish(&hub, &replica, request.envelopes).await;
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

async fn publish(hub: &Arc<Hub>, replica: &str, envelopes: Vec<Envelope>) -> PublishAck {
    let (mut logged, mut receipts) = (Vec::new(), Vec::new());
    for envelope in envelopes {
        match envelope.body {
            Some(Body::Logged(event)) => logged.push(event),
            Some(Body::Receipts(update)) => receipts.push(update),
            None => {}
        }
    }
    hub.stats.with_stream(replica, |stream| {
        stream.published += logged.len() as u64;
        stream.receipts += receipts.len() as u64;
    });
    // Each is in its room's mailbox before the next is looked at; the answers come together.
    let heads = join_all(logged.into_iter().map(|event| deliver(hub, event))).await;
    join_all(
        receipts
            .into_iter()
            .map(|update| move_receipts(hub, update)),
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

/// Hands an event to its room; returns the offset up to which nothing more is needed. Without a
/// room nobody listens, and whoever comes later starts from a fresh head.
async fn deliver(hub: &Arc<Hub>, mut event: LoggedEvent) -> (String, String, u64) {
    event.data = on_one_line(event.data);
    let (topic, epoch, offset) = (event.topic.clone(), event.epoch.clone(), event.offset);
    let room = hub.directory.route(&topic, &epoch, offset);
    let room = room.or_else(|| {
        let namespace = hub.namespaces.of_logged(&topic)?;
        let start = start_before(&event);
        joins_online_users(hub, &event).then(|| hub.directory.find_or_start(&start, namespace, hub))
    });
    let head = match room {
        Some(room) => room.send(Publish(event)).await.unwrap_or(offset),
        None => offset,
    };
    (topic, epoch, head)
}

/// Whether the event brings somebody into a topic who is online: then it needs a room now.
fn joins_online_users(hub: &Hub, event: &LoggedEvent) -> bool {
    let Some(change) = &event.membership else {
        return false;
    };
    let grant = Grant {
        topic: event.topic.clone(),
        epoch: event.epoch.clone(),
        head: event.offset,
        readable_from: event.offset,
        member_count: change.member_count,
    };
    for user in &change.removed_user_ids {
        hub.users.removed(user, &event.topic);
    }
    // Every one of them is noted, whoever is online.
    let added = change
        .added_user_ids
        .iter()
        .map(|user| hub.users.added(user, &grant));
    added.filter(|links| !links.is_empty()).count() > 0
}

fn start_before(event: &LoggedEvent) -> Grant {
    Grant {
        topic: event.topic.clone(),
        epoch: event.epoch.clone(),
        head: event.offset - 1,
        ..Grant::default()
    }
}

async fn move_receipts(hub: &Arc<Hub>, update: ReceiptUpdate) {
    if let Some(room) = hub.directory.find(&update.topic) {
        // A room that has stopped has nobody to tell.
        let _ = room.send(MoveReceipts(update.marks)).await;
    }
}
