//! Responses that last as long as their connection does.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::{cors, problem::problem};
use crate::clock;

/// Type of an event stream.
pub(super) const EVENTS: &str = "text/event-stream";

/// The head of a response whose body is written by a connection actor. The body ends with the
/// connection, so its bytes are the same for everybody and may be shared.
pub(super) fn head(request: &HttpRequest, content_type: &str) -> Bytes {
    let now = Duration::from_millis(u64::try_from(clock::now_ms()).unwrap_or_default());
    let date = httpdate::fmt_http_date(UNIX_EPOCH + now);
    let mut head = format!(
        "HTTP/1.1 200 OK\r\n\
         connection: close\r\n\
         content-type: {content_type}\r\n\
         cache-control: private, no-cache, no-store, must-revalidate, max-age=0\r\n\
         x-accel-buffering: no\r\n\
         x-content-type-options: nosniff\r\n\
         date: {date}\r\n"
    )
    .into_bytes();
    for (name, value) in cors::allowance(request.headers()) {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head.into()
}

/// What a handler returns whose socket was taken over: nobody sees it.
pub(super) fn taken_over() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// Said where there is no socket to take over.
pub(super) fn no_socket() -> HttpResponse {
    problem(
        HttpResponse::InternalServerError(),
        "no_socket",
        "This connection cannot stream.",
    )
}
