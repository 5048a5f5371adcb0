//! The actor of one plain event stream.

use std::{io, sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, StreamHandler,
    WrapFuture as _,
};

use crate::{
    clock,
    context::{Hub, Registration},
    protocol::{codes::Close, events::COMMENT},
    transport::{
        frames::Inbound,
        outbox::Outbox,
        reader::{ReadError, Reader},
        writer::{CLOSING_TIMEOUT, Writer},
    },
};

/// Comments that keep proxies from closing a quiet stream.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

/// See the module's description.
pub struct EventStream {
    hub: Arc<Hub>,
    outbox: Arc<Outbox>,
    /// Of a user's stream; an admin's has none.
    registration: Option<Registration>,
}

impl EventStream {
    /// Starts a stream on a socket that was taken over. A user's ends when their token does, at
    /// `expires_at_ms` in UTC milliseconds since 1970-01-01.
    pub fn begin(
        hub: Arc<Hub>,
        outbox: Arc<Outbox>,
        (reader, writer): (Reader, Writer),
        user: Option<(Registration, i64)>,
    ) {
        Self::create(|ctx| {
            if let Some((_, expires_at_ms)) = &user {
                ctx.run_later(clock::until_ms(*expires_at_ms), |act: &mut Self, _| {
                    act.outbox.close(Close::EXPIRED);
                });
            }
            let act = Self {
                hub,
                outbox,
                registration: user.map(|(registration, _)| registration),
            };
            ctx.add_stream(reader);
            let writing = writer.into_actor(&act);
            ctx.spawn(writing.map(|end, act, ctx| act.written(&end, ctx)));
            act
        });
    }

    fn written(&mut self, end: &io::Result<Close>, ctx: &mut Context<Self>) {
        // Leaves every room.
        self.registration = None;
        match end {
            Err(_) => ctx.stop(),
            Ok(close) => {
                if *close == Close::SLOW {
                    self.hub.stats.slow.add(1);
                }
                ctx.run_later(CLOSING_TIMEOUT, |_, ctx| ctx.stop());
            }
        }
    }
}

impl Actor for EventStream {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.hub.stats.event_streams_opened.add(1);
        ctx.run_interval(HEARTBEAT_EVERY, |act, _| {
            act.outbox.push(COMMENT);
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        // Whoever pushes into an admin's stream learns that it is over.
        self.outbox.close(Close::CLOSED);
        self.hub.stats.event_streams_closed.add(1);
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
