//! What was published.

use actix::{Handler, Message};
use shared_proto::{
    client,
    core::v1::Grant,
    hub::api::v1::{HistoryRemoveRequest, HistoryRemoveResult, HistoryRequest, HistoryResult},
};

use super::{ServerApi, error::ApiError};
use crate::{
    identity::api_keys::Caller,
    rooms::{
        NotAsked,
        actor::TopicRoom,
        messages::{ForgetHistory, ShowHistory},
    },
    topic::{namespaces::Kind, room::HistoryWish},
};

/// Of a channel whose publications have no place.
const NOTHING_KEPT: &str = "nothing of this channel is kept";

impl ServerApi {
    /// A part of what was published in a channel, and where the channel stands.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn history(
        &self,
        caller: &Caller,
        request: HistoryRequest,
    ) -> Result<HistoryResult, ApiError> {
        let HistoryRequest {
            channel,
            limit,
            since,
            reverse,
        } = request;
        let wish = HistoryWish::from(&client::v1::HistoryRequest {
            channel: channel.clone(),
            limit,
            since,
            reverse,
        });
        let show = || ShowHistory {
            asker: None,
            wish: wish.clone(),
        };
        let shown = self.ask_about_history(caller, &channel, show).await??;
        Ok(HistoryResult {
            publications: shown.publications,
            epoch: shown.epoch,
            offset: shown.offset,
        })
    }

    /// Forgets what the hub keeps of a channel that it numbers.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn history_remove(
        &self,
        caller: &Caller,
        request: HistoryRemoveRequest,
    ) -> Result<HistoryRemoveResult, ApiError> {
        let channel = &request.channel;
        match self.namespace(channel)?.kind {
            Kind::Ephemeral => return Err(ApiError::NotAvailable(NOTHING_KEPT)),
            Kind::Logged => {
                let hint = "a core keeps the history of this channel; the hub cannot remove it";
                return Err(ApiError::NotAvailable(hint));
            }
            Kind::Sequenced => {}
        }
        // Without a room nothing is kept.
        let _ = self.rooms.ask(channel, || ForgetHistory).await;
        self.decided(caller, format_args!("removed the history of {channel:?}"));
        Ok(HistoryRemoveResult {})
    }

    /// Asks the room that knows; one that nobody is in is started for this.
    async fn ask_about_history<M>(
        &self,
        caller: &Caller,
        channel: &str,
        message: impl Fn() -> M,
    ) -> Result<M::Result, ApiError>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TopicRoom: Handler<M>,
    {
        let (rooms, namespace) = (&self.rooms, self.namespace_shown(caller, channel)?);
        let asked = match namespace.kind {
            Kind::Ephemeral => {
                return Err(ApiError::NotAvailable(NOTHING_KEPT));
            }
            Kind::Sequenced => rooms.ask_own(channel, namespace, message).await,
            Kind::Logged => {
                let head = rooms.logs().head(channel).await;
                let head = head.ok_or(ApiError::Unavailable)?;
                let start = Grant {
                    topic: head.topic,
                    epoch: head.epoch,
                    head: head.offset,
                    member_count: head.member_count,
                    presence_withheld: head.presence_withheld,
                    ..Grant::default()
                };
                rooms.ask_logged(&start, namespace, message).await
            }
        };
        asked.map_err(|not_asked| match not_asked {
            NotAsked::TooManyTopics => {
                ApiError::LimitExceeded("the namespace has as many topics as it may")
            }
            NotAsked::Retired => ApiError::Unavailable,
        })
    }
}
