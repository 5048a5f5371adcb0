//! The routes of the hub's HTTP application.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    web::{self, Data, PayloadConfig, ServiceConfig},
};

use super::{
    admin::{show_metrics, stream_statistics},
    events::{
        streams::{stream_notifications, stream_topics},
        tickets::issue_ticket,
    },
    health::show_readiness,
    problem::refuse_route,
    sdk_streams::{emulate, open_http_stream, open_sse},
};
use crate::{config::Origins, protocol::websocket::INBOUND_MAX_BYTES};

/// Largest body of an emulation: commands inside a JSON string, where each quote takes two bytes.
const EMULATION_MAX_BYTES: usize = 2 * INBOUND_MAX_BYTES + 1024;

/// The routes.
pub(super) fn routes(origins: Arc<Origins>) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(Data::from(origins))
            .route("/health/live", web::get().to(HttpResponse::NoContent))
            .route("/health/ready", web::get().to(show_readiness))
            .service(
                web::resource("/connection/http_stream")
                    .app_data(PayloadConfig::new(INBOUND_MAX_BYTES))
                    .route(web::post().to(open_http_stream)),
            )
            .route("/connection/sse", web::get().to(open_sse))
            .service(
                web::resource("/emulation")
                    .app_data(PayloadConfig::new(EMULATION_MAX_BYTES))
                    .route(web::post().to(emulate)),
            )
            .route("/sse", web::get().to(stream_topics))
            .route("/sse/ticket", web::post().to(issue_ticket))
            .route(
                "/user/sse/notification/{user_id}",
                web::get().to(stream_notifications),
            )
            .route("/admin/sse", web::get().to(stream_statistics))
            .route("/metrics", web::get().to(show_metrics))
            .default_service(web::to(refuse_route));
    }
}
