//! What somebody has begun to write.

use serde::Serialize;

use super::{
    ids::MessageId,
    message::{TEXT_MAX_CHARS, TextError},
    time::Timestamp,
};

/// The text of a draft, as it was typed: up to 4096 characters, also none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DraftText(String);

impl DraftText {
    /// # Errors
    /// [`TextError::TooLong`], [`TextError::Nul`].
    pub fn parse(text: String) -> Result<Self, TextError> {
        if text.chars().count() > TEXT_MAX_CHARS {
            Err(TextError::TooLong)
        } else if text.contains('\0') {
            Err(TextError::Nul)
        } else {
            Ok(Self(text))
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

/// What somebody has begun to write in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// What it says so far.
    pub text: DraftText,
    /// The message that it is to answer.
    pub reply_to: Option<MessageId>,
    /// When it was changed.
    pub updated_at: Timestamp,
}

impl Draft {
    /// What is kept where nothing was begun.
    #[must_use]
    pub fn none(updated_at: Timestamp) -> Self {
        Self {
            text: DraftText::default(),
            reply_to: None,
            updated_at,
        }
    }

    /// Nothing is left of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.0.is_empty() && self.reply_to.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draft_is_kept_as_it_was_typed() {
        let kept = |text: &str| DraftText::parse(text.to_owned()).map(|text| text.0);
        for text in ["", " ", "\n  so far ", &"\u{1F426}".repeat(TEXT_MAX_CHARS)] {
            assert_eq!(kept(text), Ok(text.to_owned()));
        }
        assert_eq!(kept("a\0"), Err(TextError::Nul));
        let long = "x".repeat(TEXT_MAX_CHARS + 1);
        assert_eq!(kept(&long), Err(TextError::TooLong));
    }

    #[test]
    fn draft_that_answers_something_is_one_without_a_text() {
        let draft = |text: &str, reply_to| Draft {
            text: DraftText::stored(text.to_owned()),
            reply_to,
            updated_at: Timestamp::from_micros(0),
        };
        let answered = Some(MessageId::new(uuid::Uuid::nil()));
        assert!(draft("", None).is_empty());
        assert!(!draft(" ", None).is_empty());
        assert!(!draft("", answered).is_empty());
    }
}
