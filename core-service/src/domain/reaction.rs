//! How people react to messages, and which messages stand above a conversation.

use serde::Serialize;

use super::{
    ids::{MessageId, UserId},
    time::Timestamp,
};

/// In conversations with more members it is not told who has reacted, and reactions are gathered for
/// [`GATHER_MILLIS`] before the log tells of them.
pub const NAMED_MAX_MEMBERS: i64 = 32;

/// How long reactions of a large group are gathered.
pub const GATHER_MILLIS: i64 = 500;

/// Most different emoji with which people have reacted to one message: every event and every page
/// carries them all.
pub const EMOJI_MAX: usize = 32;

/// Most messages that are pinned in a conversation at the same time.
pub const PINS_MAX: i64 = 3;

/// For how long a message can be pinned, in seconds: a day, a week, thirty days.
pub const PIN_TIMES_S: [i64; 3] = [86_400, 7 * 86_400, 30 * 86_400];

/// What is no reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reaction is exactly one emoji")]
pub struct NotAnEmoji;

/// Not one of [`PIN_TIMES_S`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message is pinned for 86400, 604800 or 2592000 seconds")]
pub struct NotAPinTime;

/// One emoji as Unicode recommends to write it (UTS #51), so that all reactions with it are counted
/// together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Emoji(String);

impl Emoji {
    /// # Errors
    /// [`NotAnEmoji`].
    pub fn parse(text: &str) -> Result<Self, NotAnEmoji> {
        let emoji = emojis::get(text).ok_or(NotAnEmoji)?;
        Ok(Self(emoji.as_str().to_owned()))
    }

    /// An emoji that was checked when it was stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many have reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// With which.
    pub emoji: Emoji,
    /// How many.
    pub count: i64,
    /// Who, in conversations of at most [`NAMED_MAX_MEMBERS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_ids: Option<Vec<UserId>>,
}

/// A message that stands above its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// Which.
    pub message_id: MessageId,
    /// By whom.
    pub by: UserId,
    /// Until when.
    pub until: Timestamp,
}

/// Until when a message is pinned that is pinned now for so many seconds.
///
/// # Errors
/// [`NotAPinTime`].
pub fn pinned_until(now: Timestamp, for_s: i64) -> Result<Timestamp, NotAPinTime> {
    if PIN_TIMES_S.contains(&for_s) {
        Ok(now.plus_seconds(for_s))
    } else {
        Err(NotAPinTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaction_is_one_emoji() {
        let parsed = |text: &str| Emoji::parse(text).map(|emoji| emoji.as_str().to_owned());
        for emoji in ["👍", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "♜"]
        {
            let is_emoji = emoji != "♜";
            assert_eq!(parsed(emoji).is_ok(), is_emoji, "{emoji}");
        }
        // With and without the selector that asks for colours: the same.
        assert_eq!(parsed("❤"), Ok("❤️".to_owned()));
        assert_eq!(parsed("❤️"), Ok("❤️".to_owned()));
        for text in ["", "a", "👍👍", "👍 ", "+1", "thumbsup", "\u{200D}", "1"] {
            assert_eq!(parsed(text), Err(NotAnEmoji), "{text:?}");
        }
        assert_eq!(parsed(&"👍".repeat(10_000)), Err(NotAnEmoji));
    }

    #[test]
    fn message_is_pinned_for_a_day_a_week_or_a_month() {
        let now = Timestamp::from_micros(0);
        assert_eq!(pinned_until(now, 604_800), Ok(now.plus_seconds(604_800)));
        for for_s in [0, -1, 1, 86_401, i64::MAX] {
            assert_eq!(pinned_until(now, for_s), Err(NotAPinTime));
        }
    }
}
