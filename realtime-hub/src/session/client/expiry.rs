//! When tokens run out: the connection's, and those of single subscriptions.

use std::{sync::Arc, time::Duration};

use actix::{AsyncContext as _, Context, WrapFuture as _};
use shared_proto::client::v1::{Reply, SubRefreshRequest, SubRefreshResult};

use super::{
    ClientSession, Stage,
    commands::{Doing, Task},
};
use crate::{
    clock,
    connection::link::Link,
    protocol::{
        codes::{Close, Unsubscribed},
        frame::Frame,
    },
    rooms::messages::Unsubscribe,
    session::seating,
    topic::listener::Listener as _,
};

impl ClientSession {
    pub(super) fn watch_expiry(&self, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let left = self.left(session.registration.link().expires_at_ms());
        if left.is_zero() {
            return self.outbox.close(Close::EXPIRED);
        }
        // A refresh moves the moment on.
        ctx.run_later(left, |act, ctx| act.watch_expiry(ctx));
    }

    /// What is left of something that ends then, the grace included.
    fn left(&self, expires_at_ms: i64) -> Duration {
        let grace_ms = i64::from(self.services.connection.expired_grace_s) * 1_000;
        clock::until_ms(expires_at_ms.saturating_add(grace_ms))
    }

    /// Notes when a subscription ends, if it does, in place of what was noted before.
    pub(super) fn expire_subscription(
        &mut self,
        topic: &str,
        expires_at_ms: Option<i64>,
        ctx: &mut Context<Self>,
    ) {
        let left = expires_at_ms.map(|expires_at_ms| self.left(expires_at_ms));
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        if let Some(before) = session.expiries.remove(topic) {
            ctx.cancel_future(before);
        }
        if let Some(left) = left {
            let expired = topic.to_owned();
            let timer = ctx.run_later(left, move |act, ctx| {
                if let Stage::Open(session) = &mut act.stage {
                    session.expiries.remove(&expired);
                }
                act.take(Task::Expire(expired), ctx);
            });
            session.expiries.insert(topic.to_owned(), timer);
        }
    }

    /// Ends a subscription whose token nobody has refreshed.
    pub(super) fn end_subscription(&self, topic: &str) -> Option<Doing> {
        let Stage::Open(session) = &self.stage else {
            return None;
        };
        if session.expiries.contains_key(topic) {
            // While this waited, it was refreshed, or made anew.
            return None;
        }
        let (rooms, topic) = (self.services.rooms.clone(), topic.to_owned());
        let link = session.registration.link().clone();
        let ended = Frame::unsubscribe(&topic, Unsubscribed::EXPIRED);
        let dismissed = async move {
            let connection = link.id();
            // What a server made in its place stays; in a room that has stopped it has ended.
            if rooms.ask(&topic, || Unsubscribe { connection }).await == Some(true) {
                link.deliver(&ended);
            }
        };
        Some(Box::pin(dismissed.into_actor(self)))
    }

    pub(super) fn refresh_subscription(
        &mut self,
        id: u32,
        request: &SubRefreshRequest,
        link: &Arc<Link>,
        ctx: &mut Context<Self>,
    ) {
        let expires_at_ms = match seating::refresh(&self.services, link, request) {
            Ok(expires_at_ms) => expires_at_ms,
            Err(refusal) => return self.refuse(id, refusal),
        };
        self.expire_subscription(&request.channel, expires_at_ms, ctx);
        self.reply(&Reply {
            id,
            sub_refresh: Some(SubRefreshResult {
                expires: expires_at_ms.is_some(),
                ttl: expires_at_ms.map_or(0, clock::ttl_s),
            }),
            ..Reply::default()
        });
    }
}
