//! Sends the clients away one after the other, so that they do not come back all at once.

use std::time::{Duration, Instant};

use rand::seq::SliceRandom as _;

use crate::{context::Hub, protocol::codes::Close};

/// How long the last clients may take to read why they are sent away.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// How often it is looked whose turn it is.
const TICK: Duration = Duration::from_millis(10);

/// Refuses new connections and closes those that there are, in random order, over the configured
/// time; returns when their goodbyes are written.
pub async fn drain(hub: &Hub) {
    hub.begin_leaving();
    let mut links = hub.users.all();
    links.shuffle(&mut rand::rng());
    tracing::info!(connections = links.len(), "sending clients away");
    let (begun, over) = (Instant::now(), Duration::from_millis(hub.config.drain_ms));
    let mut sent_away = 0;
    while sent_away < links.len() {
        let due = due(links.len(), begun.elapsed(), over);
        for link in &links[sent_away..due] {
            link.outbox().close(Close::SHUTDOWN);
        }
        sent_away = due;
        tokio::time::sleep(TICK).await;
    }
    let gone = async {
        while hub.users.online() > 0 {
            tokio::time::sleep(TICK).await;
        }
    };
    if tokio::time::timeout(GOODBYE_WITHIN, gone).await.is_err() {
        tracing::warn!(
            users = hub.users.online(),
            "some clients did not take their goodbye"
        );
    }
}

/// How many of `all` have to be gone after `elapsed`, if the last goes after `over`.
fn due(all: usize, elapsed: Duration, over: Duration) -> usize {
    if elapsed >= over {
        return all;
    }
    let due = all as u128 * elapsed.as_micros() / over.as_micros();
    usize::try_from(due).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_go_evenly_over_the_whole_time() {
        let (ms, over) = (Duration::from_millis, Duration::from_secs(20));
        let gone = |elapsed| due(10_000, elapsed, over);
        assert_eq!(gone(ms(0)), 0);
        assert_eq!(gone(ms(10)), 5);
        assert_eq!(gone(ms(10_000)), 5_000);
        assert_eq!(gone(ms(19_999)), 9_999);
        assert_eq!(gone(over), 10_000);
        assert_eq!(due(3, ms(0), ms(0)), 3);
    }
}
