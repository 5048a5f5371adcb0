//! Where a list goes on, as clients give it back: text that means nothing to them. It names an item and
//! no number, so that what is added or removed meanwhile moves nothing.

use actix_web::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::problem::Problem;
use crate::{
    application::ports::SearchPlace,
    domain::{
        conversation::ListPlace,
        ids::{ConversationId, MessageId, UserId},
        message::StarPlace,
        time::Timestamp,
    },
};

/// The end of the year 9999; databases know no later moment.
const MICROS_MAX: i64 = 253_402_300_799_999_999;

/// A place in a list.
pub(super) trait Place: Sized {
    /// Names the list, so that a cursor of another one is recognised.
    const LIST: u8;

    /// What [`Self::read`] reads.
    fn write(&self) -> Vec<u8>;

    /// Nothing when no place is written so.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// The cursor of a place.
pub(super) fn to_text<P: Place>(place: &P) -> String {
    let mut bytes = vec![P::LIST];
    bytes.extend(place.write());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place of a cursor; the list's beginning without one.
pub(super) fn from_text<P: Place>(text: Option<&str>) -> Result<Option<P>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let place = bytes.strip_prefix(&[P::LIST]).and_then(P::read);
    place.map(Some).ok_or_else(|| {
        let detail = "cursor is what an answer of this address gave as `next`, or is left out";
        Problem::new(StatusCode::BAD_REQUEST, "bad_cursor", detail)
    })
}

/// A moment and which of those of that moment.
fn write_moment(moment: Timestamp, id: &Uuid) -> Vec<u8> {
    let mut bytes = moment.micros().to_be_bytes().to_vec();
    bytes.extend(id.as_bytes());
    bytes
}

fn read_moment(bytes: &[u8]) -> Option<(Timestamp, Uuid)> {
    let (micros, id) = bytes.split_first_chunk()?;
    let micros = i64::from_be_bytes(*micros);
    let is_known = (0..=MICROS_MAX).contains(&micros);
    is_known.then_some((Timestamp::from_micros(micros), Uuid::from_slice(id).ok()?))
}

impl Place for ListPlace {
    const LIST: u8 = b'c';

    fn write(&self) -> Vec<u8> {
        write_moment(self.active_at, self.id.as_uuid())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (active_at, id) = read_moment(bytes)?;
        Some(Self {
            active_at,
            id: ConversationId::new(id),
        })
    }
}

impl Place for StarPlace {
    const LIST: u8 = b's';

    fn write(&self) -> Vec<u8> {
        write_moment(self.starred_at, self.message.as_uuid())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (starred_at, message) = read_moment(bytes)?;
        Some(Self {
            starred_at,
            message: MessageId::new(message),
        })
    }
}

impl Place for ConversationId {
    const LIST: u8 = b'h';

    fn write(&self) -> Vec<u8> {
        self.as_uuid().as_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::new)
    }
}

impl Place for UserId {
    const LIST: u8 = b'm';

    fn write(&self) -> Vec<u8> {
        self.as_uuid().as_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::new)
    }
}

/// A place in the messages of a conversation that carry something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MediaPlace(pub(super) i64);

impl Place for MediaPlace {
    const LIST: u8 = b'a';

    fn write(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(i64::from_be_bytes).map(Self)
    }
}

impl Place for SearchPlace {
    const LIST: u8 = b'f';

    fn write(&self) -> Vec<u8> {
        self.position.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let position = bytes.try_into().ok().map(i64::from_be_bytes)?;
        Some(Self { position })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(micros: i64) -> ListPlace {
        ListPlace {
            active_at: Timestamp::from_micros(micros),
            id: ConversationId::new(Uuid::from_u128(7)),
        }
    }

    #[track_caller]
    fn check_refused<P: Place>(text: &str) {
        let refused = from_text::<P>(Some(text));
        assert!(refused.is_err(), "{text}");
    }

    #[test]
    fn cursor_brings_its_place_back() {
        for micros in [0, 1, MICROS_MAX] {
            let text = to_text(&place(micros));
            assert_eq!(from_text(Some(&text)).unwrap(), Some(place(micros)));
        }
        let starred = StarPlace {
            starred_at: Timestamp::from_micros(5),
            message: MessageId::new(Uuid::max()),
        };
        assert_eq!(from_text(Some(&to_text(&starred))).unwrap(), Some(starred));
        check_refused::<ListPlace>(&to_text(&starred));
        let member = UserId::new(Uuid::max());
        assert_eq!(from_text(Some(&to_text(&member))).unwrap(), Some(member));
        for position in [i64::MIN, -1, 0, i64::MAX] {
            let found = SearchPlace { position };
            assert_eq!(from_text(Some(&to_text(&found))).unwrap(), Some(found));
        }
        assert_eq!(from_text::<UserId>(None).unwrap(), None);
        assert_eq!(from_text::<UserId>(Some("")).unwrap(), None);
    }

    #[test]
    fn what_no_list_has_given_is_refused() {
        let of_heads = to_text(&ConversationId::new(Uuid::nil()));
        check_refused::<UserId>(&of_heads);
        check_refused::<ListPlace>(&of_heads);
        check_refused::<ConversationId>(&of_heads[1..]);
        check_refused::<SearchPlace>(&to_text(&MediaPlace(7)));
        check_refused::<ConversationId>(&format!("{of_heads}AAAA"));
        for text in [
            "1",
            "h",
            "\u{e9}",
            "====",
            "00000000-0000-0000-0000-000000000000",
        ] {
            check_refused::<ConversationId>(text);
        }
        // No database knows such a moment.
        for micros in [-1, MICROS_MAX + 1, i64::MIN, i64::MAX] {
            check_refused::<ListPlace>(&to_text(&place(micros)));
        }
    }
}
