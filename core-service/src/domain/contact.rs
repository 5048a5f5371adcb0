//! What two people may do to each other: first contact, blocks, being added to groups.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Messages that a request for a direct chat carries before it is accepted.
pub const REQUEST_MAX_MESSAGES: i64 = 3;

/// Whoever left a group is asked to come back once in this time, whatever they answered.
pub const ASKED_AGAIN_AFTER_S: i64 = 7 * 24 * 60 * 60;

/// Whom a person lets add them to groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoMayAdd {
    /// Everybody who has not been blocked.
    #[default]
    Everybody,
    /// People with whom there is an accepted direct chat.
    Contacts,
    /// Nobody.
    Nobody,
}

impl WhoMayAdd {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Everybody, Self::Contacts, Self::Nobody];

    /// As stored and as clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Contacts => "contacts",
            Self::Nobody => "nobody",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.as_str() == text)
    }
}

/// What is known of two people when `one` wants something of `other`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// `one` has blocked `other`.
    pub blocks: bool,
    /// `other` has blocked `one`.
    pub is_blocked: bool,
    /// Both have accepted their direct chat.
    pub are_contacts: bool,
}

/// Why somebody cannot write to or add a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ContactDenied {
    /// The person has blocked the user.
    #[error("this person does not take messages or invitations from you")]
    Blocked,
    /// The user has blocked the person.
    #[error("you have blocked this person; unblock them first")]
    Blocking,
    /// The person's setting, see [`WhoMayAdd`].
    #[error("this person chose who may add them to groups; send them a message instead")]
    MayNotAdd,
    /// The person has not accepted the user's request.
    #[error("this person has not accepted your request yet; until then it carries messages alone")]
    Unanswered,
    /// [`REQUEST_MAX_MESSAGES`] were written and not accepted.
    #[error("your request has three messages already; wait until this person accepts it")]
    RequestFull,
    /// The person has not accepted the user's request, and it is no message of words alone.
    #[error("this person has not accepted your request yet; until then it carries no files")]
    RequestWithoutFiles,
    /// The person left the group and was asked back within [`ASKED_AGAIN_AFTER_S`].
    #[error(
        "this person left the group and was asked back within the last seven days; \
         send them a message instead, or ask again later"
    )]
    AskedRecently,
    /// The user has blocked as many people as one may.
    #[error("you have blocked as many people as one person may; unblock some of them first")]
    TooManyBlocks,
}

impl Between {
    /// Whether `one` may write to `other`, or ask for a direct chat.
    ///
    /// # Errors
    /// [`ContactDenied::Blocked`], [`ContactDenied::Blocking`].
    pub fn check_write(self) -> Result<(), ContactDenied> {
        match self {
            Self { blocks: true, .. } => Err(ContactDenied::Blocking),
            Self {
                is_blocked: true, ..
            } => Err(ContactDenied::Blocked),
            _ => Ok(()),
        }
    }

    /// Whether `one` may add `other`, who chose `setting`, to a group.
    ///
    /// # Errors
    /// [`ContactDenied`].
    pub fn check_add(self, setting: WhoMayAdd) -> Result<(), ContactDenied> {
        self.check_write()?;
        match setting {
            WhoMayAdd::Everybody => Ok(()),
            WhoMayAdd::Contacts if self.are_contacts => Ok(()),
            WhoMayAdd::Contacts | WhoMayAdd::Nobody => Err(ContactDenied::MayNotAdd),
        }
    }

    /// Whether the two of a direct chat see each other's presence, typing and marks.
    #[must_use]
    pub fn shows_presence(self) -> bool {
        self.shows_profile(self.are_contacts)
    }

    /// Whether `one` sees the picture of `other` and what they say about themselves; `are_together`
    /// where there is a chat that both are in and have accepted.
    #[must_use]
    pub fn shows_profile(self, are_together: bool) -> bool {
        are_together && !self.blocks && !self.is_blocked
    }
}

/// Whether a request that carries `written` messages takes one more.
///
/// # Errors
/// [`ContactDenied::RequestFull`].
pub fn check_request(written: i64) -> Result<(), ContactDenied> {
    if written < REQUEST_MAX_MESSAGES {
        Ok(())
    } else {
        Err(ContactDenied::RequestFull)
    }
}

/// Whether somebody who left a group, and was last asked back at `asked_at`, may be asked now.
///
/// # Errors
/// [`ContactDenied::AskedRecently`].
pub fn check_ask(asked_at: Option<Timestamp>, now: Timestamp) -> Result<(), ContactDenied> {
    match asked_at {
        Some(asked_at) if now < asked_at.plus_seconds(ASKED_AGAIN_AFTER_S) => {
            Err(ContactDenied::AskedRecently)
        }
        _ => Ok(()),
    }
}

/// Whether somebody who has blocked `blocked` people may block one more.
///
/// # Errors
/// [`ContactDenied::TooManyBlocks`].
pub fn check_block(blocked: i64, blocks_max: i64) -> Result<(), ContactDenied> {
    if blocked < blocks_max {
        Ok(())
    } else {
        Err(ContactDenied::TooManyBlocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTACTS: Between = Between {
        blocks: false,
        is_blocked: false,
        are_contacts: true,
    };

    #[test]
    fn block_ends_writing_adding_and_presence_in_both_directions() {
        for (between, denied) in [
            (
                Between {
                    blocks: true,
                    ..CONTACTS
                },
                ContactDenied::Blocking,
            ),
            (
                Between {
                    is_blocked: true,
                    ..CONTACTS
                },
                ContactDenied::Blocked,
            ),
        ] {
            assert_eq!(between.check_write(), Err(denied));
            for setting in WhoMayAdd::ALL {
                assert_eq!(between.check_add(setting), Err(denied));
            }
            assert!(!between.shows_presence());
        }
    }

    #[test]
    fn person_chooses_who_may_add_them() {
        let strangers = Between::default();
        let denied = Err(ContactDenied::MayNotAdd);
        assert_eq!(strangers.check_add(WhoMayAdd::default()), Ok(()));
        assert_eq!(strangers.check_add(WhoMayAdd::Contacts), denied);
        assert_eq!(CONTACTS.check_add(WhoMayAdd::Contacts), Ok(()));
        assert_eq!(CONTACTS.check_add(WhoMayAdd::Nobody), denied);
    }

    #[test]
    fn strangers_see_no_presence() {
        assert!(!Between::default().shows_presence());
        assert!(CONTACTS.shows_presence());
    }

    #[test]
    fn request_carries_three_messages() {
        assert_eq!(check_request(2), Ok(()));
        assert_eq!(check_request(3), Err(ContactDenied::RequestFull));
    }

    #[test]
    fn who_left_is_asked_back_once_a_week() {
        let asked_at = Timestamp::from_micros(0);
        let week = asked_at.plus_seconds(ASKED_AGAIN_AFTER_S);
        assert_eq!(check_ask(None, asked_at), Ok(()));
        for soon in [asked_at, Timestamp::from_micros(week.micros() - 1)] {
            let denied = Err(ContactDenied::AskedRecently);
            assert_eq!(check_ask(Some(asked_at), soon), denied);
        }
        assert_eq!(check_ask(Some(asked_at), week), Ok(()));
    }

    #[test]
    fn blocks_have_an_end() {
        assert_eq!(check_block(1, 2), Ok(()));
        assert_eq!(check_block(2, 2), Err(ContactDenied::TooManyBlocks));
    }
}
