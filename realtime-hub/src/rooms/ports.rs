//! What rooms need from outside.

use futures_util::future::BoxFuture;
use shared_proto::core::v1::{TopicHead, TopicSlice};

use crate::topic::log::Gap;

/// The logs that cores keep.
pub trait LogSource: Send + Sync {
    /// Where a topic's log stands; `None` when no core answered.
    fn head(&self, topic: &str) -> BoxFuture<'static, Option<TopicHead>>;

    /// A range of one topic's log, as far as a recovery reaches; `None` when no core answered.
    fn read(&self, topic: &str, epoch: &str, gap: Gap) -> BoxFuture<'static, Option<TopicSlice>>;
}

/// The logs of a hub without a core: there are none.
#[derive(Clone, Copy, Debug)]
pub struct NoLogs;

impl LogSource for NoLogs {
    fn head(&self, _: &str) -> BoxFuture<'static, Option<TopicHead>> {
        Box::pin(std::future::ready(None))
    }

    fn read(&self, _: &str, _: &str, _: Gap) -> BoxFuture<'static, Option<TopicSlice>> {
        Box::pin(std::future::ready(None))
    }
}
