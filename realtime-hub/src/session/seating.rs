//! Who may subscribe to a topic, and how a connection gets its seat.

use std::sync::Arc;

use actix::Addr;
use shared_proto::client::v1::{SubRefreshRequest, SubscribeRequest, SubscribeResult};

use crate::{
    connection::link::Link,
    context::Hub,
    identity::{
        Authority, VerifyError,
        jwt::{Permission, TokenKeys},
    },
    protocol::{
        codes::Refusal,
        topic_name::{FEED, TOPIC_BYTES_MAX},
    },
    rooms::{
        actor::TopicRoom,
        messages::{Subscribe, Told},
    },
    session::admission::{self, ATTEMPTS},
    topic::{
        namespaces::{Kind, MaySubscribe, Namespace},
        room::{Listener as _, Seat, SubscribeRefused, Wish},
    },
};

/// The one `SubscribeRequest.type` that is offered.
const STREAM: i32 = 0;

/// Seats a connection on a topic's own channel; the room writes the reply to command `id`. Returns
/// when the subscription ends, in UTC milliseconds since 1970-01-01, if it does.
///
/// # Errors
/// [`Refusal`], to be written as the reply.
pub async fn subscribe(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    id: u32,
    request: &SubscribeRequest,
) -> Result<Option<i64>, Refusal> {
    let topic = &*request.channel;
    if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX {
        return Err(Refusal::BAD_REQUEST);
    }
    let is_own = topic == FEED || topic.strip_prefix("user:") == Some(link.user());
    if is_own && hub.core().is_some() {
        // The hub has seated it there.
        return Err(Refusal::ALREADY_SUBSCRIBED);
    }
    let namespace = hub.namespaces.of(topic).ok_or(Refusal::UNKNOWN_CHANNEL)?;
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
    let (right, expires_at_ms) = match &hub.authority {
        Authority::Core(_) => (Right::Asked, None),
        Authority::Keys(keys) => {
            let permission = by_token(keys, link, namespace, topic, &request.token)?;
            // Before it sits: then the others are told.
            link.introduce(topic, permission.info);
            (Right::Given, permission.expires_at_ms)
        }
    };
    let told = Told::Reply { id, expires_at_ms };
    seat(hub, link, topic, right, Seat::Subscriber, &wish, &told).await?;
    Ok(expires_at_ms)
}

/// Lets a subscription go on by another token. Returns when it ends then, if it does.
///
/// # Errors
/// [`Refusal`].
pub fn refresh(
    hub: &Hub,
    link: &Link,
    request: &SubRefreshRequest,
) -> Result<Option<i64>, Refusal> {
    let Authority::Keys(keys) = &hub.authority else {
        return Err(Refusal::NOT_AVAILABLE);
    };
    if request.token.is_empty() {
        return Err(Refusal::BAD_REQUEST);
    }
    if !link.is_in(&request.channel) {
        return Err(Refusal::PERMISSION_DENIED);
    }
    let permitted = keys.permit(&request.token, &link.owner().user, &request.channel);
    let permission = permitted.map_err(|error| Refusal {
        // Without that the SDK would give the subscription up instead of getting another token.
        temporary: error == VerifyError::Expired,
        ..error.into()
    })?;
    link.introduce(&request.channel, permission.info);
    Ok(permission.expires_at_ms)
}

