//! One line that says how far a build is and how long it still takes, made of what cargo prints.

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// How often a line is written where lines cannot be replaced: in a file, in a pipe.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// How often the line of a terminal is replaced.
const REPLACE_EVERY: Duration = Duration::from_millis(200);

/// A build that is over within this needs no line.
const QUIET_FOR: Duration = Duration::from_secs(1);

/// The share of the time that has passed once a share of the units is built, both in percent, in a
/// build of everything: the programs themselves come last and take long. `cargo build --timings`
/// has the numbers.
const CURVE: [(f64, f64); 6] = [
    (0.0, 0.0),
    (25.0, 10.0),
    (50.0, 25.0),
    (75.0, 44.0),
    (97.0, 66.0),
    (100.0, 100.0),
];

/// The first words of the lines in which cargo says what it does.
const STATUS: [&str; 11] = [
    "Adding",
    "Building",
    "Compiling",
    "Dirty",
    "Downloaded",
    "Downloading",
    "Finished",
    "Fresh",
    "Locking",
    "Running",
    "Updating",
];

/// What cargo has said.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// So many units of so many are built.
    Built {
        /// Built or up to date.
        done: u32,
        /// All that the build consists of.
        all: u32,
    },
    /// A line for the person: a warning, an error, that it waits for another cargo.
    Said(String),
}

/// Takes cargo's output apart.
#[derive(Default)]
pub struct Listener {
    /// The beginning of a line whose end is still to come.
    rest: Vec<u8>,
}

impl Listener {
    /// What the next piece of the output says.
    pub fn hear(&mut self, chunk: &[u8]) -> Vec<Heard> {
        self.rest.extend_from_slice(chunk);
        let mut heard = Vec::new();
        // A progress line ends where the next one replaces it.
        while let Some(end) = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
        {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            heard.extend(understand(&String::from_utf8_lossy(&line[..end])));
        }
        heard
    }
}

fn understand(line: &str) -> Option<Heard> {
    let plain = without_escapes(line);
    let words = plain.trim_start();
    let first = words.split([' ', ':']).next().unwrap_or_default();
    if first == "Building"
        && let Some((_, after_bar)) = words.split_once("] ")
        && let Some((done, rest)) = after_bar.split_once('/')
    {
        let all: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return Some(Heard::Built {
            done: done.parse().ok()?,
            all: all.parse().ok()?,
        });
    }
    let is_status = plain.starts_with(' ') && STATUS.contains(&first);
    (!is_status && !words.is_empty()).then(|| Heard::Said(line.to_owned()))
}

/// Without the terminal's control sequences (ECMA-48): ESC, `[`, parameters, a letter.
fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        rest = after.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        rest = rest.get(1..).unwrap_or_default();
    }
    plain + rest
}

/// Shows how far a build is.
pub struct Progress<W> {
    out: W,
    is_terminal: bool,
    started: Instant,
    shown: Option<Instant>,
    /// Share of the time that had passed, as it were, when the first number came, and when that was.
    first: Option<(f64, Instant)>,
}

impl<W: Write> Progress<W> {
    /// Writes to `out`, whose lines can be replaced if it is a terminal.
    pub fn new(out: W, is_terminal: bool) -> Self {
        Self {
            out,
            is_terminal,
            started: Instant::now(),
            shown: None,
            first: None,
        }
    }

    /// So many units of so many are built.
    pub fn built(&mut self, done: u32, all: u32) {
        self.built_at(done, all, Instant::now());
    }

    fn built_at(&mut self, done: u32, all: u32, now: Instant) {
        let share = share_of_time(done, all);
        let (first, since) = *self.first.get_or_insert((share, now));
        let pause = if self.is_terminal {
            REPLACE_EVERY
        } else {
            LINE_EVERY
        };
        let is_soon = self.shown.is_some_and(|shown| now - shown < pause);
        if is_soon || now - self.started < QUIET_FOR {
            return;
        }
        self.shown = Some(now);
        let left = left(share - first, 1.0 - share, now - since);
        let left = left.map_or_else(String::new, |left| format!(", {left} to go"));
        self.write(&format!("==> building: {done} of {all}{left}"));
    }

