//! Who may subscribe to a topic, and how a connection gets its seat.

use std::sync::Arc;

use shared_proto::client::v1::{SubscribeRequest, SubscribeResult};

use crate::{
    actors::topic_room::{Subscribe, Told},
    admission::{self, ATTEMPTS},
    context::Hub,
    hub::{
        namespaces::{Kind, MaySubscribe, Namespace},
        room::{Listener as _, Seat, SubscribeRefused, Wish},
    },
    protocol::{codes::Refusal, frame::FEED},
    publishing::TOPIC_BYTES_MAX,
    transport::link::Link,
};

/// Seats a connection on a topic's own channel; the room writes the reply to command `id`.
///
/// # Errors
/// [`Refusal`], to be written as the reply.
pub async fn subscribe(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    id: u32,
    request: &SubscribeRequest,
) -> Result<(), Refusal> {
    let topic = &*request.channel;
    if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX {
        return Err(Refusal::BAD_REQUEST);
    }
    let namespace = hub.namespaces.of(topic).ok_or(Refusal::UNKNOWN_CHANNEL)?;
    if topic == FEED || topic.strip_prefix("user:") == Some(link.user()) {
        // The hub has seated it there.
        return Err(Refusal::ALREADY_SUBSCRIBED);
    }
    let wish = Wish::from(request);
    for _ in 0..ATTEMPTS {
        permit(hub, link, namespace, topic).await?;
        let room = match namespace.kind {
            Kind::Logged => hub.directory.find(topic),
            Kind::Sequenced | Kind::Ephemeral => {
                let room = hub.directory.find_or_start_own(topic, namespace, hub);
                Some(room.ok_or(Refusal::LIMIT_EXCEEDED)?)
            }
        };
        let Some(room) = room else {
            continue;
        };
        let seated = room
            .send(Subscribe {
                link: link.clone(),
                seat: Seat::Subscriber,
                wish: wish.clone(),
                told: Told::Reply(id),
            })
            .await;
        match seated {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(SubscribeRefused::Already)) => return Err(Refusal::ALREADY_SUBSCRIBED),
            Ok(Err(SubscribeRefused::Unreachable)) => return Err(Refusal::INTERNAL),
            // Removed in between.
            Ok(Err(SubscribeRefused::NotAMember)) => {}
            // It retired.
            Err(_) => hub.directory.retire(topic, &room),
        }
    }
    Err(Refusal::INTERNAL)
}

/// Seats a connection on a topic that no core logs, because a server wants it there. Nothing is
/// returned where the client was told, has that subscription or has gone.
///
/// # Errors
/// [`Refusal`].
pub async fn seat_by_server(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    namespace: &Arc<Namespace>,
    topic: &str,
    wish: Wish,
    told: Told,
) -> Result<Option<SubscribeResult>, Refusal> {
    for _ in 0..ATTEMPTS {
        let room = hub.directory.find_or_start_own(topic, namespace, hub);
        let room = room.ok_or(Refusal::LIMIT_EXCEEDED)?;
        let seated = room
            .send(Subscribe {
                link: link.clone(),
                seat: Seat::ServerSide,
                wish: wish.clone(),
                told: told.clone(),
            })
            .await;
        match seated {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(SubscribeRefused::Already | SubscribeRefused::NotAMember)) => return Ok(None),
            Ok(Err(SubscribeRefused::Unreachable)) => return Err(Refusal::INTERNAL),
            // It retired.
            Err(_) => hub.directory.retire(topic, &room),
        }
    }
    Err(Refusal::INTERNAL)
}

/// Makes sure that the connection may hear the topic, and that it is in the room if a core logs
/// that. The room knows its members; a core is asked only about those whom it does not know.
async fn permit(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    namespace: &Namespace,
    topic: &str,
) -> Result<(), Refusal> {
    match namespace.subscribe {
        MaySubscribe::Nobody => return Err(Refusal::PERMISSION_DENIED),
        MaySubscribe::Authenticated => return Ok(()),
        MaySubscribe::Granted => {}
    }
    if link.is_in(topic) {
        return Ok(());
    }
    let grant = hub.gateway.authorize(&link.owner().user, topic).await;
    let grant = grant
        .map_err(|_| Refusal::INTERNAL)?
        .ok_or(Refusal::PERMISSION_DENIED)?;
    if namespace.kind != Kind::Logged {
        return Ok(());
    }
    let admitted = admission::admit(hub, link, grant, Seat::Watcher).await;
    match admitted.map_err(|_| Refusal::INTERNAL)? {
        true => Ok(()),
        false => Err(Refusal::PERMISSION_DENIED),
    }
}
