//! Lists that are read part by part, each going on after the last item of the one before.

/// Items of one part of the list of a user's conversations at most.
pub const CONVERSATIONS_MAX: i64 = 100;

/// Members of one part at most.
pub const MEMBERS_MAX: i64 = 200;

/// Reactions of one part at most.
pub const REACTIONS_MAX: i64 = 100;

/// Starred messages of one part at most.
pub const STARRED_MAX: i64 = 100;

/// Messages with pictures or files of one part at most.
pub const MEDIA_MAX: i64 = 100;

/// Messages that were found, of one part at most.
pub const FOUND_MAX: i64 = 50;

/// Heads of one part.
pub const HEADS_MAX: i64 = 2_000;

/// Grants of one part.
pub const GRANTS_MAX: i64 = 1_000;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T, Place> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Where the next part goes on; nothing at the list's end.
    pub next: Option<Place>,
}

impl<T, Place> Part<T, Place> {
    /// The first `limit` of `items`. Whoever read these read one more, which tells that the list goes
    /// on.
    pub(super) fn cut(mut items: Vec<T>, limit: i64, place: impl Fn(&T) -> Option<Place>) -> Self {
        let limit = usize::try_from(limit).unwrap_or_default();
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| goes_on);
        Self {
            next: last.and_then(place),
            items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(read: &[u8], items: &[u8], next: Option<u8>) {
        let part = Part::cut(read.to_vec(), 2, |item| Some(*item));
        assert_eq!((&part.items[..], part.next), (items, next));
    }

    #[test]
    fn part_goes_on_after_its_last_item_where_there_is_more() {
        check(&[], &[], None);
        check(&[1], &[1], None);
        check(&[1, 2], &[1, 2], None);
        check(&[1, 2, 3], &[1, 2], Some(2));
    }
}
