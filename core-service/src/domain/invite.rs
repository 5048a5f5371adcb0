//! Links by which people come into a group.

use super::{
    ids::{InviteId, UserId},
    time::Timestamp,
};

/// Links of one group that can be used at a time.
pub const INVITES_MAX: i64 = 20;

/// How long a link with an end may hold, in seconds: a minute to a year.
const LIFE_S: std::ops::RangeInclusive<i64> = 60..=366 * 24 * 60 * 60;

/// How many people a link with a bound may bring.
const USES: std::ops::RangeInclusive<i64> = 1..=1_000;

/// Longest token, in characters: a new one has 64.
const TOKEN_MAX_CHARS: usize = 128;

/// Whether a text can be the token of a link: others are looked for nowhere.
#[must_use]
pub fn is_token(text: &str) -> bool {
    (1..=TOKEN_MAX_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Until when; without an end.
    pub expires_at: Option<Timestamp>,
    /// How many people it brings; as many as the group takes.
    pub max_uses: Option<i64>,
}

/// A link into a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Which.
    pub id: InviteId,
    /// What the link has that nobody guesses.
    pub token: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// What it is good for.
    pub terms: Terms,
    /// How many people it has brought.
    pub uses: i64,
}

/// What a link tells whoever follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The group's name.
    pub title: Option<String>,
    /// How many are in it.
    pub member_count: i64,
    /// Whether who follows it is.
    pub is_member: bool,
    /// Until when the link holds.
    pub expires_at: Option<Timestamp>,
}

/// Why a link is not made, or brings somebody nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteDenied {
    /// See [`LIFE_S`].
    #[error("a link holds from a minute to 366 days (31622400 seconds), or without an end")]
    Life,
    /// See [`USES`].
    #[error("a link brings from 1 to 1000 people, or as many as the group takes")]
    Uses,
    /// See [`INVITES_MAX`].
    #[error("this group has 20 links already; revoke one of them first")]
    TooMany,
    /// Somebody decided so: a link does not undo it.
    #[error("you were removed from this group; ask somebody in it to add you")]
    Removed,
}

impl Terms {
    /// Of a link that is made at `now`.
    ///
    /// # Errors
    /// [`InviteDenied::Life`], [`InviteDenied::Uses`].
    pub fn new(
        expires_in_s: Option<i64>,
        max_uses: Option<i64>,
        now: Timestamp,
    ) -> Result<Self, InviteDenied> {
        if expires_in_s.is_some_and(|life| !LIFE_S.contains(&life)) {
            return Err(InviteDenied::Life);
        }
        if max_uses.is_some_and(|uses| !USES.contains(&uses)) {
            return Err(InviteDenied::Uses);
        }
        Ok(Self {
            expires_at: expires_in_s.map(|life| now.plus_seconds(life)),
            max_uses,
        })
    }

    /// Whether a link brings one more at `now`, after so many.
    #[must_use]
    pub fn is_open(self, uses: i64, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end) && self.max_uses.is_none_or(|max| uses < max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    #[test]
    fn link_holds_for_a_while_and_for_so_many() {
        let terms = Terms::new(Some(60), Some(2), NOW).unwrap();
        let end = NOW.plus_seconds(60);
        assert!(terms.is_open(0, NOW) && terms.is_open(1, end.plus_millis(-1)));
        assert!(!terms.is_open(0, end) && !terms.is_open(2, NOW));
        let endless = Terms::new(None, None, NOW).unwrap();
        assert!(endless.is_open(i64::MAX, NOW.plus_seconds(1_000_000_000)));
    }

    #[test]
    fn token_is_a_word() {
        assert!(is_token("0a9F") && is_token(&"f".repeat(64)) && is_token("a-b"));
        for text in ["", "a\0", "é", "a b", "../a", &"f".repeat(129)] {
            assert!(!is_token(text), "{text:?}");
        }
    }

    #[test]
    fn terms_have_bounds() {
        for life in [i64::MIN, 0, 59, 366 * 86_400 + 1, i64::MAX] {
            let refused = Terms::new(Some(life), None, NOW);
            assert_eq!(refused, Err(InviteDenied::Life), "{life}");
        }
        for uses in [-1, 0, 1_001] {
            let refused = Terms::new(None, Some(uses), NOW);
            assert_eq!(refused, Err(InviteDenied::Uses), "{uses}");
        }
        assert!(Terms::new(Some(366 * 86_400), Some(1_000), NOW).is_ok());
    }
}
