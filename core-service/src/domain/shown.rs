//! Text that stands for somebody or something: names and titles.
//!
//! It must show something, show all of it, and in the direction of its letters. What is invisible is
//! accepted where writing needs it, such as the joiners inside an emoji or a Persian word.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        Alphabetic, BidiControl, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory,
        GeneralCategoryGroup, Script,
    },
};

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// Trimmed and with single spaces: 1 to `max_chars` characters that can be seen. Nothing for any
/// other text.
#[must_use]
pub fn parse(text: &str, max_chars: usize) -> Option<String> {
    if text.chars().any(is_refused) {
        return None;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    let is_shown = text.chars().any(is_visible) && !hides_something(&text);
    ((1..=max_chars).contains(&length) && is_shown).then_some(text)
}

/// The same of a longer text, which may be empty: up to `max_chars` characters in up to `max_lines`
/// lines. Of several empty lines one stays, and none at either end.
#[must_use]
pub fn parse_lines(text: &str, max_chars: usize, max_lines: usize) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() && !line.chars().any(is_refused) {
            if lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(String::new());
            }
        } else {
            lines.push(parse(line, max_chars)?);
        }
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let text = lines.join("\n");
    (lines.len() <= max_lines && text.chars().count() <= max_chars).then_some(text)
}

/// Whether a character may stand in a name that somebody else has given to something: it is seen or is
/// white space, and turns nothing around it.
#[must_use]
pub fn is_harmless(character: char) -> bool {
    !is_refused(character) && !is_invisible(character)
}

/// Control characters, ends of lines, and what turns the text around it.
fn is_refused(character: char) -> bool {
    let category = category(character);
    category == GeneralCategory::Control
        || category == GeneralCategory::LineSeparator
        || category == GeneralCategory::ParagraphSeparator
        || CodePointSetData::new::<BidiControl>().contains(character)
}

fn is_visible(character: char) -> bool {
    let category = category(character);
    // The Braille pattern without a dot counts as a symbol.
    !character.is_whitespace()
        && character != '\u{2800}'
        && !GeneralCategoryGroup::Mark.contains(category)
        && !GeneralCategoryGroup::Other.contains(category)
        && !is_invisible(character)
}

fn is_invisible(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Whether there is something invisible that changes nothing about its neighbours.
fn hides_something(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.iter().enumerate().any(|(index, character)| {
        let (before, next) = (&characters[..index], characters.get(index + 1));
        is_invisible(*character) && !is_needed(*character, before, next.copied())
    })
}

fn is_needed(character: char, before: &[char], next: Option<char>) -> bool {
    let Some(previous) = before.last().copied() else {
        return false;
    };
    match character {
        ZERO_WIDTH_JOINER if is_emoji_part(previous) => next.is_some_and(is_pictograph),
        ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => joins(previous) && next.is_none_or(joins),
        // Variation selectors choose between forms of what stands before them.
        '\u{FE00}'..='\u{FE0F}' => is_visible(previous),
        // The letters of a region's flag, which follow a black one.
        '\u{E0020}'..='\u{E007F}' => {
            let is_no_tag = |c: &&char| !('\u{E0020}'..='\u{E007F}').contains(*c);
            before.iter().rev().find(is_no_tag) == Some(&BLACK_FLAG)
        }
        _ => false,
    }
}

fn is_pictograph(character: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(character)
}

/// A pictograph, its skin tone or its variation selector.
fn is_emoji_part(character: char) -> bool {
    is_pictograph(character) || matches!(character, '\u{1F3FB}'..='\u{1F3FF}' | '\u{FE0F}')
}

/// Letters of scripts whose letters change with their neighbours.
fn joins(character: char) -> bool {
    let is_letter = CodePointSetData::new::<Alphabetic>().contains(character)
        || GeneralCategoryGroup::Mark.contains(category(character));
    let script = CodePointMapData::<Script>::new().get(character);
    is_letter
        && ![
            Script::Latin,
            Script::Greek,
            Script::Cyrillic,
            Script::Common,
            Script::Han,
        ]
        .contains(&script)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_shown(text: &str, shown: &str) {
        assert_eq!(parse(text, 64).as_deref(), Some(shown));
    }

    #[track_caller]
    fn check_refused(text: &str) {
        assert_eq!(parse(text, 64), None, "{text:?}");
    }

    #[test]
    fn names_of_the_world_are_shown() {
        for name in [
            "Ada Lovelace",
            "Zoë O’Brien-Łuczak",
            "李小龍",
            "محمد بن موسى",
            "שרה",
            "ณัฐพล",
            "नरेन्द्र",
            "می\u{200C}خواهم",
            "ශ්\u{200D}රී",
            "7",
            "👩\u{1F3FD}\u{200D}💻 Ada",
            "❤️",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "👨\u{200D}👩\u{200D}👧",
        ] {
            check_shown(name, name);
        }
        check_shown("  Ada \u{a0} Lovelace ", "Ada Lovelace");
        check_shown(&"W".repeat(64), &"W".repeat(64));
    }

    #[test]
    fn what_cannot_be_seen_is_no_name() {
        for text in [
            "",
            "   ",
            "\u{200B}",
            "\u{200D}",
            "\u{3164}",
            "\u{2800}",
            "\u{FEFF}",
            "\u{301}",
            "\u{E0001}",
        ] {
            check_refused(text);
        }
        check_refused(&"W".repeat(65));
    }

    #[test]
    fn name_hides_nothing() {
        for text in [
            "A\u{200B}da",
            "Ada\u{200B}",
            "A\u{200D}da",
            "A\u{200C}da",
            "\u{AD}Ada",
            "Ada\u{2060}",
            "Ada\u{3164}",
            "Ada\u{E0041}",
            "\u{FE0F}Ada",
        ] {
            check_refused(text);
        }
    }

    #[test]
    fn name_does_not_turn_round_what_stands_beside_it() {
        for turn in [
            "202A", "202B", "202D", "202E", "2066", "2067", "2068", "200F", "61C",
        ] {
            let turn = char::from_u32(u32::from_str_radix(turn, 16).unwrap()).unwrap();
            check_refused(&format!("Eve {turn}gnimoh ecarG"));
        }
        for control in ["A\0da", "A\nda", "A\u{1b}da", "A\u{2028}da", "A\u{85}da"] {
            check_refused(control);
        }
    }
}
