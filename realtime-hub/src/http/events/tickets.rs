//! `POST /sse/ticket`: what an `EventSource` presents instead of a token.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    web::{Data, Payload},
};
use serde::{Deserialize, Serialize};

use super::{
    credential::{COOKIE, bearer},
    streams::refuse_token,
};
use crate::{
    clock,
    http::site::Site,
    http::{body, problem::problem},
    session::admission::await_turn,
};

/// Largest body.
const WISH_MAX_BYTES: usize = 1024;

/// Where the cookie is of use.
const COOKIE_PATHS: [&str; 2] = ["/sse", "/user/sse"];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Wish {
    /// Whether the ticket is to be kept as a cookie, too.
    cookie: bool,
}

#[derive(Serialize)]
struct Ticket<'a> {
    ticket: &'a str,
    expires_at_ms: i64,
}

/// Seals the token that the request presents, if it is good.
pub(in crate::http) async fn issue_ticket(
    request: HttpRequest,
    body: Payload,
    site: Data<Site>,
) -> HttpResponse {
    let Some(token) = bearer(request.headers()) else {
        let hint = "Send the access token as `Authorization: Bearer …`.";
        return problem(HttpResponse::Unauthorized(), "token_missing", hint);
    };
    let wish = match body::read_in_time(body, WISH_MAX_BYTES).await {
        Ok(body) => serde_json::from_slice::<Wish>(&body).unwrap_or_default(),
        Err(refused) => return refused.into(),
    };
    if let Err(crowded) = await_turn(&site.services).await {
        return refuse_token(crowded);
    }
    let expires_at_ms = match site.services.authority.verify(token).await {
        Ok(verified) => verified.expires_at_ms,
        Err(error) => return refuse_token(error.into()),
    };
    let Some(ticket) = site.tickets.seal(token) else {
        let hint = "Present a token of ours.";
        return problem(HttpResponse::BadRequest(), "token_invalid", hint);
    };
    let mut response = HttpResponse::Ok();
    response.insert_header(("cache-control", "no-store"));
    if wish.cookie {
        // Under our own TLS, or a load balancer's.
        let secure = site.is_tls || request.connection_info().scheme() == "https";
        for path in COOKIE_PATHS {
            let left = clock::until_ms(expires_at_ms).as_secs();
            let left = time::Duration::seconds(i64::try_from(left).unwrap_or_default());
            let cookie = Cookie::build(COOKIE, ticket.as_str())
                .path(path)
                .http_only(true)
                // The page may be served by another port or name of the same site.
                .same_site(SameSite::Strict)
                .secure(secure)
                .max_age(left)
                .finish();
            response.append_header(("set-cookie", cookie.encoded().to_string()));
        }
    }
    response.json(Ticket {
        ticket: &ticket,
        expires_at_ms,
    })
}
