//! How far a member has got.

use serde::Serialize;

use super::{account::User, ids::UserId, time::Timestamp};

/// Two marks that only move up: everything up to `delivered_seq` is on a device of the member,
/// everything up to `read_seq` was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Watermarks {
    /// On a device.
    pub delivered_seq: i64,
    /// Seen.
    pub read_seq: i64,
}

/// Whether a mark of a member is at a message or beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It is not.
    No,
    /// It is; since when is not known, or not any more.
    Yes,
    /// It came there at that time, or up to a minute before.
    At(Timestamp),
}

/// How far a member has got with one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Who.
    pub user: User,
    /// Whether it is on a device of theirs.
    pub delivered: Reached,
    /// Whether they have seen it.
    pub read: Reached,
}

impl Watermarks {
    /// Where the marks stand after a report; what is read is delivered, and nothing is beyond the
    /// last message.
    #[must_use]
    pub fn advanced(self, delivered: i64, read: i64, last_seq: i64) -> Self {
        let read_seq = self.read_seq.max(read.min(last_seq));
        let delivered_seq = self
            .delivered_seq
            .max(delivered.min(last_seq))
            .max(read_seq);
        Self {
            delivered_seq,
            read_seq,
        }
    }

    /// What both have reached.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            delivered_seq: self.delivered_seq.min(other.delivered_seq),
            read_seq: self.read_seq.min(other.read_seq),
        }
    }
}

/// A member's marks, or without a user the minimum over a group's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Who; nobody in particular for a group.
    pub user_id: Option<UserId>,
    /// How far.
    #[serde(flatten)]
    pub marks: Watermarks,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_monotone_and_clamped() {
        let marks = Watermarks {
            delivered_seq: 5,
            read_seq: 3,
        };
        assert_eq!(marks.advanced(4, 2, 9), marks);
        let far = marks.advanced(100, 0, 9);
        assert_eq!(
            far,
            Watermarks {
                delivered_seq: 9,
                read_seq: 3
            }
        );
        let read = marks.advanced(0, 7, 9);
        assert_eq!(
            read,
            Watermarks {
                delivered_seq: 7,
                read_seq: 7
            }
        );
    }
}
