//! Hands committed events to the hub: one long-lived gRPC stream per replica.

mod batches;
mod outstanding;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rookery_kit::{
    grpc::PresentCredential,
    mutual_tls::{self, MutualTls},
    trace,
};
use shared_proto::{
    core::v1::{self as wire, MembershipChange, ReceiptMark, Revocation},
    hub::v1::{
        AnnounceRequest, Envelope, PublishRequest, ReceiptUpdate, TopicAck, envelope::Body,
        ingress_client::IngressClient,
    },
};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc},
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::interceptor::InterceptedService,
    transport::Channel,
};

use self::{
    batches::{batches, logged_at},
    outstanding::Outstanding,
};
use crate::{
    application::ports::{EventPublisher, TopicStore},
    domain::event::{LoggedEvent, ReceiptsMoved, Topic},
};

/// Envelopes that wait for the hub; what is beyond is lost here and found by the relay.
const QUEUE_MAX: usize = 10_000;

/// Envelopes that are taken from the queue at once.
const BATCH_MAX: usize = 256;

/// A stream that lived this long was a good one: the next one need not wait.
const LIVED_AFTER: Duration = Duration::from_secs(5);

/// Topics whose acknowledgements are kept while they cannot be stored; the events of others are
/// published again.
const ACKED_TOPICS_MAX: usize = 100_000;

/// How long acknowledgements are collected before they are stored.
const STORE_ACKS_EVERY: Duration = Duration::from_millis(250);

/// Pauses before the hub is looked for again.
const RECONNECT_AFTER: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(500),
];

/// By which name a core's stream is known.
const INSTANCE: &str = "rookery-instance-id";

/// The publishing end.
pub struct HubPublisher {
    queue: mpsc::Sender<Envelope>,
    outstanding: Arc<Outstanding>,
}

/// The connection to the hub.
pub struct HubConnection {
    channel: InterceptedService<Channel, PresentCredential>,
    instance: MetadataValue<Ascii>,
    waiting: AsyncMutex<mpsc::Receiver<Envelope>>,
    outstanding: Arc<Outstanding>,
    acked: Arc<Acked>,
    topics: Arc<dyn TopicStore>,
}

/// How far the hub has acknowledged each topic, until that is stored.
#[derive(Debug, Default)]
struct Acked(Mutex<HashMap<String, u64>>);

/// A publisher and the connection that has to [`HubConnection::run`].
///
/// # Errors
/// When the hub's address or the instance's name cannot be used.
pub fn connect(
    url: &str,
    tls: Option<&MutualTls>,
    instance: &str,
    credential: PresentCredential,
    topics: Arc<dyn TopicStore>,
) -> Result<(HubPublisher, HubConnection), Box<dyn std::error::Error + Send + Sync>> {
    let channel = mutual_tls::endpoint(url, tls)?
        .connect_timeout(Duration::from_secs(1))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .connect_lazy();
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let outstanding = Arc::new(Outstanding::default());
    let connection = HubConnection {
        channel: InterceptedService::new(channel, credential),
        instance: instance.parse()?,
        waiting: AsyncMutex::new(waiting),
        outstanding: outstanding.clone(),
        acked: Arc::default(),
        topics,
    };
    Ok((HubPublisher { queue, outstanding }, connection))
}

impl EventPublisher for HubPublisher {
    fn publish(&self, events: Vec<LoggedEvent>) {
        let traceparent = trace::traceparent(&tracing::Span::current());
        for event in events {
            let (topic, offset) = (event.topic.clone(), unsigned(event.offset));
            if !self.outstanding.queue(&topic, offset) {
                continue;
            }
            let is_queued = self.send(Body::Logged(wire::LoggedEvent {
                traceparent: traceparent.clone(),
                ..logged(event)
            }));
            if !is_queued {
                self.outstanding.dropped(&topic, offset);
            }
        }
    }

    fn tell_receipts(&self, moved: ReceiptsMoved) {
        let marks = moved.receipts.into_iter().map(|receipt| ReceiptMark {
            user_id: receipt.user_id.map(|user| user.to_string()),
            delivered_seq: unsigned(receipt.marks.delivered_seq),
            read_seq: unsigned(receipt.marks.read_seq),
        });
        self.send(Body::Receipts(ReceiptUpdate {
            topic: Topic::Chat(moved.conversation_id).to_string(),
            marks: marks.collect(),
        }));
    }
}

impl HubPublisher {
    /// Resolves once everything published so far is on its way to the hub.
    pub async fn flushed(&self) {
        // Every place in the queue is free; without a connection nothing waits.
        let _ = self.queue.reserve_many(QUEUE_MAX).await;
    }

    /// Whether there was room in the queue.
    fn send(&self, body: Body) -> bool {
        let sent = self.queue.try_send(Envelope { body: Some(body) });
        if sent.is_err() {
            tracing::debug!("the hub does not keep up; the relay will publish this");
        }
        sent.is_ok()
    }
}

