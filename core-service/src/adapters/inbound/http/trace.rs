//! A span for each request, below the one that the caller names in `traceparent`.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use rookery_kit::trace::{self, TRACEPARENT};
use tracing::{Instrument as _, field::Empty, info_span};

/// Names follow OpenTelemetry's conventions for HTTP servers.
pub(super) async fn in_a_span<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let span = info_span!(
        "request",
        otel.kind = "server",
        http.request.method = %request.method(),
        http.route = Empty,
        http.response.status_code = Empty,
    );
    let caller = request.headers().get(TRACEPARENT);
    if let Some(caller) = caller.and_then(|caller| caller.to_str().ok()) {
        trace::set_parent(&span, caller);
    }
    let response = next.call(request).instrument(span.clone()).await?;
    // The pattern and not the path: it holds nobody's ids.
    if let Some(route) = response.request().match_pattern() {
        span.record(
            "otel.name",
            format!("{} {route}", response.request().method()),
        );
        span.record("http.route", route);
    }
    span.record("http.response.status_code", response.status().as_u16());
    Ok(response)
}
