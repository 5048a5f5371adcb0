//! Everything the hub asks the cores, by gRPC through their load balancer.
//!
//! Every call may go to any replica and may be repeated, so a replica that dies in the middle of
//! one is not noticed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use rookery_kit::{
    grpc::PresentCredential,
    mutual_tls::{self, MutualTls},
};
use shared_proto::core::v1::{
    AuthorizeRequest, DeliveredMark, Grant, ListGrantsRequest, ListGrantsResponse, PingRequest,
    ReadHeadsRequest, ReadRequest, ReportRequest, TopicHead, TopicRange, TopicSlice,
    VerifyTokenRequest, VerifyTokenResponse, auth_client::AuthClient,
    diagnostics_client::DiagnosticsClient, log_client::LogClient, receipts_client::ReceiptsClient,
};
use tokio::{
    sync::{Semaphore, watch},
    time::{MissedTickBehavior, interval, timeout},
};
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{
    batching::Batching,
    circuit_breaker::{CircuitBreaker, HOLD_MAX},
    delivered::{DeliverySink, ReportRefused},
    patience::{Patience, may_pass},
    single_flight::{NotAsked, SingleFlight},
    standing::{Outcomes, Verifying},
    start_up_check::Pings,
};
use crate::{
    config::CoreConfig,
    counters::{VerifyStats, refused_tokens::Reason},
    identity::VerifyError,
    rooms::ports::LogSource,
    topic::{log::Gap, room::RECOVERY_EVENTS},
};

/// Longer tokens are refused without asking: a core's own have some 500 bytes, and those that wait
/// are kept.
const TOKEN_BYTES_MAX: usize = 4 * 1024;

/// How often it is looked whether a core answers.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a look may take. Looks at cores that hang must fail often enough for [`Outcomes`], which
/// forgets them after a while.
const LOOK_PATIENCE: Patience = Patience::new(LOOK_EVERY);

/// Topics that one request for heads names.
const HEADS_MAX: usize = 500;

/// Parts of users' chats that are asked for at the same time. They do not wait where tokens do: nobody's
/// thousands of chats are to keep others out.
const GRANT_PARTS: usize = 8;

/// Ranges that one reading of logs names: each may bring
/// [`RECOVERY_BYTES`](crate::topic::room::RECOVERY_BYTES).
const RANGES_MAX: usize = 64;

