//! What an open connection is told to do, command by command.
//!
//! Long because every command of the protocol is carried out here.

use std::{sync::Arc, time::Instant};

use actix::{
    ActorFutureExt as _, AsyncContext as _, Context, Handler, Message, WrapFuture as _,
    fut::LocalBoxActorFuture,
};
use futures_util::{FutureExt as _, TryFutureExt as _};
use prost::Message as _;
use serde::Deserialize;
use shared_proto::{
    client::v1::{
        Command, HistoryRequest, PingResult, PublishRequest, PublishResult, RefreshRequest,
        RefreshResult, Reply, RpcRequest, RpcResult, SubscribeRequest, UnsubscribeResult,
    },
    json::Object,
};

use super::{
    ClientSession, Stage,
    order::{self, Lane, Next},
};
use crate::{
    clock,
    connection::link::Link,
    identity::{Identity, VerifyError},
    protocol::{
        codes::{Close, Refusal},
        payload,
    },
    rooms::{
        actor::TopicRoom,
        messages::{Cause, CountPresence, ShowHistory, ShowPresence, Unsubscribe},
    },
    session::{
        publishing::{self, PublishRefused},
        seating,
        services::Services,
    },
    topic::{
        listener::Listener as _,
        namespaces::{MayPublish, Namespace},
        room::{HistoryRefused, HistoryWish, PresenceRefused},
        sequence::NewPublication,
    },
};

/// Something that takes time, with what it changes in the session at its end.
pub(super) type Doing = LocalBoxActorFuture<ClientSession, ()>;

/// What an open connection is told to do.
pub(super) enum Task {
    /// By its client.
    Command(Box<Command>),
    /// The token of the subscription to this channel ran out.
    Expire(String),
}

/// Delivered up to there, as the client says by `rpc`.
#[derive(Deserialize)]
struct Ack {
    conversation_id: String,
    seq: u64,
}

impl Ack {
    const METHOD: &'static str = "ack";

    fn read(request: &RpcRequest) -> Option<Self> {
        payload::check(&request.data).ok()?;
        let Object(ack) = serde_json::from_slice(&request.data).ok()?;
        Some(ack)
    }

    fn topic(&self) -> String {
        format!("chat:{}", self.conversation_id)
    }
}

impl order::Task for Task {
    fn lane(&self) -> Option<Lane> {
        let command = match self {
            Self::Command(command) => command,
            Self::Expire(channel) => return Some(Lane::Channel(channel.clone())),
        };
        if command.refresh.is_some() {
            return Some(Lane::Token);
        }
        if let Some(request) = &command.rpc {
            let ack = (request.method == Ack::METHOD).then(|| Ack::read(request));
            return Some(Lane::Channel(ack.flatten()?.topic()));
        }
        let channels = [
            command.subscribe.as_ref().map(|request| &request.channel),
            command.unsubscribe.as_ref().map(|request| &request.channel),
            command.publish.as_ref().map(|request| &request.channel),
            command.presence.as_ref().map(|request| &request.channel),
            command
                .presence_stats
                .as_ref()
                .map(|request| &request.channel),
            command.history.as_ref().map(|request| &request.channel),
            command.sub_refresh.as_ref().map(|request| &request.channel),
        ];
        let channel = channels.into_iter().flatten().next()?;
        Some(Lane::Channel(channel.clone()))
    }

    fn needs_place(&self) -> bool {
        matches!(self, Self::Command(command) if command.subscribe.is_some())
    }

    fn bytes(&self) -> usize {
        let content = match self {
            Self::Command(command) => size_of::<Command>() + command.encoded_len(),
            Self::Expire(channel) => channel.len(),
        };
        size_of::<Self>() + content
    }
}

impl ClientSession {
    /// Starts everything that nothing stands in the way of.
    pub(super) fn go_on(&mut self, ctx: &mut Context<Self>) {
        while let Stage::Open(session) = &mut self.stage
            && let Some(next) = session.order.next()
        {
            match next {
                Next::Start(task, lane) => match (self.begin_task(task, ctx), lane) {
                    (Some(doing), Some(lane)) => {
                        ctx.spawn(doing.map(move |(), act, ctx| {
                            act.finish(&lane);
                            act.go_on(ctx);
                        }));
                    }
                    (Some(doing), None) => {
                        ctx.spawn(doing);
                    }
                    (None, Some(lane)) => self.finish(&lane),
                    (None, None) => {}
                },
                Next::Refuse(Task::Command(command)) => {
                    self.refuse(command.id, Refusal::LIMIT_EXCEEDED);
                }
                // Only subscribe commands need a place.
                Next::Refuse(Task::Expire(_)) => {}
            }
        }
    }

