//! The routes of the hub's HTTP application.

use std::{future::ready, sync::Arc};

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard,
    web::{self, Data, ServiceConfig},
};

use super::{
    admin::{show_metrics, stream_statistics},
    events::{
        streams::{stream_notifications, stream_topics},
        tickets::issue_ticket,
    },
    handshake,
    health::show_readiness,
    problem::{refuse_method, refuse_route},
    sdk_streams::{emulate, open_http_stream, open_sse},
};
use crate::limits::origins::Origins;

/// The routes.
pub(super) fn routes(origins: Arc<Origins>) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(Data::from(origins))
            .service(reads("/health/live", HttpResponse::NoContent))
            .service(reads("/health/ready", show_readiness))
            .service(streams(handshake::WEBSOCKET_PATH, demand_upgrade))
            .service(takes("/connection/http_stream", open_http_stream))
            .service(streams("/connection/sse", open_sse))
            .service(takes("/emulation", emulate))
            .service(streams("/sse", stream_topics))
            .service(takes("/sse/ticket", issue_ticket))
            .service(streams(
                "/user/sse/notification/{user_id}",
                stream_notifications,
            ))
            .service(streams("/admin/sse", stream_statistics))
            .service(reads("/metrics", show_metrics))
            .default_service(web::to(refuse_route));
    }
}

/// An address whose state is read: GET, and HEAD for monitors.
pub(crate) fn reads<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let get = guard::Any(guard::Get()).or(guard::Head());
    only(path, "GET, HEAD", web::route().guard(get).to(handler))
}

/// An address whose answer goes on for as long as its connection, so that HEAD has no answer.
fn streams<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    only(path, "GET", web::get().to(handler))
}

/// An address that bodies are sent to.
pub(crate) fn takes<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    only(path, "POST", web::post().to(handler))
}

/// An address that takes the methods of `allow` and refuses the others by name.
fn only(path: &str, allow: &'static str, route: Route) -> Resource {
    web::resource(path)
        .route(route)
        .default_service(web::to(move || ready(refuse_method(allow))))
}

async fn demand_upgrade() -> HttpResponse {
    handshake::refuse_upgrade("Ask for an upgrade to a WebSocket here.")
}
