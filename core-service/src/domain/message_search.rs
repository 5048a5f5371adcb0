//! How messages are found by what somebody types: by words that begin so, folded as people's names are
//! ([`super::search`]). What a message is found by is made here, once, for every database: they only
//! compare it, and none takes a text apart by rules of its own.

#[cfg(test)]
mod tests;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script},
};
use uuid::Uuid;

use super::{
    attachment::{self, Attachment},
    ids::{ConversationId, UserId},
    message::{Message, Text},
    search::{fold, spelt_out},
    time::Timestamp,
};

/// Longest text that somebody looks for, in characters.
pub const SEARCH_MAX_CHARS: usize = 200;

/// Words of it that count.
const WORDS_MAX: usize = 8;

/// Characters by which a word is known: those behind them are nowhere else but in what no person reads.
const WORD_MAX_CHARS: usize = 48;

/// Beginnings of terms that are no words; none of these characters is in a word.
const OF_CONVERSATION: char = '\u{E000}';
const OF_SENDER: char = '\u{E001}';
const OF_KIND: char = '\u{E002}';

/// A text that finds nothing, whatever was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("look for one to eight words, in at most 200 characters; a word has letters or digits")]
pub struct InvalidSearch;

/// What messages are, for who looks for one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchKind {
    /// Words alone.
    Text,
    /// With the address of a page.
    Link,
    /// With an attachment of this kind.
    Carrying(attachment::Kind),
}

impl SearchKind {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Link => "link",
            Self::Carrying(kind) => kind.as_str(),
        }
    }

    /// The kind that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "link" => Some(Self::Link),
            other => attachment::Kind::parse(other).map(Self::Carrying),
        }
    }
}

/// What somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSearch {
    words: Vec<String>,
    /// In this conversation alone.
    pub conversation: Option<ConversationId>,
    /// By this person alone.
    pub sender: Option<UserId>,
    /// Of this kind alone.
    pub kind: Option<SearchKind>,
    /// Written then or later.
    pub from: Option<Timestamp>,
    /// Written before.
    pub until: Option<Timestamp>,
}

impl MessageSearch {
    /// Messages that have, for each word of the text, one that begins so.
    ///
    /// # Errors
    /// [`InvalidSearch`].
    pub fn parse(text: &str) -> Result<Self, InvalidSearch> {
        // No database stores a NUL.
        if text.chars().count() > SEARCH_MAX_CHARS || text.contains('\0') {
            return Err(InvalidSearch);
        }
        let mut words = Vec::new();
        for run in runs(&fold(text)) {
            run.wanted(&mut words);
        }
        words.truncate(WORDS_MAX);
        if words.is_empty() {
            return Err(InvalidSearch);
        }
        Ok(Self {
            words,
            conversation: None,
            sender: None,
            kind: None,
            from: None,
            until: None,
        })
    }

    /// How words begin that it finds: letters, digits and marks alone, at least one.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Terms that a message has as they are: its conversation's, its sender's and its kind's, as far as
    /// they are asked for.
    #[must_use]
    pub fn marks(&self) -> Vec<String> {
        let conversation = self.conversation.map(conversation_mark);
        let sender = self.sender.map(sender_mark);
        let kind = self.kind.map(kind_mark);
        [conversation, sender, kind].into_iter().flatten().collect()
    }
}

/// The term that the messages of a conversation have, and hardly any other.
#[must_use]
pub fn conversation_mark(conversation: ConversationId) -> String {
    mark(OF_CONVERSATION, conversation.as_uuid())
}

fn sender_mark(sender: UserId) -> String {
    mark(OF_SENDER, sender.as_uuid())
}

fn kind_mark(kind: SearchKind) -> String {
    format!("{OF_KIND}{}", kind.as_str())
}

/// The half of a UUIDv7 that is random, so that the index stays small. Whoever reads the messages that were
/// found compares the whole of it.
fn mark(of: char, id: &Uuid) -> String {
    let (_, random) = id.as_u64_pair();
    format!("{of}{random:016x}")
}

/// What a message is found by: terms with a blank between. They are words, and what says where it is, by
/// whom, and of which kind; each stands once. A message that says nothing has the latter alone.
#[must_use]
pub fn terms(message: &Message) -> String {
    let Message {
        conversation_id,
        sender_id,
        text,
        attachment,
        ..
    } = message;
    let mut terms = vec![conversation_mark(*conversation_id), sender_mark(*sender_id)];
    let carried = attachment
        .as_ref()
        .map(|carried| SearchKind::Carrying(carried.kind));
    terms.push(kind_mark(carried.unwrap_or(SearchKind::Text)));
    if has_link(text) {
        terms.push(kind_mark(SearchKind::Link));
    }
    let marks = terms.len();
    let name = attachment.as_ref().and_then(shown_name);
    for said in [Some(text.as_str()), name].into_iter().flatten() {
        for folded in [fold(said), fold(&spelt_out(said))] {
            for run in runs(&folded) {
                run.terms(&mut terms);
            }
        }
    }
    terms[marks..].sort_unstable();
    terms.dedup();
    terms.join(" ")
}

