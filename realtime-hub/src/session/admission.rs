//! Who gets in, and into which rooms.

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use futures_util::future::try_join_all;
use shared_proto::{client::v1::SubscribeResult, core::v1::Grant};

use super::{ports::Unreachable, registration::Registration, seating, services::Services};
use crate::{
    connection::{
        link::{Link, Owner},
        outbox::Outbox,
        registry::NotRegistered,
    },
    identity::VerifyError,
    limits::{connect_pace::Crowded, places::Full},
    protocol::{
        codes::{Close, Refusal},
        topic_name::FEED,
        wire::Wire,
    },
    rooms::{
        Rooms,
        messages::{Subscribe, Told},
    },
    topic::{
        listener::Listener as _,
        room::{Position, Seat, Wish},
    },
};

/// Why a connection is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenRefused {
    /// The token ran out: get a new one.
    Expired,
    /// The token is not good, or not any more.
    Invalid,
    /// No core could be asked: try again.
    Unreachable,
    /// There is no room for another connection of this user.
    Full(Full),
    /// Too many come at once: try again.
    Crowded,
}

impl OpenRefused {
    /// What a WebSocket client is told: an error it can go on from, or the end.
    ///
    /// # Errors
    /// The close code, where the protocol wants the connection to end.
    pub fn answer(self) -> Result<Refusal, Close> {
        match self {
            Self::Expired => Ok(Refusal::TOKEN_EXPIRED),
            Self::Unreachable => Ok(Refusal::INTERNAL),
            Self::Crowded => Ok(Refusal::TOO_MANY_REQUESTS),
            Self::Invalid => Err(Close::INVALID_TOKEN),
            Self::Full(_) => Err(Close::CONNECTION_LIMIT),
        }
    }
}

impl From<VerifyError> for OpenRefused {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Expired => Self::Expired,
            VerifyError::Invalid | VerifyError::Revoked => Self::Invalid,
            VerifyError::Unreachable => Self::Unreachable,
        }
    }
}

impl From<Unreachable> for OpenRefused {
    fn from(Unreachable: Unreachable) -> Self {
        Self::Unreachable
    }
}

impl From<NotRegistered> for OpenRefused {
    fn from(refused: NotRegistered) -> Self {
        match refused {
            NotRegistered::Revoked => Self::Invalid,
            NotRegistered::Full(full) => Self::Full(full),
        }
    }
}

/// A connection that is in all its rooms. Its outbox is corked: the first frame is still to come.
pub struct Opened {
    /// Keeps it known to the hub.
    pub registration: Registration,
    /// When its token runs out, in UTC milliseconds since 1970-01-01.
    pub expires_at_ms: i64,
    /// What the hub has seated it on, by channel.
    pub subs: HashMap<String, SubscribeResult>,
    /// Where the chats go on that did not come with the token, for [`super::remaining`]; empty when all
    /// have come.
    pub remaining: String,
}

/// Verifies a token and lets its owner's new connection hear everything it may hear.
///
/// `since` is where the connection was on a channel that the hub seats it on.
///
/// # Errors
/// [`OpenRefused`].
pub async fn open(
    services: &Services,
    outbox: Arc<Outbox>,
    wire: Wire,
    token: &str,
    since: impl Fn(&str) -> Option<Position>,
) -> Result<Opened, OpenRefused> {
    let Entered {
        registration,
        expires_at_ms,
        grants,
        next_grants,
        channels,
    } = enter(services, outbox, wire, token).await?;
    let link = registration.link();
    let subs = if services.grants.seats_users() {
        follow_chats(services, link, grants, since).await?
    } else {
        follow_named(&services.rooms, link, channels, since).await?
    };
    Ok(Opened {
        registration,
        expires_at_ms,
        subs: subs
            .into_iter()
            .map(|(channel, result)| (channel, not_empty(result)))
            .collect(),
        remaining: next_grants,
    })
}

/// Brings a connection into the rooms of all its chats, and seats it on its own topic.
async fn follow_chats(
    services: &Services,
    link: &Arc<Link>,
    mut grants: HashMap<String, Grant>,
    since: impl Fn(&str) -> Option<Position>,
) -> Result<Vec<(String, SubscribeResult)>, OpenRefused> {
    let user_topic = format!("user:{}", link.user());
    let own = grants
        .remove(user_topic.as_str())
        .ok_or(OpenRefused::Invalid)?;
    let chats = grants
        .into_values()
        .map(|grant| seating::join(services, link, grant, Seat::Watcher));
    // A chat that the user was just removed from is no reason to stay out.
    try_join_all(chats).await?;
    if !seating::join(services, link, own, Seat::ServerSide).await? {
        return Err(OpenRefused::Invalid);
    }
    let since = since(&user_topic);
    let user_subscription = attach(services, link, &user_topic, since).await?;
    Ok(vec![
        (FEED.to_owned(), SubscribeResult::default()),
        (user_topic, user_subscription),
    ])
}

