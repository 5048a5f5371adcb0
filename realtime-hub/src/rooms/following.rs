//! How the room of a logged topic keeps up with the core's log.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _, fut};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use shared_proto::core::v1::{LoggedEvent, TopicHead};

use super::{
    actor::{Step, TopicRoom},
    ports::LogSource,
};
use crate::{
    connection::link::Subject,
    counters::journal::Kind,
    topic::{
        listener::Listener as _,
        log::{Gap, HeadVerdict, TopicLog},
        room::Outcome,
    },
};

/// How long an event that is ahead waits for the ones before it.
pub(super) const REPAIR_AFTER: Duration = Duration::from_millis(50);

/// Pause after a repair that did not get through.
const REPAIR_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How much further back a reading for clients that come back reaches than the first of them asks:
/// they were cut off at the same moment, but not all at the same event.
const MARGIN_EVENTS: u64 = 32;

/// Answers of cores that a reading takes: the margin may fill the first.
const ANSWERS: usize = 2;

/// A reading that is under way, for everyone who comes back meanwhile.
#[derive(Clone)]
pub(super) struct Reading {
    epoch: Arc<str>,
    after: u64,
    /// Where the head was then.
    asked_at: u64,
    events: Shared<BoxFuture<'static, Arc<[LoggedEvent]>>>,
}

impl Reading {
    fn start(logs: &Arc<dyn LogSource>, topic: &Arc<str>, log: &TopicLog, gap: Gap) -> Self {
        let after = gap.after.saturating_sub(MARGIN_EVENTS);
        let (logs, topic, epoch) = (logs.clone(), topic.clone(), log.epoch().clone());
        let read = {
            let epoch = epoch.clone();
            async move {
                let mut events: Vec<LoggedEvent> = Vec::new();
                for _ in 0..ANSWERS {
                    let after = events.last().map_or(after, |last| last.offset);
                    if after >= gap.up_to {
                        break;
                    }
                    let slice = logs.read(&topic, &epoch, Gap { after, ..gap }).await;
                    events.extend(slice.into_iter().flat_map(|slice| slice.events));
                }
                Arc::<[LoggedEvent]>::from(events)
            }
        };
        Self {
            epoch,
            after,
            asked_at: log.head(),
            events: read.boxed().shared(),
        }
    }
}

impl TopicRoom {
    pub(super) fn offer(&mut self, event: LoggedEvent, ctx: &mut Context<Self>) {
        let outcome = self.room.offer(event, &*self.parts.users);
        self.after(&outcome, ctx);
    }

    fn after(&mut self, outcome: &Outcome, ctx: &mut Context<Self>) {
        self.parts.counters.events.add(outcome.accepted);
        self.parts.counters.deliveries.add(outcome.delivered);
        self.stats.count(outcome.accepted, outcome.delivered);
        self.stats.set_connections(self.room.len());
        if !outcome.revoked_sessions.is_empty() {
            let sessions = outcome.revoked_sessions.iter().cloned();
            let subjects: Vec<Subject> = sessions.map(Subject::Session).collect();
            self.parts.users.revoke(&subjects);
        }
        if outcome.check_head {
            self.compare_soon(ctx);
        }
        self.repair_later(ctx, REPAIR_AFTER);
    }

    /// `asked` is the epoch and the head when a core was asked.
    fn learn(&mut self, head: TopicHead, asked: &(Arc<str>, u64), ctx: &mut Context<Self>) {
        self.compared = true;
        let (epoch, asked_at) = asked;
        // Each life of the log has an `Arc` of its own. An answer that was asked for in an earlier one
        // may be older than the answer that ended it.
        if !self
            .room
            .log()
            .is_some_and(|log| Arc::ptr_eq(log.epoch(), epoch))
        {
            return;
        }
        if self.room.learn_head(&head.epoch, head.offset, *asked_at) == HeadVerdict::Restored {
            tracing::warn!(topic = %self.room.topic(), "topic was restored; its clients start anew");
            self.parts.counters.resets.add(1);
            let text = format!("{} was restored; its clients start anew", self.topic());
            self.parts
                .counters
                .lifecycle
                .note(Kind::TopicRestored, text);
            if self.pinned {
                // Revocations may be lost: a core looks at every session anew.
                for link in self.parts.users.all() {
                    link.invalidate();
                }
            }
        }
        if let Some(wait) = self.room.seed(head, Instant::now()) {
            ctx.run_later(wait, |act, _| act.room.tell_receipts(Instant::now()));
        }
        self.repair_later(ctx, REPAIR_AFTER);
    }

    /// Takes over what went by before the room was there.
    pub(super) fn learn_published(&mut self, epoch: &str, offset: u64, ctx: &mut Context<Self>) {
        let Some(log) = self.room.log() else {
            return;
        };
        let head = log.head();
        if *epoch != **log.epoch() {
            self.compare_soon(ctx);
        } else if offset > head {
            self.room.learn_head(epoch, offset, head);
            self.repair_later(ctx, Duration::ZERO);
        }
    }

