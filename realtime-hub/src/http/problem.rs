//! How refusals are answered: problem details (RFC 9457).

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use serde::Serialize;

/// Says that it will work later.
pub(crate) fn unavailable(code: &str, detail: &str) -> HttpResponse {
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

/// Answers what no route is for.
pub(crate) async fn refuse_route() -> HttpResponse {
    problem(
        HttpResponse::NotFound(),
        "no_such_route",
        "There is nothing at this address.",
    )
}
