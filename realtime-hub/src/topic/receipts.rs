//! How far a chat's members have got, and when the room is told.

use std::time::{Duration, Instant};

use serde::Serialize;
use shared_proto::core::v1::ReceiptMark;

/// A group hears of its minimum at most this often.
pub const GROUP_INTERVAL: Duration = Duration::from_secs(1);

/// In a group of more members the minimum waits even when it has not moved for long: one message
/// would cause two events for each of them at once.
const LARGE_GROUP: u32 = 100;

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

/// The members' watermarks.
#[derive(Debug, Default)]
pub struct Receipts {
    marks: Vec<Receipt>,
    /// When the group's minimum was told last.
    told_at: Option<Instant>,
    /// The group's minimum moved and was not told yet.
    waiting: bool,
}

impl Receipts {
    /// Takes watermarks of a chat with so many members in; they only move up.
    pub fn offer(&mut self, marks: Vec<ReceiptMark>, members: u32, now: Instant) -> Moved {
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
        let told_at = if members > LARGE_GROUP {
            Some(now)
        } else {
            self.told_at
        };
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
    use std::collections::HashMap;

    use proptest::prelude::*;

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
        let told = receipts.offer(vec![mark(Some("ada"), 2, 1)], 2, now);
        assert_eq!(told, Moved::Now(vec![receipt(Some("ada"), 2, 1)]));
        assert_eq!(
            receipts.offer(vec![mark(Some("ada"), 2, 0)], 2, now),
            Moved::Nothing
        );
        let told = receipts.offer(vec![mark(Some("ada"), 1, 2)], 2, now);
        assert_eq!(told, Moved::Now(vec![receipt(Some("ada"), 2, 2)]));
    }

    #[test]
    fn group_hears_its_minimum_once_a_second() {
        let mut receipts = Receipts::default();
        let now = Instant::now();
        let told = receipts.offer(vec![mark(None, 1, 0)], 2, now);
        assert_eq!(told, Moved::Now(vec![receipt(None, 1, 0)]));
        let soon = now + GROUP_INTERVAL / 4;
        let told = receipts.offer(vec![mark(None, 2, 0)], 2, soon);
        assert_eq!(told, Moved::Later(GROUP_INTERVAL * 3 / 4));
        assert_eq!(
            receipts.offer(vec![mark(None, 3, 1)], 2, soon),
            Moved::Nothing
        );
        assert_eq!(receipts.due(now + GROUP_INTERVAL), [receipt(None, 3, 1)]);
        let told = receipts.offer(vec![mark(None, 4, 1)], 2, now + GROUP_INTERVAL * 2);
        assert_eq!(told, Moved::Now(vec![receipt(None, 4, 1)]));
    }

    #[test]
    fn large_group_hears_its_minimum_a_second_after_it_moved() {
        let mut receipts = Receipts::default();
        let now = Instant::now();
        for now in [now, now + GROUP_INTERVAL * 10] {
            let told = receipts.offer(vec![mark(None, 1, 0)], LARGE_GROUP + 1, now);
            assert_eq!(told, Moved::Later(GROUP_INTERVAL));
            receipts = Receipts::default();
        }
    }

    /// Who a mark is of, if anyone, how far it says they got, and how long after the one before it
    /// comes.
    type Offer = (Option<u8>, u64, u64, u64);

    fn offers() -> impl Strategy<Value = Vec<Offer>> {
        let user = prop_oneof![Just(None), (0..3_u8).prop_map(Some)];
        prop::collection::vec((user, 0..20_u64, 0..20_u64, 0..1_500_u64), 1..60)
    }

    /// What a room has heard of the watermarks.
    #[derive(Default)]
    struct Heard {
        marks: HashMap<Option<String>, (u64, u64)>,
        minimum_at: Vec<Instant>,
    }

    impl Heard {
        fn hear(&mut self, told: &[Receipt], now: Instant) {
            if told.iter().any(|receipt| receipt.user_id.is_none()) {
                self.minimum_at.push(now);
            }
            for receipt in told {
                let known = self.marks.entry(receipt.user_id.clone()).or_default();
                let now = (receipt.delivered_seq, receipt.read_seq);
                assert!(now.0 >= known.0 && now.1 >= known.1, "nothing goes back");
                *known = now;
            }
        }
    }

    proptest! {
        #[test]
        fn room_hears_the_highest_marks_and_a_minimum_once_a_second(
            offers in offers(),
            members in prop_oneof![Just(2), Just(LARGE_GROUP + 1)],
        ) {
            let (mut receipts, mut heard) = (Receipts::default(), Heard::default());
            let mut highest: HashMap<Option<String>, (u64, u64)> = HashMap::new();
            let (mut now, mut due_at) = (Instant::now(), None);
            for (user, delivered, read, after_ms) in offers {
                now += Duration::from_millis(after_ms);
                if let Some(due) = due_at.take_if(|due| *due <= now) {
                    heard.hear(&receipts.due(due), due);
                }
                let user = user.map(|user| user.to_string());
                let high = highest.entry(user.clone()).or_default();
                *high = (high.0.max(delivered), high.1.max(read));
                let marks = vec![mark(user.as_deref(), delivered, read)];
                match receipts.offer(marks, members, now) {
                    Moved::Nothing => {}
                    Moved::Now(told) => heard.hear(&told, now),
                    Moved::Later(wait) => {
                        prop_assert!(due_at.is_none() && wait <= GROUP_INTERVAL);
                        due_at = Some(now + wait);
                    }
                }
            }
            if let Some(due) = due_at {
                heard.hear(&receipts.due(due), due);
            }
            // Who got nowhere may be told, or not.
            for marks in [&mut heard.marks, &mut highest] {
                marks.retain(|_, high| *high != (0, 0));
            }
            prop_assert_eq!(heard.marks, highest);
            let mut gaps = heard.minimum_at.windows(2).map(|two| two[1] - two[0]);
            prop_assert!(gaps.all(|gap| gap >= GROUP_INTERVAL));
        }
    }
}
