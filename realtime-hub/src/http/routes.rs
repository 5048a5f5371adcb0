//! The hub's HTTP application: its routes, health, problems.

use std::sync::Arc;

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header,
    web::{self, Data, PayloadConfig, ServiceConfig},
};
use serde::Serialize;

use super::{
    admin::{show_metrics, stream_statistics},
    event_streams::{stream_notifications, stream_topics},
    frames::INBOUND_MAX_BYTES,
    sdk_streams::{emulate, open_http_stream, open_sse},
    tickets::issue_ticket,
};
use crate::{config::Origins, context::Hub};

/// Largest body of an emulation: commands inside a JSON string, where each quote takes two bytes.
const EMULATION_MAX_BYTES: usize = 2 * INBOUND_MAX_BYTES + 1024;

/// The routes.
pub fn routes(origins: Arc<Origins>) -> impl FnOnce(&mut ServiceConfig) {
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

pub(crate) async fn refuse_route() -> HttpResponse {
    problem(
        HttpResponse::NotFound(),
        "no_such_route",
        "There is nothing at this address.",
    )
}

pub(crate) async fn show_readiness(hub: Data<Hub>) -> HttpResponse {
    match hub.check_ready() {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(not_ready) => unavailable(not_ready.code(), &not_ready.to_string()),
    }
}

/// Says that it will work later.
pub(super) fn unavailable(code: &str, detail: &str) -> HttpResponse {
    let mut response = HttpResponse::ServiceUnavailable();
    response.insert_header((header::RETRY_AFTER, "1"));
    problem(response, code, detail)
}

/// An RFC 9457 problem.
pub(crate) fn problem(mut response: HttpResponseBuilder, code: &str, detail: &str) -> HttpResponse {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: &'a str,
        title: &'a str,
        status: u16,
        detail: &'a str,
        code: &'a str,
    }
    let status = response.finish().status();
    let title = status.canonical_reason().unwrap_or_default();
    let problem = Problem {
        r#type: "about:blank",
        title,
        status: status.as_u16(),
        detail,
        code,
    };
    let mut response = HttpResponse::build(status);
    response.content_type("application/problem+json");
    response.body(serde_json::to_vec(&problem).unwrap_or_default())
}