    fn finish(&mut self, lane: &Lane) {
        if let Stage::Open(session) = &mut self.stage {
            let link = session.registration.link();
            let places = self.services.connection.subscriptions;
            session
                .order
                .finished(lane, || link.take_subscription(places));
            // Less waits than before.
            let _ = self.charge.set(session.order.waiting_bytes());
        }
    }

    /// Carries a task out, or begins to: what is returned does the rest.
    fn begin_task(&mut self, task: Task, ctx: &mut Context<Self>) -> Option<Doing> {
        match task {
            Task::Command(command) => self.obey(*command, ctx),
            Task::Expire(topic) => self.end_subscription(&topic),
        }
    }

    fn obey(&mut self, command: Command, ctx: &mut Context<Self>) -> Option<Doing> {
        let Stage::Open(session) = &self.stage else {
            return None;
        };
        let (id, link) = (command.id, session.registration.link().clone());
        if command.send.is_some() {
            // Nothing here listens to asynchronous messages of clients; they are counted.
            self.services.counters.messages.add(1);
        } else if id == 0 {
            self.outbox.close(Close::BAD_REQUEST);
        } else if let Some(request) = command.subscribe {
            return Some(self.subscribe(id, request, link));
        } else if let Some(request) = command.unsubscribe {
            return self.unsubscribe(id, request.channel, ctx);
        } else if let Some(request) = command.publish {
            return self.publish(id, request);
        } else if let Some(request) = command.presence {
            return Some(self.answer(id, presence(self.services.clone(), link, request.channel)));
        } else if let Some(request) = command.presence_stats {
            let counted = presence_stats(self.services.clone(), link, request.channel);
            return Some(self.answer(id, counted));
        } else if let Some(request) = command.history {
            return Some(self.answer(id, history(self.services.clone(), link, request)));
        } else if let Some(request) = command.rpc {
            self.call(id, &request, &link);
        } else if let Some(request) = command.refresh {
            return Some(self.refresh(id, request));
        } else if command.ping.is_some() {
            self.reply(&Reply {
                id,
                ping: Some(PingResult {}),
                ..Reply::default()
            });
        } else if let Some(request) = command.sub_refresh {
            self.refresh_subscription(id, &request, &link, ctx);
        } else {
            self.outbox.close(Close::BAD_REQUEST);
        }
        None
    }

    /// Replies with what comes of a command.
    fn answer(
        &self,
        id: u32,
        answer: impl Future<Output = Result<Reply, Refusal>> + 'static,
    ) -> Doing {
        let told = move |answer, act: &mut Self, _: &mut _| match answer {
            Ok(reply) => act.reply(&Reply { id, ..reply }),
            Err(refusal) => act.refuse(id, refusal),
        };
        Box::pin(answer.into_actor(self).map(told))
    }

    fn subscribe(&self, id: u32, request: SubscribeRequest, link: Arc<Link>) -> Doing {
        let topic = request.channel.clone();
        let subscribing = {
            let (services, link) = (self.services.clone(), link.clone());
            async move { seating::subscribe(&services, &link, id, &request).await }
        };
        Box::pin(
            subscribing.into_actor(self).map(
                move |seated, act: &mut Self, ctx: &mut _| match seated {
                    Ok(expires_at_ms) => act.expire_subscription(&topic, expires_at_ms, ctx),
                    Err(refusal) => {
                        link.unsubscribed();
                        act.refuse(id, refusal);
                    }
                },
            ),
        )
    }

    fn unsubscribe(&mut self, id: u32, topic: String, ctx: &mut Context<Self>) -> Option<Doing> {
        let Stage::Open(session) = &mut self.stage else {
            return None;
        };
        if let Some(expiry) = session.expiries.remove(&topic) {
            ctx.cancel_future(expiry);
        }
        let (services, connection) = (self.services.clone(), session.registration.link().id());
        let left = async move {
            // Without a room, or without a seat in it, it is as the client wants it.
            let _ = services
                .rooms
                .ask(&topic, || Unsubscribe { connection })
                .await;
            Ok(Reply {
                unsubscribe: Some(UnsubscribeResult {}),
                ..Reply::default()
            })
        };
        Some(self.answer(id, left))
    }

