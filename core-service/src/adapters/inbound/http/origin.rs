//! Whose page sends a request that carries the refresh cookie.
//!
//! A browser sends a cookie to every port of its host, and `SameSite` counts all of them as one
//! site: a page of another program on this host could sign people out. What a page cannot forge is
//! `Sec-Fetch-Site`, and `Origin` where a browser does not send that (http on any host but
//! localhost). Programs that are no browser send neither.

use actix_web::{
    ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HOST, HeaderMap, HeaderName, ORIGIN},
    },
    middleware::Next,
    web::Data,
};

use super::{Services, problem::Problem};

pub(super) async fn refuse_foreign_pages(
    services: Data<Services>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let origin = services.addresses.origin();
    if is_foreign(request.headers(), origin) {
        let detail = format!("this request comes from a page of another origin; open {origin}");
        let problem = Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail);
        return Ok(request.into_response(problem.error_response()));
    }
    next.call(request).await
}

fn is_foreign(headers: &HeaderMap, own_origin: &str) -> bool {
    let text = |name: HeaderName| {
        let value = headers.get(name)?;
        // What is no text is nobody's origin.
        Some(value.to_str().unwrap_or("null"))
    };
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return !["same-origin", "none"].contains(&site);
    }
    let Some(origin) = text(ORIGIN) else {
        return false;
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let is_same = origin == own_origin || (authority.is_some() && authority == text(HOST));
    !is_same
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[track_caller]
    fn check_foreign(headers: &[(&'static str, &'static str)], foreign: bool) {
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect();
        let is = is_foreign(&map, "https://chat.example");
        assert_eq!(is, foreign, "{headers:?}");
    }

    #[test]
    fn browsers_say_whose_page_it_is() {
        for (site, foreign) in [
            ("same-origin", false),
            ("none", false),
            ("same-site", true),
            ("cross-site", true),
            ("", true),
        ] {
            check_foreign(&[("sec-fetch-site", site)], foreign);
        }
        let rewritten = [
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://chat.example"),
            ("host", "core:9101"),
        ];
        check_foreign(&rewritten, false);
    }

    #[test]
    fn older_browsers_and_plain_http_say_the_origin() {
        let at = |origin| [("host", "10.0.0.5:8080"), ("origin", origin)];
        check_foreign(&at("http://10.0.0.5:8080"), false);
        check_foreign(&at("https://chat.example"), false);
        check_foreign(&at("http://10.0.0.5:3000"), true);
        check_foreign(&at("http://10.0.0.5"), true);
        check_foreign(&at("null"), true);
        check_foreign(&at(""), true);
        check_foreign(&[("host", "10.0.0.5:8080")], false);
        check_foreign(&[("origin", "http://evil.example")], true);
    }
}