/// A name that people see. What a recorder calls a voice note says nothing.
fn shown_name(carried: &Attachment) -> Option<&str> {
    (carried.kind != attachment::Kind::Voice).then(|| carried.name.as_str())
}

/// Whether a text has the address of a page, as clients make links of it.
fn has_link(text: &Text) -> bool {
    let text = text.as_str().to_ascii_lowercase();
    ["http://", "https://", "www."].iter().any(|begin| {
        text.match_indices(begin).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + begin.len()..].chars().next();
            let is_within_a_word = before.is_some_and(|letter| letter.is_ascii_alphanumeric());
            !is_within_a_word && after.is_some_and(char::is_alphanumeric)
        })
    })
}

/// Characters of one kind that stand together.
#[derive(Debug, PartialEq, Eq)]
enum Run {
    /// One word.
    Word(String),
    /// Words of a script that puts nothing between them.
    Unspaced(Vec<char>),
}

impl Run {
    /// Adds what the run is found by. Of a script without blanks, each two characters that stand together are
    /// a term, and the last one is a term as well: so every character begins one.
    fn terms(&self, terms: &mut Vec<String>) {
        match self {
            Self::Word(word) => terms.push(word.clone()),
            Self::Unspaced(characters) => {
                terms.extend(characters.windows(2).map(String::from_iter));
                terms.extend(characters.last().map(char::to_string));
            }
        }
    }

    /// Adds beginnings of terms that a run has which contains this one.
    fn wanted(&self, words: &mut Vec<String>) {
        match self {
            Self::Unspaced(characters) if characters.len() > 1 => {
                words.extend(characters.windows(2).map(String::from_iter));
            }
            _ => self.terms(words),
        }
    }
}

/// What a character is to the words of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A letter or a digit.
    Letter,
    /// A letter of a script without blanks.
    Unspaced,
    /// It belongs to the letter before it.
    Mark,
    /// Nothing that is seen.
    Nothing,
    /// It ends a word.
    End,
}

fn part(character: char) -> Part {
    // The bar that makes an Arabic word longer on paper.
    const TATWEEL: char = '\u{640}';
    if character == TATWEEL
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
    {
        return Part::Nothing;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let is_mark = GeneralCategoryGroup::Mark.contains(category);
    if !is_mark && !character.is_alphanumeric() {
        return Part::End;
    }
    if character.is_ascii() {
        return Part::Letter;
    }
    match CodePointMapData::<Script>::new().get(character) {
        Script::Han
        | Script::Hiragana
        | Script::Katakana
        | Script::Bopomofo
        | Script::Thai
        | Script::Lao
        | Script::Khmer
        | Script::Myanmar => Part::Unspaced,
        // The Japanese sign that lengthens a vowel has no script of its own.
        _ if character == '\u{30FC}' => Part::Unspaced,
        _ if is_mark => Part::Mark,
        _ => Part::Letter,
    }
}

fn runs(folded: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut word = String::new();
    let mut unspaced = Vec::new();
    for character in folded.chars() {
        let part = part(character);
        if part == Part::Nothing {
            continue;
        }
        if part != Part::Unspaced {
            end_unspaced(&mut runs, &mut unspaced);
        }
        if !matches!(part, Part::Letter | Part::Mark) {
            end_word(&mut runs, &mut word);
        }
        match part {
            Part::Unspaced => unspaced.push(character),
            Part::Letter => word.push(character),
            // One without a letter before it says nothing.
            Part::Mark if !word.is_empty() => word.push(character),
            Part::Mark | Part::Nothing | Part::End => {}
        }
    }
    end_unspaced(&mut runs, &mut unspaced);
    end_word(&mut runs, &mut word);
    runs
}

fn end_word(runs: &mut Vec<Run>, word: &mut String) {
    let ended = std::mem::take(word);
    if !ended.is_empty() {
        runs.push(Run::Word(ended.chars().take(WORD_MAX_CHARS).collect()));
    }
}

fn end_unspaced(runs: &mut Vec<Run>, unspaced: &mut Vec<char>) {
    let ended = std::mem::take(unspaced);
    if !ended.is_empty() {
        runs.push(Run::Unspaced(ended));
    }
}
