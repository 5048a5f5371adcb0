//! How one person has arranged a chat for themselves: muted, archived, pinned, marked as unread.

use serde::{Serialize, Serializer};

use super::time::Timestamp;

/// Chats that one person may have pinned.
pub const PINNED_CHATS_MAX: i64 = 3;

/// The longest mute that has an end: a year, and a day for devices whose clock is wrong.
const MUTE_MAX_S: i64 = 367 * 24 * 60 * 60;

/// How clients write a mute without an end.
const ALWAYS: &str = "always";

/// How long a chat is muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mute {
    /// Until this time.
    Until(Timestamp),
    /// Until it is taken back.
    Always,
}

impl Mute {
    /// From RFC 3339, or `always`.
    ///
    /// # Errors
    /// [`SettingsDenied::MuteTime`].
    pub fn parse(text: &str) -> Result<Self, SettingsDenied> {
        if text == ALWAYS {
            return Ok(Self::Always);
        }
        let until = Timestamp::parse(text).ok_or(SettingsDenied::MuteTime)?;
        Ok(Self::Until(until))
    }

    fn is_over(self, now: Timestamp) -> bool {
        match self {
            Self::Until(until) => until <= now,
            Self::Always => false,
        }
    }
}

impl Serialize for Mute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Until(until) => until.serialize(serializer),
            Self::Always => serializer.serialize_str(ALWAYS),
        }
    }
}

/// How one person has arranged a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChatSettings {
    /// Its messages make no sound until then.
    pub muted_until: Option<Mute>,
    /// It is among those that are put away. New messages do not bring it back.
    pub archived: bool,
    /// It stands above the others since then.
    pub pinned_at: Option<Timestamp>,
    /// It is shown as unread, whatever was read.
    pub marked_unread: bool,
}

/// What is to be different; what is left out stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Muted until then, or not any more.
    pub muted_until: Option<Option<Mute>>,
    /// Put away, or not any more.
    pub archived: Option<bool>,
    /// Above the others, or not any more.
    pub pinned: Option<bool>,
    /// Shown as unread, or not any more.
    pub marked_unread: Option<bool>,
}

/// Why a chat is not arranged so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsDenied {
    /// Too long, or no time.
    #[error("a chat is muted until a time within a year, as in 2026-01-31T12:00:00Z, or `always`")]
    MuteTime,
    /// What is put away stands above nothing.
    #[error("a chat is either archived or pinned; choose one")]
    ArchivedAndPinned,
    /// See [`PINNED_CHATS_MAX`].
    #[error("three chats are pinned already; unpin one of them first")]
    TooManyPinned,
}

impl SettingsChange {
    /// Whether it can be made at `now` wherever.
    ///
    /// # Errors
    /// [`SettingsDenied::MuteTime`], [`SettingsDenied::ArchivedAndPinned`].
    pub fn check(&self, now: Timestamp) -> Result<(), SettingsDenied> {
        let latest = now.plus_seconds(MUTE_MAX_S);
        if let Some(Some(Mute::Until(until))) = self.muted_until
            && until > latest
        {
            return Err(SettingsDenied::MuteTime);
        }
        if self.archived == Some(true) && self.pinned == Some(true) {
            return Err(SettingsDenied::ArchivedAndPinned);
        }
        Ok(())
    }
}

impl ChatSettings {
    /// The settings with a change, of somebody who has pinned so many other chats. Archiving unpins,
    /// and pinning takes out of the archive.
    ///
    /// # Errors
    /// [`SettingsDenied::TooManyPinned`].
    pub fn changed(
        self,
        change: &SettingsChange,
        pinned_others: i64,
        now: Timestamp,
    ) -> Result<Self, SettingsDenied> {
        let mut changed = self.at(now);
        if let Some(muted_until) = change.muted_until {
            changed.muted_until = muted_until;
            // A device may have been offline until the mute was over.
            changed = changed.at(now);
        }
        if let Some(archived) = change.archived {
            changed.archived = archived;
            changed.pinned_at = changed.pinned_at.filter(|_| !archived);
        }
        match change.pinned {
            None => {}
            Some(false) => changed.pinned_at = None,
            Some(true) if changed.pinned_at.is_some() => {}
            Some(true) if pinned_others >= PINNED_CHATS_MAX => {
                return Err(SettingsDenied::TooManyPinned);
            }
            Some(true) => {
                changed.pinned_at = Some(now);
                changed.archived = false;
            }
        }
        changed.marked_unread = change.marked_unread.unwrap_or(changed.marked_unread);
        Ok(changed)
    }

