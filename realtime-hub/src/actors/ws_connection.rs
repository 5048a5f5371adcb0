//! The actor of one WebSocket: the client protocol's state machine.

use std::{
    collections::{HashMap, HashSet},
    io, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, StreamHandler,
    WrapFuture as _,
};
use actix_web_actors::ws::{Message, ProtocolError};
use serde::Deserialize;
use shared_proto::{
    client::v1::{
        Command, ConnectRequest, ConnectResult, PingResult, PresenceResult, PresenceStatsResult,
        PublishRequest, PublishResult, RefreshRequest, RefreshResult, Reply, RpcRequest, RpcResult,
        SubscribeRequest, SubscribeResult, UnsubscribeResult,
    },
    core::v1::VerifyTokenResponse,
};

use super::topic_room::{ShowPresence, Type, Unsubscribe};
use crate::{
    admission::{self, OpenRefused, Opened},
    clock,
    context::{Hub, Registration},
    core_gateway::VerifyError,
    hub::{
        rate_limit::RateLimit,
        room::{Listener as _, Position},
    },
    protocol::{
        codec::{self, Wire},
        codes::{Close, Refusal},
        frame::FEED,
    },
    transport::{
        link::Link,
        outbox::Outbox,
        ws::{Inbound, Reader, Writer},
    },
};

/// Commands that may wait while the token is verified: a connect and all resubscriptions come in
/// one frame.
const PENDING_MAX: usize = 512;

/// How long a peer may take to answer our close frame.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

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
    expires_at_ms: i64,
    /// Channels that are being subscribed, with the unsubscribe command that waits for that.
    subscribing: HashMap<String, Option<u32>>,
}

/// See the module's description.
pub struct WsConnection {
    hub: Arc<Hub>,
    wire: Wire,
    outbox: Arc<Outbox>,
    halves: Option<(Reader, Writer)>,
    stage: Stage,
    commands: RateLimit,
    publishes: RateLimit,
    /// Nothing was heard since the last ping.
    awaiting_pong: bool,
}

impl WsConnection {
    /// A connection on a socket that was taken over.
    #[must_use]
    pub fn new(hub: Arc<Hub>, wire: Wire, outbox: Arc<Outbox>, halves: (Reader, Writer)) -> Self {
        let now = Instant::now();
        let limits = &hub.config.connection;
        Self {
            wire,
            outbox,
            halves: Some(halves),
            stage: Stage::New,
            commands: RateLimit::new(limits.commands, now),
            publishes: RateLimit::new(limits.publishes, now),
            awaiting_pong: false,
            hub,
        }
    }

    fn reply(&self, reply: &Reply) {
        self.outbox.push(codec::encode(self.wire, reply));
    }

    fn refuse(&self, id: u32, refusal: Refusal) {
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

    fn receive(&mut self, data: bytes::Bytes, ctx: &mut Context<Self>) {
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
            Stage::Open(_) => self.obey(command, ctx),
            Stage::Closing => {}
        }
    }

