//! How often one person, or people behind one address, may do what costs others something.
//!
//! Each replica counts for itself: with N replicas behind a load balancer one gets up to N times as
//! much. Sign-ins that fail are counted by the database, over all replicas.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use actix_web::{HttpRequest, http::StatusCode};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::NoOpMiddleware,
    state::keyed::HashMapStateStore,
};
use uuid::Uuid;

use super::problem::Problem;
use crate::{application::error::Wait, domain::ids::UserId};

/// The limits are for this long.
const PERIOD: Duration = Duration::from_mins(10);

/// Addresses or people that one limit tells apart, some 3 MB. Whoever comes beyond them shares one place.
const KEYS_MAX: usize = 50_000;

/// Those whose time has passed are forgotten each time so many requests were counted.
const FORGET_EVERY: u32 = 1_000;

/// How often one address, or for reactions, searches in messages and profiles one person, may do
/// something in ten minutes.
#[derive(Clone, Copy, Debug)]
pub struct Allowances {
    /// Make an account.
    pub sign_ups: NonZeroU32,
    /// Try to sign in.
    pub sign_ins: NonZeroU32,
    /// Look for people, and at what links lead to.
    pub people_searches: NonZeroU32,
    /// Make a group.
    pub groups: NonZeroU32,
    /// Ask for a direct chat.
    pub direct_chats: NonZeroU32,
    /// Change a reaction.
    pub reactions: NonZeroU32,
    /// Search in messages.
    pub message_searches: NonZeroU32,
    /// Change what they, or a group, show of themselves.
    pub profiles: NonZeroU32,
    /// Have a page looked at.
    pub link_previews: NonZeroU32,
}

/// What was done too often.
pub(super) struct Limits {
    pub(super) sign_ups: Limit,
    pub(super) sign_ins: Limit,
    pub(super) people_searches: Limit,
    pub(super) groups: Limit,
    pub(super) direct_chats: Limit,
    pub(super) reactions: Limit<UserId>,
    pub(super) message_searches: Limit<UserId>,
    pub(super) profiles: Limit<UserId>,
    pub(super) link_previews: Limit<UserId>,
}

impl Limits {
    pub(super) fn new(allowances: &Allowances) -> Self {
        Self {
            sign_ups: Limit::new(allowances.sign_ups, MonotonicClock),
            sign_ins: Limit::new(allowances.sign_ins, MonotonicClock),
            people_searches: Limit::new(allowances.people_searches, MonotonicClock),
            groups: Limit::new(allowances.groups, MonotonicClock),
            direct_chats: Limit::new(allowances.direct_chats, MonotonicClock),
            reactions: Limit::new(allowances.reactions, MonotonicClock),
            message_searches: Limit::new(allowances.message_searches, MonotonicClock),
            profiles: Limit::new(allowances.profiles, MonotonicClock),
            link_previews: Limit::new(allowances.link_previews, MonotonicClock),
        }
    }
}

type Keyed<K, C> = RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// One limit: a burst of everything that ten minutes allow, which comes back evenly.
pub(super) struct Limit<K: Hash + Eq + Clone = IpAddr, C: Clock = MonotonicClock> {
    limiter: Keyed<K, C>,
    clock: C,
    counted: AtomicU32,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limit<K, C> {
    fn new(allowance: NonZeroU32, clock: C) -> Self {
        let quota = Quota::with_period(PERIOD / allowance.get())
            .unwrap_or(Quota::per_second(NonZeroU32::MAX))
            .allow_burst(allowance);
        Self {
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), clock.clone()),
            clock,
            counted: AtomicU32::new(0),
        }
    }

    /// Counts a request of one key, or of all that share a place where there are too many keys.
    fn count_key(&self, key: K, shared: K) -> Result<(), Wait> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let key = if self.limiter.len() < KEYS_MAX {
            key
        } else {
            shared
        };
        self.limiter.check_key(&key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            Wait::seconds(
                i64::try_from(wait.as_secs())
                    .unwrap_or(i64::MAX)
                    .saturating_add(1),
            )
        })
    }
}

impl<C: Clock + Clone> Limit<IpAddr, C> {
    /// Counts a request.
    ///
    /// # Errors
    /// A problem with status 429 once its address has had its share.
    pub(super) fn count(&self, request: &HttpRequest) -> Result<(), Problem> {
        self.count_address(&address(request))
            .map_err(|wait| too_many("too many requests from your network", wait))
    }

