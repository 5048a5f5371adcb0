//! Whether there is room for another connection, before anything else is done for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderMap};

use super::problem::{problem, unavailable};
use crate::{
    http::site::Site,
    limits::{
        networks,
        places::{Full, Place},
    },
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

/// Takes a place for a socket that was just accepted, before anything is read from it.
pub(super) fn admit_socket(site: &Site, peer: Option<SocketAddr>) -> Result<Place, Full> {
    let peer = peer.map(|peer| peer.ip());
    // A load balancer has the sockets of many.
    let trusted = &site.limits.trusted_proxies;
    let address = peer.filter(|peer| !networks::is_trusted(*peer, trusted));
    let admitted = site.sockets.admit(address);
    if admitted.is_err() {
        site.services.counters.sockets_refused.add(1);
    }
    admitted
}

/// Takes a place for the connection of an HTTP request.
pub(super) fn admit(site: &Site, request: &HttpRequest) -> Result<Place, TurnedAway> {
    admit_peer(site, request.peer_addr(), request.headers())
}

/// Takes a place for a connection from `peer`, or from whom it speaks for if it is a trusted load
/// balancer.
pub(super) fn admit_peer(
    site: &Site,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
) -> Result<Place, TurnedAway> {
    if site.readiness.is_leaving() {
        return Err(TurnedAway::Leaving);
    }
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let forwarded = headers.get_all(FORWARDED_FOR);
    let forwarded: Vec<&str> = forwarded.filter_map(|line| line.to_str().ok()).collect();
    let trusted = &site.limits.trusted_proxies;
    let address = networks::client(peer, forwarded.into_iter(), trusted);
    site.places.admit(Some(address)).map_err(TurnedAway::Full)
}