    fn connect(&mut self, id: u32, request: ConnectRequest, ctx: &mut Context<Self>) {
        self.stage = Stage::Connecting(Vec::new());
        let (hub, outbox, wire) = (self.hub.clone(), self.outbox.clone(), self.wire);
        let opening = async move {
            admission::open(hub, outbox, wire, &request.token, |topic| {
                request.subs.get(topic).and_then(position)
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
            user_topic,
            user_subscription,
        } = opened;
        let limits = &self.hub.config.connection;
        let connect = ConnectResult {
            client: registration.link().client().to_owned(),
            version: concat!("Rookery ", env!("CARGO_PKG_VERSION")).to_owned(),
            expires: true,
            ttl: ttl_s(expires_at_ms),
            subs: [
                (FEED.to_owned(), SubscribeResult::default()),
                (user_topic, user_subscription),
            ]
            .into(),
            ping: limits.ping_s,
            pong: true,
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
            expires_at_ms,
            subscribing: HashMap::new(),
        };
        let before = mem::replace(&mut self.stage, Stage::Open(session));
        self.watch_expiry(ctx);
        if let Stage::Connecting(pending) = before {
            for command in pending {
                self.obey(command, ctx);
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

    fn watch_expiry(&self, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let grace_ms = i64::from(self.hub.config.connection.expired_grace_s) * 1_000;
        let left = clock::until_ms(session.expires_at_ms + grace_ms);
        if left.is_zero() {
            return self.outbox.close(Close::EXPIRED);
        }
        // A refresh moves the moment on.
        ctx.run_later(left, |act, ctx| act.watch_expiry(ctx));
    }

    fn obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let (id, link) = (command.id, session.registration.link().clone());
        if command.send.is_some() {
            // Nothing listens to asynchronous messages of clients.
            return;
        }
        if id == 0 {
            return self.outbox.close(Close::BAD_REQUEST);
        }
        if let Some(request) = command.subscribe {
            self.subscribe(id, request, ctx);
        } else if let Some(request) = command.unsubscribe {
            self.unsubscribe(id, request.channel, ctx);
        } else if let Some(request) = command.publish {
            self.publish(id, &request, ctx);
        } else if let Some(request) = command.presence {
            let presence = presence(self.hub.clone(), link, request.channel);
            let reply = async {
                Ok(Reply {
                    presence: Some(presence.await?),
                    ..Reply::default()
                })
            };
            self.answer(id, reply, ctx);
        } else if let Some(request) = command.presence_stats {
            let presence = presence(self.hub.clone(), link, request.channel);
            let reply = async { Ok(presence_stats(&presence.await?)) };
            self.answer(id, reply, ctx);
        } else if let Some(request) = command.rpc {
            self.call(id, &request, &link);
        } else if let Some(request) = command.refresh {
            self.refresh(id, request, ctx);
        } else if command.ping.is_some() {
            self.reply(&Reply {
                id,
                ping: Some(PingResult {}),
                ..Reply::default()
            });
        } else if command.history.is_some() || command.sub_refresh.is_some() {
            self.refuse(id, Refusal::NOT_AVAILABLE);
        } else {
            self.outbox.close(Close::BAD_REQUEST);
        }
    }

    fn subscribe(&mut self, id: u32, request: SubscribeRequest, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        let link = session.registration.link().clone();
        let since = position(&request);
        let topic = request.channel;
        if !topic.starts_with("chat:") {
            let own = topic == FEED || topic.strip_prefix("user:") == Some(link.user());
            let refusal = if own {
                Refusal::ALREADY_SUBSCRIBED
            } else {
                Refusal::PERMISSION_DENIED
            };
            return self.refuse(id, refusal);
        }
        if session.subscribing.contains_key(&topic) {
            return self.refuse(id, Refusal::ALREADY_SUBSCRIBED);
        }
        session.subscribing.insert(topic.clone(), None);
        let hub = self.hub.clone();
        let subscribing = async move {
            let seated = admission::subscribe(&hub, &link, id, &topic, since).await;
            (topic, seated)
        };
        ctx.spawn(
            subscribing
                .into_actor(self)
                .map(move |(topic, seated), act, ctx| {
                    if let Err(refusal) = seated {
                        act.refuse(id, refusal);
                    }
                    let Stage::Open(session) = &mut act.stage else {
                        return;
                    };
                    if let Some(Some(waiting)) = session.subscribing.remove(&topic) {
                        act.unsubscribe(waiting, topic, ctx);
                    }
                }),
        );
    }

    fn unsubscribe(&mut self, id: u32, topic: String, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        if let Some(waiting) = session.subscribing.get_mut(&topic) {
            *waiting = Some(id);
            return;
        }
        let (hub, connection) = (self.hub.clone(), session.registration.link().id());
        let unsubscribed = async move {
            if let Some(room) = hub.directory.find(&topic) {
                // Without a room, or without a seat in it, it is as the client wants it.
                let _ = room.send(Unsubscribe { connection }).await;
            }
            Ok(Reply {
                unsubscribe: Some(UnsubscribeResult {}),
                ..Reply::default()
            })
        };
        self.answer(id, unsubscribed, ctx);
    }

    /// A client may say that it is typing. The hub builds the event itself, so nobody can forge
    /// one, nor a message.
    fn publish(&mut self, id: u32, request: &PublishRequest, ctx: &mut Context<Self>) {
        #[derive(Deserialize)]
        struct Event {
            r#type: String,
        }
        let Stage::Open(session) = &self.stage else {
            return;
        };
        match serde_json::from_slice::<Event>(&request.data) {
            Err(_) => return self.refuse(id, Refusal::BAD_REQUEST),
            Ok(event) if event.r#type != "typing" => {
                return self.refuse(id, Refusal::PERMISSION_DENIED);
            }
            Ok(_) => {}
        }
        let connection = session.registration.link().id();
        let chat = Some(&request.channel).filter(|channel| channel.starts_with("chat:"));
        let Some(room) = chat.and_then(|channel| self.hub.directory.find(channel)) else {
            return self.refuse(id, Refusal::PERMISSION_DENIED);
        };
        if !self.publishes.take(Instant::now()) {
            return self.refuse(id, Refusal::TOO_MANY_REQUESTS);
        }
        let typed = async move {
            match room.send(Type { connection }).await {
                Ok(true) => Ok(Reply {
                    publish: Some(PublishResult {}),
                    ..Reply::default()
                }),
                _ => Err(Refusal::PERMISSION_DENIED),
            }
        };
        self.answer(id, typed, ctx);
    }

    fn call(&self, id: u32, request: &RpcRequest, link: &Arc<Link>) {
        #[derive(Deserialize)]
        struct Ack {
            conversation_id: String,
            seq: u64,
        }
        if request.method != "ack" {
            return self.refuse(id, Refusal::METHOD_NOT_FOUND);
        }
        let Ok(ack) = serde_json::from_slice::<Ack>(&request.data) else {
            return self.refuse(id, Refusal::BAD_REQUEST);
        };
        if !link.is_in(&format!("chat:{}", ack.conversation_id)) {
            return self.refuse(id, Refusal::PERMISSION_DENIED);
        }
        self.hub.stats.acks.add(1);
        self.hub
            .acks
            .delivered(&link.owner().user, ack.conversation_id, ack.seq);
        let rpc = RpcResult {
            data: b"{}".as_slice().into(),
        };
        self.reply(&Reply {
            id,
            rpc: Some(rpc),
            ..Reply::default()
        });
    }

    fn refresh(&mut self, id: u32, request: RefreshRequest, ctx: &mut Context<Self>) {
        let hub = self.hub.clone();
        let verifying = async move { hub.gateway.verify(&request.token).await };
        ctx.spawn(
            verifying
                .into_actor(self)
                .map(move |verified, act, _| match verified {
                    Ok(verified) => act.refreshed(id, &verified),
                    Err(VerifyError::Unreachable) => act.refuse(id, Refusal::INTERNAL),
                    // Error 109 would end it for good; this way the client comes back with a new token.
                    Err(_) => act.outbox.close(Close::EXPIRED),
                }),
        );
    }

    fn refreshed(&mut self, id: u32, verified: &VerifyTokenResponse) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        let link = session.registration.link();
        if *verified.user_id != *link.owner().user {
            return self.outbox.close(Close::INVALID_TOKEN);
        }
        session.expires_at_ms = verified.expires_at_ms;
        let refresh = RefreshResult {
            client: link.client().to_owned(),
            expires: true,
            ttl: ttl_s(verified.expires_at_ms),
            ..RefreshResult::default()
        };
        self.reply(&Reply {
            id,
            refresh: Some(refresh),
            ..Reply::default()
        });
    }

    fn written(&mut self, end: &io::Result<Close>, ctx: &mut Context<Self>) {
        match end {
            Err(_) => ctx.stop(),
            Ok(close) => {
                if *close == Close::SLOW {
                    self.hub.stats.slow.add(1);
                }
                tracing::debug!(
                    code = close.code,
                    reason = close.reason,
                    "connection closed"
                );
                // Leaves every room; what the client still sends is read so that it gets our frame.
                self.stage = Stage::Closing;
                ctx.run_later(CLOSING_TIMEOUT, |_, ctx| ctx.stop());
            }
        }
    }
}

impl Actor for WsConnection {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.hub.stats.websockets_opened.add(1);
        let Some((reader, writer)) = self.halves.take() else {
            return;
        };
        ctx.add_stream(reader);
        ctx.spawn(
            writer
                .into_actor(self)
                .map(|end, act, ctx| act.written(&end, ctx)),
        );
        let patience = self.hub.config.connection.unauthenticated_s;
        ctx.run_later(Duration::from_secs(patience.into()), |act, _| {
            if matches!(act.stage, Stage::New | Stage::Connecting(_)) {
                act.outbox.close(Close::STALE);
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.hub.stats.websockets_closed.add(1);
    }
}

impl StreamHandler<Result<Inbound, ProtocolError>> for WsConnection {
    fn handle(&mut self, inbound: Result<Inbound, ProtocolError>, ctx: &mut Self::Context) {
        self.awaiting_pong = false;
        match inbound {
            Ok(Inbound::Data(data)) => self.receive(data, ctx),
            Ok(Inbound::Ping(data)) => {
                self.outbox.push(codec::websocket(Message::Pong(data)));
            }
            Ok(Inbound::Pong) => {}
            Ok(Inbound::Close) => self.outbox.close(Close::CLOSED),
            Err(ProtocolError::Io(_)) => ctx.stop(),
            Err(error) => {
                tracing::debug!(%error, "frame refused");
                self.outbox.close(Close::BAD_REQUEST);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

fn position(request: &SubscribeRequest) -> Option<Position> {
    request.recover.then(|| Position {
        epoch: request.epoch.clone(),
        offset: request.offset,
    })
}

fn ttl_s(expires_at_ms: i64) -> u32 {
    u32::try_from(clock::until_ms(expires_at_ms).as_secs()).unwrap_or(u32::MAX)
}

async fn presence(
    hub: Arc<Hub>,
    link: Arc<Link>,
    topic: String,
) -> Result<PresenceResult, Refusal> {
    let room = hub
        .directory
        .find(&topic)
        .ok_or(Refusal::PERMISSION_DENIED)?;
    let shown = room
        .send(ShowPresence {
            connection: link.id(),
        })
        .await;
    shown.ok().flatten().ok_or(Refusal::PERMISSION_DENIED)
}

fn presence_stats(presence: &PresenceResult) -> Reply {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let users: HashSet<&str> = presence
        .presence
        .values()
        .map(|info| info.user.as_str())
        .collect();
    let stats = PresenceStatsResult {
        num_clients: count(presence.presence.len()),
        num_users: count(users.len()),
    };
    Reply {
        presence_stats: Some(stats),
        ..Reply::default()
    }
}
