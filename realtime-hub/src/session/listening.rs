//! What a plain event stream hears.

#[cfg(test)]
#[path = "listening_tests.rs"]
mod tests;

use std::sync::Arc;

use futures_util::future::try_join_all;
use shared_proto::{client::v1::SubscribeResult, core::v1::Grant};

use super::{
    admission::{self, Entered, OpenRefused},
    registration::Registration,
    seating::{self, Right},
    services::Services,
};
use crate::{
    clock,
    connection::{link::Link, outbox::Outbox},
    protocol::{codes::Refusal, wire::Wire},
    rooms::messages::Told,
    topic::{
        cursor::Marks,
        room::{Position, Seat, Wish},
    },
};

/// How a stream was seated on a topic, or why not.
pub type Seated = Result<SubscribeResult, Refusal>;

/// A stream that is in the rooms it may hear. Nothing is sent before it is told to begin.
pub struct Listening {
    /// Keeps it known to the hub.
    pub registration: Registration,
    /// What it asked for.
    pub topics: Vec<(String, Seated)>,
}

/// Verifies a token and lets its owner's new stream hear `topics`, as far as it may, from `since`
/// on.
///
/// # Errors
/// [`OpenRefused`].
pub async fn listen(
    services: &Services,
    outbox: Arc<Outbox>,
    wire: Wire,
    token: &str,
    topics: Vec<String>,
    since: Option<&Marks>,
) -> Result<Listening, OpenRefused> {
    let Entered {
        registration,
        mut grants,
        channels,
        ..
    } = admission::enter(services, outbox, wire, token).await?;
    if clock::until_ms(registration.link().expires_at_ms()).is_zero() {
        // A core is lenient with clocks; the stream would end at once and come back.
        return Err(OpenRefused::Expired);
    }
    let link = registration.link();
    let seated = topics.into_iter().map(|topic| {
        let grant = grants.remove(&topic);
        let right = if channels.contains(&topic) {
            Right::Given
        } else {
            Right::Asked
        };
        async move {
            let seated = hear(services, link, &topic, grant, right, since).await;
            match seated {
                Err(Refusal::INTERNAL) => Err(OpenRefused::Unreachable),
                seated => Ok((topic, seated)),
            }
        }
    });
    let topics = try_join_all(seated).await?;
    Ok(Listening {
        registration,
        topics,
    })
}

async fn hear(
    services: &Services,
    link: &Arc<Link>,
    topic: &str,
    grant: Option<Grant>,
    right: Right,
    since: Option<&Marks>,
) -> Seated {
    if let Some(grant) = grant {
        // Who was removed meanwhile is told when a core is asked.
        let admitted = seating::join(services, link, grant, Seat::ServerSide).await;
        admitted.map_err(|_| Refusal::INTERNAL)?;
    }
    let mut wish = Wish::default();
    let seated = sit(services, link, topic, right, &wish).await?;
    // A cursor has marks and no epochs; now that the epoch is known, it says where the stream was.
    let Some(offset) = since.and_then(|marks| marks.offset(topic, &seated.epoch)) else {
        return Ok(seated);
    };
    wish.since = Some(Position {
        epoch: seated.epoch,
        offset,
    });
    sit(services, link, topic, right, &wish).await
}

async fn sit(
    services: &Services,
    link: &Arc<Link>,
    topic: &str,
    right: Right,
    wish: &Wish,
) -> Seated {
    let told = Told::Caller;
    let seated = seating::seat(services, link, topic, right, Seat::ServerSide, wish, &told).await?;
    seated.ok_or(Refusal::INTERNAL)
}
