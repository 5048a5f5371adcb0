//! Names of topics: `NAMESPACE:NAME`, or the namespace alone.

/// The server-side channel that carries what a connection's user may hear and has not subscribed.
pub const FEED: &str = "feed";

/// Longer names of topics are refused.
pub const TOPIC_BYTES_MAX: usize = 255;

/// The part of a topic's name that names its namespace.
#[must_use]
pub fn namespace_name(topic: &str) -> &str {
    topic.split_once(':').map_or(topic, |(name, _)| name)
}
