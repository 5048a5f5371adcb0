//! What an open connection is told to do, command by command.

use std::{mem, sync::Arc, time::Instant};

use actix::{ActorFutureExt as _, AsyncContext as _, Context, Handler, Message, WrapFuture as _};
use futures_util::{FutureExt as _, TryFutureExt as _};
use serde::Deserialize;
use shared_proto::{
    client::v1::{
        Command, HistoryRequest, PingResult, PublishRequest, PublishResult, RefreshRequest,
        RefreshResult, Reply, RpcRequest, RpcResult, SubscribeRequest, UnsubscribeResult,
    },
    json::Object,
};

use super::{ClientSession, Stage};
use crate::{
    actors::topic_room::{Cause, CountPresence, ShowHistory, ShowPresence, TopicRoom, Unsubscribe},
    authority::{Identity, VerifyError},
    clock,
    context::Hub,
    hub::{
        namespaces::{MayPublish, Namespace},
        room::{HistoryRefused, HistoryWish, Listener as _, PresenceRefused},
        sequence::NewPublication,
    },
    protocol::codes::{Close, Refusal},
    publishing::{self, PublishRefused},
    subscribing,
    transport::link::Link,
};

impl ClientSession {
    pub(super) fn obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let (id, link) = (command.id, session.registration.link().clone());
        if command.send.is_some() {
            // Nothing here listens to asynchronous messages of clients; they are counted.
            return self.hub.stats.messages.add(1);
        }
        if id == 0 {
            return self.outbox.close(Close::BAD_REQUEST);
        }
        if let Some(request) = command.subscribe {
            self.subscribe(id, request, ctx);
        } else if let Some(request) = command.unsubscribe {
            self.unsubscribe(id, request.channel, ctx);
        } else if let Some(request) = command.publish {
            self.publish(id, request, ctx);
        } else if let Some(request) = command.presence {
            self.answer(id, presence(self.hub.clone(), link, request.channel), ctx);
        } else if let Some(request) = command.presence_stats {
            self.answer(
                id,
                presence_stats(self.hub.clone(), link, request.channel),
                ctx,
            );
        } else if let Some(request) = command.history {
            self.answer(id, history(self.hub.clone(), link, request), ctx);
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
        } else if let Some(request) = command.sub_refresh {
            self.refresh_subscription(id, &request, &link, ctx);
        } else {
            self.outbox.close(Close::BAD_REQUEST);
        }
    }

    fn subscribe(&mut self, id: u32, request: SubscribeRequest, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        let (hub, link) = (self.hub.clone(), session.registration.link().clone());
        let topic = request.channel.clone();
        if session.subscribing.contains_key(&topic) {
            return self.refuse(id, Refusal::ALREADY_SUBSCRIBED);
        }
        if !link.take_subscription(hub.config.connection.subscriptions) {
            if session.unsubscribing == 0 {
                return self.refuse(id, Refusal::LIMIT_EXCEEDED);
            }
            // Rooms have yet to give places back that its client has given up.
            return session.held.push_back(Command {
                id,
                subscribe: Some(request),
                ..Command::default()
            });
        }
        session.subscribing.insert(topic.clone(), Vec::new());
        let subscribing = {
            let link = link.clone();
            async move { subscribing::subscribe(&hub, &link, id, &request).await }
        };
        ctx.spawn(subscribing.into_actor(self).map(move |seated, act, ctx| {
            match seated {
                Ok(expires_at_ms) => act.expire_subscription(&topic, expires_at_ms, ctx),
                Err(refusal) => {
                    link.unsubscribed();
                    act.refuse(id, refusal);
                }
            }
            let Stage::Open(session) = &mut act.stage else {
                return;
            };
            for waiting in session.subscribing.remove(&topic).into_iter().flatten() {
                act.leave(waiting, topic.clone(), ctx);
            }
        }));
    }

    fn unsubscribe(&mut self, id: u32, topic: String, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        session.unsubscribing += 1;
        match session.subscribing.get_mut(&topic) {
            Some(waiting) => waiting.push(id),
            None => self.leave(id, topic, ctx),
        }
    }

    /// Carries an unsubscribe command out.
    fn leave(&mut self, id: u32, topic: String, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        if let Some(expiry) = session.expiries.remove(&topic) {
            ctx.cancel_future(expiry);
        }
        let (hub, connection) = (self.hub.clone(), session.registration.link().id());
        let left = async move {
            // Without a room, or without a seat in it, it is as the client wants it.
            let _ = hub.rooms.ask(&topic, || Unsubscribe { connection }).await;
        };
        ctx.spawn(left.into_actor(self).map(move |(), act, ctx| {
            act.reply(&Reply {
                id,
                unsubscribe: Some(UnsubscribeResult {}),
                ..Reply::default()
            });
            act.go_on(ctx);
        }));
    }

    /// One unsubscribe command less to wait for: after the last, what was held is carried out.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &mut self.stage else {
            return;
        };
        session.unsubscribing -= 1;
        if session.unsubscribing == 0 {
            for command in mem::take(&mut session.held) {
                self.perform(command, ctx);
            }
        }
    }

    fn publish(&mut self, id: u32, request: PublishRequest, ctx: &mut Context<Self>) {
        let Stage::Open(session) = &self.stage else {
            return;
        };
        let (hub, link) = (self.hub.clone(), session.registration.link().clone());
        let Some(namespace) = self.hub.namespaces.of(&request.channel).cloned() else {
            return self.refuse(id, Refusal::UNKNOWN_CHANNEL);
        };
        let rate = namespace.publishes;
        let published = match permit(&link, &namespace, &request) {
            Err(refusal) => return self.refuse(id, refusal),
            Ok(_) if !self.publishes.take(&namespace.name, rate, Instant::now()) => {
                return self.refuse(id, Refusal::TOO_MANY_REQUESTS);
            }
            Ok(Says::Event(kind)) => cause(hub, link, request.channel, kind).boxed_local(),
            Ok(Says::Publication) => publish(hub, link, request).boxed_local(),
        };
        let answer = published.map_ok(|()| Reply {
            publish: Some(PublishResult {}),
            ..Reply::default()
        });
        self.answer(id, answer, ctx);
    }

    fn call(&self, id: u32, request: &RpcRequest, link: &Arc<Link>) {
        #[derive(Deserialize)]
        struct Ack {
            conversation_id: String,
            seq: u64,
        }
        let Some(receipts) = self
            .hub
            .receipts
            .as_ref()
            .filter(|_| request.method == "ack")
        else {
            return self.refuse(id, Refusal::METHOD_NOT_FOUND);
        };
        let Ok(Object(ack)) = serde_json::from_slice::<Object<Ack>>(&request.data) else {
            return self.refuse(id, Refusal::BAD_REQUEST);
        };
        if !link.is_in(&format!("chat:{}", ack.conversation_id)) {
            return self.refuse(id, Refusal::PERMISSION_DENIED);
        }
        self.hub.stats.acks.add(1);
        receipts.delivered(&link.owner().user, ack.conversation_id, ack.seq);
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
        let verifying = async move { hub.authority.verify(&request.token).await };
        ctx.spawn(
            verifying
                .into_actor(self)
                .map(move |verified, act, _| match verified {
                    Ok(identity) => act.refreshed(id, &identity),
                    Err(VerifyError::Unreachable) => act.refuse(id, Refusal::INTERNAL),
                    // Error 109 would end it for good; this way the client comes back with a new token.
                    Err(_) => act.outbox.close(Close::EXPIRED),
                }),
        );
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

async fn cause(hub: Arc<Hub>, link: Arc<Link>, topic: String, kind: String) -> Result<(), Refusal> {
    let cause = || Cause {
        connection: link.id(),
        kind: kind.clone(),
    };
    match hub.rooms.ask(&topic, cause).await {
        Some(true) => Ok(()),
        _ => Err(Refusal::PERMISSION_DENIED),
    }
}

async fn publish(hub: Arc<Hub>, link: Arc<Link>, request: PublishRequest) -> Result<(), Refusal> {
    let publication = NewPublication {
        data: request.data,
        info: Some(link.info(&request.channel)),
        ..NewPublication::default()
    };
    publishing::publish(&hub.rooms, &request.channel, publication, false)
        .await
        .map(|_| ())
        .map_err(PublishRefused::refusal)
}

/// Asks the room of a topic something that only those in it may know. What the namespace does not
/// offer is refused before that, because no subscription would help.
async fn ask<M, T, E>(
    hub: &Hub,
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
    let namespace = hub.namespaces.of(topic).ok_or(Refusal::UNKNOWN_CHANNEL)?;
    if !is_offered(namespace) {
        return Err(Refusal::NOT_AVAILABLE);
    }
    if !link.is_in(topic) {
        return Err(Refusal::PERMISSION_DENIED);
    }
    let answer = hub.rooms.ask(topic, message).await;
    Ok(answer.ok_or(Refusal::PERMISSION_DENIED)??)
}

async fn presence(hub: Arc<Hub>, link: Arc<Link>, topic: String) -> Result<Reply, Refusal> {
    let asker = Some(link.id());
    let show = || ShowPresence { asker };
    Ok(Reply {
        presence: Some(ask(&hub, &link, &topic, Namespace::has_presence, show).await?),
        ..Reply::default()
    })
}

async fn presence_stats(hub: Arc<Hub>, link: Arc<Link>, topic: String) -> Result<Reply, Refusal> {
    let asker = Some(link.id());
    let count = || CountPresence { asker };
    Ok(Reply {
        presence_stats: Some(ask(&hub, &link, &topic, Namespace::has_presence, count).await?),
        ..Reply::default()
    })
}

async fn history(
    hub: Arc<Hub>,
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
        history: Some(ask(&hub, &link, &request.channel, Namespace::has_history, show).await?),
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