    fn publish(&mut self, id: u32, request: PublishRequest) -> Option<Doing> {
        let Stage::Open(session) = &self.stage else {
            return None;
        };
        let (services, link) = (self.services.clone(), session.registration.link().clone());
        let Some(namespace) = self
            .services
            .rooms
            .namespaces()
            .of(&request.channel)
            .cloned()
        else {
            self.refuse(id, Refusal::UNKNOWN_CHANNEL);
            return None;
        };
        if payload::check(&request.data).is_err() {
            self.refuse(id, Refusal::BAD_REQUEST);
            return None;
        }
        let rate = namespace.publishes;
        let published = match permit(&link, &namespace, &request) {
            Err(refusal) => {
                self.refuse(id, refusal);
                return None;
            }
            Ok(_) if !self.publishes.take(&namespace.name, rate, Instant::now()) => {
                self.refuse(id, Refusal::TOO_MANY_REQUESTS);
                return None;
            }
            Ok(Says::Event(kind)) => cause(services, link, request.channel, kind).boxed_local(),
            Ok(Says::Publication) => publish(services, link, request).boxed_local(),
        };
        let answer = published.map_ok(|()| Reply {
            publish: Some(PublishResult {}),
            ..Reply::default()
        });
        Some(self.answer(id, answer))
    }

    fn call(&self, id: u32, request: &RpcRequest, link: &Arc<Link>) {
        let receipts = self.services.receipts.as_ref();
        let Some(receipts) = receipts.filter(|_| request.method == Ack::METHOD) else {
            return self.refuse(id, Refusal::METHOD_NOT_FOUND);
        };
        let Some(ack) = Ack::read(request) else {
            return self.refuse(id, Refusal::BAD_REQUEST);
        };
        if !link.is_in(&ack.topic()) {
            return self.refuse(id, Refusal::PERMISSION_DENIED);
        }
        let user = &link.owner().user;
        if !receipts.delivered(user, ack.conversation_id, ack.seq) {
            return self.refuse(id, Refusal::TOO_MANY_REQUESTS);
        }
        self.services.counters.acks.add(1);
        let rpc = RpcResult {
            data: b"{}".as_slice().into(),
        };
        self.reply(&Reply {
            id,
            rpc: Some(rpc),
            ..Reply::default()
        });
    }

    fn refresh(&self, id: u32, request: RefreshRequest) -> Doing {
        let services = self.services.clone();
        let verifying = async move { services.authority.verify(&request.token).await };
        Box::pin(
            verifying.into_actor(self).map(
                move |verified, act: &mut Self, _: &mut _| match verified {
                    Ok(identity) => act.refreshed(id, &identity),
                    Err(VerifyError::Unreachable) => act.refuse(id, Refusal::INTERNAL),
                    // Error 109 would end it for good; this way the client comes back with a new token.
                    Err(_) => act.outbox.close(Close::EXPIRED),
                },
            ),
        )
    }

    fn refreshed(&mut self, id: u32, identity: &Identity) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let link = session.registration.link();
        if *identity.user != *link.owner().user {
            return self.outbox.close(Close::INVALID_TOKEN);
        }
        link.expire_at(identity.expires_at_ms);
        let refresh = RefreshResult {
            client: link.client().to_owned(),
            expires: true,
            ttl: clock::ttl_s(identity.expires_at_ms),
            ..RefreshResult::default()
        };
        self.reply(&Reply {
            id,
            refresh: Some(refresh),
            ..Reply::default()
        });
    }
}

/// What a client says by publishing.
enum Says {
    /// An event that its namespace lets clients cause. The hub builds it, so nobody can forge one.
    Event(String),
    /// A publication of its own.
    Publication,
}

