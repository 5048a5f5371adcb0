//! Revocations, which cores log in a topic that every hub follows.

use std::time::Duration;

use shared_proto::core::v1::Grant;

use crate::rooms::Rooms;

/// Topic of revocations.
const CONTROL: &str = "control";

/// Pause before a core is asked again where that log stands.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Starts the room of revocations as soon as a core can say where its log stands.
pub async fn follow(rooms: Rooms) {
    let Some(namespace) = rooms.namespaces().of_logged(CONTROL) else {
        return;
    };
    loop {
        if let Some(head) = rooms.logs().head(CONTROL).await {
            let start = Grant {
                topic: head.topic,
                epoch: head.epoch,
                head: head.offset,
                ..Grant::default()
            };
            return rooms.pin(&start, namespace);
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}
