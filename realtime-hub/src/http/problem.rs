//! How refusals are answered: problem details (RFC 9457).

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::BoxBody,
    http::header::{self, HeaderValue},
};
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
    let mut response = response.finish();
    let status = response.status();
    let title = status.canonical_reason().unwrap_or_default();
    let problem = Problem {
        r#type: "about:blank",
        title,
        status: status.as_u16(),
        detail,
        code,
    };
    let content = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, content);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    response.set_body(BoxBody::new(body))
}

/// Answers what no route is for.
pub(crate) async fn refuse_route() -> HttpResponse {
    problem(
        HttpResponse::NotFound(),
        "no_such_route",
        "There is nothing at this address.",
    )
}

/// Refuses a method other than those of `allow`.
pub(super) fn refuse_method(allow: &'static str) -> HttpResponse {
    let mut response = HttpResponse::MethodNotAllowed();
    response.insert_header((header::ALLOW, allow));
    let hint = format!("This address takes {allow}.");
    problem(response, "method_not_allowed", &hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_keeps_its_headers() {
        let later = unavailable("busy", "Try again.");
        assert_eq!(later.status(), 503);
        assert_eq!(later.headers().get(header::RETRY_AFTER).unwrap(), "1");
        let content = later.headers().get(header::CONTENT_TYPE).unwrap();
        assert_eq!(content, "application/problem+json");
        let method = refuse_method("GET, HEAD");
        assert_eq!(method.status(), 405);
        assert_eq!(method.headers().get(header::ALLOW).unwrap(), "GET, HEAD");
    }
}
