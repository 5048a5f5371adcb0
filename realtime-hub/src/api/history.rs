//! What was published.

use actix::Addr;
use shared_proto::{
    client,
    core::v1::Grant,
    hub::api::v1::{HistoryRequest, HistoryResult},
};

use super::{ServerApi, error::ApiError};
use crate::{
    actors::topic_room::{ShowHistory, TopicRoom},
    hub::{namespaces::Kind, room::HistoryWish},
};

impl ServerApi {
    /// A part of what was published in a channel, and where the channel stands.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn history(&self, request: HistoryRequest) -> Result<HistoryResult, ApiError> {
        let HistoryRequest {
            channel,
            limit,
            since,
            reverse,
        } = request;
        let room = self.room_of_history(&channel).await?;
        let wish = HistoryWish::from(&client::v1::HistoryRequest {
            channel,
            limit,
            since,
            reverse,
        });
        let asker = None;
        let shown = room.send(ShowHistory { asker, wish }).await;
        let shown = shown.map_err(|_| ApiError::Unavailable)??;
        Ok(HistoryResult {
            publications: shown.publications,
            epoch: shown.epoch,
            offset: shown.offset,
        })
    }

    /// The room that knows; one that nobody is in is started for this.
    async fn room_of_history(&self, channel: &str) -> Result<Addr<TopicRoom>, ApiError> {
        let (hub, namespace) = (&self.hub, self.namespace(channel)?);
        match namespace.kind {
            Kind::Ephemeral => Err(ApiError::NotAvailable("nothing of this channel is kept")),
            Kind::Sequenced => {
                let room = hub.directory.find_or_start_own(channel, namespace, hub);
                room.ok_or(ApiError::LimitExceeded(
                    "the namespace has as many topics as it may",
                ))
            }
            Kind::Logged => {
                let core = hub.core().ok_or(ApiError::Unavailable)?;
                let head = core.head(channel).await;
                let head = head.ok_or(ApiError::Unavailable)?;
                let start = Grant {
                    topic: head.topic,
                    epoch: head.epoch,
                    head: head.offset,
                    member_count: head.member_count,
                    ..Grant::default()
                };
                Ok(hub.directory.find_or_start(&start, namespace, hub))
            }
        }
    }
}
