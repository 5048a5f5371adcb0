//! The actor of one client that speaks the client protocol, by whatever transport: the protocol's
//! state machine.

mod arrival;
mod commands;
mod emulated;
mod expiry;
mod order;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use self::{commands::Task, emulated::Emulated, order::Order};
use crate::{
    clock,
    connection::outbox::Outbox,
    limits::{
        inbound::Charge,
        rate_limit::{RateLimit, RateLimits},
    },
    protocol::{
        codec::{self, Commands},
        codes::{Close, Refusal},
        websocket::Inbound,
        wire::Wire,
    },
    session::{
        admission::{self, OpenRefused, Opened},
        registration::Registration,
        remaining,
        services::Services,
    },
    socket::{
        reader::{ReadError, Reader},
        writer::{CLOSING_TIMEOUT, Writer},
    },
    topic::{listener::Listener as _, room::Position},
};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message,
    SpawnHandle, StreamHandler, WrapFuture as _,
};
use actix_web_actors::ws;
use bytes::Bytes;
use shared_proto::client::v1::{Command, ConnectRequest, ConnectResult, Reply};

/// Frames that may wait while the token is verified; a connecting SDK sends one.
const PARKED_FRAMES: usize = 512;

/// What commands may take that wait for others before them.
const WAITING_BYTES: usize = 512 * 1024;

enum Stage {
    /// No connect command yet.
    New,
    /// The token is being verified; what follows waits as it came.
    Connecting(Parked),
    /// The connection has an owner.
    Open(Box<Session>),
    /// The close frame is out.
    Closing,
}

/// Frames of a client that nobody knows yet, unread.
#[derive(Default)]
struct Parked {
    frames: Vec<Commands>,
    bytes: usize,
}

impl Parked {
    /// Takes a frame, or what is left of it. False when there is no room for it.
    fn add(&mut self, frame: Commands, bytes_max: usize) -> bool {
        if frame.rest_bytes() == 0 {
            return true;
        }
        self.bytes += frame.rest_bytes();
        let fits = self.bytes <= bytes_max && self.frames.len() < PARKED_FRAMES;
        if fits {
            self.frames.push(frame);
        }
        fits
    }
}

struct Session {
    registration: Registration,
    /// What the client wants, and what of that is under way.
    order: Order<Task>,
    /// Channel → what ends its subscription unless its token is refreshed.
    expiries: HashMap<String, SpawnHandle>,
}

/// The actor that carries out the commands of one connection.
pub struct ClientSession {
    services: Arc<Services>,
    wire: Wire,
    outbox: Arc<Outbox>,
    /// Where requests of their own speak for the client.
    emulated: Option<Emulated>,
    stage: Stage,
    /// Accounts for what waits of what the client has sent.
    charge: Charge,
    commands: RateLimit,
    publishes: RateLimits,
    /// Nothing was heard since the last ping.
    awaiting_pong: bool,
    /// We said goodbye.
    said: bool,
}

/// Commands that came by a request of their own.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Emulate(
    /// As a frame would hold them.
    pub Bytes,
);

impl ClientSession {
    /// Starts the session of a client on a socket that was taken over. Where the client says nothing
    /// on that socket itself, `first` holds the commands that came with its request, and later ones
    /// come as [`Emulate`].
    pub fn begin(
        services: Arc<Services>,
        wire: Wire,
        outbox: Arc<Outbox>,
        (reader, writer): (Reader, Writer),
        first: Option<Bytes>,
    ) {
        Self::create(|ctx| {
            let now = Instant::now();
            let limits = &services.connection;
            let mut act = Self {
                wire,
                outbox,
                emulated: None,
                stage: Stage::New,
                charge: services.inbound.open(),
                commands: RateLimit::new(limits.commands, now),
                publishes: RateLimits::default(),
                awaiting_pong: false,
                said: false,
                services,
            };
            ctx.add_stream(reader);
            let writing = writer.start().into_actor(&act);
            ctx.spawn(writing.map(|end, act, ctx| act.written(&end, ctx)));
            if let Some(first) = first {
                act.emulated = Some(Emulated::new(&act.services.emulated, ctx.address()));
                act.receive(first, ctx);
            }
            act
        });
    }

