//! Delivery receipts from clients, collected and reported to a core in batches.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared_proto::core::v1::DeliveredMark;

/// How long acknowledgements are collected: a person does not see the difference, a core does.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// Pause after a report that no core took.
const REPORT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Marks of one report.
const REPORT_MAX: usize = 1_000;

/// Marks that wait while no core answers; who brings more is told to bring it again.
const WAITING_MAX: usize = 100_000;

/// How long a hub that leaves tries to report what waits.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// Why a report was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefused {
    /// No core answered: report again.
    #[error("no core answered")]
    Unreachable,
    /// A core took exception to one of the marks.
    #[error("a core refused the report: {0}")]
    Refused(String),
}

/// Where marks go.
pub trait DeliverySink: Send + Sync {
    /// Reports what arrived on users' devices.
    ///
    /// # Errors
    /// [`ReportRefused`]; none of the marks counts as reported.
    fn report(
        &self,
        marks: &[DeliveredMark],
    ) -> impl Future<Output = Result<(), ReportRefused>> + Send;
}

/// User and conversation.
type Key = (Arc<str>, String);

/// Marks that no core has taken yet: the highest of each user in each conversation.
#[derive(Default)]
pub struct DeliveredMarks(Mutex<HashMap<Key, u64>>);

impl DeliveredMarks {
    /// Everything in `conversation` up to `seq` is on a device of `user`. False when there is no
    /// room to remember it.
    #[must_use]
    pub fn delivered(&self, user: &Arc<str>, conversation: String, seq: u64) -> bool {
        let mut marks = self.lock();
        let key = (user.clone(), conversation);
        if let Some(mark) = marks.get_mut(&key) {
            *mark = seq.max(*mark);
            return true;
        }
        let fits = marks.len() < WAITING_MAX;
        if fits {
            marks.insert(key, seq);
        }
        fits
    }

    /// Reports for ever.
    pub async fn report_to(&self, core: &impl DeliverySink) {
        let mut ticks = tokio::time::interval(REPORT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.report_all(core).await {
                tokio::time::sleep(REPORT_AGAIN_AFTER).await;
            }
        }
    }

    /// Reports what waits before the hub leaves.
    pub async fn flush_to(&self, core: &impl DeliverySink) {
        let all = tokio::time::timeout(FLUSH_WITHIN, self.report_all(core)).await;
        let left = self.lock().len();
        if !all.unwrap_or(false) || left > 0 {
            tracing::warn!(marks = left, "no core took the last receipts");
        }
    }

    /// Reports what waits now. Marks stay until a core has taken them. False when none answered.
    async fn report_all(&self, core: &impl DeliverySink) -> bool {
        let marks: Vec<(Key, u64)> = {
            let marks = self.lock();
            marks.iter().map(|(key, seq)| (key.clone(), *seq)).collect()
        };
        for batch in marks.chunks(REPORT_MAX) {
            match core.report(&wire(batch)).await {
                Ok(()) => self.forget(batch),
                Err(ReportRefused::Unreachable) => {
                    tracing::warn!(marks = batch.len(), "receipts wait for a core");
                    return false;
                }
                // One of them is to blame, and must not hold up the others.
                Err(ReportRefused::Refused(_)) => {
                    if !self.report_singly(core, batch).await {
                        return false;
                    }
                }
            }
        }
        true
    }

    async fn report_singly(&self, core: &impl DeliverySink, batch: &[(Key, u64)]) -> bool {
        for mark in batch.chunks(1) {
            match core.report(&wire(mark)).await {
                Ok(()) => {}
                Err(ReportRefused::Unreachable) => return false,
                Err(error @ ReportRefused::Refused(_)) => {
                    for ((user, conversation), seq) in mark {
                        tracing::error!(%error, user = &**user, conversation, seq, "receipt lost");
                    }
                }
            }
            self.forget(mark);
        }
        true
    }

    /// These were reported; what has moved on meanwhile was not.
    fn forget(&self, reported: &[(Key, u64)]) {
        let mut marks = self.lock();
        for (key, seq) in reported {
            if marks.get(key) == Some(seq) {
                marks.remove(key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, u64>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wire(batch: &[(Key, u64)]) -> Vec<DeliveredMark> {
    let marks = batch
        .iter()
        .map(|((user, conversation), seq)| DeliveredMark {
            user_id: user.to_string(),
            conversation_id: conversation.clone(),
            delivered_seq: *seq,
        });
    marks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A core that takes no mark of the conversation `bad`.
    #[derive(Default)]
    struct Core {
        is_away: bool,
        taken: Mutex<Vec<(String, u64)>>,
    }

    impl DeliverySink for Core {
        async fn report(&self, marks: &[DeliveredMark]) -> Result<(), ReportRefused> {
            if self.is_away {
                return Err(ReportRefused::Unreachable);
            }
            if marks.iter().any(|mark| mark.conversation_id == "bad") {
                return Err(ReportRefused::Refused("no such conversation".into()));
            }
            let taken = marks.iter();
            let taken = taken.map(|mark| (mark.conversation_id.clone(), mark.delivered_seq));
            self.taken.lock().unwrap().extend(taken);
            Ok(())
        }
    }

    impl Core {
        fn taken(&self) -> Vec<(String, u64)> {
            let mut taken = self.taken.lock().unwrap().clone();
            taken.sort();
            taken
        }
    }

    fn collector(marks: &[(&str, u64)]) -> DeliveredMarks {
        let acks = DeliveredMarks::default();
        for (conversation, seq) in marks {
            assert!(acks.delivered(&"ada".into(), (*conversation).to_owned(), *seq));
        }
        acks
    }

    #[tokio::test]
    async fn mark_stays_until_a_core_has_taken_it() {
        let acks = collector(&[("a", 3), ("a", 2)]);
        let mut core = Core {
            is_away: true,
            ..Core::default()
        };
        assert!(!acks.report_all(&core).await);
        core.is_away = false;
        assert!(acks.report_all(&core).await);
        assert_eq!(core.taken(), [("a".into(), 3)]);
        assert!(acks.lock().is_empty());
    }

    #[test]
    fn mark_that_moved_on_during_a_report_is_reported_again() {
        let acks = collector(&[("a", 4)]);
        acks.forget(&[((Arc::from("ada"), "a".to_owned()), 3)]);
        assert_eq!(acks.lock().len(), 1);
    }

    #[tokio::test]
    async fn mark_that_is_refused_does_not_hold_up_the_others() {
        let acks = collector(&[("a", 1), ("bad", 1), ("c", 1)]);
        let core = Core::default();
        assert!(acks.report_all(&core).await);
        assert_eq!(core.taken(), [("a".into(), 1), ("c".into(), 1)]);
        assert!(acks.lock().is_empty());
    }

    #[test]
    fn mark_for_which_there_is_no_room_is_not_lost_silently() {
        let acks = DeliveredMarks::default();
        let user: Arc<str> = "ada".into();
        for n in 0..WAITING_MAX {
            assert!(acks.delivered(&user, n.to_string(), 1));
        }
        assert!(!acks.delivered(&user, "one more".into(), 1));
        assert!(acks.delivered(&user, "7".into(), 2), "that has its place");
    }

    #[tokio::test(start_paused = true)]
    async fn hub_that_leaves_reports_what_waits() {
        let (acks, core) = (collector(&[("a", 1)]), Core::default());
        acks.flush_to(&core).await;
        assert_eq!(core.taken(), [("a".into(), 1)]);
    }
}
