//! Messages.

use std::collections::HashSet;

use serde::Serialize;

use super::{
    attachment::Attachment,
    ids::{ClientId, ConversationId, MessageId, UserId},
    link_preview::LinkPreview,
    reaction::{Emoji, Reaction},
    time::Timestamp,
};

/// Longest text, in characters.
pub const TEXT_MAX_CHARS: usize = 4096;

/// Most people whom one message mentions.
pub const MENTIONS_MAX: usize = 50;

/// Most edits of one message: each is kept.
pub const EDITS_MAX: i64 = 50;

/// A message. `(conversation_id, seq)` is its place in the conversation: 1, 2, 3 …
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// In which order.
    pub seq: i64,
    /// Who wrote it.
    pub sender_id: UserId,
    /// What its sender's client called it.
    pub client_msg_id: ClientId,
    /// What it says; empty once it is deleted.
    pub text: Text,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// Members whom it names.
    pub mentions: Vec<UserId>,
    /// How often its text was forwarded before it came here.
    pub forwarded: i64,
    /// When the server took it.
    pub created_at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// It was deleted for everyone: only its place, its sender and its time are left.
    pub deleted: bool,
    /// How people have reacted to it, the emoji that came first first.
    pub reactions: Vec<Reaction>,
    /// How its reader has.
    pub my_reaction: Option<Emoji>,
    /// Its reader has starred it.
    pub starred: bool,
    /// What it carries; its text is the caption then.
    pub attachment: Option<Attachment>,
    /// When it is removed by itself.
    pub expires_at: Option<Timestamp>,
    /// What is shown of the page that its text links to.
    pub preview: Option<LinkPreview>,
}

/// A place in the list of messages that somebody has starred, the last one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StarPlace {
    /// When it was starred.
    pub starred_at: Timestamp,
    /// Which of those of that moment.
    pub message: MessageId,
}

impl Message {
    /// What is left of it when it is deleted for everyone.
    #[must_use]
    pub fn tombstone(self) -> Self {
        Self {
            text: Text::gone(),
            reply_to: None,
            mentions: Vec::new(),
            forwarded: 0,
            edited_at: None,
            deleted: true,
            reactions: Vec::new(),
            my_reaction: None,
            starred: false,
            attachment: None,
            preview: None,
            ..self
        }
    }
}

/// What a message has said at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its text then.
    pub text: Text,
    /// Whom it named then.
    pub mentions: Vec<UserId>,
    /// Since when.
    pub written_at: Timestamp,
}

/// Until when messages can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Seconds in which an author may edit a message.
    pub edit_s: i64,
    /// Seconds in which an author may delete a message for everyone.
    pub delete_s: i64,
}

/// Why a message is not changed, beside what its conversation forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MessageDenied {
    /// It is too old to be edited.
    #[error("this message is too old to be edited; write a new one")]
    EditWindowOver,
    /// It is too old to be deleted for everyone.
    #[error("this message is too old to be deleted for everyone; delete it for yourself")]
    DeleteWindowOver,
    /// There is nothing left to change.
    #[error("this message was deleted")]
    Deleted,
    /// People have reacted to it with [`EMOJI_MAX`](super::reaction::EMOJI_MAX) different emoji.
    #[error("people have reacted to this message with 32 different emoji; take one of them")]
    TooManyEmoji,
    /// The conversation has [`PINS_MAX`](super::reaction::PINS_MAX) pinned messages.
    #[error("three messages are pinned here; unpin one of them first")]
    TooManyPins,
    /// It was edited [`EDITS_MAX`] times.
    #[error("this message was edited fifty times; write a new one")]
    TooManyEdits,
}

impl Windows {
    /// Whether a message as old as this one may be edited by its author, after `edits`.
    ///
    /// # Errors
    /// [`MessageDenied`].
    pub fn check_edit(
        self,
        message: &Message,
        edits: i64,
        now: Timestamp,
    ) -> Result<(), MessageDenied> {
        if message.deleted {
            Err(MessageDenied::Deleted)
        } else if now > message.created_at.plus_seconds(self.edit_s) {
            Err(MessageDenied::EditWindowOver)
        } else if edits >= EDITS_MAX {
            Err(MessageDenied::TooManyEdits)
        } else {
            Ok(())
        }
    }

    /// Whether a message as old as this one may be deleted for everyone by its author.
    ///
    /// # Errors
    /// [`MessageDenied::DeleteWindowOver`].
    pub fn check_delete(self, message: &Message, now: Timestamp) -> Result<(), MessageDenied> {
        if now > message.created_at.plus_seconds(self.delete_s) {
            Err(MessageDenied::DeleteWindowOver)
        } else {
            Ok(())
        }
    }
}

/// More people than [`MENTIONS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message mentions at most 50 people")]
pub struct TooManyMentions;

/// The people whom a message is to mention, each once, in the order given.
///
/// # Errors
/// [`TooManyMentions`].
pub fn mentioned(mut users: Vec<UserId>) -> Result<Vec<UserId>, TooManyMentions> {
    let mut seen = HashSet::new();
    users.retain(|user| seen.insert(*user));
    if users.len() > MENTIONS_MAX {
        Err(TooManyMentions)
    } else {
        Ok(users)
    }
}

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("a message needs a text")]
    Empty,
    /// More than [`TEXT_MAX_CHARS`].
    #[error("a text has at most 4096 characters")]
    TooLong,
    /// NUL, which databases cannot hold.
    #[error("a text has no NUL character")]
    Nul,
}