    fn reply(&self, reply: &Reply) {
        self.outbox.push(codec::encode(self.wire, reply));
    }

    fn refuse(&self, id: u32, refusal: Refusal) {
        self.services.counters.refused.add(1);
        self.reply(&Reply {
            id,
            error: Some(refusal.into()),
            ..Reply::default()
        });
    }

    fn receive(&mut self, frame: Bytes, ctx: &mut Context<Self>) {
        self.read(Commands::new(self.wire, frame), ctx);
    }

    /// Takes the commands of a frame one by one. Those after a connect wait as they came.
    fn read(&mut self, mut commands: Commands, ctx: &mut Context<Self>) {
        loop {
            if let Stage::Connecting(parked) = &mut self.stage {
                let bytes_max = self.services.connection.frame_bytes;
                let fits = parked.add(commands, bytes_max) && self.charge.set(parked.bytes);
                if !fits {
                    self.outbox.close(Close::TOO_MANY_REQUESTS);
                }
                return;
            }
            match commands.next() {
                None => return,
                Some(Ok(command)) if self.commands.take(Instant::now()) => {
                    self.services.counters.commands.add(1);
                    self.perform(command, ctx);
                }
                Some(Ok(_)) => return self.outbox.close(Close::TOO_MANY_REQUESTS),
                Some(Err(error)) => {
                    tracing::debug!(%error, "frame refused");
                    return self.outbox.close(Close::BAD_REQUEST);
                }
            }
        }
    }

    fn perform(&mut self, command: Command, ctx: &mut Context<Self>) {
        if command == Command::default() {
            // The client's pong; any frame has been noted as a sign of life.
            return;
        }
        if let Some(emulated) = &mut self.emulated {
            emulated.arrival.saw(command.id);
        }
        match &mut self.stage {
            Stage::New => match command.connect {
                Some(request) if command.id != 0 => self.connect(command.id, request, ctx),
                _ => self.outbox.close(Close::BAD_REQUEST),
            },
            Stage::Open(_) => self.take(Task::Command(command.into()), ctx),
            // Frames of a connecting client are not read.
            Stage::Connecting(_) | Stage::Closing => {}
        }
    }

    /// Has the session do something when its turn comes.
    fn take(&mut self, task: Task, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        let link = session.registration.link();
        let places = self.services.connection.subscriptions;
        let taken = session
            .order
            .arrive(task, || link.take_subscription(places));
        if taken.is_ok() && self.charge.set(session.order.waiting_bytes()) {
            self.go_on(ctx);
        } else {
            self.outbox.close(Close::TOO_MANY_REQUESTS);
        }
    }

    fn connect(&mut self, id: u32, request: ConnectRequest, ctx: &mut Context<Self>) {
        self.stage = Stage::Connecting(Parked::default());
        let (services, outbox, wire) = (self.services.clone(), self.outbox.clone(), self.wire);
        let opening = async move {
            admission::open(&services, outbox, wire, &request.token, |topic| {
                request.subs.get(topic).and_then(Position::before)
            })
            .await
        };
        ctx.spawn(
            opening
                .into_actor(self)
                .map(move |opened, act, ctx| match opened {
                    Ok(opened) => act.open(id, opened, ctx),
                    Err(refused) => act.stay_out(id, refused),
                }),
        );
    }

    fn stay_out(&mut self, id: u32, refused: OpenRefused) {
        self.stage = Stage::New;
        self.services.counters.refused.add(1);
        match refused.answer() {
            Ok(refusal) => {
                let error = Some(refusal.into());
                let reply = Reply {
                    id,
                    error,
                    ..Reply::default()
                };
                self.outbox.open_with(codec::encode(self.wire, &reply));
            }
            Err(close) => self.outbox.close(close),
        }
    }