    /// As they are at `now`: nothing says so when a mute is over.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self {
            muted_until: self.muted_until.filter(|mute| !mute.is_over(now)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    fn muted(mute: Mute) -> SettingsChange {
        SettingsChange {
            muted_until: Some(Some(mute)),
            ..SettingsChange::default()
        }
    }

    fn pinned(on: bool) -> SettingsChange {
        SettingsChange {
            pinned: Some(on),
            ..SettingsChange::default()
        }
    }

    fn archived(on: bool) -> SettingsChange {
        SettingsChange {
            archived: Some(on),
            ..SettingsChange::default()
        }
    }

    #[test]
    fn mute_has_an_end_within_a_year_or_none() {
        assert_eq!(Mute::parse("always"), Ok(Mute::Always));
        let until = Mute::Until(NOW.plus_seconds(1));
        assert_eq!(Mute::parse("2025-11-24T17:00:01+01:00"), Ok(until));
        for text in [
            "",
            "never",
            "2025-11-24",
            "1764000000",
            "2025-13-24T16:00:00Z",
        ] {
            assert_eq!(Mute::parse(text), Err(SettingsDenied::MuteTime), "{text}");
        }
        let year = NOW.plus_seconds(366 * 86_400);
        assert_eq!(muted(Mute::Until(year)).check(NOW), Ok(()));
        assert_eq!(muted(Mute::Always).check(NOW), Ok(()));
        let longer = muted(Mute::Until(year.plus_seconds(2 * 86_400)));
        assert_eq!(longer.check(NOW), Err(SettingsDenied::MuteTime));
        assert_eq!(json!(Mute::Always), json!("always"));
        assert_eq!(json!(until), json!("2025-11-24T16:00:01.000000Z"));
    }

    #[test]
    fn mute_that_is_over_is_none() {
        let at = |until_s, now_s| {
            let change = muted(Mute::Until(NOW.plus_seconds(until_s)));
            let changed = ChatSettings::default().changed(&change, 0, NOW).unwrap();
            changed.at(NOW.plus_seconds(now_s)).muted_until.is_some()
        };
        assert!(at(10, 9) && !at(10, 10) && !at(-10, 0));
        let always = ChatSettings::default().changed(&muted(Mute::Always), 0, NOW);
        let always = always.unwrap();
        assert_eq!(always.at(NOW.plus_seconds(1_000_000_000)), always);
    }

    #[test]
    fn what_is_left_out_stays() {
        let all = ChatSettings {
            muted_until: Some(Mute::Always),
            archived: true,
            pinned_at: None,
            marked_unread: true,
        };
        let changed = |change| all.changed(&change, 0, NOW).unwrap();
        assert_eq!(changed(SettingsChange::default()), all);
        let unmuted = SettingsChange {
            muted_until: Some(None),
            marked_unread: Some(false),
            ..SettingsChange::default()
        };
        let archived = ChatSettings {
            archived: true,
            ..ChatSettings::default()
        };
        assert_eq!(changed(unmuted), archived);
    }

    #[test]
    fn three_chats_are_pinned() {
        let none = ChatSettings::default();
        let third = none.changed(&pinned(true), 2, NOW).unwrap();
        assert_eq!(third.pinned_at, Some(NOW));
        let fourth = none.changed(&pinned(true), 3, NOW);
        assert_eq!(fourth, Err(SettingsDenied::TooManyPinned));
        // Where an older version let a fourth in, the others stay, from when they were pinned.
        let again = third.changed(&pinned(true), 3, NOW.plus_seconds(9));
        assert_eq!(again, Ok(third));
        assert_eq!(third.changed(&pinned(false), 3, NOW), Ok(none));
    }

    #[test]
    fn chat_is_archived_or_pinned() {
        let none = ChatSettings::default();
        let above = none.changed(&pinned(true), 0, NOW).unwrap();
        let away = above.changed(&archived(true), 0, NOW).unwrap();
        assert_eq!((away.archived, away.pinned_at), (true, None));
        assert_eq!(away.changed(&pinned(true), 0, NOW), Ok(above));
        let both = SettingsChange {
            pinned: Some(true),
            ..archived(true)
        };
        assert_eq!(both.check(NOW), Err(SettingsDenied::ArchivedAndPinned));
    }
}
