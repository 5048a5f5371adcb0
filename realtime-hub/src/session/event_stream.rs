//! The actor of one plain event stream.

#[cfg(test)]
#[path = "event_stream_tests.rs"]
mod tests;

use std::{io, sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, StreamHandler,
    WrapFuture as _,
};

use super::registration::Registration;
use crate::{
    clock,
    connection::outbox::Outbox,
    counters::{Stats, connections::Transport},
    protocol::{codes::Close, events::COMMENT, websocket::Inbound},
    socket::{
        reader::{ReadError, Reader},
        writer::{CLOSING_TIMEOUT, Writer},
    },
    topic::listener::Listener as _,
};

/// Comments that keep proxies from closing a quiet stream.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

/// The stream between its socket and its outbox.
pub struct EventStream {
    counters: Arc<Stats>,
    outbox: Arc<Outbox>,
    /// Of a user's stream; an admin's has none.
    registration: Option<Registration>,
    is_users: bool,
    /// We said goodbye.
    said: bool,
}

impl EventStream {
    /// Starts a stream on a socket that was taken over. A user's ends when their token does.
    pub fn begin(
        counters: Arc<Stats>,
        outbox: Arc<Outbox>,
        (reader, writer): (Reader, Writer),
        registration: Option<Registration>,
    ) {
        Self::create(|ctx| {
            let act = Self {
                counters,
                outbox,
                is_users: registration.is_some(),
                registration,
                said: false,
            };
            act.watch_expiry(ctx);
            ctx.add_stream(reader);
            let writing = writer.start().into_actor(&act);
            ctx.spawn(writing.map(|end, act, ctx| act.written(&end, ctx)));
            act
        });
    }

    fn watch_expiry(&self, ctx: &mut Context<Self>) {
        let Some(registration) = &self.registration else {
            return;
        };
        let left = clock::until_ms(registration.link().expires_at_ms());
        if left.is_zero() {
            return self.outbox.close(Close::EXPIRED);
        }
        // A server can move the moment on.
        ctx.run_later(left, |act, ctx| act.watch_expiry(ctx));
    }

    fn written(&mut self, end: &io::Result<Close>, ctx: &mut Context<Self>) {
        // Leaves every room.
        let registration = self.registration.take();
        match end {
            Err(_) => ctx.stop(),
            Ok(close) => {
                self.said = true;
                if self.is_users {
                    self.counters.closes.said(close);
                }
                if *close == Close::SLOW {
                    let link = registration.as_ref().map(Registration::link);
                    let owner = link.map(|link| (link.client(), link.user()));
                    self.counters.cut(owner);
                }
                ctx.run_later(CLOSING_TIMEOUT, |_, ctx| ctx.stop());
            }
        }
    }
}

impl Actor for EventStream {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.is_users {
            self.counters.connections.opened(Transport::Sse);
        }
        ctx.run_interval(HEARTBEAT_EVERY, |act, _| {
            act.outbox.push(COMMENT);
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        // Whoever pushes into an admin's stream learns that it is over.
        self.outbox.close(Close::CLOSED);
        if self.is_users {
            self.counters.connections.ended(Transport::Sse);
            if !self.said {
                self.counters.closes.lost();
            }
        }
    }
}

impl StreamHandler<Result<Inbound, ReadError>> for EventStream {
    fn handle(&mut self, _: Result<Inbound, ReadError>, ctx: &mut Self::Context) {
        // Such a client says nothing, so the socket is broken.
        ctx.stop();
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