    fn open(&mut self, id: u32, opened: Opened, ctx: &mut Context<Self>) {
        let Opened {
            registration,
            expires_at_ms,
            subs,
            remaining,
        } = opened;
        let limits = &self.services.connection;
        let connect = ConnectResult {
            client: registration.link().client().to_owned(),
            version: concat!("Rookery ", env!("CARGO_PKG_VERSION")).to_owned(),
            expires: true,
            ttl: clock::ttl_s(expires_at_ms),
            subs: subs.into_iter().collect(),
            ping: limits.ping_s,
            pong: true,
            session: self
                .emulated
                .as_ref()
                .map(|emulated| emulated.name.to_string())
                .unwrap_or_default(),
            node: self.services.instance_id.clone(),
            time: clock::now_ms(),
            ..ConnectResult::default()
        };
        let reply = Reply {
            id,
            connect: Some(connect),
            ..Reply::default()
        };
        self.outbox.open_with(codec::encode(self.wire, &reply));

        if !remaining.is_empty() {
            let (services, link) = (self.services.clone(), registration.link().clone());
            let following = async move { remaining::follow(&services, &link, remaining).await };
            ctx.spawn(following.into_actor(self));
        }
        ctx.run_interval(Duration::from_secs(limits.ping_s.into()), Self::ping);
        let session = Session {
            registration,
            order: Order::new(WAITING_BYTES),
            expiries: HashMap::new(),
        };
        let before = mem::replace(&mut self.stage, Stage::Open(session.into()));
        self.watch_expiry(ctx);
        // Nothing is parked any more.
        let _ = self.charge.set(0);
        if let Stage::Connecting(parked) = before {
            for commands in parked.frames {
                self.read(commands, ctx);
            }
        }
    }

    fn ping(&mut self, ctx: &mut Context<Self>) {
        self.awaiting_pong = true;
        self.reply(&Reply::default());
        let wait = Duration::from_secs(self.services.connection.pong_wait_s.into());
        ctx.run_later(wait, |act, _| {
            if act.awaiting_pong {
                act.outbox.close(Close::NO_PONG);
            }
        });
    }

    /// The peer did not read.
    fn cut(&self) {
        let link = match &self.stage {
            Stage::Open(session) => Some(session.registration.link()),
            _ => None,
        };
        let owner = link.map(|link| (link.client(), link.user()));
        self.services.counters.cut(owner);
    }

    fn written(&mut self, end: &io::Result<Close>, ctx: &mut Context<Self>) {
        match end {
            Err(_) => ctx.stop(),
            Ok(close) => {
                self.said = true;
                self.services.counters.closes.said(close);
                if *close == Close::SLOW {
                    self.cut();
                }
                tracing::debug!(
                    code = close.code,
                    reason = &*close.reason,
                    "connection closed"
                );
                // Leaves every room; what the client still sends is read so that it gets our frame.
                self.stage = Stage::Closing;
                ctx.run_later(CLOSING_TIMEOUT, |_, ctx| ctx.stop());
            }
        }
    }
}

impl Actor for ClientSession {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.services.counters.connections.opened(self.wire.into());
        let patience = self.services.connection.unauthenticated_s;
        ctx.run_later(Duration::from_secs(patience.into()), |act, _| {
            if matches!(act.stage, Stage::New | Stage::Connecting(_)) {
                act.outbox.close(Close::STALE);
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if let Some(emulated) = &self.emulated {
            self.services.emulated.remove(emulated.name);
        }
        self.services.counters.connections.ended(self.wire.into());
        if !self.said {
            self.services.counters.closes.lost();
        }
    }
}

impl Handler<Emulate> for ClientSession {
    type Result = ();

    fn handle(&mut self, emulate: Emulate, ctx: &mut Self::Context) {
        self.awaiting_pong = false;
        self.receive_request(emulate.0, ctx);
    }
}

impl StreamHandler<Result<Inbound, ReadError>> for ClientSession {
    fn handle(&mut self, inbound: Result<Inbound, ReadError>, ctx: &mut Self::Context) {
        self.awaiting_pong = false;
        match inbound {
            Ok(Inbound::Data(data)) => self.receive(data, ctx),
            Ok(Inbound::Ping(data)) => {
                self.outbox.push(codec::websocket(ws::Message::Pong(data)));
            }
            Ok(Inbound::Pong) => {}
            Ok(Inbound::Close) => self.outbox.close(Close::CLOSED),
            Err(ReadError::Socket(_)) => ctx.stop(),
            Err(ReadError::Crowded) => self.outbox.close(Close::TOO_MANY_REQUESTS),
            Err(ReadError::Frame(error)) => {
                tracing::debug!(%error, "frame refused");
                self.outbox.close(error.close());
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
