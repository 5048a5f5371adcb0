//! Methods that an address does not name: HEAD asks for the head of what GET answers, any other one
//! is refused by name.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
};

use super::{document::methods_of, problem::Problem};

/// Answers HEAD as GET; the server leaves the body out of what it writes.
///
/// # Errors
/// What the request's own handler returns.
pub async fn head_like_get(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// Refuses what no route takes: an address that is none, or a method of one that is.
pub(super) async fn refuse(request: HttpRequest) -> HttpResponse {
    let allowed = request.match_pattern().and_then(|path| methods_of(&path));
    let Some(allowed) = allowed else {
        return Problem::no_route().error_response();
    };
    let hint = format!("This address takes {allowed}.");
    let refused = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", hint);
    let mut response = refused.error_response();
    if let Ok(allow) = HeaderValue::try_from(allowed) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
