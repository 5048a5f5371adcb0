//! Publications that no core logs: by clients where their namespace lets them, by servers anywhere.

#[cfg(test)]
#[path = "publishing_tests.rs"]
mod tests;

use crate::{
    clock,
    protocol::{
        codes::Refusal,
        payload::{self, BadPayload},
        topic_name::TOPIC_BYTES_MAX,
    },
    rooms::{NotAsked, Rooms, messages::Post},
    topic::{
        namespaces::Kind,
        room::{PostRefused, Published, Verdict},
        sequence::NewPublication,
    },
};

/// Longer idempotency keys and version epochs are refused.
pub const KEY_BYTES_MAX: usize = 128;

/// Tags of one publication, names and values together.
pub const TAGS_BYTES_MAX: usize = 4 * 1024;

/// Why something is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishRefused {
    /// The configuration knows no such namespace.
    #[error("the topic's namespace is not configured")]
    UnknownNamespace,
    /// The topic has no name, or one that is too long.
    #[error("a topic's name has 1 to {TOPIC_BYTES_MAX} bytes")]
    TopicUnusable,
    /// The payload is no JSON, or none that everybody can read.
    #[error(transparent)]
    Payload(#[from] BadPayload),
    /// The payload is larger than the namespace allows.
    #[error("the payload is larger than the namespace allows")]
    TooLarge,
    /// Key, version epoch or tags are too long.
    #[error("keys have at most {KEY_BYTES_MAX} bytes, tags together {TAGS_BYTES_MAX}")]
    KeyTooLong,
    /// A core numbers the events of this topic.
    #[error("a core logs this topic; only ephemeral publications are taken")]
    Logged,
    /// Subscribers take differences, which need every publication in its place.
    #[error("the topic has delta compression; ephemeral publications would break it")]
    BreaksDelta,
    /// The namespace has as many topics as it may.
    #[error("the namespace has as many topics as it may")]
    TooManyTopics,
    /// The hub is behind with what it has taken in.
    #[error("the hub has more to write than it can; try again in a second")]
    Busy,
    /// The room could not be reached.
    #[error("the topic is not available")]
    Unavailable,
}

impl PublishRefused {
    /// What a client is told.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::UnknownNamespace => Refusal::UNKNOWN_CHANNEL,
            Self::Payload(BadPayload::NotJson) => Refusal::NOT_JSON,
            Self::TopicUnusable | Self::Payload(_) | Self::KeyTooLong | Self::BreaksDelta => {
                Refusal::BAD_REQUEST
            }
            Self::TooLarge | Self::TooManyTopics => Refusal::LIMIT_EXCEEDED,
            Self::Logged => Refusal::PERMISSION_DENIED,
            Self::Unavailable => Refusal::INTERNAL,
            Self::Busy => Refusal::TOO_MANY_REQUESTS,
        }
    }
}

impl From<PostRefused> for PublishRefused {
    fn from(refused: PostRefused) -> Self {
        match refused {
            PostRefused::Logged => Self::Logged,
            PostRefused::BreaksDelta => Self::BreaksDelta,
        }
    }
}

impl From<NotAsked> for PublishRefused {
    fn from(not_asked: NotAsked) -> Self {
        match not_asked {
            NotAsked::TooManyTopics => Self::TooManyTopics,
            NotAsked::Retired => Self::Unavailable,
        }
    }
}

/// Publishes on `topic`; without a place if it is `ephemeral` or the topic's kind is. Who may do so
/// is the caller's to know.
///
/// # Errors
/// [`PublishRefused`].
pub async fn publish(
    rooms: &Rooms,
    topic: &str,
    mut publication: NewPublication,
    ephemeral: bool,
) -> Result<Published, PublishRefused> {
    if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX {
        return Err(PublishRefused::TopicUnusable);
    }
    let namespace = rooms.namespaces().of(topic);
    let namespace = namespace.ok_or(PublishRefused::UnknownNamespace)?;
    if publication.data.len() > namespace.publication_bytes {
        return Err(PublishRefused::TooLarge);
    }
    let tags = publication.tags.iter();
    let tags: usize = tags.map(|(key, value)| key.len() + value.len()).sum();
    let keys = [&publication.idempotency_key, &publication.version_epoch];
    if tags > TAGS_BYTES_MAX || keys.iter().any(|key| key.len() > KEY_BYTES_MAX) {
        return Err(PublishRefused::KeyTooLong);
    }
    payload::check(&publication.data)?;
    publication.data = payload::on_one_line(publication.data);
    publication.taken_at_us = clock::now_us();
    let post = || Post {
        publication: publication.clone(),
        ephemeral,
    };
    let admission = rooms.turnstile().admit(topic).await;
    let admission = admission.map_err(|_| PublishRefused::Busy)?;
    let published = if namespace.kind == Kind::Sequenced && !ephemeral {
        rooms.ask_own(topic, namespace, post).await??
    } else {
        match rooms.ask(topic, post).await {
            Some(posted) => posted?,
            None if namespace.kind == Kind::Logged && !ephemeral => {
                return Err(PublishRefused::Logged);
            }
            None => return Ok(unheard()),
        }
    };
    admission.reached(published.delivered);
    Ok(published)
}

/// What comes of a publication without a place where nobody listens.
fn unheard() -> Published {
    Published {
        epoch: "".into(),
        offset: 0,
        verdict: Verdict::Accepted,
        delivered: 0,
    }
}
