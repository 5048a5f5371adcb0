//! What people and groups show of themselves beside their names.

use serde::Serialize;

use super::{
    account::{AccountError, User},
    conversation::ConversationError,
    shown,
};

const ABOUT_MAX_CHARS: usize = 139;
const ABOUT_MAX_LINES: usize = 5;
const DESCRIPTION_MAX_CHARS: usize = 512;

/// People who are told at once that somebody has another name or picture: those of the direct chats
/// with the newest activity. Everybody else sees it when they load.
pub const TOLD_MAX: i64 = 500;

/// What a person says about themselves: up to 139 characters in up to 5 lines, see [`shown`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct About(String);

impl About {
    /// # Errors
    /// [`AccountError::About`].
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let about = shown::parse_lines(text, ABOUT_MAX_CHARS, ABOUT_MAX_LINES);
        about.map(Self).ok_or(AccountError::About)
    }

    /// One that was parsed before it was stored, perhaps by other rules than today's.
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

/// What a group says of itself: up to 512 characters in lines, see [`shown`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description(String);

impl Description {
    /// # Errors
    /// [`ConversationError::Description`].
    pub fn parse(text: &str) -> Result<Self, ConversationError> {
        let description = shown::parse_lines(text, DESCRIPTION_MAX_CHARS, usize::MAX);
        description.map(Self).ok_or(ConversationError::Description)
    }

    /// One that was parsed before it was stored, perhaps by other rules than today's.
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

/// A person with all that they show of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Who.
    pub user: User,
    /// What they say about themselves.
    pub about: About,
}

/// One of the sizes in which a picture of a person or a group is kept, all of them squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureSize {
    /// For lists.
    Small,
    /// To be looked at.
    Large,
}

impl PictureSize {
    /// Width and height.
    #[must_use]
    pub const fn pixels(self) -> u32 {
        match self {
            Self::Small => 96,
            Self::Large => 640,
        }
    }

    /// The size with so many pixels.
    #[must_use]
    pub fn of_pixels(pixels: u32) -> Option<Self> {
        let mut sizes = [Self::Small, Self::Large].into_iter();
        sizes.find(|size| size.pixels() == pixels)
    }
}

/// Why a file does not become the picture of a person or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureDenied {
    /// It is no JPEG, PNG, WebP or GIF.
    #[error("this file is no picture; choose a JPEG, PNG, WebP or GIF")]
    NotAPicture,
    /// A message has it, and a picture takes the file it is made of with it.
    #[error("a message carries this file; send the picture once more to use it here")]
    WasSent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_is_a_few_lines_that_are_shown_as_they_are() {
        let about = |text| About::parse(text).map(|about| about.as_str().to_owned());
        assert_eq!(
            about(" Busy  building\r\n\r\n\r\nmills \n"),
            Ok("Busy building\n\nmills".into())
        );
        assert_eq!(about(" \n "), Ok(String::new()));
        assert_eq!(about(&"x".repeat(139)), Ok("x".repeat(139)));
        for text in [
            &"x".repeat(140),
            "a\nb\nc\nd\ne\nf",
            "hi\0",
            "\u{200B}",
            "line\u{2028}line",
            "Busy\n\u{202E}gnidliub",
        ] {
            assert_eq!(About::parse(text), Err(AccountError::About), "{text:?}");
        }
    }

    #[test]
    fn description_has_as_many_lines_as_it_has_room_for() {
        let lines = ["x"; 256].join("\n");
        assert_eq!(Description::parse(&lines).unwrap().as_str(), lines);
        for text in [lines + "xx", "a\u{202E}b".to_owned()] {
            let refused = Description::parse(&text);
            assert_eq!(refused, Err(ConversationError::Description));
        }
    }

    #[test]
    fn size_is_one_of_two() {
        for size in [PictureSize::Small, PictureSize::Large] {
            assert_eq!(PictureSize::of_pixels(size.pixels()), Some(size));
        }
        assert_eq!(PictureSize::of_pixels(480), None);
    }
}