/// No core answered in time.
#[derive(Debug, thiserror::Error)]
#[error("no core answered")]
pub struct Unreachable(#[from] Status);

type Authorised = InterceptedService<Channel, PresentCredential>;
type Verified = Result<Arc<VerifyTokenResponse>, VerifyError>;

/// The gRPC client of the cores. Cheap to clone.
#[derive(Clone)]
pub struct CoreGateway {
    patience: Patience,
    auth: AuthClient<Authorised>,
    receipts: ReceiptsClient<Authorised>,
    diagnostics: DiagnosticsClient<Authorised>,
    health: HealthClient<Authorised>,
    breaker: CircuitBreaker,
    outcomes: Arc<Mutex<Outcomes>>,
    verified: Arc<Mutex<Verifying>>,
    /// Tokens that are being verified: whoever presents one of them again waits for that answer.
    verifying: SingleFlight<Verified>,
    verify_permits: Arc<Semaphore>,
    grant_permits: Arc<Semaphore>,
    verify_stats: Arc<VerifyStats>,
    heads: Batching<String, TopicHead>,
    slices: Batching<TopicRange, TopicSlice>,
}

impl CoreGateway {
    /// Connects when first used. Call it inside a Tokio runtime that outlives the gateway.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(
        config: &CoreConfig,
        tls: Option<&MutualTls>,
        credential: PresentCredential,
    ) -> Result<Self, tonic::transport::Error> {
        let channel = mutual_tls::endpoint(config.url(), tls)?
            .connect_timeout(Duration::from_secs(1))
            .timeout(config.timeout())
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            .connect_lazy();
        let service = InterceptedService::new(channel, credential);
        let log = LogClient::new(service.clone()).max_decoding_message_size(64 << 20);
        let patience = Patience::new(config.timeout());
        Ok(Self {
            patience,
            auth: AuthClient::new(service.clone()).max_decoding_message_size(64 << 20),
            receipts: ReceiptsClient::new(service.clone()),
            diagnostics: DiagnosticsClient::new(service.clone()),
            health: HealthClient::new(service),
            breaker: CircuitBreaker::new(config.parked),
            outcomes: Arc::default(),
            verified: Arc::default(),
            verifying: SingleFlight::new(config.parked + config.verify_concurrency),
            verify_permits: Arc::new(Semaphore::new(config.verify_concurrency)),
            grant_permits: Arc::new(Semaphore::new(GRANT_PARTS)),
            verify_stats: Arc::default(),
            heads: {
                let log = log.clone();
                Batching::new(HEADS_MAX, move |topics| {
                    read_heads(patience, log.clone(), topics)
                })
            },
            slices: Batching::new(RANGES_MAX, move |ranges| {
                read_slices(patience, log.clone(), ranges)
            }),
        })
    }

    /// Whether a core answered when one was asked last.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.breaker.is_closed()
    }

    /// Tells when that changes.
    #[must_use]
    pub fn reachability(&self) -> watch::Receiver<bool> {
        self.breaker.changes()
    }

    /// Looks for ever whether a core answers, for the breaker.
    pub async fn watch(self) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let answer = LOOK_PATIENCE.ask(|| {
                let mut health = self.health.clone();
                async move { health.check(HealthCheckRequest::default()).await }
            });
            let answered = answer.await.is_ok();
            if answered && !self.breaker.is_closed() {
                self.lock_outcomes().forget();
                self.breaker.close();
            }
            self.note(answered);
        }
    }

    /// Whether tokens can be expected to be verified, as far as the last ones were.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.lock_verified().works(Instant::now())
    }

    /// Takes note of whether a question was answered, by whichever replica.
    fn note(&self, answered: bool) {
        if self.lock_outcomes().note(answered, Instant::now()) {
            self.breaker.open();
        }
    }

    fn lock_outcomes(&self) -> MutexGuard<'_, Outcomes> {
        // No code panics while it holds the lock.
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_verified(&self) -> MutexGuard<'_, Verifying> {
        // No code panics while it holds the lock.
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose token is it, and what may that user hear now? Always asked afresh, because what a
    /// user may hear changes; concurrent questions about one token are one call.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn verify(&self, token: &str) -> Verified {
        if !self.breaker.admits().await {
            return Err(VerifyError::Unreachable);
        }
        if token.len() > TOKEN_BYTES_MAX {
            self.verify_stats
                .refused
                .note(Reason::Malformed, "it is too long");
            return Err(VerifyError::Invalid);
        }
        let call = || self.clone().verify_once(token.to_owned());
        match self.verifying.ask(token, call).await {
            Ok(verified) => verified,
            Err(NotAsked::Full | NotAsked::Lost) => Err(VerifyError::Unreachable),
        }
    }

    /// What the verifications counted.
    #[must_use]
    pub fn verify_stats(&self) -> &VerifyStats {
        &self.verify_stats
    }

    async fn verify_once(self, token: String) -> Verified {
        // The semaphore is never closed. Who presents the token is gone when this takes longer.
        let Ok(_permit) = timeout(HOLD_MAX, self.verify_permits.acquire()).await else {
            return Err(VerifyError::Unreachable);
        };
        let _in_flight = self.verify_stats.begin();
        let answer = self
            .patience
            .ask(|| {
                let mut auth = self.auth.clone();
                let request = VerifyTokenRequest {
                    token: token.clone(),
                };
                async move { auth.verify_token(request).await }
            })
            .await;
        let verified = answer.map(Arc::new).map_err(|status| {
            let reason = status.metadata().get("rookery-reason");
            let refused = match (
                status.code(),
                reason.and_then(|reason| reason.to_str().ok()),
            ) {
                (Code::Unauthenticated, Some("expired")) => (VerifyError::Expired, Reason::Expired),
                (Code::Unauthenticated, Some("revoked")) => (VerifyError::Revoked, Reason::Revoked),
                (Code::Unauthenticated, Some("invalid")) => (VerifyError::Invalid, Reason::Core),
                _ => {
                    tracing::warn!(%status, "token could not be verified");
                    self.verify_stats.failures.add(1);
                    return VerifyError::Unreachable;
                }
            };
            self.verify_stats.refused.note(refused.1, status.message());
            refused.0
        });
        let answered = !matches!(verified, Err(VerifyError::Unreachable));
        self.note(answered);
        self.lock_verified().note(answered, Instant::now());
        verified
    }

    /// A part of the user's chats: those that follow `cursor`.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub async fn list_grants(
        &self,
        user: &str,
        cursor: &str,
    ) -> Result<ListGrantsResponse, Unreachable> {
        // The semaphore is never closed.
        let _permit = self.grant_permits.acquire().await;
        let answer = self.patience.ask(|| {
            let mut auth = self.auth.clone();
            let request = ListGrantsRequest {
                user_id: user.to_owned(),
                cursor: cursor.to_owned(),
            };
            async move { auth.list_grants(request).await }
        });
        Ok(answer.await?)
    }

    /// The user's fresh grant on one topic, if there is one.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub async fn authorize(&self, user: &str, topic: &str) -> Result<Option<Grant>, Unreachable> {
        let answer = self
            .patience
            .ask(|| {
                let mut auth = self.auth.clone();
                let request = AuthorizeRequest {
                    user_id: user.to_owned(),
                    topics: vec![topic.to_owned()],
                };
                async move { auth.authorize(request).await }
            })
            .await?;
        Ok(answer.grants.into_iter().find(|grant| grant.topic == topic))
    }
}

