//! Publishing as a core does: written to the log, then handed to the hub's ingress, and again when
//! the hub did not say that it has it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use rookery_kit::{grpc::PresentCredential, secret::Secret};
use shared_proto::{
    core::v1::LoggedEvent,
    hub::v1::{
        Envelope, PublishAck, PublishRequest, envelope::Body, ingress_client::IngressClient,
    },
};
use tokio::{runtime::Runtime, sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Status, Streaming,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use super::{Event, Publisher};
use crate::{clock, database::Database, dialect::EPOCH, patience};

/// Requests that wait for the hub; the publisher waits when there are more.
const QUEUE_MAX: usize = 4;

/// Envelopes of one request when everything is published again.
const BATCH_MAX: usize = 256;

/// Pause before the hub is looked for again.
const RECONNECT_AFTER: Duration = Duration::from_millis(50);

/// By which name this publisher is known, beside those of the cores.
const INSTANCE: (&str, &str) = ("rookery-instance-id", "bench");

/// Publishes to the hub's ingress as a core does.
pub(crate) struct HubPublisher {
    topics: Arc<[String]>,
    database: Database,
    requests: mpsc::Sender<Vec<LoggedEvent>>,
    unacknowledged: Arc<AtomicU64>,
    /// Dropped last: it carries the stream.
    _runtime: Runtime,
}

impl HubPublisher {
    /// Publishes to the hub whose ingress listens there.
    ///
    /// # Errors
    /// When there is no runtime, or the secret cannot be used.
    pub(crate) fn connect(
        url: &str,
        secret: &Secret,
        topics: Vec<String>,
        database: Database,
    ) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let channel = {
            let _inside = runtime.enter();
            Endpoint::from_shared(url.to_owned())?
                .tcp_nodelay(true)
                .connect_lazy()
        };
        let ingress = InterceptedService::new(channel, PresentCredential::new(secret)?);
        let (requests, waiting) = mpsc::channel(QUEUE_MAX);
        let unacknowledged = Arc::new(AtomicU64::new(0));
        let stream = Stream {
            ingress: IngressClient::new(ingress),
            waiting,
            kept: HashMap::new(),
            unacknowledged: unacknowledged.clone(),
        };
        runtime.spawn(stream.run());
        Ok(Self {
            topics: topics.into(),
            database,
            requests,
            unacknowledged,
            _runtime: runtime,
        })
    }
}

impl Publisher for HubPublisher {
    fn prepare(&mut self, events: &[Event]) -> Result<()> {
        self.database.append(&self.topics, events)
    }

    fn publish(&mut self, events: Vec<Event>) -> Result<()> {
        self.unacknowledged
            .fetch_add(events.len() as u64, Ordering::Relaxed);
        let logged = events
            .into_iter()
            .map(|event| LoggedEvent {
                topic: self.topics[event.topic as usize].clone(),
                epoch: EPOCH.to_owned(),
                offset: event.number.into(),
                data: event.payload,
                committed_at_us: clock::unix_us(),
                ..LoggedEvent::default()
            })
            .collect();
        self.requests
            .blocking_send(logged)
            .context("the stream to the hub has ended")
    }

    fn flush(&mut self, within: Duration) -> Result<()> {
        let taken = patience::becomes(within, || {
            Ok(self.unacknowledged.load(Ordering::Relaxed) == 0)
        })?;
        if !taken {
            bail!("the hub did not take everything within {within:?}");
        }
        Ok(())
    }
}

type Ingress = IngressClient<InterceptedService<Channel, PresentCredential>>;

/// The stream to the hub, opened again whenever it ends.
struct Stream {
    ingress: Ingress,
    waiting: mpsc::Receiver<Vec<LoggedEvent>>,
    /// Topic → events that the hub has not acknowledged.
    kept: HashMap<String, VecDeque<LoggedEvent>>,
    unacknowledged: Arc<AtomicU64>,
}

impl Stream {
    /// Publishes until nobody will hand over anything any more.
    async fn run(mut self) {
        loop {
            match self.publish().await {
                Ok(()) => return,
                // The hub is being started again.
                Err(_) => sleep(RECONNECT_AFTER).await,
            }
        }
    }

    /// One stream, until it ends.
    async fn publish(&mut self) -> Result<(), Status> {
        let (requests, stream) = mpsc::channel(QUEUE_MAX);
        let mut request = Request::new(ReceiverStream::new(stream));
        request
            .metadata_mut()
            .insert(INSTANCE.0, MetadataValue::from_static(INSTANCE.1));
        let mut acks = self.ingress.publish_stream(request).await?.into_inner();
        let again: Vec<LoggedEvent> = self.kept.values().flatten().cloned().collect();
        for batch in again.chunks(BATCH_MAX) {
            self.send(&requests, &mut acks, batch.to_vec()).await?;
        }
        loop {
            tokio::select! {
                events = self.waiting.recv() => {
                    let Some(events) = events else { return Ok(()) };
                    for event in &events {
                        let kept = self.kept.entry(event.topic.clone()).or_default();
                        kept.push_back(event.clone());
                    }
                    self.send(&requests, &mut acks, events).await?;
                }
                ack = acks.message() => self.note(ack?)?,
            }
        }
    }

    /// Hands a request over; acknowledgements are taken meanwhile, so that neither side waits for
    /// the other.
    async fn send(
        &mut self,
        requests: &mpsc::Sender<PublishRequest>,
        acks: &mut Streaming<PublishAck>,
        events: Vec<LoggedEvent>,
    ) -> Result<(), Status> {
        let envelopes = events
            .into_iter()
            .map(|event| Envelope {
                body: Some(Body::Logged(event)),
            })
            .collect();
        let sending = requests.send(PublishRequest { envelopes });
        tokio::pin!(sending);
        loop {
            tokio::select! {
                sent = &mut sending => {
                    return sent.map_err(|_| Status::unavailable("the stream has ended"));
                }
                ack = acks.message() => self.note(ack?)?,
            }
        }
    }

    fn note(&mut self, ack: Option<PublishAck>) -> Result<(), Status> {
        let ack = ack.ok_or_else(|| Status::unavailable("the stream has ended"))?;
        for topic in ack.acks {
            let Some(kept) = self.kept.get_mut(&topic.topic) else {
                continue;
            };
            while kept
                .front()
                .is_some_and(|event| event.offset <= topic.offset)
            {
                kept.pop_front();
                self.unacknowledged.fetch_sub(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}
