//! Whether there is room for another connection, before anything else is done for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, http::header::HeaderMap};

use super::problem::{problem, unavailable};
use crate::{
    context::Hub,
    limits::places::{Full, Place},
};

/// What a trusted load balancer adds.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Why a connection is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnedAway {
    /// The hub sends even those away who are here.
    Leaving,
    /// There is no room.
    Full(Full),
}

impl TurnedAway {
    /// The status of the answer; a WebSocket's upgrade gets no more.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Leaving | Self::Full(Full::Hub) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full(Full::Address | Full::User) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl From<TurnedAway> for HttpResponse {
    fn from(turned_away: TurnedAway) -> Self {
        match turned_away {
            TurnedAway::Leaving => unavailable("leaving", "This hub is leaving."),
            TurnedAway::Full(full @ Full::Hub) => unavailable("hub_full", &full.to_string()),
            TurnedAway::Full(full @ Full::Address) => too_many("address_full", full),
            TurnedAway::Full(full @ Full::User) => too_many("user_full", full),
        }
    }
}

fn too_many(code: &str, full: Full) -> HttpResponse {
    let response = HttpResponse::TooManyRequests();
    problem(response, code, &full.to_string())
}

/// Takes a place for the connection of an HTTP request.
pub(super) fn admit(hub: &Hub, request: &HttpRequest) -> Result<Place, TurnedAway> {
    admit_peer(hub, request.peer_addr(), request.headers())
}

/// Takes a place for a connection from `peer`, or from whom it speaks for if it is a trusted load
/// balancer.
pub(super) fn admit_peer(
    hub: &Hub,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
) -> Result<Place, TurnedAway> {
    if hub.readiness.is_leaving() {
        return Err(TurnedAway::Leaving);
    }
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let address = address(peer, headers, &hub.config.limits.trusted_proxies);
    hub.limits.admit(address).map_err(TurnedAway::Full)
}

fn address(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> IpAddr {
    if !trusted_proxies.contains(&peer) {
        // Anybody can write a header.
        return peer;
    }
    let forwarded = headers.get_all(FORWARDED_FOR).last();
    let forwarded = forwarded.and_then(|value| value.to_str().ok());
    // The last one is the proxy's own observation.
    let client = forwarded.and_then(|list| list.rsplit(',').next());
    client
        .and_then(|client| client.trim().parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_a_trusted_proxy_speaks_for_others() {
        let (proxy, client) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 0, 2, 7]));
        let mut headers = HeaderMap::new();
        assert_eq!(address(proxy, &headers, &[proxy]), proxy);
        headers.insert(
            HeaderName::from_static(FORWARDED_FOR),
            HeaderValue::from_static("203.0.113.9, 192.0.2.7"),
        );
        assert_eq!(address(proxy, &headers, &[proxy]), client);
        assert_eq!(address(proxy, &headers, &[]), proxy);
        assert_eq!(address(client, &headers, &[proxy]), client);
    }
}
