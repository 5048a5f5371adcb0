//! What is published: one size for every server, with a mark that a subscriber finds without
//! reading the rest.

/// Bytes of every event.
pub(crate) const PAYLOAD_BYTES: usize = 128;

/// Begins a mark; nothing else in any server's frames looks like it.
const BEGIN: &[u8; 2] = b"@@";

/// Hexadecimal digits of the fields.
const SENT_DIGITS: usize = 16;
const NUMBER_DIGITS: usize = 8;
const TOPIC_DIGITS: usize = 6;
const MARK_BYTES: usize = BEGIN.len() + SENT_DIGITS + NUMBER_DIGITS + TOPIC_DIGITS;

/// Which event it is, and when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// On [`crate::clock`].
    pub(crate) sent_ns: u64,
    /// 1, 2, 3 … per topic.
    pub(crate) number: u32,
    /// Index of the topic.
    pub(crate) topic: u32,
}

impl Mark {
    /// The mark alone, to be put into any text.
    pub(crate) fn text(self) -> String {
        let Self {
            sent_ns,
            number,
            topic,
        } = self;
        format!("@@{sent_ns:016x}{number:08x}{topic:06x}")
    }

    /// A whole event with the mark: a JSON object of [`PAYLOAD_BYTES`].
    pub(crate) fn payload(self) -> String {
        let begin = format!(r#"{{"type":"bench","at":"{}","fill":""#, self.text());
        format!("{begin:x<width$}\"}}", width = PAYLOAD_BYTES - 2)
    }
}

/// Finds every mark in the bytes of one or more events.
pub(crate) fn marks(bytes: &[u8]) -> Marks<'_> {
    Marks { bytes, at: 0 }
}

/// See [`marks`].
pub(crate) struct Marks<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Marks<'_> {
    /// Up to where the bytes were looked at: a mark that has only begun comes after this.
    pub(crate) fn looked_at(&self) -> usize {
        self.at
    }
}

impl Iterator for Marks<'_> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        loop {
            let rest = &self.bytes[self.at..];
            let Some(found) = memchr::memchr(BEGIN[0], rest) else {
                self.at = self.bytes.len();
                return None;
            };
            self.at += found;
            let rest = &rest[found..];
            if rest.len() < MARK_BYTES && (rest.len() < 2 || rest.starts_with(BEGIN)) {
                return None;
            }
            match parse(rest) {
                Some(mark) => {
                    self.at += MARK_BYTES;
                    return Some(mark);
                }
                None => self.at += 1,
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Mark> {
    let digits = bytes.strip_prefix(BEGIN)?;
    let (sent, rest) = digits.split_at_checked(SENT_DIGITS)?;
    let (number, rest) = rest.split_at_checked(NUMBER_DIGITS)?;
    let topic = rest.get(..TOPIC_DIGITS)?;
    Some(Mark {
        sent_ns: hexadecimal(sent)?,
        number: u32::try_from(hexadecimal(number)?).ok()?,
        topic: u32::try_from(hexadecimal(topic)?).ok()?,
    })
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(u64::from);
    digits
        .iter()
        .try_fold(0, |value, byte| Some(value << 4 | digit(*byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark {
        sent_ns: 0x0123_4567_89ab_cdef,
        number: 77,
        topic: 4_999,
    };

    #[test]
    fn payload_is_json_of_one_size() {
        for mark in [
            MARK,
            Mark {
                sent_ns: u64::MAX,
                number: u32::MAX,
                topic: 0xff_ffff,
            },
        ] {
            let payload = mark.payload();
            assert_eq!(payload.len(), PAYLOAD_BYTES);
            serde_json::from_str::<serde_json::Value>(&payload).unwrap();
            assert_eq!(marks(payload.as_bytes()).collect::<Vec<_>>(), [mark]);
        }
    }

    #[test]
    fn every_mark_is_found() {
        let other = Mark { number: 78, ..MARK };
        let text = format!("a@b{}@@x{}", MARK.text(), other.text());
        let mut found = marks(text.as_bytes());
        assert_eq!(found.by_ref().collect::<Vec<_>>(), [MARK, other]);
        assert_eq!(found.looked_at(), text.len());
    }

    #[test]
    fn mark_that_was_cut_off_is_left_for_later() {
        let text = format!("{{{}", MARK.text());
        for end in 2..text.len() {
            let mut found = marks(&text.as_bytes()[..end]);
            assert_eq!(found.next(), None);
            assert_eq!(found.looked_at(), 1, "{end}");
        }
        let mut found = marks(text.as_bytes());
        assert_eq!(found.next(), Some(MARK));
    }
}
