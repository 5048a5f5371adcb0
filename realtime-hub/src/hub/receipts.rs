//! How far a chat's members have got, and when the room is told.

use std::time::{Duration, Instant};

use serde::Serialize;
use shared_proto::core::v1::ReceiptMark;

/// A group hears of its minimum at most this often.
pub const GROUP_INTERVAL: Duration = Duration::from_secs(1);

/// A watermark as clients see it; without a user the minimum over a group's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    user_id: Option<String>,
    delivered_seq: u64,
    read_seq: u64,
}

/// What to do about the watermarks that were offered.
#[derive(Debug, PartialEq, Eq)]
pub enum Moved {
    /// Nothing moved, or a group's movement is already due.
    Nothing,
    /// Tell these now.
    Now(Vec<Receipt>),
    /// Call [`Receipts::due`] after this time.
    Later(Duration),
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Receipts {
    marks: Vec<Receipt>,
    /// When the group's minimum was told last.
    told_at: Option<Instant>,
    /// The group's minimum moved and was not told yet.
    waiting: bool,
}

impl Receipts {
    /// Takes watermarks in; they only move up. In a group of many the minimum waits even when it has
    /// not moved for long: one message would cause two events for each of them at once.
    pub fn offer(&mut self, marks: Vec<ReceiptMark>, is_large: bool, now: Instant) -> Moved {
        let mut moved = Vec::new();
        for mark in marks {
            let known = match self
                .marks
                .iter_mut()
                .find(|known| known.user_id == mark.user_id)
            {
                Some(known) => known,
                None => {
                    let user_id = mark.user_id.clone();
                    self.marks.push(Receipt {
                        user_id,
                        delivered_seq: 0,
                        read_seq: 0,
                    });
                    let last = self.marks.len() - 1;
                    &mut self.marks[last]
                }
            };
            let before = (known.delivered_seq, known.read_seq);
            known.delivered_seq = before.0.max(mark.delivered_seq);
            known.read_seq = before.1.max(mark.read_seq);
            if before != (known.delivered_seq, known.read_seq) {
                moved.push(known.clone());
            }
        }
        let group = moved.iter().any(|receipt| receipt.user_id.is_none());
        if !group {
            return if moved.is_empty() {
                Moved::Nothing
            } else {
                Moved::Now(moved)
            };
        }
        if self.waiting {
            return Moved::Nothing;
        }
        let told_at = if is_large { Some(now) } else { self.told_at };
        match told_at.map(|told| GROUP_INTERVAL.saturating_sub(now.duration_since(told))) {
            Some(wait) if !wait.is_zero() => {
                self.waiting = true;
                Moved::Later(wait)
            }
            _ => {
                self.told_at = Some(now);
                Moved::Now(moved)
            }
        }
    }

    /// What a group is told after it waited.
    pub fn due(&mut self, now: Instant) -> Vec<Receipt> {
        self.waiting = false;
        self.told_at = Some(now);
        self.marks.clone()
    }

    /// Everything that is known, for a new subscriber.
    #[must_use]
    pub fn all(&self) -> &[Receipt] {
        &self.marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(user_id: Option<&str>, delivered_seq: u64, read_seq: u64) -> ReceiptMark {
        ReceiptMark {
            user_id: user_id.map(str::to_owned),
            delivered_seq,
            read_seq,
        }
    }

    fn receipt(user_id: Option<&str>, delivered_seq: u64, read_seq: u64) -> Receipt {
        Receipt {
            user_id: user_id.map(str::to_owned),
            delivered_seq,
            read_seq,
        }
    }

    #[test]
    fn direct_chat_hears_each_movement_once() {
        let mut receipts = Receipts::default();
        let now = Instant::now();
        let told = receipts.offer(vec![mark(Some("ada"), 2, 1)], false, now);
        assert_eq!(told, Moved::Now(vec![receipt(Some("ada"), 2, 1)]));
        assert_eq!(
            receipts.offer(vec![mark(Some("ada"), 2, 0)], false, now),
            Moved::Nothing
        );
        let told = receipts.offer(vec![mark(Some("ada"), 1, 2)], false, now);
        assert_eq!(told, Moved::Now(vec![receipt(Some("ada"), 2, 2)]));
    }

    #[test]
    fn group_hears_its_minimum_once_a_second() {
        let mut receipts = Receipts::default();
        let now = Instant::now();
        let told = receipts.offer(vec![mark(None, 1, 0)], false, now);
        assert_eq!(told, Moved::Now(vec![receipt(None, 1, 0)]));
        let soon = now + GROUP_INTERVAL / 4;
        let told = receipts.offer(vec![mark(None, 2, 0)], false, soon);
        assert_eq!(told, Moved::Later(GROUP_INTERVAL * 3 / 4));
        assert_eq!(
            receipts.offer(vec![mark(None, 3, 1)], false, soon),
            Moved::Nothing
        );
        assert_eq!(receipts.due(now + GROUP_INTERVAL), [receipt(None, 3, 1)]);
        let told = receipts.offer(vec![mark(None, 4, 1)], false, now + GROUP_INTERVAL * 2);
        assert_eq!(told, Moved::Now(vec![receipt(None, 4, 1)]));
    }

    #[test]
    fn large_group_hears_its_minimum_a_second_after_it_moved() {
        let mut receipts = Receipts::default();
        let now = Instant::now();
        for now in [now, now + GROUP_INTERVAL * 10] {
            let told = receipts.offer(vec![mark(None, 1, 0)], true, now);
            assert_eq!(told, Moved::Later(GROUP_INTERVAL));
            receipts = Receipts::default();
        }
    }
}
