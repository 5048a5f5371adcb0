//! Everything that brings a connection into a room: by a grant, by a client's command, by a server's
//! decision.

#[cfg(test)]
#[path = "seating_tests.rs"]
mod tests;

use std::sync::Arc;

use shared_proto::{
    client::v1::{SubRefreshRequest, SubscribeRequest, SubscribeResult},
    core::v1::Grant,
};

use super::{ports::Unreachable, services::Services};
use crate::{
    connection::link::Link,
    protocol::{
        codes::Refusal,
        topic_name::{FEED, TOPIC_BYTES_MAX},
    },
    rooms::{
        NotAsked, Rooms,
        messages::{Join, Subscribe, Told},
    },
    topic::{
        listener::Listener as _,
        namespaces::{Kind, MaySubscribe, Namespace},
        room::{JoinRefused, Seat, SubscribeRefused, Wish},
    },
};

/// A grant can turn stale, and a member be removed, between two steps; neither does so for ever.
const ATTEMPTS: usize = 5;

/// The one `SubscribeRequest.type` that is offered.
const STREAM: i32 = 0;

/// Brings a connection into the room of a logged topic. False when the user may not hear it, or not
/// any more.
///
/// # Errors
/// [`Unreachable`].
pub(crate) async fn join(
    services: &Services,
    link: &Arc<Link>,
    mut grant: Grant,
    seat: Seat,
) -> Result<bool, Unreachable> {
    let Some(namespace) = services.rooms.namespaces().of_logged(&grant.topic) else {
        return Ok(false);
    };
    for _ in 0..ATTEMPTS {
        let join = || Join {
            link: link.clone(),
            grant: grant.clone(),
            seat,
        };
        let joined = services.rooms.ask_logged(&grant, namespace, join).await;
        match joined.map_err(|_| Unreachable)? {
            Ok(()) => return Ok(true),
            Err(JoinRefused::Gone) => return Ok(false),
            Err(JoinRefused::Removed | JoinRefused::Stale) => {
                let fresh = services.grants.authorize(link.user(), &grant.topic);
                let fresh = fresh.await?;
                match fresh {
                    Some(fresh) => grant = fresh,
                    None => return Ok(false),
                }
            }
        }
    }
    Err(Unreachable)
}

/// Seats a connection on a topic's own channel; the room writes the reply to command `id`. Returns
/// when the subscription ends, in UTC milliseconds since 1970-01-01, if it does.
///
/// # Errors
/// [`Refusal`], to be written as the reply.
pub async fn subscribe(
    services: &Services,
    link: &Arc<Link>,
    id: u32,
    request: &SubscribeRequest,
) -> Result<Option<i64>, Refusal> {
    let topic = &*request.channel;
    if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX {
        return Err(Refusal::BAD_REQUEST);
    }
    let is_own = topic == FEED || topic.strip_prefix("user:") == Some(link.user());
    if is_own && services.grants.seats_users() {
        return Err(Refusal::ALREADY_SUBSCRIBED);
    }
    let namespaces = services.rooms.namespaces();
    let namespace = namespaces.of(topic).ok_or(Refusal::UNKNOWN_CHANNEL)?;
    if request.r#type != STREAM {
        return Err(Refusal::NOT_AVAILABLE);
    }
    if request.tf.is_some() && !namespace.tags_filter {
        return Err(Refusal::BAD_REQUEST);
    }
    let mut wish = Wish::try_from(request).map_err(|_| Refusal::BAD_REQUEST)?;
    // In Protobuf the JavaScript SDK asks for numbers, reads one as a `Long` and finds no channel
    // of that name.
    wish.compact &= link.wire().is_json();
    let grants = &services.grants;
    let permission = grants.permission(link.user(), namespace, topic, &request.token)?;
    let (right, expires_at_ms) = match permission {
        None => (Right::Asked, None),
        Some(permission) => {
            // Before it sits: then the others are told.
            link.introduce(topic, permission.info);
            (Right::Given, permission.expires_at_ms)
        }
    };
    let told = Told::Reply { id, expires_at_ms };
    seat(services, link, topic, right, Seat::Subscriber, &wish, &told).await?;
    Ok(expires_at_ms)
}

/// Lets a subscription go on by another token. Returns when it ends then, if it does.
///
/// # Errors
/// [`Refusal`].
pub fn refresh(
    services: &Services,
    link: &Link,
    request: &SubRefreshRequest,
) -> Result<Option<i64>, Refusal> {
    let (topic, user) = (&*request.channel, &*link.owner().user);
    if services.grants.seats_users() {
        // Where a core decides, subscriptions have no tokens.
        return Err(Refusal::NOT_AVAILABLE);
    }
    if request.token.is_empty() {
        return Err(Refusal::BAD_REQUEST);
    }
    if !link.is_in(topic) {
        return Err(Refusal::PERMISSION_DENIED);
    }
    let permission = services.grants.renewal(user, topic, &request.token)?;
    link.introduce(topic, permission.info);
    Ok(permission.expires_at_ms)
}

