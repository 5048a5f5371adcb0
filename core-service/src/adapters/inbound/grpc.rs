//! What the hub asks, by gRPC.

use std::sync::Arc;

use shared_proto::core::v1::{
    self as wire, AuthorizeRequest, AuthorizeResponse, ListGrantsRequest, ListGrantsResponse,
    PingRequest, PingResponse, ReadHeadsRequest, ReadHeadsResponse, ReadRequest, ReadResponse,
    ReceiptMark, ReportRequest, ReportResponse, TopicSlice, VerifyTokenRequest,
    VerifyTokenResponse, auth_server::Auth, diagnostics_server::Diagnostics, log_server::Log,
    receipts_server::Receipts,
};
use tonic::{Request, Response, Status, metadata::MetadataValue};

use crate::{
    adapters::outbound::hub::{logged, unsigned},
    application::{
        chats::Chats,
        error::{Error, TokenError},
        ports::{Grant, LogRange, LogSlice, MarkReport, TopicHead},
        topics::{GrantPart, Topics},
    },
};

/// Topics of one request.
const REQUEST_MAX: usize = 1_000;

/// Ranges of one request: each may bring a mebibyte.
const RANGES_MAX: usize = 64;

/// Events of one range.
const RANGE_MAX: i64 = 1_000;

/// Implements every service of `rookery.core.v1`.
#[derive(Clone)]
pub struct HubServices {
    /// Logs and grants.
    pub topics: Arc<Topics>,
    /// Watermarks.
    pub chats: Arc<Chats>,
    /// Which replica this is.
    pub instance: Arc<str>,
}

/// Runs a use case where it may block.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|_| Status::internal("the use case panicked"))?
        .map_err(|error| status(&error))
}

#[tonic::async_trait]
impl Auth for HubServices {
    async fn verify_token(
        &self,
        request: Request<VerifyTokenRequest>,
    ) -> Result<Response<VerifyTokenResponse>, Status> {
        let (topics, token) = (self.topics.clone(), request.into_inner().token);
        let (identity, part) = blocking(move || topics.verify(&token)).await?;
        Ok(Response::new(VerifyTokenResponse {
            user_id: identity.user.to_string(),
            session_id: identity.session.to_string(),
            expires_at_ms: identity.expires_at.seconds() * 1_000,
            next_grants: next(&part),
            grants: part.items.into_iter().map(grant).collect(),
        }))
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        let ListGrantsRequest { user_id, cursor } = request.into_inner();
        let no_id = |_| Status::invalid_argument("user_id and cursor are what a core gave");
        let user = user_id.parse().map_err(no_id)?;
        let before = cursor.parse().map_err(no_id)?;
        let topics = self.topics.clone();
        let part = blocking(move || topics.grants(user, before)).await?;
        Ok(Response::new(ListGrantsResponse {
            next: next(&part),
            grants: part.items.into_iter().map(grant).collect(),
        }))
    }

    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        let AuthorizeRequest {
            user_id,
            topics: names,
        } = request.into_inner();
        check_length(names.len(), REQUEST_MAX)?;
        let user = user_id
            .parse()
            .map_err(|_| Status::invalid_argument("user_id is no id"))?;
        let topics = self.topics.clone();
        let grants = blocking(move || topics.authorize(user, &names)).await?;
        Ok(Response::new(AuthorizeResponse {
            grants: grants.into_iter().map(grant).collect(),
        }))
    }
}

#[tonic::async_trait]
impl Log for HubServices {
    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        let ranges: Vec<LogRange> = request.into_inner().ranges.into_iter().map(range).collect();
        check_length(ranges.len(), RANGES_MAX)?;
        let asked = ranges.clone();
        let topics = self.topics.clone();
        let slices = blocking(move || topics.read(&ranges)).await?;
        let slices = asked
            .iter()
            .zip(slices)
            .map(|(range, found)| slice(range, found));
        Ok(Response::new(ReadResponse {
            slices: slices.collect(),
        }))
    }

    async fn read_heads(
        &self,
        request: Request<ReadHeadsRequest>,
    ) -> Result<Response<ReadHeadsResponse>, Status> {
        let names = request.into_inner().topics;
        check_length(names.len(), REQUEST_MAX)?;
        let topics = self.topics.clone();
        let heads = blocking(move || topics.heads(&names)).await?;
        Ok(Response::new(ReadHeadsResponse {
            heads: heads.into_iter().map(head).collect(),
        }))
    }
}