    /// Asks a core where the log stands. False when none answered.
    fn compare(&self) -> Step<bool> {
        let Some(log) = self.room.log() else {
            return Box::pin(fut::ready(true));
        };
        let asked = (log.epoch().clone(), log.head());
        let head = self.parts.logs.head(self.topic());
        Box::pin(head.into_actor(self).map(move |head, act, ctx| match head {
            Some(head) => {
                act.learn(head, &asked, ctx);
                true
            }
            None => false,
        }))
    }

    pub(super) fn compare_soon(&self, ctx: &mut Context<Self>) {
        ctx.spawn(self.compare().map(|_, _, _| ()));
    }

    /// Reads a range of the log; nothing when no core answered or the epoch has changed.
    pub(super) fn read(&self, gap: Gap) -> Step<Vec<LoggedEvent>> {
        let Some(log) = self.room.log() else {
            return Box::pin(fut::ready(Vec::new()));
        };
        let read = self.parts.logs.read(self.topic(), log.epoch(), gap);
        Box::pin(
            read.into_actor(self)
                .map(|slice, _, _| slice.map(|slice| slice.events).unwrap_or_default()),
        )
    }

    /// What a client that comes back has missed and the ring has not, and maybe a little of what
    /// was before. Clients come back together, so they share a reading, and the ring keeps what it
    /// brought.
    pub(super) fn read_back(&mut self, gap: Gap) -> Step<Arc<[LoggedEvent]>> {
        let Some(log) = self.room.log() else {
            return Box::pin(fut::ready(Arc::default()));
        };
        let covers =
            |reading: &&Reading| reading.after <= gap.after && reading.epoch == *log.epoch();
        let reading = match self.reading.as_deref().filter(covers) {
            Some(reading) => reading.clone(),
            None => {
                let reading = Reading::start(&self.parts.logs, self.topic(), log, gap);
                self.reading = Some(Box::new(reading.clone()));
                reading
            }
        };
        let Reading {
            after, asked_at, ..
        } = reading;
        Box::pin(
            reading
                .events
                .into_actor(self)
                .map(move |events, act: &mut Self, _| {
                    act.room.remember(&events, asked_at);
                    act.reading.take_if(|reading| reading.after == after);
                    events
                }),
        )
    }

    /// Reads the end of a range: one answer of a core may hold only its beginning.
    pub(super) fn read_end(&self, gap: Gap) -> Step<Vec<LoggedEvent>> {
        Box::pin(
            self.read(gap)
                .then(move |events, act: &mut Self, _| -> Step<_> {
                    match events.last().map(|last| last.offset) {
                        Some(last) if gap.after < last && last < gap.up_to => {
                            act.read_end(Gap { after: last, ..gap })
                        }
                        _ => Box::pin(fut::ready(events)),
                    }
                }),
        )
    }

    /// Closes the first gap, if there is one.
    fn repair(&self) -> Step<()> {
        let Some(gap) = self.room.gap() else {
            return Box::pin(fut::ready(()));
        };
        Box::pin(self.read(gap).map(|events, act: &mut Self, ctx| {
            if !events.is_empty() {
                act.parts.counters.repairs.add(1);
                let text = format!("{} read {} missed events", act.topic(), events.len());
                act.parts.counters.lifecycle.note(Kind::GapRepaired, text);
            }
            for event in events {
                act.offer(event, ctx);
            }
        }))
    }

    pub(super) fn repair_later(&mut self, ctx: &mut Context<Self>, wait: Duration) {
        if self.repairing || self.room.gap().is_none() {
            return;
        }
        self.repairing = true;
        ctx.run_later(wait, |act, ctx| {
            let before = act.head();
            ctx.spawn(act.repair().map(move |(), act, ctx| {
                act.repairing = false;
                let advanced = act.head() > before;
                act.repair_later(
                    ctx,
                    if advanced {
                        Duration::ZERO
                    } else {
                        REPAIR_AGAIN_AFTER
                    },
                );
            }));
        });
    }

    /// Everything a subscription needs from a core: a fresh head for the room's first one and for
    /// a client that is ahead of the room.
    pub(super) fn catch_up(&self, since: Option<u64>) -> Step<bool> {
        let ahead = since.is_some_and(|offset| offset > self.head());
        if self.room.log().is_none() || self.compared && !ahead {
            return Box::pin(fut::ready(true));
        }
        Box::pin(
            self.compare()
                .then(|answered, act, _| act.repair().map(move |(), _, _| answered)),
        )
    }

    /// The offset up to which nothing more is needed.
    pub(super) fn head(&self) -> u64 {
        self.room.log().map_or(0, TopicLog::head)
    }
}