    fn count_address(&self, address: &str) -> Result<(), Wait> {
        self.count_key(network(address), Ipv6Addr::UNSPECIFIED.into())
    }
}

impl<C: Clock + Clone> Limit<UserId, C> {
    /// Counts a request of a person's.
    ///
    /// # Errors
    /// A problem with status 429 once they have had their share.
    pub(super) fn count_of(&self, user: UserId) -> Result<(), Problem> {
        self.count_key(user, UserId::new(Uuid::nil()))
            .map_err(|wait| too_many("you have done this very often", wait))
    }
}

fn too_many(why: &str, wait: Wait) -> Problem {
    let detail = format!("{why}; try again {wait}");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(wait)
}

/// Where the request comes from. Our own load balancer writes this one header, and nobody else
/// reaches this port; what clients send in others, such as `Forwarded`, says nothing.
pub(super) fn address(request: &HttpRequest) -> String {
    let told = request
        .headers()
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok());
    match told.and_then(|list| list.rsplit(',').next()) {
        Some(address) => address.trim().to_owned(),
        None => request
            .peer_addr()
            .map(|peer| peer.ip().to_string())
            .unwrap_or_default(),
    }
}

/// What one household or host has: an IPv4 address, or the /64 around an IPv6 address.
pub(super) fn network(address: &str) -> IpAddr {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let mask = u128::MAX << 64;
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
        Ok(address) => address,
        Err(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limit<K: Hash + Eq + Clone>(
        allowance: u32,
    ) -> (Limit<K, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let limit = Limit::new(NonZeroU32::new(allowance).unwrap(), clock.clone());
        (limit, clock)
    }

    #[test]
    fn share_comes_back_evenly_and_each_address_has_its_own() {
        let (limit, clock) = limit(60);
        for _ in 0..60 {
            assert_eq!(limit.count_address("192.0.2.1"), Ok(()));
        }
        let wait = limit.count_address("192.0.2.1").unwrap_err();
        assert_eq!(wait.as_seconds(), 11);
        assert_eq!(limit.count_address("192.0.2.2"), Ok(()));
        clock.advance(Duration::from_secs(10));
        assert_eq!(limit.count_address("192.0.2.1"), Ok(()));
        assert!(limit.count_address("192.0.2.1").is_err());
    }

    #[test]
    fn person_has_a_share_from_wherever_they_come() {
        let (limit, clock) = limit(3);
        let [ada, ben] = [1, 2].map(|n| UserId::new(Uuid::from_u128(n)));
        for _ in 0..3 {
            assert!(limit.count_of(ada).is_ok());
        }
        let refused = limit.count_of(ada).unwrap_err();
        assert_eq!(refused.status_code(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(
            refused.to_string(),
            "you have done this very often; try again in 4 minutes"
        );
        assert!(limit.count_of(ben).is_ok());
        clock.advance(PERIOD / 3);
        assert!(limit.count_of(ada).is_ok());
    }

    #[track_caller]
    fn check_network(address: &str, expected: &str) {
        assert_eq!(network(address).to_string(), expected);
    }

    #[test]
    fn network_is_an_ipv4_address_or_a_64() {
        check_network("192.0.2.7", "192.0.2.7");
        check_network("::ffff:192.0.2.7", "192.0.2.7");
        check_network("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
        check_network("2001:db8:1:2:ffff::1", "2001:db8:1:2::");
        check_network("2001:db8:1:3::1", "2001:db8:1:3::");
        check_network("unix:", "::");
    }

    #[test]
    fn addresses_are_forgotten_and_bounded() {
        let (limit, clock) = limit(10);
        for n in 0..KEYS_MAX + 20 {
            let address = Ipv6Addr::from_bits((n as u128 + 1) << 64).to_string();
            let _ = limit.count_address(&address);
        }
        assert!(limit.limiter.len() <= KEYS_MAX + 1);
        // Those beyond the bound share one place, which is used up.
        assert!(limit.count_address("2001:db8::1").is_err());
        clock.advance(PERIOD);
        for _ in 0..FORGET_EVERY {
            let _ = limit.count_address("192.0.2.1");
        }
        assert!(limit.limiter.len() <= 2);
        assert_eq!(limit.count_address("2001:db8::1"), Ok(()));
    }
}
