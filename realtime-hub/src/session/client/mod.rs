//! The actor of one client that speaks the client protocol, by whatever transport: the protocol's
//! state machine.

mod commands;
mod expiry;

use std::{
    collections::{HashMap, VecDeque},
    io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message,
    SpawnHandle, StreamHandler, WrapFuture as _,
};
use actix_web_actors::ws;
use bytes::Bytes;
use shared_proto::client::v1::{Command, ConnectRequest, ConnectResult, Reply};
use uuid::Uuid;

use crate::{
    admission::{self, OpenRefused, Opened},
    clock,
    context::Hub,
    hub::{
        rate_limit::{RateLimit, RateLimits},
        room::{Listener as _, Position},
    },
    protocol::{
        codec::{self, Wire},
        codes::{Close, Refusal},
    },
    session::registration::Registration,
    transport::{
        frames::Inbound,
        outbox::Outbox,
        reader::{ReadError, Reader},
        writer::{CLOSING_TIMEOUT, Writer},
    },
};

/// Commands that may wait while the token is verified, or for a place: a connect and all
/// resubscriptions come in one frame.
const PENDING_MAX: usize = 512;

enum Stage {
    /// No connect command yet.
    New,
    /// The token is being verified; these commands wait.
    Connecting(Vec<Command>),
    /// The connection has an owner.
    Open(Session),
    /// The close frame is out.
    Closing,
}

struct Session {
    registration: Registration,
    /// Channels that are being subscribed, with the unsubscribe commands that wait for that.
    subscribing: HashMap<String, Vec<u32>>,
    /// Unsubscribe commands that have not been answered: each may give a place back.
    unsubscribing: usize,
    /// Commands from the first on that needs such a place.
    held: VecDeque<Command>,
    /// Channel → what ends its subscription unless its token is refreshed.
    expiries: HashMap<String, SpawnHandle>,
}

