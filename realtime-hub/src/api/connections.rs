//! Deciding over connections, and looking at them.

use std::{collections::HashMap, sync::Arc};

use shared_proto::hub::api::v1::{
    ConnectionInfo, ConnectionsRequest, ConnectionsResult, DisconnectRequest, DisconnectResult,
    RefreshRequest, RefreshResult, RevokeRequest, RevokeResult,
};

use super::{LISTED_MAX, ServerApi, error::ApiError};
use crate::{
    clock,
    connection::{
        link::{Link, Subject},
        registry::Selection,
    },
    identity::api_keys::Caller,
    protocol::{codes::Close, reasons},
    topic::listener::Listener as _,
};

/// Channels of all connections of one answer: one connection may hear thousands.
const CHANNELS_LISTED_MAX: usize = 100_000;

impl ServerApi {
    /// Ends connections.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn disconnect(
        &self,
        caller: &Caller,
        request: &DisconnectRequest,
    ) -> Result<DisconnectResult, ApiError> {
        let close = match &request.disconnect {
            None => Close::FORCED,
            Some(said) => reasons::close(said.code, &said.reason)?,
        };
        let selection = Selection {
            user: &request.user,
            client: &request.client,
            session: &request.session,
        };
        let mut links = self.select(&selection)?;
        links.retain(|link| !request.whitelist.iter().any(|kept| kept == link.client()));
        for link in &links {
            link.outbox().close(close.clone());
        }
        let (count, code) = (links.len(), close.code);
        self.decided(
            caller,
            format_args!("disconnected {count} connections of {selection} with code {code}"),
        );
        Ok(DisconnectResult {})
    }

    /// Moves the expiry of connections.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn refresh(
        &self,
        caller: &Caller,
        request: &RefreshRequest,
    ) -> Result<RefreshResult, ApiError> {
        let selection = Selection {
            user: &request.user,
            client: &request.client,
            session: &request.session,
        };
        let expires_at_ms = match request.expire_at {
            _ if request.expired => clock::now_ms(),
            0 => i64::MAX,
            seconds => seconds.saturating_mul(1_000),
        };
        let links = self.select(&selection)?;
        for link in &links {
            if request.expired {
                link.outbox().close(Close::EXPIRED);
            } else {
                link.expire_at(expires_at_ms);
                self.watch_expiry(link);
            }
        }
        let count = links.len();
        self.decided(
            caller,
            format_args!("moved the expiry of {count} connections of {selection}"),
        );
        Ok(RefreshResult {})
    }

    /// The connection's own timer is set for the expiry it had; an earlier one needs another.
    fn watch_expiry(&self, link: &Arc<Link>) {
        let left = clock::until_ms(link.expires_at_ms());
        let link = Arc::downgrade(link);
        self.runtime.spawn(async move {
            tokio::time::sleep(left).await;
            if let Some(link) = link.upgrade()
                && clock::until_ms(link.expires_at_ms()).is_zero()
            {
                link.outbox().close(Close::EXPIRED);
            }
        });
    }

    /// Ends sessions.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn revoke(
        &self,
        caller: &Caller,
        request: RevokeRequest,
    ) -> Result<RevokeResult, ApiError> {
        let RevokeRequest {
            users,
            sessions,
            expire_at,
        } = request;
        if users.iter().chain(&sessions).any(String::is_empty) || users.len() + sessions.len() == 0
        {
            return Err(ApiError::BadRequest(
                "name users or sessions, none of them empty",
            ));
        }
        let until_ms = match expire_at {
            0 => None,
            seconds => Some(seconds.saturating_mul(1_000)),
        };
        if until_ms.is_some_and(|until_ms| clock::until_ms(until_ms).is_zero()) {
            return Err(ApiError::BadRequest("expire_at has passed"));
        }
        let what = format!(
            "revoked {} users and {} sessions",
            users.len(),
            sessions.len()
        );
        let sessions = sessions.into_iter().map(Subject::Session);
        let subjects = users.into_iter().map(Subject::User).chain(sessions);
        let subjects: Vec<Subject> = subjects.collect();
        self.authority.revoke(&subjects, until_ms)?;
        self.users.revoke(&subjects);
        self.decided(caller, what);
        Ok(RevokeResult {})
    }

    /// Who is connected, and which channels they hear; those that a core logs only with the scope
    /// `content`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn connections(
        &self,
        caller: &Caller,
        request: &ConnectionsRequest,
    ) -> Result<ConnectionsResult, ApiError> {
        if !request.expression.is_empty() {
            return Err(ApiError::BadRequest("expression is not supported"));
        }
        let links = if request.user.is_empty() {
            self.users.all()
        } else {
            self.users.select(&Selection {
                user: &request.user,
                ..Selection::default()
            })
        };
        if links.len() > LISTED_MAX {
            return Err(ApiError::LimitExceeded(
                "there are more than 10000 connections; name a user",
            ));
        }
        let connections = links.iter().map(|link| {
            let mut topics = link.topics();
            topics.retain(|topic| self.is_listed(caller, topic));
            let info = ConnectionInfo {
                user: link.user().to_owned(),
                session: link.owner().session.to_string(),
                transport: link.transport().name().to_owned(),
                channels: topics.iter().map(ToString::to_string).collect(),
                protocol: if link.is_json() { "json" } else { "protobuf" }.to_owned(),
                queued_bytes: link.outbox().queued_bytes() as u64,
            };
            (link.client().to_owned(), info)
        });
        Ok(ConnectionsResult {
            connections: bounded(connections, CHANNELS_LISTED_MAX)?,
        })
    }

    /// The connections that a request names.
    pub(super) fn select(&self, selection: &Selection<'_>) -> Result<Vec<Arc<Link>>, ApiError> {
        if selection.is_empty() {
            return Err(ApiError::BadRequest("name a user, a client or a session"));
        }
        Ok(self.users.select(selection))
    }
}

/// The connections, unless they hear more channels than that together.
fn bounded(
    connections: impl Iterator<Item = (String, ConnectionInfo)>,
    channels_max: usize,
) -> Result<HashMap<String, ConnectionInfo>, ApiError> {
    let mut channels = 0;
    let fits = |(client, info): (String, ConnectionInfo)| {
        channels += info.channels.len();
        (channels <= channels_max).then_some((client, info))
    };
    let listed: Option<HashMap<_, _>> = connections.map(fits).collect();
    listed.ok_or(ApiError::LimitExceeded(
        "these connections hear more than 100000 channels together; name a user",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_connections_names_no_more_channels_than_an_answer_holds() {
        let connection = |client: &str, channels: usize| {
            let info = ConnectionInfo {
                channels: vec!["chat:1".to_owned(); channels],
                ..ConnectionInfo::default()
            };
            (client.to_owned(), info)
        };
        let listed = |last| bounded([connection("a", 2), connection("b", last)].into_iter(), 4);
        assert_eq!(listed(2).unwrap().len(), 2);
        assert!(matches!(listed(3), Err(ApiError::LimitExceeded(_))));
    }
}
