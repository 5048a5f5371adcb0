//! How people are found by what somebody types in a hurry: without capitals, accents and the forms of
//! a letter that look alike. The web client folds what it knows in the same way
//! (`client/src/lib/fold.ts`), so that the same words find the same people on both sides.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::account::User;

/// What somebody looks for: people whose handle begins like this, or whose name has a word that begins
/// like each of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleSearch {
    handle_prefix: String,
    words: Vec<String>,
}

impl PeopleSearch {
    /// Nothing where the text names nobody.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('@');
        // No database stores a NUL.
        if text.is_empty() || text.contains('\0') {
            return None;
        }
        Some(Self {
            handle_prefix: text.to_lowercase(),
            words: fold(text).split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// How a handle begins that it finds.
    #[must_use]
    pub fn handle_prefix(&self) -> &str {
        &self.handle_prefix
    }

    /// How words of a name begin that it finds; see [`terms`].
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the handle is what was typed: those come before people who are only called so.
    #[must_use]
    pub fn finds_handle(&self, user: &User) -> bool {
        user.handle.as_str().starts_with(&self.handle_prefix)
    }

    /// Whether it finds the user.
    #[must_use]
    pub fn finds(&self, user: &User) -> bool {
        let terms = terms(user.display_name.as_str());
        let has_word = |word: &String| terms.contains(&format!(" {word}"));
        let is_called_so = !self.words.is_empty() && self.words.iter().all(has_word);
        self.finds_handle(user) || is_called_so
    }
}

/// The words by which a name is found, each behind a blank: folded, and with the umlauts spelt out.
#[must_use]
pub fn terms(name: &str) -> String {
    let (folded, spelt_out) = (fold(name), fold(&spelt_out(name)));
    let mut words: Vec<&str> = Vec::new();
    for word in folded
        .split_whitespace()
        .chain(spelt_out.split_whitespace())
    {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.iter().map(|word| format!(" {word}")).collect()
}

/// A text without capitals, accents and width variants.
pub(super) fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let unmarked: String = decomposed
        .chars()
        .filter(|letter| !is_mark(*letter))
        .collect();
    let mut folded = String::with_capacity(unmarked.len());
    for letter in unmarked.to_lowercase().chars() {
        match plain(letter) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter),
        }
    }
    folded
}

/// Accents, and the vowel points of Hebrew and Arabic.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{670}'
    )
}

/// Letters that Unicode does not take apart but that people type without their strokes.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        _ => return None,
    })
}

/// As German writes where there are no umlauts.
pub(super) fn spelt_out(name: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(name);
    let mut spelt = String::with_capacity(composed.len());
    for letter in composed.to_lowercase().chars() {
        match letter {
            'ä' => spelt.push_str("ae"),
            'ö' => spelt.push_str("oe"),
            'ü' => spelt.push_str("ue"),
            _ => spelt.push(letter),
        }
    }
    spelt
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        account::{DisplayName, Handle},
        ids::UserId,
    };

    #[test]
    fn names_are_folded_as_the_client_folds_them() {
        let known: Vec<(String, String)> =
            serde_json::from_str(include_str!("../../testdata/folded-names.json")).unwrap();
        for (name, folded) in known {
            assert_eq!(fold(&name), folded, "{name}");
        }
    }

    #[track_caller]
    fn check(typed: &str, name: &str, found: bool) {
        let user = User {
            id: UserId::new(Uuid::nil()),
            handle: Handle::parse("band_leader").unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            picture: None,
        };
        let search = PeopleSearch::parse(typed).unwrap();
        assert_eq!(search.finds(&user), found, "{typed} in {name}");
    }

    #[test]
    fn people_are_found_by_the_beginnings_of_their_names_words() {
        for typed in [
            "muller",
            "Mueller",
            "MÜLL",
            "jur mul",
            "müller jürgen",
            "juergen",
            "@band_l",
        ] {
            check(typed, "Jürgen Müller", true);
        }
        for typed in ["uller", "muller peter", "leader", "%", "_", "jurgenm"] {
            check(typed, "Jürgen Müller", false);
        }
    }

    #[test]
    fn what_names_nobody_finds_nobody() {
        for typed in ["", "  ", "@", "a\0"] {
            assert_eq!(PeopleSearch::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn each_term_stands_once() {
        assert_eq!(terms("Ada  Ada"), " ada");
        assert_eq!(terms("Jürgen M"), " jurgen m juergen");
    }
}