/// Whether the client of `link` may publish that.
fn permit(link: &Link, namespace: &Namespace, request: &PublishRequest) -> Result<Says, Refusal> {
    #[derive(Deserialize)]
    struct Event {
        r#type: String,
    }
    let inside = || link.is_in(&request.channel);
    let may = match namespace.publish {
        MayPublish::Nobody => false,
        MayPublish::Subscribers => inside(),
        MayPublish::Authenticated => true,
    };
    if may {
        return Ok(Says::Publication);
    }
    if namespace.client_event_kinds.is_empty() {
        return Err(Refusal::PERMISSION_DENIED);
    }
    let Object(Event { r#type }) =
        serde_json::from_slice(&request.data).map_err(|_| Refusal::BAD_REQUEST)?;
    if namespace.client_event_kinds.contains(&r#type) && inside() {
        Ok(Says::Event(r#type))
    } else {
        Err(Refusal::PERMISSION_DENIED)
    }
}

async fn cause(
    services: Arc<Services>,
    link: Arc<Link>,
    topic: String,
    kind: String,
) -> Result<(), Refusal> {
    let cause = || Cause {
        connection: link.id(),
        kind: kind.clone(),
    };
    match services.rooms.ask(&topic, cause).await {
        Some(true) => Ok(()),
        _ => Err(Refusal::PERMISSION_DENIED),
    }
}

async fn publish(
    services: Arc<Services>,
    link: Arc<Link>,
    request: PublishRequest,
) -> Result<(), Refusal> {
    let publication = NewPublication {
        data: request.data,
        info: Some(link.info(&request.channel)),
        ..NewPublication::default()
    };
    publishing::publish(&services.rooms, &request.channel, publication, false)
        .await
        .map(|_| ())
        .map_err(PublishRefused::refusal)
}

/// Asks the room of a topic something that only those in it may know. What the namespace does not
/// offer is refused before that, because no subscription would help.
async fn ask<M, T, E>(
    services: &Services,
    link: &Link,
    topic: &str,
    is_offered: fn(&Namespace) -> bool,
    message: impl Fn() -> M,
) -> Result<T, Refusal>
where
    M: Message<Result = Result<T, E>> + Send + 'static,
    TopicRoom: Handler<M>,
    T: Send + 'static,
    E: Send + 'static,
    Refusal: From<E>,
{
    let namespace = services.rooms.namespaces().of(topic);
    if !is_offered(namespace.ok_or(Refusal::UNKNOWN_CHANNEL)?) {
        return Err(Refusal::NOT_AVAILABLE);
    }
    if !link.is_in(topic) {
        return Err(Refusal::PERMISSION_DENIED);
    }
    let answer = services.rooms.ask(topic, message).await;
    Ok(answer.ok_or(Refusal::PERMISSION_DENIED)??)
}

async fn presence(
    services: Arc<Services>,
    link: Arc<Link>,
    topic: String,
) -> Result<Reply, Refusal> {
    let asker = Some(link.id());
    let show = || ShowPresence { asker };
    Ok(Reply {
        presence: Some(ask(&services, &link, &topic, Namespace::has_presence, show).await?),
        ..Reply::default()
    })
}

async fn presence_stats(
    services: Arc<Services>,
    link: Arc<Link>,
    topic: String,
) -> Result<Reply, Refusal> {
    let asker = Some(link.id());
    let count = || CountPresence { asker };
    Ok(Reply {
        presence_stats: Some(ask(&services, &link, &topic, Namespace::has_presence, count).await?),
        ..Reply::default()
    })
}

async fn history(
    services: Arc<Services>,
    link: Arc<Link>,
    request: HistoryRequest,
) -> Result<Reply, Refusal> {
    let wish = HistoryWish::from(&request);
    if wish.reverse && wish.since.as_ref().is_some_and(|since| since.offset == 0) {
        return Err(Refusal::BAD_REQUEST);
    }
    let asker = Some(link.id());
    let show = || ShowHistory {
        asker,
        wish: wish.clone(),
    };
    Ok(Reply {
        history: Some(
            ask(
                &services,
                &link,
                &request.channel,
                Namespace::has_history,
                show,
            )
            .await?,
        ),
        ..Reply::default()
    })
}

impl From<PresenceRefused> for Refusal {
    fn from(refused: PresenceRefused) -> Self {
        match refused {
            PresenceRefused::NotInside => Self::PERMISSION_DENIED,
            PresenceRefused::NotAvailable => Self::NOT_AVAILABLE,
        }
    }
}

impl From<HistoryRefused> for Refusal {
    fn from(refused: HistoryRefused) -> Self {
        match refused {
            HistoryRefused::NotInside => Self::PERMISSION_DENIED,
            HistoryRefused::NotAvailable => Self::NOT_AVAILABLE,
            HistoryRefused::Unrecoverable => Self::UNRECOVERABLE,
            HistoryRefused::Unreachable => Self::INTERNAL,
        }
    }
}
