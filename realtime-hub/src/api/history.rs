//! What was published.

use std::sync::Arc;

use shared_proto::{
    client::v1::Publication,
    hub::api::v1::{HistoryRequest, HistoryResult},
};

use super::{ServerApi, error::ApiError};
use crate::{
    actors::topic_room::ShowHistory,
    hub::{
        namespaces::Kind,
        room::{History, HistoryQuery, HistoryRefused, Position, RECOVERY_EVENTS},
        topic_log::Gap,
    },
};

impl ServerApi {
    /// A part of what was published in a channel, and where the channel stands.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn history(&self, request: HistoryRequest) -> Result<HistoryResult, ApiError> {
        let namespace = self.namespace(&request.channel)?;
        let most = usize::try_from(RECOVERY_EVENTS).unwrap_or(usize::MAX);
        let query = HistoryQuery {
            // A negative one means everything.
            limit: usize::try_from(request.limit).map_or(most, |limit| limit.min(most)),
            since: request.since.map(|since| Position {
                epoch: since.epoch,
                offset: since.offset,
            }),
            reverse: request.reverse,
        };
        let history = match namespace.kind {
            Kind::Ephemeral => {
                return Err(ApiError::NotAvailable("nothing of this channel is kept"));
            }
            Kind::Sequenced => self.kept(&request.channel, query).await,
            Kind::Logged => self.logged(&request.channel, &query).await,
        }?;
        Ok(HistoryResult {
            publications: history.publications,
            epoch: history.epoch.to_string(),
            offset: history.offset,
        })
    }

    /// Of a channel that the hub numbers. One without a room begins anew with it.
    async fn kept(&self, channel: &str, query: HistoryQuery) -> Result<History, ApiError> {
        let namespace = self.namespace(channel)?;
        let room = self
            .hub
            .directory
            .find_or_start_own(channel, namespace, &self.hub);
        let room = room.ok_or(ApiError::LimitExceeded(
            "the namespace has as many topics as it may",
        ))?;
        match room.send(ShowHistory(query)).await {
            Ok(Ok(history)) => Ok(history),
            Ok(Err(HistoryRefused::Unrecoverable)) => Err(ApiError::Unrecoverable),
            Ok(Err(HistoryRefused::NotKept)) | Err(_) => Err(ApiError::Unavailable),
        }
    }

    /// Of a channel that a core logs: the core is asked, whoever listens.
    async fn logged(&self, channel: &str, query: &HistoryQuery) -> Result<History, ApiError> {
        let gateway = &self.hub.gateway;
        let head = gateway.head(channel).await.ok_or(ApiError::Unavailable)?;
        let gap = range(query, &head.epoch, head.offset).ok_or(ApiError::Unrecoverable)?;
        let mut history = History {
            publications: Vec::new(),
            epoch: Arc::from(&*head.epoch),
            offset: head.offset,
        };
        if gap.up_to > gap.after {
            let slice = gateway.read(channel, &head.epoch, gap).await;
            let slice = slice.map_err(|_| ApiError::Unavailable)?;
            let events = slice.map(|slice| slice.events).unwrap_or_default();
            history.publications = events
                .into_iter()
                .map(|event| Publication {
                    data: event.data,
                    offset: event.offset,
                    ..Publication::default()
                })
                .collect();
        }
        if query.reverse {
            history.publications.reverse();
        }
        Ok(history)
    }
}

/// The part of a log that stands at `head` which somebody wants to see.
fn range(query: &HistoryQuery, epoch: &str, head: u64) -> Option<Gap> {
    let limit = query.limit as u64;
    let since = match &query.since {
        None => None,
        Some(since) if (since.epoch.is_empty() || since.epoch == epoch) && since.offset <= head => {
            Some(since.offset)
        }
        Some(_) => return None,
    };
    Some(if query.reverse {
        let up_to = since.map_or(head, |offset| offset.saturating_sub(1));
        Gap {
            after: up_to.saturating_sub(limit),
            up_to,
        }
    } else {
        let after = since.unwrap_or(0);
        Gap {
            after,
            up_to: head.min(after.saturating_add(limit)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: usize, since: Option<u64>, reverse: bool, expected: Option<(u64, u64)>) {
        let query = HistoryQuery {
            limit,
            since: since.map(|offset| Position {
                epoch: "e".into(),
                offset,
            }),
            reverse,
        };
        let gap = range(&query, "e", 10).map(|gap| (gap.after, gap.up_to));
        assert_eq!(gap, expected);
    }

    #[test]
    fn range_is_what_was_asked_for() {
        check(3, None, false, Some((0, 3)));
        check(3, None, true, Some((7, 10)));
        check(3, Some(8), false, Some((8, 10)));
        check(3, Some(8), true, Some((4, 7)));
        check(3, Some(1), true, Some((0, 0)));
        check(0, Some(10), false, Some((10, 10)));
        check(3, Some(11), false, None);
    }
}
