//! What admins and monitoring see: `/admin/sse` and `/metrics`, for who has a key with the scope
//! `stats`.

use std::sync::Arc;

use actix::Addr;
use actix_web::{HttpRequest, HttpResponse, http::header::HeaderMap, web::Data};

use super::{
    events::streams::open,
    problem::problem,
    streaming::{EVENTS, head, no_socket},
};
use crate::{
    admin::{
        metrics,
        stream::{Admin, Watch},
    },
    connection::outbox::Outbox,
    http::site::Site,
    identity::api_keys::{self, Caller, KeyRefused, Scope},
    protocol::{codes::Close, events::COMMENT, wire::Wire},
    socket::Socket,
};

/// Who presents an API key in these headers. A key in the address is not looked for: addresses end
/// up in logs.
///
/// # Errors
/// [`KeyRefused`], to be answered with [`refuse`].
fn demand(site: &Site, headers: &HeaderMap, scope: Scope) -> Result<Caller, KeyRefused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    site.api_keys.admit(api_keys::presented(header), scope)
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

/// `GET /admin/sse`: the hub's statistics, once a second, and what happened to it.
pub(super) async fn stream_statistics(
    request: HttpRequest,
    site: Data<Site>,
    admin: Data<Addr<Admin>>,
) -> HttpResponse {
    let site = site.into_inner();
    if let Err(refused) = demand(&site, request.headers(), Scope::Stats) {
        return refuse(refused);
    }
    let outbox = Arc::new(Outbox::new(site.services.connection.outbox_bytes));
    outbox.push(head(&request, EVENTS));
    outbox.push(COMMENT);
    let watch = Watch {
        outbox: outbox.clone(),
        seen: last_entry(request.headers()),
    };
    // An admin who stopped is restarted with the hub.
    let _ = admin.send(watch).await;
    let Some(socket) = Socket::of(&request).await else {
        outbox.close(Close::SERVER_ERROR);
        return no_socket();
    };
    open(&site, socket, Wire::Notifications, outbox, None)
}

/// `GET /metrics`, in the text format of Prometheus.
pub(super) async fn show_metrics(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    match demand(&site, request.headers(), Scope::Stats) {
        Err(refused) => refuse(refused),
        Ok(_) => metrics_response(&site),
    }
}

/// The metrics, for whoever was let in.
pub(crate) fn metrics_response(site: &Site) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(metrics::CONTENT_TYPE)
        .body(metrics::expose(&site.sources))
}

fn last_entry(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}
