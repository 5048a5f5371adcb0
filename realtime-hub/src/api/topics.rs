//! Looking at channels, and at the hub.

use shared_proto::hub::api::v1::{
    ChannelInfo, ChannelsRequest, ChannelsResult, InfoRequest, InfoResult, Node, PresenceRequest,
    PresenceResult, PresenceStatsRequest, PresenceStatsResult,
};

use super::{LISTED_MAX, ServerApi, error::ApiError, pattern};
use crate::{
    counters::connections::Transport,
    identity::api_keys::Caller,
    rooms::messages::{CountPresence, ShowPresence},
};

impl ServerApi {
    /// Who is in a channel, where its namespace has presence.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn presence(
        &self,
        caller: &Caller,
        request: PresenceRequest,
    ) -> Result<PresenceResult, ApiError> {
        self.namespace_shown(caller, &request.channel)?;
        let show = || ShowPresence { asker: None };
        match self.rooms.ask(&request.channel, show).await {
            Some(shown) => Ok(PresenceResult {
                presence: shown?.presence,
            }),
            // Without a room there is nobody.
            None => Ok(PresenceResult::default()),
        }
    }

    /// How many are in a channel.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn presence_stats(
        &self,
        caller: &Caller,
        request: PresenceStatsRequest,
    ) -> Result<PresenceStatsResult, ApiError> {
        self.namespace_shown(caller, &request.channel)?;
        let count_them = || CountPresence { asker: None };
        match self.rooms.ask(&request.channel, count_them).await {
            Some(counted) => {
                let counted = counted?;
                Ok(PresenceStatsResult {
                    num_clients: counted.num_clients,
                    num_users: counted.num_users,
                })
            }
            // Without a room there is nobody.
            None => Ok(PresenceStatsResult::default()),
        }
    }

    /// Channels that somebody listens to; those that a core logs only with the scope `content`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn channels(
        &self,
        caller: &Caller,
        request: &ChannelsRequest,
    ) -> Result<ChannelsResult, ApiError> {
        let mut channels = self.counters.rooms.occupied();
        channels.retain(|(topic, _)| self.is_listed(caller, topic));
        if !request.pattern.is_empty() {
            channels.retain(|(topic, _)| pattern::matches(&request.pattern, topic));
        }
        if channels.len() > LISTED_MAX {
            return Err(ApiError::LimitExceeded(
                "there are more than 10000 such channels; give a narrower pattern",
            ));
        }
        let channels = channels.into_iter().map(|(topic, connections)| {
            let num_clients = count(connections);
            (topic.to_string(), ChannelInfo { num_clients })
        });
        Ok(ChannelsResult {
            channels: channels.collect(),
        })
    }

    /// How the hub is.
    #[must_use]
    pub fn info(&self, _: InfoRequest) -> InfoResult {
        let open = |transport| self.counters.connections.open(transport);
        let clients: u64 = Transport::ALL.into_iter().map(open).sum();
        InfoResult {
            nodes: vec![Node {
                uid: self.hub_id.clone(),
                name: self.hub_id.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                num_clients: u32::try_from(clients).unwrap_or(u32::MAX),
                num_users: count(self.users.online()),
                num_channels: count(self.rooms.count()),
                uptime: u32::try_from(self.started.elapsed().as_secs()).unwrap_or(u32::MAX),
            }],
        }
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
