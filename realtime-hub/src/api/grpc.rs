//! The server API by gRPC, beside the service that cores publish to.

use std::future::ready;

use rookery_kit::{credentials, secret::Fingerprint};
use shared_proto::hub::api::v1::{
    BroadcastRequest, BroadcastResult, ChannelsRequest, ChannelsResult, ConnectionsRequest,
    ConnectionsResult, DisconnectRequest, DisconnectResult, HistoryRemoveRequest,
    HistoryRemoveResult, HistoryRequest, HistoryResult, InfoRequest, InfoResult, PresenceRequest,
    PresenceResult, PresenceStatsRequest, PresenceStatsResult, PublishRequest, PublishResult,
    RefreshRequest, RefreshResult, RevokeRequest, RevokeResult, SubscribeRequest, SubscribeResult,
    UnsubscribeRequest, UnsubscribeResult, hub_server::Hub,
};
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{Method, ServerApi, error::ApiError};
use crate::identity::api_keys::{self, Caller};

/// What a core is called that presents the internal credential.
const CORE: &str = "core";

/// Checks the key of each gRPC call and hands it to the use case.
pub struct HubService {
    api: ServerApi,
    credential: Option<Fingerprint>,
}

impl HubService {
    /// Who presents the internal credential may do everything.
    #[must_use]
    pub fn new(api: ServerApi, credential: Option<Fingerprint>) -> Self {
        Self { api, credential }
    }

    fn caller(&self, metadata: &MetadataMap) -> Result<Caller, ApiError> {
        let header = |name: &str| metadata.get(name).and_then(|value| value.to_str().ok());
        let presented = header("authorization").and_then(credentials::bearer);
        if let (Some(credential), Some(presented)) = (&self.credential, presented)
            && credential.matches(presented)
        {
            return Ok(Caller::everything(CORE));
        }
        let key = api_keys::presented(header);
        Ok(self.api.api_keys.identify(key)?)
    }

    async fn answer<Q, R, F>(
        &self,
        method: Method,
        request: Request<Q>,
        act: impl FnOnce(Caller, Q) -> F,
    ) -> Result<Response<R>, Status>
    where
        F: Future<Output = Result<R, ApiError>>,
    {
        let caller = self.caller(request.metadata())?;
        let call = || act(caller.clone(), request.into_inner());
        let result = self.api.perform(&caller, method, call).await?;
        Ok(Response::new(result))
    }
}
#[tonic::async_trait]
impl Hub for HubService {
    async fn publish(
        &self,
        request: Request<PublishRequest>,
    ) -> Result<Response<PublishResult>, Status> {
        self.answer(Method::Publish, request, |_, request| {
            self.api.publish(request)
        })
        .await
    }

    async fn broadcast(
        &self,
        request: Request<BroadcastRequest>,
    ) -> Result<Response<BroadcastResult>, Status> {
        self.answer(Method::Broadcast, request, |_, request| {
            self.api.broadcast(request)
        })
        .await
    }

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<SubscribeResult>, Status> {
        self.answer(Method::Subscribe, request, |caller, request| async move {
            self.api.subscribe(&caller, request).await
        })
        .await
    }

    async fn unsubscribe(
        &self,
        request: Request<UnsubscribeRequest>,
    ) -> Result<Response<UnsubscribeResult>, Status> {
        self.answer(Method::Unsubscribe, request, |caller, request| async move {
            self.api.unsubscribe(&caller, request).await
        })
        .await
    }

    async fn disconnect(
        &self,
        request: Request<DisconnectRequest>,
    ) -> Result<Response<DisconnectResult>, Status> {
        self.answer(Method::Disconnect, request, |caller, request| {
            ready(self.api.disconnect(&caller, &request))
        })
        .await
    }

    async fn refresh(
        &self,
        request: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResult>, Status> {
        self.answer(Method::Refresh, request, |caller, request| {
            ready(self.api.refresh(&caller, &request))
        })
        .await
    }

    async fn revoke(
        &self,
        request: Request<RevokeRequest>,
    ) -> Result<Response<RevokeResult>, Status> {
        self.answer(Method::Revoke, request, |caller, request| {
            ready(self.api.revoke(&caller, request))
        })
        .await
    }

    async fn history_remove(
        &self,
        request: Request<HistoryRemoveRequest>,
    ) -> Result<Response<HistoryRemoveResult>, Status> {
        self.answer(
            Method::HistoryRemove,
            request,
            |caller, request| async move { self.api.history_remove(&caller, request).await },
        )
        .await
    }

    async fn presence(
        &self,
        request: Request<PresenceRequest>,
    ) -> Result<Response<PresenceResult>, Status> {
        self.answer(Method::Presence, request, |caller, request| async move {
            self.api.presence(&caller, request).await
        })
        .await
    }

    async fn presence_stats(
        &self,
        request: Request<PresenceStatsRequest>,
    ) -> Result<Response<PresenceStatsResult>, Status> {
        self.answer(
            Method::PresenceStats,
            request,
            |caller, request| async move { self.api.presence_stats(&caller, request).await },
        )
        .await
    }

    async fn history(
        &self,
        request: Request<HistoryRequest>,
    ) -> Result<Response<HistoryResult>, Status> {
        self.answer(Method::History, request, |caller, request| async move {
            self.api.history(&caller, request).await
        })
        .await
    }

    async fn list_connections(
        &self,
        request: Request<ConnectionsRequest>,
    ) -> Result<Response<ConnectionsResult>, Status> {
        self.answer(Method::Connections, request, |caller, request| {
            ready(self.api.connections(&caller, &request))
        })
        .await
    }

    async fn list_topics(
        &self,
        request: Request<ChannelsRequest>,
    ) -> Result<Response<ChannelsResult>, Status> {
        self.answer(Method::Channels, request, |caller, request| {
            ready(self.api.channels(&caller, &request))
        })
        .await
    }

    async fn info(&self, request: Request<InfoRequest>) -> Result<Response<InfoResult>, Status> {
        self.answer(Method::Info, request, |_, request| {
            ready(Ok(self.api.info(request)))
        })
        .await
    }
}