impl LogSource for CoreGateway {
    fn head(&self, topic: &str) -> BoxFuture<'static, Option<TopicHead>> {
        let (heads, topic) = (self.heads.clone(), topic.to_owned());
        async move { heads.ask(topic).await }.boxed()
    }

    fn read(&self, topic: &str, epoch: &str, gap: Gap) -> BoxFuture<'static, Option<TopicSlice>> {
        let range = TopicRange {
            topic: topic.to_owned(),
            epoch: epoch.to_owned(),
            after_offset: gap.after,
            up_to_offset: gap.up_to,
            limit_events: u32::try_from(RECOVERY_EVENTS).unwrap_or(u32::MAX),
        };
        let slices = self.slices.clone();
        async move { slices.ask(range).await }.boxed()
    }
}

impl Pings for CoreGateway {
    /// Not repeated: the answer is what is measured.
    async fn ping(&self, sequence: u32) -> Result<String, Unreachable> {
        let mut diagnostics = self.diagnostics.clone();
        let answer = diagnostics.ping(PingRequest { sequence }).await?;
        Ok(answer.into_inner().instance_id)
    }
}

impl DeliverySink for CoreGateway {
    async fn report(&self, marks: &[DeliveredMark]) -> Result<(), ReportRefused> {
        let reported = self
            .patience
            .ask(|| {
                let mut receipts = self.receipts.clone();
                let request = ReportRequest {
                    marks: marks.to_vec(),
                };
                async move { receipts.report(request).await }
            })
            .await;
        match reported {
            Ok(_) => Ok(()),
            Err(status) if may_pass(status.code()) => Err(ReportRefused::Unreachable),
            Err(status) => Err(ReportRefused::Refused(status.message().to_owned())),
        }
    }
}

async fn read_heads(
    patience: Patience,
    log: LogClient<Authorised>,
    topics: Vec<String>,
) -> Vec<Option<TopicHead>> {
    let mut names = topics.clone();
    names.sort_unstable();
    names.dedup();
    let answer = patience
        .ask(|| {
            let mut log = log.clone();
            let request = ReadHeadsRequest {
                topics: names.clone(),
            };
            async move { log.read_heads(request).await }
        })
        .await;
    let heads: HashMap<String, TopicHead> = match answer {
        Ok(answer) => answer
            .heads
            .into_iter()
            .map(|head| (head.topic.clone(), head))
            .collect(),
        Err(status) => {
            tracing::warn!(%status, topics = names.len(), "heads could not be read");
            HashMap::new()
        }
    };
    topics
        .iter()
        .map(|topic| heads.get(topic).cloned())
        .collect()
}

async fn read_slices(
    patience: Patience,
    log: LogClient<Authorised>,
    ranges: Vec<TopicRange>,
) -> Vec<Option<TopicSlice>> {
    let answer = patience.ask(|| {
        let mut log = log.clone();
        let request = ReadRequest {
            ranges: ranges.clone(),
        };
        async move { log.read(request).await }
    });
    match answer.await {
        Ok(answer) => answer.slices.into_iter().map(Some).collect(),
        Err(status) => {
            tracing::warn!(%status, topics = ranges.len(), "logs could not be read");
            Vec::new()
        }
    }
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
