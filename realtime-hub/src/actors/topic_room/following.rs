//! How the room of a logged topic keeps up with the core's log.

use std::time::{Duration, Instant};

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _, fut};
use shared_proto::core::v1::{LoggedEvent, TopicHead};

use super::{Step, TopicRoom};
use crate::{
    hub::{
        room::Outcome,
        topic_log::{Gap, HeadVerdict, TopicLog},
    },
    stats::lifecycle::Kind,
};

/// How long an event that is ahead waits for the ones before it.
pub(super) const REPAIR_AFTER: Duration = Duration::from_millis(50);

/// Pause after a repair that did not get through.
const REPAIR_AGAIN_AFTER: Duration = Duration::from_millis(500);

impl TopicRoom {
    pub(super) fn offer(&mut self, event: LoggedEvent, ctx: &mut Context<Self>) {
        let hub = self.hub.clone();
        let outcome = self.room.offer(event, &hub.users);
        self.after(&outcome, ctx);
    }

    fn after(&mut self, outcome: &Outcome, ctx: &mut Context<Self>) {
        self.hub.stats.events.add(outcome.accepted);
        self.hub.stats.deliveries.add(outcome.delivered);
        self.stats.count(outcome.accepted, outcome.delivered);
        self.stats.set_connections(self.room.len());
        for revocation in &outcome.revocations {
            self.hub.users.revoke(revocation);
        }
        if outcome.check_head {
            self.compare_soon(ctx);
        }
        self.repair_later(ctx, REPAIR_AFTER);
    }

    fn learn(&mut self, head: TopicHead, asked_at: u64, ctx: &mut Context<Self>) {
        self.compared = true;
        if self.room.learn_head(&head.epoch, head.offset, asked_at) == HeadVerdict::Restored {
            tracing::warn!(topic = %self.room.topic(), "topic was restored; its clients start anew");
            self.hub.stats.resets.add(1);
            let text = format!("{} was restored; its clients start anew", self.topic());
            self.hub.stats.lifecycle.note(Kind::TopicRestored, text);
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
        let (hub, topic, asked_at) = (self.hub.clone(), self.topic().clone(), log.head());
        Box::pin(
            async move { hub.core()?.head(&topic).await }
                .into_actor(self)
                .map(move |head, act, ctx| match head {
                    Some(head) => {
                        act.learn(head, asked_at, ctx);
                        true
                    }
                    None => false,
                }),
        )
    }

    pub(super) fn compare_soon(&self, ctx: &mut Context<Self>) {
        ctx.spawn(self.compare().map(|_, _, _| ()));
    }

    /// Reads a range of the log; nothing when no core answered or the epoch has changed.
    pub(super) fn read(&self, gap: Gap) -> Step<Vec<LoggedEvent>> {
        let Some(log) = self.room.log() else {
            return Box::pin(fut::ready(Vec::new()));
        };
        let (hub, topic, epoch) = (self.hub.clone(), self.topic().clone(), log.epoch().clone());
        let read = async move {
            match hub.core() {
                Some(core) => core.read(&topic, &epoch, gap).await,
                None => Ok(None),
            }
        };
        Box::pin(read.into_actor(self).map(|slice, act, _| match slice {
            Ok(slice) => slice.map(|slice| slice.events).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, topic = %act.room.topic(), "log could not be read");
                Vec::new()
            }
        }))
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
                act.hub.stats.repairs.add(1);
                let text = format!("{} read {} missed events", act.topic(), events.len());
                act.hub.stats.lifecycle.note(Kind::GapRepaired, text);
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
