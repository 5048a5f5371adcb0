//! The gRPC service that cores publish to, on a runtime of its own.

use std::pin::Pin;

use actix::{Actor as _, ArbiterHandle, AsyncContext as _};
use futures_util::Stream;
use shared_proto::hub::v1::{
    AnnounceRequest, AnnounceResponse, PublishAck, PublishRequest, ingress_server::Ingress,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::stream::{self, Destination};
use crate::cores::start_up_check::StartUpCheck;

/// Metadata by which a core names itself on its stream.
const INSTANCE: &str = "rookery-instance-id";

/// Acknowledgements that wait for the core to read them.
const ACKS_MAX: usize = 64;

/// What serves the cores' calls.
pub struct IngressService {
    /// Where events go.
    pub to: Destination,
    /// How the hub calls itself.
    pub hub_id: String,
    /// Where the actors live.
    pub thread: ArbiterHandle,
    /// What an announcement sets off.
    pub check: StartUpCheck,
}

#[tonic::async_trait]
impl Ingress for IngressService {
    type PublishStreamStream = Pin<Box<dyn Stream<Item = Result<PublishAck, Status>> + Send>>;

    async fn publish_stream(
        &self,
        request: Request<Streaming<PublishRequest>>,
    ) -> Result<Response<Self::PublishStreamStream>, Status> {
        let name = request
            .metadata()
            .get(INSTANCE)
            .and_then(|name| name.to_str().ok());
        let replica = name.unwrap_or("unnamed").to_owned();
        let events = request.into_inner();
        let (acks, stream) = mpsc::channel(ACKS_MAX);
        let to = self.to.clone();
        stream::Stream::start_in_arbiter(&self.thread, move |ctx| {
            ctx.add_stream(events);
            stream::Stream::new(to, replica, acks)
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn announce(
        &self,
        request: Request<AnnounceRequest>,
    ) -> Result<Response<AnnounceResponse>, Status> {
        let AnnounceRequest {
            instance_id,
            version,
        } = request.into_inner();
        tracing::info!(core = instance_id, version, "core announced itself");
        self.check.announced(instance_id);
        Ok(Response::new(AnnounceResponse {
            hub_id: self.hub_id.clone(),
        }))
    }
}