#[tonic::async_trait]
impl Receipts for HubServices {
    async fn report(
        &self,
        request: Request<ReportRequest>,
    ) -> Result<Response<ReportResponse>, Status> {
        let marks = request.into_inner().marks;
        check_length(marks.len(), REQUEST_MAX)?;
        // A client may acknowledge nonsense; it names no membership.
        let reports: Vec<MarkReport> = marks.iter().filter_map(report).collect();
        let chats = self.chats.clone();
        blocking(move || chats.report(&reports)).await?;
        Ok(Response::new(ReportResponse {}))
    }
}

#[tonic::async_trait]
impl Diagnostics for HubServices {
    async fn ping(&self, request: Request<PingRequest>) -> Result<Response<PingResponse>, Status> {
        let sequence = request.into_inner().sequence;
        Ok(Response::new(PingResponse {
            sequence,
            instance_id: self.instance.to_string(),
        }))
    }
}

fn check_length(length: usize, max: usize) -> Result<(), Status> {
    if length > max {
        let most = format!("a request names at most {max} items");
        return Err(Status::invalid_argument(most));
    }
    Ok(())
}

/// The gRPC half of the error table; `http::problem` is the other.
fn status(error: &Error) -> Status {
    match error {
        Error::Unauthenticated(reason) => {
            let mut status = Status::unauthenticated(reason.to_string());
            let reason = match reason {
                TokenError::Expired => "expired",
                TokenError::Invalid => "invalid",
                TokenError::Revoked => "revoked",
            };
            status
                .metadata_mut()
                .insert("rookery-reason", MetadataValue::from_static(reason));
            status
        }
        Error::Store(_) => {
            tracing::error!(error = error as &dyn std::error::Error, "gRPC call failed");
            Status::unavailable("the store cannot be used")
        }
        other => Status::failed_precondition(other.to_string()),
    }
}

/// Where the grants go on; empty at their end.
fn next(part: &GrantPart) -> String {
    part.next.map(|id| id.to_string()).unwrap_or_default()
}

fn grant(grant: Grant) -> wire::Grant {
    wire::Grant {
        topic: grant.position.name,
        epoch: grant.position.epoch,
        head: unsigned(grant.position.offset),
        readable_from: unsigned(grant.readable_from),
        member_count: u32::try_from(grant.member_count).unwrap_or(u32::MAX),
        presence_withheld: grant.presence_withheld,
    }
}

fn range(range: wire::TopicRange) -> LogRange {
    let signed = |offset: u64| i64::try_from(offset).unwrap_or(i64::MAX);
    LogRange {
        topic: range.topic,
        epoch: range.epoch,
        after: signed(range.after_offset),
        up_to: (range.up_to_offset > 0).then(|| signed(range.up_to_offset)),
        limit: i64::from(range.limit_events).clamp(1, RANGE_MAX),
    }
}

fn slice(range: &LogRange, found: Option<LogSlice>) -> TopicSlice {
    let Some(found) = found else {
        return TopicSlice {
            topic: range.topic.clone(),
            ..TopicSlice::default()
        };
    };
    TopicSlice {
        topic: found.position.name,
        epoch: found.position.epoch,
        head: unsigned(found.position.offset),
        events: found.events.into_iter().map(logged).collect(),
    }
}

fn head(head: TopicHead) -> wire::TopicHead {
    let receipts = head.receipts.into_iter().map(|receipt| ReceiptMark {
        user_id: receipt.user_id.map(|user| user.to_string()),
        delivered_seq: unsigned(receipt.marks.delivered_seq),
        read_seq: unsigned(receipt.marks.read_seq),
    });
    wire::TopicHead {
        topic: head.position.name,
        epoch: head.position.epoch,
        offset: unsigned(head.position.offset),
        member_count: u32::try_from(head.member_count).unwrap_or(u32::MAX),
        receipts: receipts.collect(),
        presence_withheld: head.presence_withheld,
    }
}

fn report(mark: &wire::DeliveredMark) -> Option<MarkReport> {
    Some(MarkReport {
        conversation: mark.conversation_id.parse().ok()?,
        user: mark.user_id.parse().ok()?,
        delivered_seq: i64::try_from(mark.delivered_seq).unwrap_or(i64::MAX),
        read_seq: 0,
    })
}
