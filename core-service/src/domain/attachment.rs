//! What messages carry beside their text: pictures, videos, voice notes and files.

use serde::{Deserialize, Serialize};

use super::{ids::AttachmentId, shown};

/// Longest name, in characters.
pub const NAME_MAX_CHARS: usize = 120;

/// Bars that a voice note's waveform has at most.
pub const WAVEFORM_MAX_BARS: usize = 64;

/// How high a bar of a waveform is at most.
const BAR_MAX: u8 = 100;

/// Longest voice note, in milliseconds.
const VOICE_MAX_MS: i64 = 4 * 60 * 60 * 1_000;

/// What is done with an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Shown; made anew by the server, without what cameras write into it.
    Picture,
    /// Played.
    Video,
    /// Played.
    Audio,
    /// Recorded for this message; played with its waveform.
    Voice,
    /// Saved and never shown.
    File,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Picture,
        Self::Video,
        Self::Audio,
        Self::Voice,
        Self::File,
    ];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::File => "file",
        }
    }

    /// The kind that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A form of a picture that is taken apart and made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF, also a moving one.
    Gif,
}

/// What the first bytes of a file say that it is. What is neither shown nor played is a file,
/// whatever its sender calls it: SVG and HTML among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A picture.
    Picture(PictureFormat),
    /// A video that browsers play, of this type.
    Video(&'static str),
    /// Sound that browsers play, of this type.
    Audio(&'static str),
    /// Anything else, of this type.
    File(&'static str),
}

impl Content {
    /// What is done with it, and its type if it is kept as it came. A picture has the type of what is
    /// made of it.
    #[must_use]
    pub fn kept(self, voice: Option<&Voice>) -> (Kind, &'static str) {
        match (self, voice) {
            (Self::Audio(media_type), Some(_)) => (Kind::Voice, media_type),
            // Recorders of browsers put sound into the containers of videos.
            (Self::Video("video/webm"), Some(_)) => (Kind::Voice, "audio/webm"),
            (Self::Video("video/mp4"), Some(_)) => (Kind::Voice, "audio/mp4"),
            (Self::Video(media_type), _) => (Kind::Video, media_type),
            (Self::Audio(media_type), None) => (Kind::Audio, media_type),
            (Self::File(media_type), _) => (Kind::File, media_type),
            (Self::Picture(_), _) => (Kind::Picture, ""),
        }
    }
}

/// What a file is called, as people are shown it: 1 to [`NAME_MAX_CHARS`] characters that can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    /// A name from what a client says. Folders before it are left out, and what cannot be shown; a long
    /// one keeps its ending.
    #[must_use]
    pub fn of_claim(claim: &str) -> Self {
        let last = claim.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown: String = last
            .chars()
            .filter(|one| shown::is_harmless(*one))
            .collect();
        let name = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        // Dots alone name folders.
        if name.chars().all(|one| one == '.') {
            return Self("file".to_owned());
        }
        let length = name.chars().count();
        if length <= NAME_MAX_CHARS {
            return Self(name);
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let ending_chars = ending.chars().count() + 1;
        if ending.is_empty() || ending_chars > 16 {
            return Self(name.chars().take(NAME_MAX_CHARS).collect());
        }
        let stem = name.chars().take(NAME_MAX_CHARS - ending_chars);
        Self(stem.chain(['.']).chain(ending.chars()).collect())
    }

    /// A name that was cleaned when it was stored.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A voice note as its recorder has measured it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// How long it is.
    pub duration_ms: i64,
    /// How loud it is, from its beginning to its end: bars from 0 to 100.
    pub waveform: Vec<u8>,
}

/// A voice note cannot be like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a voice note has a duration of up to four hours and at most 64 bars from 0 to 100")]
pub struct NotAVoice;

impl Voice {
    /// # Errors
    /// [`NotAVoice`].
    pub fn new(duration_ms: i64, waveform: Vec<u8>) -> Result<Self, NotAVoice> {
        let is_usable = (0..=VOICE_MAX_MS).contains(&duration_ms)
            && waveform.len() <= WAVEFORM_MAX_BARS
            && waveform.iter().all(|bar| *bar <= BAR_MAX);
        is_usable
            .then_some(Self {
                duration_ms,
                waveform,
            })
            .ok_or(NotAVoice)
    }
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Which. Also the name of the upload that it was.
    pub id: AttachmentId,
    /// What is done with it.
    pub kind: Kind,
    /// What it is called.
    pub name: FileName,
    /// What its bytes say that it is.
    #[serde(rename = "type")]
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// A picture's, in pixels.
    pub width: Option<i64>,
    /// A picture's, in pixels.
    pub height: Option<i64>,
    /// A picture's colours until it is there: <https://blurha.sh>.
    pub blurhash: Option<String>,
    /// A voice note's.
    pub duration_ms: Option<i64>,
    /// A voice note's.
    pub waveform: Option<Vec<u8>>,
    /// Whether there is a small picture of it.
    pub thumbnail: bool,
}

/// Which of an attachment's forms somebody loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// All of it.
    Content,
    /// The small picture of it.
    Thumbnail,
}

impl Variant {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Thumbnail => "thumbnail",
        }
    }

    /// The variant that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Content, Self::Thumbnail]
            .into_iter()
            .find(|variant| variant.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(claim: &str, name: &str) {
        assert_eq!(FileName::of_claim(claim).as_str(), name, "{claim:?}");
    }

    #[test]
    fn name_is_what_can_be_shown_of_a_claim() {
        check_name("holiday.jpg", "holiday.jpg");
        check_name("  my \t holiday  .jpg ", "my holiday .jpg");
        check_name("../../etc/passwd", "passwd");
        check_name("C:\\fakepath\\a.pdf", "a.pdf");
        check_name("a\u{202E}gpj.exe", "agpj.exe");
        check_name("a\0b\nc", "abc");
        check_name("écran ü 図.png", "écran ü 図.png");
        for nothing in ["", "/", "..", ".", "\u{200B}", "a/"] {
            check_name(nothing, "file");
        }
    }

    #[test]
    fn long_name_keeps_its_ending() {
        let name = FileName::of_claim(&format!("{}.jpeg", "é".repeat(500)));
        assert_eq!(name.as_str().chars().count(), NAME_MAX_CHARS);
        assert!(name.as_str().ends_with("é.jpeg"));
        let name = FileName::of_claim(&format!("a.{}", "b".repeat(500)));
        assert_eq!(name.as_str().chars().count(), NAME_MAX_CHARS);
    }

    #[test]
    fn voice_is_bounded() {
        assert!(Voice::new(0, Vec::new()).is_ok());
        assert!(Voice::new(VOICE_MAX_MS, vec![BAR_MAX; WAVEFORM_MAX_BARS]).is_ok());
        for (duration, waveform) in [
            (-1, vec![]),
            (VOICE_MAX_MS + 1, vec![]),
            (1, vec![BAR_MAX + 1]),
            (1, vec![0; WAVEFORM_MAX_BARS + 1]),
        ] {
            assert_eq!(Voice::new(duration, waveform), Err(NotAVoice));
        }
    }

    #[test]
    fn bytes_decide_and_a_recording_is_a_voice_note() {
        let voice = Voice::new(1, vec![1]).unwrap();
        let kept = |content: Content| (content.kept(None), content.kept(Some(&voice)));
        assert_eq!(
            kept(Content::Audio("audio/ogg")),
            ((Kind::Audio, "audio/ogg"), (Kind::Voice, "audio/ogg"))
        );
        assert_eq!(
            kept(Content::Video("video/webm")),
            ((Kind::Video, "video/webm"), (Kind::Voice, "audio/webm"))
        );
        let html = (Kind::File, "text/html");
        assert_eq!(kept(Content::File("text/html")), (html, html));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(Kind::parse("svg"), None);
        for variant in [Variant::Content, Variant::Thumbnail] {
            assert_eq!(Variant::parse(variant.as_str()), Some(variant));
        }
    }
}
