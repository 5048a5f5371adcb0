//! Messages.

use serde::Serialize;

use super::{
    ids::{ClientId, ConversationId, MessageId, UserId},
    time::Timestamp,
};

/// Longest text, in characters.
pub const TEXT_MAX_CHARS: usize = 4096;

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
    /// What it says.
    pub text: Text,
    /// When the server took it.
    pub created_at: Timestamp,
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

/// What a message says: 1 to 4096 characters. White space at its end is removed; at its beginning it
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
    }
}