/// Seats a connection on the channels that its token names.
async fn follow_named(
    rooms: &Rooms,
    link: &Arc<Link>,
    channels: HashSet<String>,
    since: impl Fn(&str) -> Option<Position>,
) -> Result<Vec<(String, SubscribeResult)>, OpenRefused> {
    let seats = channels.into_iter().map(|channel| {
        let wish = Wish {
            since: since(&channel),
            ..Wish::default()
        };
        async move {
            let seated = seating::seat_by_server(rooms, link, &channel, &wish, &Told::Caller);
            match seated.await {
                Ok(Some(result)) => Ok((channel, result)),
                Ok(None) | Err(Refusal::INTERNAL | Refusal::LIMIT_EXCEEDED) => {
                    Err(OpenRefused::Unreachable)
                }
                Err(refusal) => {
                    // Whoever signed it must know: no client can do anything about it.
                    let (user, why) = (link.user(), refusal.message);
                    tracing::warn!(user, channel, why, "a token names a channel that cannot be");
                    Err(OpenRefused::Invalid)
                }
            }
        }
    });
    try_join_all(seats).await
}

/// Protobuf leaves the value of a map's entry out when it is empty, and SDKs trip over that.
fn not_empty(mut result: SubscribeResult) -> SubscribeResult {
    if result == SubscribeResult::default() {
        result.data = b"{}".as_slice().into();
    }
    result
}

/// A connection that has an owner and is in no room yet. Its outbox is corked.
pub(crate) struct Entered {
    /// Keeps it known to the hub.
    pub(crate) registration: Registration,
    /// When its token runs out, in UTC milliseconds since 1970-01-01.
    pub(crate) expires_at_ms: i64,
    /// What it may hear of what cores log, by topic.
    pub(crate) grants: HashMap<String, Grant>,
    /// Where its user's chats go on; empty when these are all.
    pub(crate) next_grants: String,
    /// What its token names besides.
    pub(crate) channels: HashSet<String>,
}

/// Waits until whoever brings a token may have it verified.
///
/// # Errors
/// [`OpenRefused::Crowded`].
pub(crate) async fn await_turn(services: &Services) -> Result<(), OpenRefused> {
    let turn = services.pace.take_turn(Instant::now());
    let wait = turn.map_err(|Crowded| OpenRefused::Crowded)?;
    if !wait.is_zero() {
        // A timer would make a tick of nothing.
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// Verifies a token and makes its owner's new connection known.
///
/// # Errors
/// [`OpenRefused`].
pub(crate) async fn enter(
    services: &Services,
    outbox: Arc<Outbox>,
    wire: Wire,
    token: &str,
) -> Result<Entered, OpenRefused> {
    await_turn(services).await?;
    let asked_at = Instant::now();
    let identity = services.authority.verify(token).await?;
    let owner = Owner {
        user: identity.user.into(),
        session: identity.session.into(),
        info: identity.info,
    };
    outbox.cork();
    let link = Link::new(owner, wire, outbox, services.counters.latency.clone());
    link.expire_at(identity.expires_at_ms);
    let added = services.users.register(&link, asked_at)?;
    Ok(Entered {
        registration: Registration::new(services.users.clone(), services.rooms.clone(), link),
        expires_at_ms: identity.expires_at_ms,
        grants: newest_grants(identity.grants, added),
        next_grants: identity.next_grants,
        channels: identity.channels.into_iter().collect(),
    })
}

/// Seats a connection on a topic whose room it is in.
async fn attach(
    services: &Services,
    link: &Arc<Link>,
    topic: &str,
    since: Option<Position>,
) -> Result<SubscribeResult, OpenRefused> {
    let subscribe = || Subscribe {
        link: link.clone(),
        seat: Seat::ServerSide,
        wish: Wish {
            since: since.clone(),
            ..Wish::default()
        },
        told: Told::Caller,
    };
    match services.rooms.ask(topic, subscribe).await {
        Some(Ok(Some(result))) => Ok(result),
        _ => Err(OpenRefused::Unreachable),
    }
}

/// What the user was granted while the token was being verified counts where it is newer.
fn newest_grants(verified: Vec<Grant>, added: Vec<Grant>) -> HashMap<String, Grant> {
    let mut grants: HashMap<String, Grant> = verified
        .into_iter()
        .map(|grant| (grant.topic.clone(), grant))
        .collect();
    for grant in added {
        if grants
            .get(&grant.topic)
            .is_none_or(|known| known.head < grant.head)
        {
            grants.insert(grant.topic.clone(), grant);
        }
    }
    grants
}
