//! Subscriptions that the server makes and ends.

use std::sync::Arc;

use futures_util::future::join_all;
use shared_proto::hub::api::v1::{
    SubscribeRequest, SubscribeResult, UnsubscribeRequest, UnsubscribeResult,
};

use super::{ServerApi, error::ApiError};
use crate::{
    connection::registry::Selection,
    identity::api_keys::Caller,
    protocol::{
        codes::{Refusal, Unsubscribed},
        payload,
        topic_name::{FEED, TOPIC_BYTES_MAX},
    },
    rooms::messages::{Dismiss, Told},
    session::{publishing::PublishRefused, seating},
    topic::{
        listener::Listener as _,
        namespaces::{Kind, Namespace},
        room::{Position, Wish},
    },
};

impl ServerApi {
    /// Subscribes connections to a channel that no core logs. It lasts as long as the connection.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn subscribe(
        &self,
        caller: &Caller,
        request: SubscribeRequest,
    ) -> Result<SubscribeResult, ApiError> {
        let namespace = self.namespace(&request.channel)?;
        if namespace.kind == Kind::Logged {
            let hint = "who hears a channel that a core logs is for the core to decide";
            return Err(ApiError::NotAvailable(hint));
        }
        if !request.data.is_empty() {
            payload::check(&request.data).map_err(PublishRefused::from)?;
        }
        let selection = Selection {
            user: &request.user,
            client: &request.client,
            session: &request.session,
        };
        let since = request.recover_since.as_ref().map(|since| Position {
            epoch: since.epoch.clone(),
            offset: since.offset,
        });
        let wish = Wish {
            since,
            ..Wish::default()
        };
        let told = Told::Push(payload::on_one_line(request.data.clone()));
        let links = self.select(&selection)?;
        let seats = links
            .iter()
            .map(|link| seating::seat_by_server(&self.rooms, link, &request.channel, &wish, &told));
        for seated in join_all(seats).await {
            match seated {
                // Who has the subscription already is where the caller wants it.
                Ok(_) | Err(Refusal::ALREADY_SUBSCRIBED) => {}
                Err(Refusal::LIMIT_EXCEEDED) => {
                    return Err(PublishRefused::TooManyTopics.into());
                }
                Err(_) => return Err(ApiError::Unavailable),
            }
        }
        let (count, channel) = (links.len(), &request.channel);
        self.decided(
            caller,
            format_args!("subscribed {count} connections of {selection} to {channel:?}"),
        );
        Ok(SubscribeResult {})
    }

    /// Ends subscriptions, whoever made them.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn unsubscribe(
        &self,
        caller: &Caller,
        request: UnsubscribeRequest,
    ) -> Result<UnsubscribeResult, ApiError> {
        self.namespace(&request.channel)?;
        let selection = Selection {
            user: &request.user,
            client: &request.client,
            session: &request.session,
        };
        let links = self.select(&selection)?;
        let mut count = 0;
        for link in links {
            let dismiss = || Dismiss {
                connection: link.id(),
                why: Unsubscribed::REMOVED,
            };
            let dismissed = self.rooms.ask(&request.channel, dismiss).await;
            // Without a room there are no subscribers.
            count += usize::from(dismissed.unwrap_or(false));
        }
        let channel = &request.channel;
        self.decided(
            caller,
            format_args!("ended {count} subscriptions of {selection} to {channel:?}"),
        );
        Ok(UnsubscribeResult {})
    }

    /// The rules of a channel.
    pub(super) fn namespace(&self, channel: &str) -> Result<&Arc<Namespace>, ApiError> {
        if channel.is_empty() || channel.len() > TOPIC_BYTES_MAX {
            return Err(PublishRefused::TopicUnusable.into());
        }
        if channel == FEED {
            return Err(ApiError::NotAvailable(
                "the hub keeps this channel for itself",
            ));
        }
        let namespace = self.rooms.namespaces().of(channel);
        namespace.ok_or(ApiError::UnknownChannel)
    }
}