    /// Shows a line as it is.
    pub fn say(&mut self, line: &str) {
        self.clear();
        // Nobody is left to whom a failure could be told.
        let _ = writeln!(self.out, "{line}");
    }

    /// Removes what a terminal shows.
    pub fn end(&mut self) {
        self.clear();
        let _ = self.out.flush();
    }

    fn write(&mut self, text: &str) {
        let _ = if self.is_terminal {
            write!(self.out, "\r\u{1b}[K{text}")
        } else {
            writeln!(self.out, "{text}")
        };
        let _ = self.out.flush();
    }

    fn clear(&mut self) {
        if self.is_terminal && self.shown.is_some() {
            let _ = write!(self.out, "\r\u{1b}[K");
        }
    }
}

/// The share of a build's time that has passed, between 0 and 1.
fn share_of_time(done: u32, all: u32) -> f64 {
    let units = 100.0 * f64::from(done) / f64::from(all.max(1));
    let piece = CURVE.windows(2).find(|piece| units <= piece[1].0);
    let Some(&[(x0, y0), (x1, y1)]) = piece else {
        return 1.0;
    };
    (y0 + (units - x0) * (y1 - y0) / (x1 - x0)) / 100.0
}

/// How long the rest takes when a share of the whole took `took`; nothing when too little is done
/// to tell.
fn left(done: f64, rest: f64, took: Duration) -> Option<String> {
    if done < 0.02 || took < Duration::from_secs(3) {
        return None;
    }
    let seconds = took.as_secs_f64() * rest / done;
    if seconds < 90.0 {
        // By tens: nobody believes it to the second.
        Some(format!("about {:.0} s", (seconds / 10.0).ceil() * 10.0))
    } else {
        Some(format!("about {:.0} min", seconds / 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_output_is_taken_apart_wherever_it_is_cut() {
        let output = "    Updating crates.io index\n\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m serde v1.0\n    \
            Building [====>     ] 12/491: serde, hub(bin)\r\u{1b}[K    Blocking waiting for file lock\n\
            warning: unused variable: `x`\n --> src/main.rs:1:2\n\n    Building [=====>    ] 13/491\r";
        let expected = [
            Heard::Built { done: 12, all: 491 },
            Heard::Said("\u{1b}[K    Blocking waiting for file lock".into()),
            Heard::Said("warning: unused variable: `x`".into()),
            Heard::Said(" --> src/main.rs:1:2".into()),
            Heard::Built { done: 13, all: 491 },
        ];
        for size in [1, 7, output.len()] {
            let mut listener = Listener::default();
            let pieces = output.as_bytes().chunks(size);
            let heard: Vec<Heard> = pieces.flat_map(|piece| listener.hear(piece)).collect();
            assert_eq!(heard, expected);
        }
    }

    #[test]
    fn time_to_go_comes_from_the_time_that_has_passed() {
        let half = left(0.5, 0.5, Duration::from_secs(180));
        assert_eq!(half.as_deref(), Some("about 3 min"));
        let end = left(0.9, 0.1, Duration::from_secs(180));
        assert_eq!(end.as_deref(), Some("about 20 s"));
        assert_eq!(left(0.0, 1.0, Duration::from_secs(180)), None);
    }

    #[test]
    fn shares_of_the_time_grow_from_nothing_to_everything() {
        assert_eq!(share_of_time(0, 491), 0.0);
        assert_eq!(share_of_time(491, 491), 1.0);
        let shares: Vec<f64> = (0..=491).map(|done| share_of_time(done, 491)).collect();
        assert!(shares.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn short_build_shows_nothing_and_a_long_one_what_is_to_go() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, false);
        let start = progress.started;
        let at = |seconds| start + Duration::from_secs(seconds);
        progress.built_at(0, 100, start);
        for second in 1..=60 {
            progress.built_at(u32::try_from(second).unwrap(), 100, at(second));
        }
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(lines[0], "==> building: 1 of 100");
        assert!(lines[1].contains("16 of 100, about"), "{text}");
        assert!(lines[1].ends_with(" min to go"), "{text}");
    }
}
