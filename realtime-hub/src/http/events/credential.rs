//! How whoever wants an event stream says who they are.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
    web::Query,
};

use rookery_kit::credentials;

use crate::identity::ticket::Tickets;

/// The cookie that holds a ticket.
pub(super) const COOKIE: &str = "rookery_sse";

/// What was presented.
pub(super) enum Credential {
    /// A token, in a header.
    Token(String),
    /// A ticket, in the address or a cookie.
    Ticket(String),
}

impl Credential {
    /// The token that it stands for; `None` for a ticket that is not ours.
    pub(super) fn token(&self, tickets: &Tickets) -> Option<String> {
        match self {
            Self::Token(token) => Some(token.clone()),
            Self::Ticket(ticket) => tickets.open(ticket),
        }
    }

    /// Whether it comes from an `EventSource`, which cannot send headers.
    pub(super) fn is_an_event_sources(&self) -> bool {
        matches!(self, Self::Ticket(_))
    }
}

/// What a request presents. A header is meant for this request; an address may be older, and a
/// cookie is sent with everything.
pub(super) fn credential(request: &HttpRequest) -> Option<Credential> {
    if let Some(token) = bearer(request.headers()) {
        return Some(Credential::Token(token.to_owned()));
    }
    let in_address = parameters(request)
        .into_iter()
        .find_map(|(name, value)| (name == "ticket").then_some(value));
    in_address
        .or_else(|| Some(request.cookie(COOKIE)?.value().to_owned()))
        .map(Credential::Ticket)
}

/// The token in a header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    credentials::bearer(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The names and values of a request's query, in order.
pub(super) fn parameters(request: &HttpRequest) -> Vec<(String, String)> {
    Query::from_query(request.query_string()).map_or_else(|_| Vec::new(), Query::into_inner)
}
