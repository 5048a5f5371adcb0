//! Delivery receipts from clients, collected and reported to a core in batches.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared_proto::core::v1::DeliveredMark;

use super::gateway::CoreGateway;

/// How long acknowledgements are collected: a person does not see the difference, a core does.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// Marks of one report.
const REPORT_MAX: usize = 1_000;

/// Marks that wait while no core answers; what is beyond comes again with the next message.
const WAITING_MAX: usize = 100_000;

/// User and conversation → delivered up to.
type Marks = HashMap<(Arc<str>, String), u64>;

/// What clients have acknowledged and no core was told yet.
#[derive(Default)]
pub struct DeliveredMarks(Mutex<Marks>);

impl DeliveredMarks {
    /// Everything in `conversation` up to `seq` is on a device of `user`.
    pub fn delivered(&self, user: &Arc<str>, conversation: String, seq: u64) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.len() < WAITING_MAX {
            let mark = marks.entry((user.clone(), conversation)).or_default();
            *mark = seq.max(*mark);
        }
    }

    fn take(&self) -> Marks {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reports for ever.
pub async fn report(waiting: Arc<DeliveredMarks>, core: CoreGateway) {
    let mut ticks = tokio::time::interval(REPORT_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let marks: Vec<_> = waiting.take().into_iter().collect();
        for batch in marks.chunks(REPORT_MAX) {
            let report: Vec<DeliveredMark> = batch
                .iter()
                .map(|((user, conversation), seq)| DeliveredMark {
                    user_id: user.to_string(),
                    conversation_id: conversation.clone(),
                    delivered_seq: *seq,
                })
                .collect();
            if let Err(error) = core.report(&report).await {
                tracing::warn!(%error, marks = batch.len(), "receipts wait for a core");
                for ((user, conversation), seq) in batch {
                    waiting.delivered(user, conversation.clone(), *seq);
                }
            }
        }
    }
}
