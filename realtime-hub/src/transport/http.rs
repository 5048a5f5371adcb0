//! The hub's HTTP application: event streams, health.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix::Actor as _;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderMap, HeaderValue},
    web::{self, Data, Path, ServiceConfig},
};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use serde::Serialize;
use tokio::sync::oneshot;

use super::{
    admin,
    outbox::{Next, Outbox},
    server::admits,
};
use crate::{
    actors::sse_connection::SseConnection,
    admission::{self, OpenRefused, Opened},
    config::Origins,
    context::{Hub, Registration},
    hub::room::Position,
    protocol::{codec::Wire, frame::Frame},
};

/// The routes.
pub fn routes(origins: Arc<Origins>) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(Data::from(origins))
            .route("/health/live", web::get().to(HttpResponse::NoContent))
            .route("/health/ready", web::get().to(show_readiness))
            .service(
                web::resource("/user/sse/notification/{user_id}")
                    .route(web::get().to(stream_notifications))
                    .route(web::method(actix_web::http::Method::OPTIONS).to(allow_header))
                    .default_service(web::to(refuse_route)),
            )
            .configure(admin::routes)
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
        Err(not_ready) => problem(
            HttpResponse::ServiceUnavailable(),
            not_ready.code(),
            &not_ready.to_string(),
        ),
    }
}

/// A browser asks before it sends its token to another port.
async fn allow_header(request: HttpRequest, origins: Data<Origins>) -> HttpResponse {
    allowed_headers("authorization, last-event-id", &request, &origins)
}

/// The answer to a page that asks whether it may send these headers.
pub(super) fn allowed_headers(
    names: &'static str,
    request: &HttpRequest,
    origins: &Origins,
) -> HttpResponse {
    let mut response = HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, names))
        .finish();
    allow_origin(&mut response, request, origins);
    response
}

/// `GET /user/sse/notification/{user_id}`: one's own `user:` topic as an event stream. The token
/// travels in a header; `Last-Event-ID` resumes.
async fn stream_notifications(
    request: HttpRequest,
    user_id: Path<String>,
    hub: Data<Hub>,
    origins: Data<Origins>,
) -> HttpResponse {
    if !admits(&origins, request.headers()) {
        return problem(
            HttpResponse::Forbidden(),
            "origin_refused",
            "This origin is not allowed.",
        );
    }
    let Some(token) = bearer(request.headers()) else {
        let hint = "Send the access token as `Authorization: Bearer …`.";
        return problem(HttpResponse::Unauthorized(), "token_missing", hint);
    };
    let hub = hub.into_inner();
    let outbox = Arc::new(Outbox::new(hub.config.connection.outbox_bytes));
    let last = last_event_id(request.headers());
    let resumes = last.is_some();
    let opened = admission::open(
        hub.clone(),
        outbox.clone(),
        Wire::EventStream,
        token,
        |_| last,
    )
    .await;
    let opened = match opened {
        Ok(opened) => opened,
        Err(refused) => return refuse(refused),
    };
    if opened.user_topic.strip_prefix("user:") != Some(&user_id) {
        let hint = "The token belongs to somebody else.";
        return problem(HttpResponse::Forbidden(), "not_yours", hint);
    }
    outbox.open_with(beginning(&opened, resumes));
    let user = Some((opened.registration, opened.expires_at_ms));
    let mut response = stream(hub, outbox, user);
    allow_origin(&mut response, &request, &origins);
    response
}

fn refuse(refused: OpenRefused) -> HttpResponse {
    match refused {
        OpenRefused::Expired => problem(
            HttpResponse::Unauthorized(),
            "token_expired",
            "Get a new access token.",
        ),
        OpenRefused::Invalid => problem(
            HttpResponse::Unauthorized(),
            "token_invalid",
            "Sign in again.",
        ),
        OpenRefused::Unreachable => {
            let mut response = HttpResponse::ServiceUnavailable();
            response.insert_header((header::RETRY_AFTER, "1"));
            problem(
                response,
                "core_unreachable",
                "The token could not be verified; try again.",
            )
        }
    }
}

/// The position that precedes the first event, so that a client can see a loss; then what it
/// missed, or an event `reset` when that is not whole.
fn beginning(opened: &Opened, resumes: bool) -> Bytes {
    let state = &opened.user_subscription;
    let before = state
        .publications
        .first()
        .map_or(state.offset, |missed| missed.offset - 1);
    let event = if resumes && !state.recovered {
        "reset"
    } else {
        "ready"
    };
    let mut bytes = BytesMut::from(
        format!(
            "retry: 1000\nid: {}:{before}\nevent: {event}\ndata: {{}}\n\n",
            state.epoch
        )
        .as_str(),
    );
    for missed in &state.publications {
        let data = missed.data.clone();
        let frame = Frame::logged(&opened.user_topic, &state.epoch, missed.offset, data);
        bytes.extend_from_slice(&frame.bytes(Wire::EventStream));
    }
    bytes.freeze()
}

/// A response that writes what is in the outbox; `user` is whose it is, and until when.
pub(super) fn stream(
    hub: Arc<Hub>,
    outbox: Arc<Outbox>,
    user: Option<(Registration, i64)>,
) -> HttpResponse {
    let (alive, gone) = oneshot::channel();
    SseConnection {
        hub,
        outbox: outbox.clone(),
        user,
        gone: Some(gone),
    }
    .start();
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((
            header::CACHE_CONTROL,
            "private, no-cache, no-store, must-revalidate, max-age=0",
        ))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(EventStream {
            outbox,
            _alive: alive,
        })
}

/// The body of an event stream: whatever is in the outbox.
struct EventStream {
    outbox: Arc<Outbox>,
    /// Dropped with the body, which ends the actor.
    _alive: oneshot::Sender<()>,
}

impl Stream for EventStream {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.outbox.poll_next(context)) {
            Next::End(_) => None,
            Next::Frames(frames) => {
                let bytes = frames
                    .into_iter()
                    .reduce(|all, frame| [all, frame].concat().into());
                let bytes = bytes.unwrap_or_default();
                self.outbox.written(bytes.len());
                Some(Ok(bytes))
            }
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn last_event_id(headers: &HeaderMap) -> Option<Position> {
    let (epoch, offset) = headers
        .get("last-event-id")?
        .to_str()
        .ok()?
        .rsplit_once(':')?;
    Some(Position {
        epoch: epoch.to_owned(),
        offset: offset.parse().ok()?,
    })
}

/// Lets a page of an admitted origin read the response.
pub(super) fn allow_origin(response: &mut HttpResponse, request: &HttpRequest, origins: &Origins) {
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && admits(origins, request.headers())
    {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
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
