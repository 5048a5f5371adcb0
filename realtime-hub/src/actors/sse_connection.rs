//! The actor of one event stream. Its frames leave through the response body; its timers and its
//! part in the rooms do not depend on whether that body is read.

use std::{sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _,
};
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    clock,
    context::{Hub, Registration},
    protocol::codes::Close,
    stats::connections::Transport,
    transport::outbox::Outbox,
};

/// Comments that keep proxies from closing a quiet stream.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

/// See the module's description.
pub struct SseConnection {
    /// What the statistics are kept in.
    pub hub: Arc<Hub>,
    /// What the body writes.
    pub outbox: Arc<Outbox>,
    /// A user's stream, and until when its token is good (UTC milliseconds since 1970-01-01).
    /// An admin's has neither.
    pub user: Option<(Registration, i64)>,
    /// Resolves when the body is gone.
    pub gone: Option<oneshot::Receiver<()>>,
}

impl Actor for SseConnection {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.user.is_some() {
            self.hub.stats.connections.opened(Transport::Sse);
        }
        ctx.run_interval(HEARTBEAT_EVERY, |act, _| {
            act.outbox.push(Bytes::from_static(b":\n\n"));
        });
        if let Some((_, expires_at_ms)) = &self.user {
            ctx.run_later(clock::until_ms(*expires_at_ms), |act, _| {
                act.outbox.close(Close::EXPIRED);
            });
        }
        if let Some(gone) = self.gone.take() {
            ctx.spawn(gone.into_actor(self).map(|_, act, ctx| {
                act.outbox.close(Close::CLOSED);
                ctx.stop();
            }));
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if self.user.is_some() {
            self.hub.stats.connections.ended(Transport::Sse);
        }
    }
}