/// What a message says: 1 to 4096 characters, or none where it carries something. White space at its end is removed; at its beginning it
/// indents the first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// # Errors
    /// [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim_end();
        if text.is_empty() {
            Err(TextError::Empty)
        } else if text.chars().count() > TEXT_MAX_CHARS {
            Err(TextError::TooLong)
        } else if text.contains('\0') {
            Err(TextError::Nul)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A text that may be empty, beside what a message carries.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn caption(text: &str) -> Result<Self, TextError> {
        match Self::parse(text) {
            Err(TextError::Empty) => Ok(Self(String::new())),
            parsed => parsed,
        }
    }

    /// The text of a deleted message.
    #[must_use]
    pub fn gone() -> Self {
        Self(String::new())
    }

    /// A text that was checked when it was stored.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attachment::{FileName, Kind},
        ids::{AttachmentId, PreviewId},
    };

    const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

    fn message() -> Message {
        let id = uuid::Uuid::nil();
        Message {
            id: MessageId::new(id),
            conversation_id: ConversationId::new(id),
            seq: 7,
            sender_id: UserId::new(id),
            client_msg_id: ClientId::new(id),
            text: Text::parse("a secret").unwrap(),
            reply_to: Some(MessageId::new(uuid::Uuid::max())),
            mentions: vec![UserId::new(id)],
            forwarded: 3,
            created_at: NOW,
            edited_at: Some(NOW),
            deleted: false,
            reactions: vec![Reaction {
                emoji: Emoji::stored("👍".to_owned()),
                count: 1,
                user_ids: None,
            }],
            my_reaction: Some(Emoji::stored("👍".to_owned())),
            starred: true,
            attachment: Some(Attachment {
                id: AttachmentId::new(id),
                kind: Kind::File,
                name: FileName::of_claim("a.txt"),
                media_type: "text/plain".to_owned(),
                size: 1,
                width: None,
                height: None,
                blurhash: None,
                duration_ms: None,
                waveform: None,
                thumbnail: false,
            }),
            expires_at: Some(NOW.plus_seconds(9)),
            preview: Some(LinkPreview {
                id: PreviewId::new(id),
                url: "https://example.org".to_owned(),
                title: "A secret".to_owned(),
                description: String::new(),
                site_name: String::new(),
                image: None,
            }),
        }
    }

    #[test]
    fn tombstone_has_a_place_and_no_content() {
        let tombstone = message().tombstone();
        let kept = (tombstone.seq, tombstone.sender_id, tombstone.created_at);
        assert_eq!(kept, (7, message().sender_id, NOW));
        assert_eq!(
            tombstone.expires_at,
            message().expires_at,
            "it goes all the same"
        );
        let json = serde_json::to_value(&tombstone).unwrap();
        let gone = serde_json::json!({
            "text": "", "reply_to": null, "mentions": [], "forwarded": 0, "edited_at": null,
            "deleted": true, "reactions": [], "my_reaction": null, "attachment": null, "preview": null,
        });
        for (field, value) in gone.as_object().unwrap() {
            assert_eq!(json[field], *value, "{field}");
        }
    }

    #[test]
    fn windows_end_with_their_last_second() {
        let windows = Windows {
            edit_s: 60,
            delete_s: 90,
        };
        let edit = |edits, after| windows.check_edit(&message(), edits, NOW.plus_seconds(after));
        assert_eq!(edit(0, 60), Ok(()));
        assert_eq!(edit(0, 61), Err(MessageDenied::EditWindowOver));
        assert_eq!(edit(EDITS_MAX - 1, 0), Ok(()));
        assert_eq!(edit(EDITS_MAX, 0), Err(MessageDenied::TooManyEdits));
        let gone = windows.check_edit(&message().tombstone(), 0, NOW);
        assert_eq!(gone, Err(MessageDenied::Deleted));
        let delete = |after| windows.check_delete(&message(), NOW.plus_seconds(after));
        assert_eq!(delete(90), Ok(()));
        assert_eq!(delete(91), Err(MessageDenied::DeleteWindowOver));
    }

    #[test]
    fn people_are_mentioned_once_and_not_too_many() {
        let user = |n: usize| UserId::new(uuid::Uuid::from_u128(n as u128));
        let twice = vec![user(2), user(1), user(2)];
        assert_eq!(mentioned(twice), Ok(vec![user(2), user(1)]));
        let many = |count| (0..count).map(user).collect();
        assert!(mentioned(many(MENTIONS_MAX)).is_ok());
        assert_eq!(mentioned(many(MENTIONS_MAX + 1)), Err(TooManyMentions));
    }

    #[test]
    fn text_ends_with_its_last_character_and_is_bounded() {
        assert_eq!(
            Text::parse("\n  hi\nyou \n").unwrap().as_str(),
            "\n  hi\nyou"
        );
        assert_eq!(Text::parse(" \n\t"), Err(TextError::Empty));
        assert!(Text::parse(&"é".repeat(TEXT_MAX_CHARS)).is_ok());
        assert_eq!(
            Text::parse(&"é".repeat(TEXT_MAX_CHARS + 1)),
            Err(TextError::TooLong)
        );
        assert_eq!(Text::parse("a\0b"), Err(TextError::Nul));
        assert_eq!(Text::caption(" \n").unwrap(), Text::gone());
        assert_eq!(Text::caption("a\0b"), Err(TextError::Nul));
    }
}
