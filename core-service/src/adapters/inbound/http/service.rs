//! What a client must know before it signs in, and whether this replica serves.

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::HOST,
    middleware::Next,
    web::{Data, Json},
};

use super::{
    Services,
    problem::Problem,
    views::{ClientConfig, Limits, Realtime},
};
use crate::{
    domain::{account::HANDLE_MAX_CHARS, conversation::GROUP_MAX_MEMBERS, message::TEXT_MAX_CHARS},
    lifecycle::Lifecycle,
};

/// Subscriptions that a client should hold at most; the rest it hears by the feed.
const SUBSCRIPTIONS_MAX: usize = 50;

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", responses((status = 204, description = "It does")))]
pub(super) async fn show_liveness() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Whether this replica can serve.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses(
        (status = 204, description = "It can"),
        (status = 503, description = "`migrating`, `database_unreachable` or `draining`"),
    ),
)]
pub(super) async fn show_readiness(lifecycle: Data<Lifecycle>) -> Result<HttpResponse, Problem> {
    actix_web::web::block(move || lifecycle.check()).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// Lets requests wait for a replica that is only just starting.
pub(super) async fn wait_until_started(
    lifecycle: Data<Lifecycle>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match lifecycle.started().await {
        Ok(()) => next.call(request).await,
        Err(not_ready) => Ok(request.into_response(Problem::from(not_ready).error_response())),
    }
}

/// What a client must know before it signs in.
#[utoipa::path(
    get,
    path = "/api/v1/client-config",
    responses((status = 200, body = ClientConfig)),
)]
pub(super) async fn show_client_config(
    request: HttpRequest,
    services: Data<Services>,
) -> impl Responder {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let addresses = &services.addresses;
    Json(ClientConfig {
        sign_up_open: services.accounts.rules.sign_up_open,
        realtime: Realtime {
            websocket_url: addresses.websocket_url(host),
            notification_sse_url: addresses.notification_sse_url(host),
        },
        limits: Limits {
            message_max_chars: TEXT_MAX_CHARS,
            handle_max_chars: HANDLE_MAX_CHARS,
            group_max_members: GROUP_MAX_MEMBERS,
            subscriptions_max: SUBSCRIPTIONS_MAX,
        },
        features: Vec::new(),
    })
}