/// What a connection may do in a topic of a hub without a core. A token that is
/// there must be good, also where none is needed: it says when the subscription ends.
fn by_token(
    keys: &TokenKeys,
    link: &Link,
    namespace: &Namespace,
    topic: &str,
    token: &str,
) -> Result<Permission, Refusal> {
    match namespace.subscribe {
        MaySubscribe::Nobody => Err(Refusal::PERMISSION_DENIED),
        MaySubscribe::Authenticated if token.is_empty() => Ok(Permission::default()),
        MaySubscribe::Granted if token.is_empty() => Err(Refusal::PERMISSION_DENIED),
        MaySubscribe::Authenticated | MaySubscribe::Granted => {
            Ok(keys.permit(token, &link.owner().user, topic)?)
        }
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Expired => Self::TOKEN_EXPIRED,
            VerifyError::Invalid | VerifyError::Revoked => Self::PERMISSION_DENIED,
            VerifyError::Unreachable => Self::INTERNAL,
        }
    }
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
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    topic: &str,
    right: Right,
    seat: Seat,
    wish: &Wish,
    told: &Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    let namespace = hub.namespaces.of(topic).ok_or(Refusal::UNKNOWN_CHANNEL)?;
    if right == Right::Given && namespace.kind == Kind::Logged {
        return Err(Refusal::PERMISSION_DENIED);
    }
    for _ in 0..ATTEMPTS {
        if right == Right::Asked {
            permit(hub, link, namespace, topic, seat).await?;
        }
        if let Some(room) = room(hub, namespace, topic)? {
            match place(hub, link, &room, topic, seat, wish, told).await {
                Placed::Seated(result) => return Ok(result),
                Placed::Refused(refusal) => return Err(refusal),
                Placed::Again => {}
            }
        }
    }
    Err(Refusal::INTERNAL)
}

/// Seats a connection because a server wants it there, on a topic that no core logs.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn seat_by_server(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    topic: &str,
    wish: &Wish,
    told: &Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    seat(hub, link, topic, Right::Given, Seat::ServerSide, wish, told).await
}

/// The room of a topic; one that a core logs has one when somebody was let in.
fn room(
    hub: &Arc<Hub>,
    namespace: &Arc<Namespace>,
    topic: &str,
) -> Result<Option<Addr<TopicRoom>>, Refusal> {
    Ok(match namespace.kind {
        Kind::Logged => hub.directory.find(topic),
        Kind::Sequenced | Kind::Ephemeral => {
            let room = hub.directory.find_or_start_own(topic, namespace, hub);
            Some(room.ok_or(Refusal::LIMIT_EXCEEDED)?)
        }
    })
}

/// What became of an attempt to seat a connection.
enum Placed {
    Seated(Option<SubscribeResult>),
    Refused(Refusal),
    Again,
}

async fn place(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    room: &Addr<TopicRoom>,
    topic: &str,
    seat: Seat,
    wish: &Wish,
    told: &Told,
) -> Placed {
    let subscribe = Subscribe {
        link: link.clone(),
        seat,
        wish: wish.clone(),
        told: told.clone(),
    };
    match room.send(subscribe).await {
        Ok(Ok(result)) => Placed::Seated(result),
        Ok(Err(SubscribeRefused::Already)) => Placed::Refused(Refusal::ALREADY_SUBSCRIBED),
        Ok(Err(SubscribeRefused::Unrecoverable)) => Placed::Refused(Refusal::UNRECOVERABLE),
        Ok(Err(SubscribeRefused::Unreachable)) => Placed::Refused(Refusal::INTERNAL),
        // Removed in between.
        Ok(Err(SubscribeRefused::NotAMember)) => Placed::Again,
        Err(_) => {
            // It retired.
            hub.directory.retire(topic, room);
            Placed::Again
        }
    }
}

/// Makes sure that the connection may hear the topic, and that it is in the room if a core logs
/// that. The room knows its members; a core is asked only about those whom it does not know.
async fn permit(
    hub: &Arc<Hub>,
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
    let core = hub.core().ok_or(Refusal::PERMISSION_DENIED)?;
    let grant = core.authorize(&link.owner().user, topic).await;
    let grant = grant
        .map_err(|_| Refusal::INTERNAL)?
        .ok_or(Refusal::PERMISSION_DENIED)?;
    if namespace.kind != Kind::Logged {
        return Ok(());
    }
    let admitted = admission::admit(hub, link, grant, seat).await;
    match admitted.map_err(|_| Refusal::INTERNAL)? {
        true => Ok(()),
        false => Err(Refusal::PERMISSION_DENIED),
    }
}
