//! Where an event stream of several topics stands: the `id:` of its events, and what a browser
//! brings back as `Last-Event-ID`.
//!
//! For each topic the text has a mark, made of topic and epoch, and the last offset, both in
//! hexadecimal: `9f86d081884c7d65-4d2.60303ae22b998861-7`. Names would be ten times as long in
//! every event, and the client's next request names the topics anyway.

use std::{fmt, str::FromStr, sync::Arc};

use sha2::{Digest as _, Sha256};

/// Topics that one stream may carry. Their cursor has at most 680 characters, which fit into a
/// header wherever it passes through.
pub const TOPICS_MAX: usize = 20;

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

/// How far a client has got, as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// Begin of the SHA-256 of topic and epoch, so that another epoch is another mark.
    of: u64,
    offset: u64,
}

impl Marks {
    /// The last offset of `topic` in this epoch of its log.
    #[must_use]
    pub fn offset(&self, topic: &str, epoch: &str) -> Option<u64> {
        let of = mark(topic, epoch);
        self.0
            .iter()
            .find(|mark| mark.of == of)
            .map(|mark| mark.offset)
    }
}

impl FromStr for Marks {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let marks = text.split('.').take(TOPICS_MAX + 1).map(|mark| {
            let (of, offset) = mark.split_once('-').ok_or(NotACursor)?;
            Ok(Mark {
                of: number(of)?,
                offset: number(offset)?,
            })
        });
        let marks = marks.collect::<Result<Vec<_>, _>>()?;
        if marks.len() > TOPICS_MAX {
            return Err(NotACursor);
        }
        Ok(Self(marks))
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Mark { of, offset }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "." };
            write!(formatter, "{separator}{of:x}-{offset:x}")?;
        }
        Ok(())
    }
}

/// A stream's own position.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    topics: Vec<Arc<str>>,
    marks: Marks,
}

impl Cursor {
    /// Puts a topic at a position, whatever was known of it.
    pub fn place(&mut self, topic: &str, epoch: &str, offset: u64) {
        self.remove(topic);
        self.topics.push(topic.into());
        self.marks.0.push(Mark {
            of: mark(topic, epoch),
            offset,
        });
    }

    /// Moves a topic on. False when the stream had that offset already or does not carry the topic.
    pub fn advance(&mut self, topic: &str, offset: u64) -> bool {
        let Some(index) = self.find(topic) else {
            return false;
        };
        let known = &mut self.marks.0[index].offset;
        let is_new = offset > *known;
        *known = offset.max(*known);
        is_new
    }

    /// Whether the stream carries a single topic: everyone who does stands at the same place.
    #[must_use]
    pub fn is_of_one_topic(&self) -> bool {
        self.topics.len() == 1
    }

    /// Forgets a topic that the stream does not carry any more.
    pub fn remove(&mut self, topic: &str) {
        if let Some(index) = self.find(topic) {
            self.topics.remove(index);
            self.marks.0.remove(index);
        }
    }

    fn find(&self, topic: &str) -> Option<usize> {
        self.topics.iter().position(|known| **known == *topic)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.marks.fmt(formatter)
    }
}

fn number(text: &str) -> Result<u64, NotACursor> {
    // A sign is no digit.
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NotACursor);
    }
    u64::from_str_radix(text, 16).map_err(|_| NotACursor)
}

fn mark(topic: &str, epoch: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(topic)
        .chain_update([0])
        .chain_update(epoch)
        .finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(cursor: &Cursor) -> Marks {
        cursor.to_string().parse().unwrap()
    }

    #[test]
    fn topic_is_found_in_its_epoch_alone() {
        let mut cursor = Cursor::default();
        cursor.place("chat:1", "e", 7);
        cursor.place("user:1", "f", 0);
        let marks = parsed(&cursor);
        assert_eq!(marks.offset("chat:1", "e"), Some(7));
        assert_eq!(marks.offset("chat:1", "f"), None);
        assert_eq!(marks.offset("user:1", "f"), Some(0));
        assert_eq!(marks.offset("chat:2", "e"), None);
    }

    #[test]
    fn cursor_moves_forward_alone() {
        let mut cursor = Cursor::default();
        assert!(!cursor.advance("chat:1", 1), "not carried");
        cursor.place("chat:1", "e", 7);
        assert!(!cursor.advance("chat:1", 7));
        assert!(cursor.advance("chat:1", 8));
        assert!(!cursor.advance("chat:1", 3));
        assert_eq!(parsed(&cursor).offset("chat:1", "e"), Some(8));
        cursor.place("chat:1", "f", 2);
        assert_eq!(parsed(&cursor).offset("chat:1", "f"), Some(2));
        cursor.remove("chat:1");
        assert_eq!(cursor.to_string(), "");
    }

    #[test]
    fn largest_cursor_fits_into_a_header() {
        let mark = Mark {
            of: u64::MAX,
            offset: u64::MAX,
        };
        let marks = Marks(vec![mark; TOPICS_MAX]);
        assert!(marks.to_string().len() <= 680);
        assert_eq!(marks.to_string().parse(), Ok(marks.clone()));
        let more = format!("{marks}.1-1");
        assert_eq!(more.parse::<Marks>(), Err(NotACursor));
    }

    #[test]
    fn other_text_is_no_cursor() {
        for text in [
            "",
            ".",
            "1",
            "1-",
            "-1",
            "1-2.",
            "1-+2",
            "1-2-3",
            "g-1",
            "1-10000000000000000",
            "e:3",
        ] {
            assert_eq!(text.parse::<Marks>(), Err(NotACursor), "{text}");
        }
    }

    fn any_marks() -> impl Strategy<Value = Marks> {
        let mark = any::<(u64, u64)>().prop_map(|(of, offset)| Mark { of, offset });
        proptest::collection::vec(mark, 1..=TOPICS_MAX).prop_map(Marks)
    }

    proptest! {
        #[test]
        fn parsed_is_what_was_printed(marks in any_marks()) {
            prop_assert_eq!(marks.to_string().parse(), Ok(marks));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,100}", close in "[0-9a-f.\\-]{0,100}") {
            let _ = text.parse::<Marks>();
            if let Ok(marks) = close.parse::<Marks>() {
                prop_assert_eq!(marks.to_string().parse(), Ok(marks));
            }
        }
    }
}
