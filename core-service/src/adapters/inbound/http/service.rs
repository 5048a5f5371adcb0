//! What a client must know before it signs in, and whether this replica serves.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::HOST,
    middleware::Next,
    web::{Data, Json},
};
use tokio::time::timeout;

use super::{
    Services,
    problem::Problem,
    views::{ClientConfig, Limits, Realtime},
};
use crate::{
    domain::{
        account::HANDLE_MAX_CHARS,
        conversation::GROUP_MAX_MEMBERS,
        message::{MENTIONS_MAX, TEXT_MAX_CHARS},
        upload::{PART_BYTES, PICTURE_MAX_BYTES, PICTURE_MAX_PIXELS},
    },
    lifecycle::Lifecycle,
};

/// How long a request may take. Less than nginx waits for a core (7 s), more than a statement may
/// take (5 s).
const ANSWER_WITHIN: Duration = Duration::from_secs(6);

/// How long a part of a file may take to come, and a picture to be made. Less than nginx waits for
/// them (65 s).
const UPLOAD_WITHIN: Duration = Duration::from_secs(60);

/// Subscriptions that a client should hold at most; the rest it hears by the feed.
const SUBSCRIPTIONS_MAX: usize = 50;

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", responses((status = 204, description = "It does")))]
pub(super) async fn show_liveness() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Whether this replica can serve.
// Async, so that it takes no thread of those that wait for the database.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses(
        (status = 204, description = "It can"),
        (status = 503, description = "`migrating`, `database_unreachable` or `draining`"),
    ),
)]
pub(super) async fn show_readiness(lifecycle: Data<Lifecycle>) -> Result<HttpResponse, Problem> {
    lifecycle.check()?;
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

/// Answers 503 where a use case takes too long. A database whose machine stands still answers
/// nothing and breaks no connection, so none of its own limits ends what waits for it. What was
/// begun goes on: a write may still happen, and whoever says it again learns of it.
pub(super) async fn answer_in_time(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // The request itself must not be held: the router wants it for itself alone.
    let path = request.path().to_owned();
    let makes_pictures = path.starts_with("/api/v1/uploads/")
        || path.ends_with("/picture")
        || path == "/api/v1/link-previews";
    let within = if makes_pictures {
        UPLOAD_WITHIN
    } else {
        ANSWER_WITHIN
    };
    let answered = timeout(within, next.call(request)).await;
    answered.unwrap_or_else(|_| {
        tracing::error!(path = logged(&path), "not answered within {within:?}");
        Err(Problem::late().into())
    })
}

/// A path without what lets whoever knows it in: links into groups and ids of pictures.
fn logged(path: &str) -> &str {
    let secret = [
        "/api/v1/invites/",
        "/api/v1/pictures/",
        "/api/v1/link-previews/",
    ];
    let place = secret.into_iter().find(|place| path.starts_with(place));
    place.unwrap_or(path)
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
            mentions_max: MENTIONS_MAX,
            edit_window_s: services.messages.windows.edit_s,
            delete_window_s: services.messages.windows.delete_s,
            upload_max_bytes: services.uploads.rules.max_bytes,
            upload_part_bytes: PART_BYTES,
            picture_max_bytes: PICTURE_MAX_BYTES,
            picture_max_pixels: PICTURE_MAX_PIXELS,
        },
        features: services.previews.features(),
    })
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix_web::{
        App,
        http::{StatusCode, header::RETRY_AFTER},
        middleware::from_fn,
        test::{TestRequest, init_service, try_call_service},
        web,
    };
    use tokio::time::{Instant, pause};

    use super::*;

    #[test]
    fn log_lets_nobody_in() {
        assert_eq!(logged("/api/v1/invites/TOKEN/accept"), "/api/v1/invites/");
        assert_eq!(logged("/api/v1/pictures/ID"), "/api/v1/pictures/");
        assert_eq!(logged("/api/v1/users/me"), "/api/v1/users/me");
    }

    #[actix_web::test]
    async fn request_that_waits_for_ever_is_answered_in_time() {
        let app = App::new()
            .wrap(from_fn(answer_in_time))
            .route("/stuck", web::get().to(pending::<HttpResponse>))
            .route("/well", web::get().to(show_liveness));
        let app = init_service(app).await;
        let ask = |path| TestRequest::get().uri(path).to_request();
        let well = try_call_service(&app, ask("/well")).await.unwrap();
        assert_eq!(well.status(), StatusCode::NO_CONTENT);
        pause();
        let begun = Instant::now();
        let stuck = try_call_service(&app, ask("/stuck")).await.unwrap_err();
        let stuck = stuck.error_response();
        assert_eq!(stuck.status(), StatusCode::SERVICE_UNAVAILABLE);
        let retry_after = stuck.headers().get(RETRY_AFTER).unwrap();
        assert_eq!(retry_after, "1");
        assert!(begun.elapsed() < ANSWER_WITHIN * 2);
    }
}