/// Whether it is known that a connection may hear a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// It is to be found out.
    Asked,
    /// Somebody has said so; on what a core logs, only the core can.
    Given,
}

/// Seats a connection that may hear the topic.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn seat(
    services: &Services,
    link: &Arc<Link>,
    topic: &str,
    right: Right,
    seat: Seat,
    wish: &Wish,
    told: &Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    let rooms = &services.rooms;
    if right == Right::Given {
        return seat_given(rooms, link, topic, seat, wish, told).await;
    }
    let namespace = rooms
        .namespaces()
        .of(topic)
        .ok_or(Refusal::UNKNOWN_CHANNEL)?;
    for _ in 0..ATTEMPTS {
        permit(services, link, namespace, topic, seat).await?;
        if let Some(seated) = place(rooms, link, namespace, topic, seat, wish, told).await {
            return seated;
        }
    }
    Err(Refusal::INTERNAL)
}

/// Seats a connection because a server wants it there, on a topic that no core logs.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn seat_by_server(
    rooms: &Rooms,
    link: &Arc<Link>,
    topic: &str,
    wish: &Wish,
    told: &Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    seat_given(rooms, link, topic, Seat::ServerSide, wish, told).await
}

async fn seat_given(
    rooms: &Rooms,
    link: &Arc<Link>,
    topic: &str,
    seat: Seat,
    wish: &Wish,
    told: &Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    let namespace = rooms
        .namespaces()
        .of(topic)
        .ok_or(Refusal::UNKNOWN_CHANNEL)?;
    if namespace.kind == Kind::Logged {
        return Err(Refusal::PERMISSION_DENIED);
    }
    for _ in 0..ATTEMPTS {
        if let Some(seated) = place(rooms, link, namespace, topic, seat, wish, told).await {
            return seated;
        }
    }
    Err(Refusal::INTERNAL)
}

/// One attempt to seat a connection; `None` when there is reason to try again.
async fn place(
    rooms: &Rooms,
    link: &Arc<Link>,
    namespace: &Arc<Namespace>,
    topic: &str,
    seat: Seat,
    wish: &Wish,
    told: &Told,
) -> Option<Result<Option<SubscribeResult>, Refusal>> {
    let subscribe = || Subscribe {
        link: link.clone(),
        seat,
        wish: wish.clone(),
        told: told.clone(),
    };
    let seated = match namespace.kind {
        // It has a room since somebody was let in.
        Kind::Logged => rooms.ask(topic, subscribe).await?,
        Kind::Sequenced | Kind::Ephemeral => {
            match rooms.ask_own(topic, namespace, subscribe).await {
                Ok(seated) => seated,
                Err(NotAsked::TooManyTopics) => return Some(Err(Refusal::LIMIT_EXCEEDED)),
                Err(NotAsked::Retired) => return None,
            }
        }
    };
    match seated {
        Ok(result) => Some(Ok(result)),
        Err(SubscribeRefused::Already) => Some(Err(Refusal::ALREADY_SUBSCRIBED)),
        Err(SubscribeRefused::Unrecoverable) => Some(Err(Refusal::UNRECOVERABLE)),
        Err(SubscribeRefused::Unreachable) => Some(Err(Refusal::INTERNAL)),
        // Removed in between.
        Err(SubscribeRefused::NotAMember) => None,
    }
}

/// Makes sure that the connection may hear the topic, and that it is in the room if a core logs
/// that. The room knows its members; a core is asked only about those whom it does not know.
async fn permit(
    services: &Services,
    link: &Arc<Link>,
    namespace: &Namespace,
    topic: &str,
    seat: Seat,
) -> Result<(), Refusal> {
    if topic.strip_prefix("user:") == Some(link.user()) && link.is_in(topic) {
        // One's own is granted with the token.
        return Ok(());
    }
    match namespace.subscribe {
        MaySubscribe::Nobody => return Err(Refusal::PERMISSION_DENIED),
        MaySubscribe::Authenticated => return Ok(()),
        MaySubscribe::Granted => {}
    }
    if link.is_in(topic) {
        return Ok(());
    }
    let grant = services.grants.authorize(link.user(), topic).await?;
    let grant = grant.ok_or(Refusal::PERMISSION_DENIED)?;
    if namespace.kind != Kind::Logged {
        return Ok(());
    }
    // A subscriber is seated by its subscription, which would be refused to one who sits already.
    let entry = match seat {
        Seat::Subscriber => Seat::Watcher,
        Seat::Watcher | Seat::ServerSide => seat,
    };
    match join(services, link, grant, entry).await? {
        true => Ok(()),
        false => Err(Refusal::PERMISSION_DENIED),
    }
}

impl From<Unreachable> for Refusal {
    fn from(Unreachable: Unreachable) -> Self {
        Self::INTERNAL
    }
}
