//! Verification, against a core that is a table.

use std::{collections::HashMap, net::TcpListener};

use rookery_kit::{grpc_peers::incoming, secret::Secret};
use shared_proto::core::v1::{
    AuthorizeResponse,
    auth_server::{Auth, AuthServer},
};
use tokio::sync::Notify;
use tonic::{Request, Response};

use super::*;

/// Nothing here takes as long, however busy the machine is.
const LONG: Duration = Duration::from_secs(30);

/// A core that knows tokens by heart.
#[derive(Clone, Default)]
struct FakeCore {
    /// Token → why it is refused.
    refused: Arc<HashMap<&'static str, Status>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// Lets `slow` through.
    released: Arc<Notify>,
}

impl FakeCore {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[tonic::async_trait]
impl Auth for FakeCore {
    async fn verify_token(
        &self,
        request: Request<VerifyTokenRequest>,
    ) -> Result<Response<VerifyTokenResponse>, Status> {
        let token = request.into_inner().token;
        self.asked.lock().unwrap().push(token.clone());
        if token == "slow" {
            self.released.notified().await;
        }
        match self.refused.get(&*token) {
            Some(status) => Err(status.clone()),
            None => Ok(Response::new(VerifyTokenResponse {
                user_id: token,
                ..VerifyTokenResponse::default()
            })),
        }
    }

    async fn list_grants(
        &self,
        _: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        Ok(Response::new(ListGrantsResponse::default()))
    }

    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        let mut topics = request.into_inner().topics;
        topics.retain(|topic| topic != "chat:closed");
        let grants = topics.into_iter().map(|topic| Grant {
            topic,
            ..Grant::default()
        });
        Ok(Response::new(AuthorizeResponse {
            grants: grants.collect(),
        }))
    }
}

/// Why a core refuses a token.
fn refusal(reason: &'static str) -> Status {
    let mut status = Status::unauthenticated("not good");
    let reason = reason.parse().unwrap();
    status.metadata_mut().insert("rookery-reason", reason);
    status
}

/// The way to a core that answers.
async fn gateway_to(core: &FakeCore) -> CoreGateway {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (_, health) = tonic_health::server::health_reporter();
    let server = mutual_tls::server(None)
        .unwrap()
        .add_service(health)
        .add_service(AuthServer::new(core.clone()));
    tokio::spawn(server.serve_with_incoming(incoming(listener).unwrap()));
    let config = CoreConfig {
        url: Some(url),
        timeout_ms: 60_000,
        ..CoreConfig::default()
    };
    let credential = PresentCredential::new(&Secret::new("between us")).unwrap();
    let gateway = CoreGateway::new(&config, None, credential).unwrap();
    let mut reachable = gateway.reachability();
    tokio::spawn(gateway.clone().watch());
    let answers = reachable.wait_for(|is_reachable| *is_reachable);
    timeout(LONG, answers).await.unwrap().unwrap();
    gateway
}

#[tokio::test]
async fn core_says_whose_a_token_is_or_why_it_is_refused() {
    let core = FakeCore {
        refused: Arc::new(HashMap::from([
            ("old", refusal("expired")),
            ("revoked", refusal("revoked")),
            ("forged", refusal("invalid")),
            ("odd", refusal("of another kind")),
            ("credential", Status::unauthenticated("who are you?")),
        ])),
        ..FakeCore::default()
    };
    let gateway = gateway_to(&core).await;
    assert_eq!(gateway.verify("ada").await.unwrap().user_id, "ada");
    assert!(gateway.verifies());
    for (token, error) in [
        ("old", VerifyError::Expired),
        ("revoked", VerifyError::Revoked),
        ("forged", VerifyError::Invalid),
        // Nothing was said of the token: another core may know better, so nobody is sent away.
        ("odd", VerifyError::Unreachable),
        ("credential", VerifyError::Unreachable),
    ] {
        assert_eq!(gateway.verify(token).await.unwrap_err(), error, "{token}");
    }
    let stats = gateway.verify_stats();
    assert_eq!((stats.calls.get(), stats.failures.get()), (6, 2));
    let counted = [Reason::Expired, Reason::Revoked, Reason::Core];
    assert_eq!(counted.map(|reason| stats.refused.count(reason)), [1, 1, 1]);
    // A verdict is no failure of the core's.
    assert!(gateway.is_reachable());
}

#[tokio::test]
async fn token_that_is_no_cores_is_refused_without_asking() {
    let core = FakeCore::default();
    let gateway = gateway_to(&core).await;
    let long = "x".repeat(TOKEN_BYTES_MAX + 1);
    let refused = gateway.verify(&long).await.unwrap_err();
    assert_eq!(refused, VerifyError::Invalid);
    assert!(core.asked().is_empty());
    let malformed = gateway.verify_stats().refused.count(Reason::Malformed);
    assert_eq!(malformed, 1);
}

#[tokio::test]
async fn one_token_is_asked_about_once_at_a_time_and_afresh_each_time() {
    let core = FakeCore::default();
    let gateway = gateway_to(&core).await;
    let mut first = Box::pin(gateway.verify("slow"));
    let mut second = Box::pin(gateway.verify("slow"));
    assert!(futures_util::poll!(&mut first).is_pending());
    assert!(futures_util::poll!(&mut second).is_pending());
    core.released.notify_one();
    let both = timeout(LONG, async { (first.await, second.await) });
    let (first, second) = both.await.unwrap();
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(core.asked(), ["slow"]);
    gateway.verify("ada").await.unwrap();
    gateway.verify("ada").await.unwrap();
    assert_eq!(core.asked(), ["ada", "ada"]);
}

#[tokio::test]
async fn caller_that_leaves_frees_its_place() {
    let core = FakeCore::default();
    let gateway = gateway_to(&core).await;
    let mut left = Box::pin(gateway.verify("slow"));
    assert!(futures_util::poll!(&mut left).is_pending());
    drop(left);
    // The call runs to its end by itself.
    core.released.notify_one();
    let freed = async {
        while gateway.verify_stats().calls.get() == 0 || gateway.verify_stats().in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, freed).await.expect("its place is free");
}

#[tokio::test]
async fn fresh_grant_is_that_of_the_topic() {
    let gateway = gateway_to(&FakeCore::default()).await;
    let grant = gateway.authorize("ada", "chat:open").await.unwrap();
    assert_eq!(grant.unwrap().topic, "chat:open");
    let grant = gateway.authorize("ada", "chat:closed").await.unwrap();
    assert!(grant.is_none());
}
