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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::{
        config::{Config, LimitsConfig},
        http::scope_tests::site_of,
        lifecycle,
    };

    /// A hub behind the load balancer 10.0.0.1, with room for two connections of an address and
    /// three in all.
    fn site() -> std::sync::Arc<Site> {
        site_of(&Config {
            limits: LimitsConfig {
                connections: 3,
                per_address: Some(2),
                trusted_proxies: vec!["10.0.0.1".parse().unwrap()],
                ..LimitsConfig::default()
            },
            ..Config::default()
        })
        .0
    }

    fn peer(last: u8) -> Option<SocketAddr> {
        Some(SocketAddr::from(([10, 0, 0, last], 4_000)))
    }

    fn forwarded(client: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static(FORWARDED_FOR);
        headers.insert(name, HeaderValue::from_static(client));
        headers
    }

    #[actix_rt::test]
    async fn place_is_its_address_until_it_is_given_back() {
        let (site, nothing) = (site(), HeaderMap::new());
        let first = admit_peer(&site, peer(2), &nothing).unwrap();
        let _second = admit_peer(&site, peer(2), &nothing).unwrap();
        let full = TurnedAway::Full(Full::Address);
        assert_eq!(admit_peer(&site, peer(2), &nothing).unwrap_err(), full);
        let _other = admit_peer(&site, peer(3), &nothing).unwrap();
        let full = TurnedAway::Full(Full::Hub);
        assert_eq!(admit_peer(&site, peer(4), &nothing).unwrap_err(), full);
        drop(first);
        assert!(admit_peer(&site, peer(2), &nothing).is_ok());
    }

    #[actix_rt::test]
    async fn only_a_trusted_load_balancer_speaks_for_others() {
        let site = site();
        // Whoever is not trusted has their own place, whatever they say.
        let _first = admit_peer(&site, peer(2), &forwarded("192.0.2.1")).unwrap();
        let _second = admit_peer(&site, peer(2), &forwarded("192.0.2.2")).unwrap();
        let full = TurnedAway::Full(Full::Address);
        let third = admit_peer(&site, peer(2), &forwarded("192.0.2.3"));
        assert_eq!(third.unwrap_err(), full);

        let site = self::site();
        for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            let admitted = admit_peer(&site, peer(1), &forwarded(client));
            std::mem::forget(admitted.unwrap());
        }
    }

    #[actix_rt::test]
    async fn socket_that_is_one_too_many_is_counted() {
        let site = site_of(&Config {
            limits: LimitsConfig {
                per_address: Some(1),
                ..LimitsConfig::default()
            },
            ..Config::default()
        })
        .0;
        let max = site.limits.sockets_per_address().unwrap();
        let mut places: Vec<_> = (0..max)
            .map(|_| admit_socket(&site, peer(2)).unwrap())
            .collect();
        assert_eq!(admit_socket(&site, peer(2)).unwrap_err(), Full::Address);
        assert_eq!(site.services.counters.sockets_refused.get(), 1);
        places.pop();
        assert!(admit_socket(&site, peer(2)).is_ok());
    }

    #[actix_rt::test]
    async fn hub_that_leaves_takes_nobody() {
        let site = site();
        lifecycle::drain(&site.readiness, &site.services.users, Duration::ZERO).await;
        let refused = admit_peer(&site, peer(2), &HeaderMap::new()).unwrap_err();
        assert_eq!(refused, TurnedAway::Leaving);
        assert_eq!(HttpResponse::from(refused).status(), 503);
    }
}
