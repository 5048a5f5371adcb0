//! Which pages may ask the hub, and what their browsers are told about that.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};

use super::problem::problem;
use crate::limits::origins::Origins;

/// How long a browser remembers what it was told, in seconds.
const REMEMBER_S: &str = "600";

/// What a page may send.
const METHODS: &str = "GET, POST";
const HEADERS: &str = "authorization, content-type, last-event-id, x-api-key";

/// Whether a browser's page may connect; what is no browser names no origin.
pub(super) fn admits(origins: &Origins, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(HeaderValue::to_str);
    let host = text(header::HOST).and_then(Result::ok).unwrap_or_default();
    match text(header::ORIGIN) {
        None => true,
        Some(origin) => origin.is_ok_and(|origin| origins.admit(origin, host)),
    }
}

/// Says whose page was turned away, and what an operator can do about it.
pub(super) fn refuse_origin(headers: &HeaderMap) -> HttpResponse {
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let origin = String::from_utf8_lossy(origin.unwrap_or_default());
    let hint =
        format!("The origin {origin:?} is not in allowed_origins of this hub's configuration.");
    problem(HttpResponse::Forbidden(), "origin_refused", &hint)
}

/// What lets an admitted page read the answer. Credentials are for the cookie of event streams,
/// so the origin is named and never `*`.
pub(super) fn allowance(request: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let Some(origin) = request.get(header::ORIGIN) else {
        return Vec::new();
    };
    vec![
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
        (
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        ),
        (header::VARY, HeaderValue::from_static("Origin")),
    ]
}

/// Turns the pages of other origins away, and answers what browsers ask before they send a
/// request that a form could not.
///
/// # Errors
/// What the request's own handler returns.
pub(super) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let admitted = request
        .app_data::<Data<Origins>>()
        .is_some_and(|origins| admits(origins, request.headers()));
    if !admitted {
        let refused = refuse_origin(request.headers());
        return Ok(request.into_response(refused));
    }
    let allowance = allowance(request.headers());
    let asks_before = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_before {
        let mut answer = HttpResponse::NoContent();
        answer
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, REMEMBER_S));
        request.into_response(answer.finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    for (name, value) in allowance {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
