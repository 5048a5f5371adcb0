//! Publishing.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::join_all;
use shared_proto::hub::api::v1::{
    BroadcastRequest, BroadcastResult, Error, PublishRequest, PublishResponse, PublishResult,
};

use super::{ServerApi, error::ApiError};
use crate::{session::publishing, topic::sequence::NewPublication};

/// Channels of one broadcast.
const CHANNELS_MAX: usize = 10_000;

impl ServerApi {
    /// Publishes in one channel. What a core logs is published through the core.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn publish(&self, request: PublishRequest) -> Result<PublishResult, ApiError> {
        let publication = NewPublication {
            data: payload(request.data, &request.b64data)?,
            tags: request.tags,
            idempotency_key: request.idempotency_key,
            version: request.version,
            version_epoch: request.version_epoch,
            ..NewPublication::default()
        };
        self.post(&request.channel, publication, request.skip_history)
            .await
    }

    /// Publishes the same in several channels, each of which may fail by itself.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn broadcast(&self, request: BroadcastRequest) -> Result<BroadcastResult, ApiError> {
        if request.channels.is_empty() {
            return Err(ApiError::BadRequest("name at least one channel"));
        }
        if request.channels.len() > CHANNELS_MAX {
            return Err(ApiError::LimitExceeded(
                "a broadcast has at most 10000 channels",
            ));
        }
        let publication = NewPublication {
            data: payload(request.data, &request.b64data)?,
            tags: request.tags,
            idempotency_key: request.idempotency_key,
            version: request.version,
            version_epoch: request.version_epoch,
            ..NewPublication::default()
        };
        let posts = request
            .channels
            .iter()
            .map(|channel| self.post(channel, publication.clone(), request.skip_history));
        let responses = join_all(posts)
            .await
            .into_iter()
            .map(|posted| match posted {
                Ok(result) => PublishResponse {
                    result: Some(result),
                    error: None,
                },
                Err(error) => PublishResponse {
                    result: None,
                    error: Some(Error::from(&error)),
                },
            });
        Ok(BroadcastResult {
            responses: responses.collect(),
        })
    }

    async fn post(
        &self,
        channel: &str,
        publication: NewPublication,
        ephemeral: bool,
    ) -> Result<PublishResult, ApiError> {
        self.namespace(channel)?;
        let published = publishing::publish(&self.rooms, channel, publication, ephemeral).await?;
        Ok(PublishResult {
            offset: published.offset,
            epoch: published.epoch.to_string(),
        })
    }
}

/// A payload as it is, or in base64.
fn payload(data: Bytes, base64: &str) -> Result<Bytes, ApiError> {
    if base64.is_empty() {
        return Ok(data);
    }
    let decoded = BASE64_STANDARD.decode(base64);
    let decoded = decoded.map_err(|_| ApiError::BadRequest("b64data is no base64"))?;
    Ok(decoded.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_comes_in_either_form() {
        assert_eq!(payload("[1]".into(), "").unwrap(), "[1]");
        assert_eq!(payload(Bytes::new(), "WzJd").unwrap(), "[2]");
        assert!(payload(Bytes::new(), "WzJ").is_err());
    }
}
