//! What admins and monitoring see: `/admin/sse` and `/metrics`, for who has a key with the scope
//! `read`.

use std::sync::Arc;

use actix::Addr;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header::HeaderMap},
    web::{self, Data, ServiceConfig},
};
use bytes::Bytes;

use super::{
    http::{allow_origin, allowed_headers, problem, refuse_route, stream},
    outbox::Outbox,
};
use crate::{
    actors::admin::{Admin, Watch},
    api_keys::{self, Caller, KeyRefused, Scope},
    config::Origins,
    context::Hub,
    metrics,
};

/// The routes.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(
        web::resource("/admin/sse")
            .route(web::get().to(stream_statistics))
            .route(web::method(Method::OPTIONS).to(allow_headers))
            .default_service(web::to(refuse_route)),
    )
    .route("/metrics", web::get().to(show_metrics));
}

/// Who presents an API key in these headers. A key in the address is not looked for: addresses end
/// up in logs.
///
/// # Errors
/// [`KeyRefused`], to be answered with [`refuse`].
pub(crate) fn demand(hub: &Hub, headers: &HeaderMap, scope: Scope) -> Result<Caller, KeyRefused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    hub.api_keys.admit(api_keys::presented(header), scope)
}

/// The answer to somebody who is not let in.
pub(crate) fn refuse(refused: KeyRefused) -> HttpResponse {
    let (response, code) = match refused {
        KeyRefused::Missing => (HttpResponse::Unauthorized(), "api_key_missing"),
        KeyRefused::Unknown => (HttpResponse::Unauthorized(), "api_key_invalid"),
        KeyRefused::Scope(_) => (HttpResponse::Forbidden(), "scope_missing"),
    };
    problem(response, code, &refused.to_string())
}

/// A dashboard asks before it sends its key to another port.
async fn allow_headers(request: HttpRequest, origins: Data<Origins>) -> HttpResponse {
    allowed_headers("x-api-key, last-event-id", &request, &origins)
}

/// `GET /admin/sse`: the hub's statistics, once a second, and what happened to it.
async fn stream_statistics(
    request: HttpRequest,
    hub: Data<Hub>,
    admin: Data<Addr<Admin>>,
    origins: Data<Origins>,
) -> HttpResponse {
    let hub = hub.into_inner();
    if let Err(refused) = demand(&hub, request.headers(), Scope::Read) {
        // A page must be able to read why.
        let mut refusal = refuse(refused);
        allow_origin(&mut refusal, &request, &origins);
        return refusal;
    }
    let outbox = Arc::new(Outbox::new(hub.config.connection.outbox_bytes));
    outbox.push(Bytes::from_static(b":\n\n"));
    let watch = Watch {
        outbox: outbox.clone(),
        seen: last_entry(request.headers()),
    };
    if admin.send(watch).await.is_err() {
        return problem(
            HttpResponse::ServiceUnavailable(),
            "unavailable",
            "Try again.",
        );
    }
    let mut response = stream(hub, outbox, None);
    allow_origin(&mut response, &request, &origins);
    response
}

/// `GET /metrics`, in the text format of Prometheus.
async fn show_metrics(request: HttpRequest, hub: Data<Hub>) -> HttpResponse {
    match demand(&hub, request.headers(), Scope::Read) {
        Err(refused) => refuse(refused),
        Ok(_) => metrics_response(&hub),
    }
}

/// The metrics, for whoever was let in.
pub(crate) fn metrics_response(hub: &Hub) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(metrics::CONTENT_TYPE)
        .body(metrics::expose(hub))
}

fn last_entry(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}