/// See the module's description.
pub struct ClientSession {
    hub: Arc<Hub>,
    wire: Wire,
    outbox: Arc<Outbox>,
    /// By which name requests of their own speak for the client.
    name: Option<Uuid>,
    stage: Stage,
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
        hub: Arc<Hub>,
        wire: Wire,
        outbox: Arc<Outbox>,
        (reader, writer): (Reader, Writer),
        first: Option<Bytes>,
    ) {
        Self::create(|ctx| {
            let now = Instant::now();
            let limits = &hub.config.connection;
            let mut act = Self {
                wire,
                outbox,
                name: None,
                stage: Stage::New,
                commands: RateLimit::new(limits.commands, now),
                publishes: RateLimits::default(),
                awaiting_pong: false,
                said: false,
                hub,
            };
            ctx.add_stream(reader);
            let writing = writer.start().into_actor(&act);
            ctx.spawn(writing.map(|end, act, ctx| act.written(&end, ctx)));
            if let Some(first) = first {
                act.name = Some(act.hub.emulated.add(ctx.address()));
                act.receive(first, ctx);
            }
            act
        });
    }

    fn reply(&self, reply: &Reply) {
        self.outbox.push(codec::encode(self.wire, reply));
    }

    fn refuse(&self, id: u32, refusal: Refusal) {
        self.hub.stats.refused.add(1);
        self.reply(&Reply {
            id,
            error: Some(refusal.into()),
            ..Reply::default()
        });
    }

    /// Carries a command out and replies with what comes of it.
    fn answer(
        &self,
        id: u32,
        answer: impl Future<Output = Result<Reply, Refusal>> + 'static,
        ctx: &mut Context<Self>,
    ) {
        ctx.spawn(
            answer
                .into_actor(self)
                .map(move |answer, act, _| match answer {
                    Ok(reply) => act.reply(&Reply { id, ..reply }),
                    Err(refusal) => act.refuse(id, refusal),
                }),
        );
    }

    fn receive(&mut self, data: Bytes, ctx: &mut Context<Self>) {
        let commands = match codec::decode(self.wire, data) {
            Ok(commands) => commands,
            Err(error) => {
                tracing::debug!(%error, "frame refused");
                return self.outbox.close(Close::BAD_REQUEST);
            }
        };
        for command in commands {
            if !self.commands.take(Instant::now()) {
                return self.outbox.close(Close::TOO_MANY_REQUESTS);
            }
            self.hub.stats.commands.add(1);
            self.perform(command, ctx);
        }
    }

    fn perform(&mut self, command: Command, ctx: &mut Context<Self>) {
        if command == Command::default() {
            // The client's pong; any frame has been noted as a sign of life.
            return;
        }
        match &mut self.stage {
            Stage::New => match command.connect {
                Some(request) if command.id != 0 => self.connect(command.id, request, ctx),
                _ => self.outbox.close(Close::BAD_REQUEST),
            },
            Stage::Connecting(pending) if pending.len() < PENDING_MAX => pending.push(command),
            Stage::Connecting(_) => self.outbox.close(Close::TOO_MANY_REQUESTS),
            Stage::Open(session) if session.held.is_empty() => self.obey(command, ctx),
            Stage::Open(session) if session.held.len() < PENDING_MAX => {
                session.held.push_back(command);
            }
            Stage::Open(_) => self.outbox.close(Close::TOO_MANY_REQUESTS),
            Stage::Closing => {}
        }
    }

    fn connect(&mut self, id: u32, request: ConnectRequest, ctx: &mut Context<Self>) {
        self.stage = Stage::Connecting(Vec::new());
        let (hub, outbox, wire) = (self.hub.clone(), self.outbox.clone(), self.wire);
        let opening = async move {
            admission::open(&hub, outbox, wire, &request.token, |topic| {
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
        self.hub.stats.refused.add(1);
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
        } = opened;
        let limits = &self.hub.config.connection;
        let connect = ConnectResult {
            client: registration.link().client().to_owned(),
            version: concat!("Rookery ", env!("CARGO_PKG_VERSION")).to_owned(),
            expires: true,
            ttl: clock::ttl_s(expires_at_ms),
            subs: subs.into_iter().collect(),
            ping: limits.ping_s,
            pong: true,
            session: self.name.map(|name| name.to_string()).unwrap_or_default(),
            node: self.hub.config.instance_id.clone(),
            time: clock::now_ms(),
            ..ConnectResult::default()
        };
        let reply = Reply {
            id,
            connect: Some(connect),
            ..Reply::default()
        };
        self.outbox.open_with(codec::encode(self.wire, &reply));

        ctx.run_interval(Duration::from_secs(limits.ping_s.into()), Self::ping);
        let session = Session {
            registration,
            subscribing: HashMap::new(),
            unsubscribing: 0,
            held: VecDeque::new(),
            expiries: HashMap::new(),
        };
        let before = mem::replace(&mut self.stage, Stage::Open(session));
        self.watch_expiry(ctx);
        if let Stage::Connecting(pending) = before {
            for command in pending {
                self.perform(command, ctx);
            }
        }
    }

    fn ping(&mut self, ctx: &mut Context<Self>) {
        self.awaiting_pong = true;
        self.reply(&Reply::default());
        let wait = Duration::from_secs(self.hub.config.connection.pong_wait_s.into());
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
        self.hub.stats.cut(owner);
    }

    fn written(&mut self, end: &io::Result<Close>, ctx: &mut Context<Self>) {
        match end {
            Err(_) => ctx.stop(),
            Ok(close) => {
                self.said = true;
                self.hub.stats.closes.said(close);
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
        self.hub.stats.connections.opened(self.wire.into());
        let patience = self.hub.config.connection.unauthenticated_s;
        ctx.run_later(Duration::from_secs(patience.into()), |act, _| {
            if matches!(act.stage, Stage::New | Stage::Connecting(_)) {
                act.outbox.close(Close::STALE);
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if let Some(name) = self.name {
            self.hub.emulated.remove(name);
        }
        self.hub.stats.connections.ended(self.wire.into());
        if !self.said {
            self.hub.stats.closes.lost();
        }
    }
}

impl Handler<Emulate> for ClientSession {
    type Result = ();

    fn handle(&mut self, emulate: Emulate, ctx: &mut Self::Context) {
        self.awaiting_pong = false;
        self.receive(emulate.0, ctx);
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
            Err(ReadError::Frame(error)) => {
                tracing::debug!(%error, "frame refused");
                self.outbox.close(Close::BAD_REQUEST);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
