//! Hands committed events to the hub: one long-lived gRPC stream per replica.

use std::{collections::HashMap, sync::Arc, time::Duration};

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
    sync::{Mutex, mpsc},
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::interceptor::InterceptedService,
    transport::Channel,
};

use crate::{
    application::ports::{EventPublisher, TopicStore},
    domain::event::{LoggedEvent, ReceiptsMoved, Topic},
};

/// Envelopes that wait for the hub; what is beyond is lost here and found by the relay.
const QUEUE_MAX: usize = 10_000;

/// Envelopes of one request.
const BATCH_MAX: usize = 256;

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
pub struct HubPublisher(mpsc::Sender<Envelope>);

/// The connection to the hub.
pub struct HubConnection {
    channel: InterceptedService<Channel, PresentCredential>,
    instance: MetadataValue<Ascii>,
    waiting: Mutex<mpsc::Receiver<Envelope>>,
    topics: Arc<dyn TopicStore>,
}

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
    let (publisher, waiting) = mpsc::channel(QUEUE_MAX);
    let connection = HubConnection {
        channel: InterceptedService::new(channel, credential),
        instance: instance.parse()?,
        waiting: Mutex::new(waiting),
        topics,
    };
    Ok((HubPublisher(publisher), connection))
}

impl EventPublisher for HubPublisher {
    fn publish(&self, events: Vec<LoggedEvent>) {
        let traceparent = trace::traceparent(&tracing::Span::current());
        for event in events {
            self.send(Body::Logged(wire::LoggedEvent {
                traceparent: traceparent.clone(),
                ..logged(event)
            }));
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
        let _ = self.0.reserve_many(QUEUE_MAX).await;
    }

    fn send(&self, body: Body) {
        if self.0.try_send(Envelope { body: Some(body) }).is_err() {
            tracing::debug!("the hub does not keep up; the relay will publish this");
        }
    }
}

impl HubConnection {
    /// Publishes for ever, and comes back when the hub does.
    pub async fn run(self) {
        let mut failures = 0;
        loop {
            match self.publish().await {
                Ok(()) => failures = 0,
                Err(status) => {
                    if failures == 0 {
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

        let mut acked: HashMap<String, u64> = HashMap::new();
        let mut store = interval(STORE_ACKS_EVERY);
        store.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = self.waiting.lock().await;
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                received = waiting.recv_many(&mut batch, BATCH_MAX) => {
                    let envelopes = std::mem::take(&mut batch);
                    if received == 0 || requests.send(PublishRequest { envelopes }).await.is_err() {
                        break;
                    }
                }
                ack = acks.message() => match ack {
                    Ok(Some(ack)) => note(&mut acked, ack.acks),
                    Ok(None) | Err(_) => break,
                },
                _ = store.tick() => self.store(&mut acked).await,
            }
        }
        tracing::warn!("the stream to the hub ended");
        self.store(&mut acked).await;
        Ok(())
    }

    async fn store(&self, acked: &mut HashMap<String, u64>) {
        if acked.is_empty() {
            return;
        }
        let mut acks: Vec<(String, i64)> = acked
            .drain()
            .map(|(topic, offset)| (topic, i64::try_from(offset).unwrap_or(i64::MAX)))
            .collect();
        // In one order everywhere, so that two replicas cannot lock each other out.
        acks.sort_unstable();
        let topics = self.topics.clone();
        let stored = tokio::task::spawn_blocking(move || topics.ack_topics(&acks)).await;
        if !matches!(stored, Ok(Ok(()))) {
            tracing::warn!("acknowledgements could not be stored; events will be published again");
        }
    }
}

fn note(acked: &mut HashMap<String, u64>, acks: Vec<TopicAck>) {
    for ack in acks {
        let known = acked.entry(ack.topic).or_default();
        *known = ack.offset.max(*known);
    }
}

/// An event as the hub takes it.
#[must_use]
pub fn logged(event: LoggedEvent) -> wire::LoggedEvent {
    let effects = event.effects;
    let texts = |ids: &[crate::domain::ids::UserId]| ids.iter().map(ToString::to_string).collect();
    let membership =
        (!effects.added.is_empty() || !effects.removed.is_empty()).then(|| MembershipChange {
            added_user_ids: texts(&effects.added),
            removed_user_ids: texts(&effects.removed),
            member_count: u32::try_from(effects.member_count).unwrap_or(u32::MAX),
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
        redacts: Vec::new(),
        revocation: (!revoked.is_empty()).then(|| Revocation {
            session_ids: revoked,
            user_ids: Vec::new(),
        }),
        traceparent: String::new(),
    }
}

/// Offsets and numbers of messages are never negative.
#[must_use]
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
