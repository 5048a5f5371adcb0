//! The chats of a user that did not come with the token. A connection is brought into their rooms after
//! its connect was answered, and told when it is in all of them: only then does it hear everything, so
//! its client compares what it has with the logs' heads once more.

#[cfg(test)]
#[path = "remaining_tests.rs"]
mod tests;

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use shared_proto::client::v1::Publication;
use tokio::time::sleep;

use super::{ports::Unreachable, seating, services::Services};
use crate::{
    connection::link::Link,
    protocol::{frame::Frame, topic_name::FEED},
    topic::{listener::Listener as _, room::Seat},
};

/// Pause before grants are asked for again that no core gave; it doubles with every failure.
const PAUSE_MIN: Duration = Duration::from_millis(250);

/// It grows no longer than this.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// What the connection is told, see `docs/events.md`.
const COMPLETE: &str = r#"{"type":"feed.complete"}"#;

/// Brings a connection into the rooms of its user's chats from `cursor` on. Returns when it is in all of
/// them, or has ended.
pub async fn follow(services: &Services, link: &Arc<Link>, mut cursor: String) {
    let mut pause = PAUSE_MIN;
    while !cursor.is_empty() {
        match follow_part(services, link, &cursor).await {
            Ok(next) => (cursor, pause) = (next, PAUSE_MIN),
            Err(Unreachable) => {
                let user = link.user();
                tracing::warn!(user, ?pause, "no core gave a user's further chats");
                sleep(pause).await;
                pause = PAUSE_MAX.min(pause * 2);
            }
        }
        if link.has_ended() {
            return;
        }
    }
    let complete = Publication {
        data: COMPLETE.into(),
        ..Publication::default()
    };
    link.deliver(&Frame::feed(FEED, None, &complete));
}

/// Returns where the next part begins. Who was removed from a chat after its grant was read is kept out
/// or put out by its room, as with a grant that came with the token.
async fn follow_part(
    services: &Services,
    link: &Arc<Link>,
    cursor: &str,
) -> Result<String, Unreachable> {
    let part = services.grants.remaining(link.user(), cursor).await?;
    let joined: HashSet<Arc<str>> = link.topics().into_iter().collect();
    let new = part
        .grants
        .into_iter()
        .filter(|grant| !joined.contains(&*grant.topic));
    let joins = new.map(|grant| seating::join(services, link, grant, Seat::Watcher));
    try_join_all(joins).await?;
    Ok(part.next)
}