impl HubConnection {
    /// Publishes for ever, and comes back when the hub does.
    pub async fn run(self) {
        // A task of its own: a slow database must not hold events back.
        tokio::spawn(store_acks(self.acked.clone(), self.topics.clone()));
        let mut failures = 0;
        loop {
            let began = Instant::now();
            match self.publish().await {
                Ok(()) if began.elapsed() >= LIVED_AFTER => failures = 0,
                ended => {
                    if let (Err(status), 0) = (&ended, failures) {
                        tracing::warn!(%status, "the hub cannot be reached; trying on");
                    }
                    let pause = RECONNECT_AFTER[failures.min(RECONNECT_AFTER.len() - 1)];
                    failures += 1;
                    sleep(pause).await;
                }
            }
        }
    }

    /// One stream, until it ends.
    async fn publish(&self) -> Result<(), Status> {
        let mut ingress = IngressClient::new(self.channel.clone());
        let announcement = AnnounceRequest {
            instance_id: self.instance.to_str().unwrap_or_default().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let hub = ingress.announce(announcement).await?.into_inner().hub_id;
        let (requests, stream) = mpsc::channel(4);
        let mut request = Request::new(ReceiverStream::new(stream));
        request
            .metadata_mut()
            .insert(INSTANCE, self.instance.clone());
        let mut acks = ingress.publish_stream(request).await?.into_inner();
        tracing::info!(hub, "publishing to the hub");

        let mut waiting = self.waiting.lock().await;
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                received = waiting.recv_many(&mut batch, BATCH_MAX) => {
                    let envelopes = std::mem::take(&mut batch);
                    if received == 0 || !self.send(&requests, envelopes).await {
                        break;
                    }
                }
                ack = acks.message() => match ack {
                    Ok(Some(ack)) => self.note(ack.acks),
                    Ok(None) => break,
                    Err(status) => {
                        tracing::warn!(%status, "the hub has ended the stream");
                        break;
                    }
                },
            }
        }
        self.outstanding.stream_ended();
        tracing::warn!("the stream to the hub ended");
        Ok(())
    }

    /// Whether the stream still takes requests.
    async fn send(
        &self,
        requests: &mpsc::Sender<PublishRequest>,
        envelopes: Vec<Envelope>,
    ) -> bool {
        let (batches, too_large) = batches(envelopes);
        for (topic, offset) in too_large.iter().filter_map(logged_at) {
            tracing::error!(topic, offset, "too large for the hub; rooms will read it");
            self.outstanding.dropped(topic, offset);
        }
        for request in batches {
            for (topic, offset) in request.envelopes.iter().filter_map(logged_at) {
                self.outstanding.sent(topic, offset);
            }
            if requests.send(request).await.is_err() {
                return false;
            }
        }
        true
    }

    fn note(&self, acks: Vec<TopicAck>) {
        for ack in &acks {
            self.outstanding.acknowledged(&ack.topic, ack.offset);
        }
        self.acked
            .note(acks.into_iter().map(|ack| (ack.topic, ack.offset)));
    }
}

impl Acked {
    fn note(&self, acks: impl Iterator<Item = (String, u64)>) {
        let mut acked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (topic, offset) in acks {
            if acked.len() < ACKED_TOPICS_MAX || acked.contains_key(&topic) {
                let known = acked.entry(topic).or_default();
                *known = offset.max(*known);
            }
        }
    }

    fn take(&self) -> HashMap<String, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Stores for ever what was acknowledged.
async fn store_acks(acked: Arc<Acked>, topics: Arc<dyn TopicStore>) {
    let mut ticks = interval(STORE_ACKS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let taken = acked.take();
        if taken.is_empty() {
            continue;
        }
        let acks: Vec<(String, i64)> = taken
            .iter()
            .map(|(topic, offset)| (topic.clone(), i64::try_from(*offset).unwrap_or(i64::MAX)))
            .collect();
        let topics = topics.clone();
        let stored = tokio::task::spawn_blocking(move || topics.ack_topics(&acks)).await;
        if !matches!(stored, Ok(Ok(()))) {
            tracing::warn!("acknowledgements could not be stored; trying again");
            acked.note(taken.into_iter());
        }
    }
}

/// An event as the hub takes it.
#[must_use]
pub fn logged(event: LoggedEvent) -> wire::LoggedEvent {
    let effects = event.effects;
    let texts = |ids: &[crate::domain::ids::UserId]| ids.iter().map(ToString::to_string).collect();
    // Only what changes who hears the topic, or what they hear of each other, counts the members.
    let membership =
        (effects.member_count > 0 || !effects.removed.is_empty()).then(|| MembershipChange {
            added_user_ids: texts(&effects.added),
            removed_user_ids: texts(&effects.removed),
            member_count: u32::try_from(effects.member_count).unwrap_or(u32::MAX),
            presence_withheld: effects.presence_withheld,
        });
    let revoked: Vec<String> = effects
        .revoked_sessions
        .iter()
        .map(ToString::to_string)
        .collect();
    wire::LoggedEvent {
        topic: event.topic,
        epoch: event.epoch,
        offset: unsigned(event.offset),
        data: event.payload.into_bytes().into(),
        committed_at_us: event.committed_at.micros(),
        membership,
        redacts: effects.redacts.into_iter().map(unsigned).collect(),
        revocation: (!revoked.is_empty()).then_some(Revocation {
            session_ids: revoked,
        }),
        traceparent: String::new(),
    }
}

/// Offsets and numbers of messages are never negative.
#[must_use]
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
