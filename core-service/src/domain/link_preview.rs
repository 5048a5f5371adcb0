//! What is shown of a page to which a message links.

use serde::Serialize;

use super::{ids::PreviewId, shown};

/// Longest address whose page is looked at, in bytes.
pub const ADDRESS_MAX_BYTES: usize = 2_048;

const TITLE_MAX_CHARS: usize = 200;
const DESCRIPTION_MAX_CHARS: usize = 300;
const SITE_NAME_MAX_CHARS: usize = 60;

/// How long a preview waits for its message, in seconds.
pub const KEPT_S: i64 = 60 * 60;

/// Width and height of its picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewImage {
    /// From left to right.
    pub width: i64,
    /// From top to bottom.
    pub height: i64,
}

/// What is shown of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkPreview {
    /// Which.
    pub id: PreviewId,
    /// The address as it stands in the text.
    pub url: String,
    /// What the page calls itself.
    pub title: String,
    /// What it says of itself; empty where it says nothing.
    pub description: String,
    /// Whose page it is; empty where it does not say so.
    pub site_name: String,
    /// A picture that it shows of itself.
    pub image: Option<PreviewImage>,
}

impl LinkPreview {
    /// Whether a text has the address whose page this is.
    #[must_use]
    pub fn is_of(&self, text: &str) -> bool {
        text.contains(&self.url)
    }
}

/// The words of a page, without what cannot be seen or turns the text around it, each up to a length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What the page calls itself.
    pub title: String,
    /// What it says of itself.
    pub description: String,
    /// Whose it is.
    pub site_name: String,
}

impl Words {
    /// Nothing of a page that has no title.
    #[must_use]
    pub fn of(title: &str, description: &str, site_name: &str) -> Option<Self> {
        Some(Self {
            title: line(title, TITLE_MAX_CHARS)?,
            description: line(description, DESCRIPTION_MAX_CHARS).unwrap_or_default(),
            site_name: line(site_name, SITE_NAME_MAX_CHARS).unwrap_or_default(),
        })
    }
}

/// A text in one line; one that is longer ends with an ellipsis.
fn line(text: &str, max_chars: usize) -> Option<String> {
    let harmless = |character: char| {
        if character.is_whitespace() {
            Some(' ')
        } else {
            shown::is_harmless(character).then_some(character)
        }
    };
    let text: String = text.chars().filter_map(harmless).collect();
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(max_chars) {
        words.truncate(end);
        // In place of the last character.
        words.pop();
        words.truncate(words.trim_end().len());
        words.push('…');
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line_and_bounded() {
        let words = Words::of(" A \n page\u{202E} ", &"x".repeat(400), "\u{200B}").unwrap();
        assert_eq!(words.title, "A page");
        assert_eq!(words.description.chars().count(), 300);
        assert!(words.description.ends_with("x…"));
        assert_eq!(words.site_name, "");
        assert_eq!(line(&"é".repeat(60), 60).unwrap(), "é".repeat(60));
        assert_eq!(line("ab cd", 4).unwrap(), "ab…");
    }

    #[test]
    fn page_without_a_title_is_not_shown() {
        for title in ["", " \n", "\u{202E}\0"] {
            assert_eq!(Words::of(title, "it has a description", ""), None);
        }
    }
}
