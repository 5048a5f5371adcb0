//! Whose tokens count no more, where the hub checks tokens by itself.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::connection::link::Subject;

/// Revocations that are kept at the same time.
const MARKS_MAX: usize = 100_000;

/// A revocation, in UTC milliseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Tokens that were issued until then are refused.
    revoked_at_ms: i64,
    /// So long is that remembered.
    until_ms: i64,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    subject: Subject,
    #[serde(flatten)]
    mark: Mark,
}

/// Why a revocation was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RevokeRefused {
    /// As many are kept as may be.
    #[error("as many revocations are kept as may be, which is {MARKS_MAX}")]
    Full,
    /// It would be forgotten at a restart.
    #[error("the file of revocations cannot be written")]
    File(#[from] io::Error),
}

/// What is known of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has revoked it.
    Good,
    /// It was issued in the second in which its user or session was revoked, and may be older or
    /// newer than that: another token will tell.
    Unclear,
    /// It is older than the revocation.
    Revoked,
}

/// When a token was issued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IssuedAt {
    /// `iat` in UTC seconds since 1970-01-01. Without it a token counts as older than any
    /// revocation.
    pub seconds: Option<f64>,
}

impl IssuedAt {
    /// The first and the last millisecond in which it may have been issued: whole seconds are
    /// rounded down by most issuers.
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    fn span_ms(self) -> (i64, i64) {
        let Some(seconds) = self.seconds else {
            return (i64::MIN, i64::MIN);
        };
        let first = (seconds * 1_000.0) as i64;
        let is_whole = seconds.fract() == 0.0;
        (first, first.saturating_add(if is_whole { 999 } else { 0 }))
    }
}

impl Mark {
    fn standing(self, issued: IssuedAt) -> Standing {
        let (first_ms, last_ms) = issued.span_ms();
        if last_ms <= self.revoked_at_ms {
            Standing::Revoked
        } else if first_ms <= self.revoked_at_ms {
            Standing::Unclear
        } else {
            Standing::Good
        }
    }
}

#[derive(Default)]
struct State {
    marks: HashMap<Subject, Mark>,
    file: Option<File>,
}

/// The revocations of one hub; with a file they outlive a restart.
#[derive(Default)]
pub struct Revocations(Mutex<State>);

impl Revocations {
    /// Those that the file holds, which is made when it is not there. A line that was cut off by a
    /// crash is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn open(path: &Path, now_ms: i64) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let mut marks = HashMap::new();
        // What follows the last line break was not written to its end.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let Line { subject, mark } = serde_json::from_str(line)?;
            if mark.until_ms > now_ms {
                marks.insert(subject, mark);
            }
        }
        let mut kept = String::new();
        for (subject, mark) in &marks {
            kept.push_str(&line(subject.clone(), *mark)?);
        }
        let shorter = path.with_extension("new");
        fs::write(&shorter, &kept)?;
        File::open(&shorter)?.sync_all()?;
        fs::rename(&shorter, path)?;
        let file = Some(OpenOptions::new().append(true).open(path)?);
        Ok(Self(Mutex::new(State { marks, file })))
    }

    /// Refuses the tokens of these subjects that were issued until now, until `until_ms`. When it
    /// returns, that is in the file.
    ///
    /// # Errors
    /// [`RevokeRefused`]; nothing is revoked then.
    pub fn revoke(
        &self,
        subjects: &[Subject],
        now_ms: i64,
        until_ms: i64,
    ) -> Result<(), RevokeRefused> {
        let mut state = self.lock();
        state.marks.retain(|_, mark| mark.until_ms > now_ms);
        if state.marks.len().saturating_add(subjects.len()) > MARKS_MAX {
            return Err(RevokeRefused::Full);
        }
        let marks = subjects.iter().map(|subject| {
            let before = state.marks.get(subject);
            let mark = Mark {
                revoked_at_ms: now_ms,
                until_ms: before.map_or(until_ms, |before| before.until_ms.max(until_ms)),
            };
            (subject.clone(), mark)
        });
        let marks: Vec<(Subject, Mark)> = marks.collect();
        if let Some(file) = &mut state.file {
            let lines = marks.iter().cloned();
            let lines: Result<Vec<_>, _> = lines.map(|(of, mark)| line(of, mark)).collect();
            file.write_all(lines?.concat().as_bytes())?;
            file.sync_data()?;
        }
        state.marks.extend(marks);
        Ok(())
    }

    /// How a token of that user and session stands.
    #[must_use]
    pub fn standing(&self, user: &str, session: &str, issued: IssuedAt, now_ms: i64) -> Standing {
        let state = self.lock();
        if state.marks.is_empty() {
            return Standing::Good;
        }
        let subjects = [
            Subject::User(user.to_owned()),
            Subject::Session(session.to_owned()),
        ];
        let marks = subjects.iter().filter_map(|of| state.marks.get(of));
        let standings: Vec<Standing> = marks
            .filter(|mark| mark.until_ms > now_ms)
            .map(|mark| mark.standing(issued))
            .collect();
        let worst = [Standing::Revoked, Standing::Unclear];
        let worst = worst.into_iter().find(|one| standings.contains(one));
        worst.unwrap_or(Standing::Good)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(subject: Subject, mark: Mark) -> io::Result<String> {
    let json = serde_json::to_string(&Line { subject, mark })?;
    Ok(json + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A revocation at 100.5 s that is kept for an hour.
    const NOW_MS: i64 = 100_500;
    const UNTIL_MS: i64 = NOW_MS + 3_600_000;

    fn user(name: &str) -> Subject {
        Subject::User(name.into())
    }

    #[track_caller]
    fn check(revocations: &Revocations, iat: impl Into<Option<f64>>, expected: Standing) {
        let issued = IssuedAt {
            seconds: iat.into(),
        };
        let standing = revocations.standing("ada", "s", issued, NOW_MS + 1);
        assert_eq!(standing, expected, "{issued:?}");
    }

    #[test]
    fn tokens_from_before_are_refused_and_those_from_after_are_not() {
        let revocations = Revocations::default();
        check(&revocations, None, Standing::Good);
        let subjects = [user("ada"), Subject::Session("other".into())];
        revocations.revoke(&subjects, NOW_MS, UNTIL_MS).unwrap();
        check(&revocations, None, Standing::Revoked);
        check(&revocations, 99.0, Standing::Revoked);
        check(&revocations, 100.25, Standing::Revoked);
        check(&revocations, 100.0, Standing::Unclear);
        check(&revocations, 100.75, Standing::Good);
        check(&revocations, 101.0, Standing::Good);
        let issued = IssuedAt {
            seconds: Some(99.0),
        };
        let of = |user, session, now_ms| revocations.standing(user, session, issued, now_ms);
        assert_eq!(of("eve", "s", NOW_MS), Standing::Good);
        assert_eq!(of("eve", "other", NOW_MS), Standing::Revoked);
        assert_eq!(of("ada", "s", UNTIL_MS), Standing::Good);
    }

    #[test]
    fn revocations_outlive_a_restart_and_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revocations.json");
        let open = |now_ms| Revocations::open(&path, now_ms).unwrap();
        open(NOW_MS)
            .revoke(&[user("ada")], NOW_MS, UNTIL_MS)
            .unwrap();
        let cut_off = fs::read_to_string(&path).unwrap() + "{\"user\":\"ev";
        fs::write(&path, cut_off).unwrap();
        let revocations = open(NOW_MS);
        check(&revocations, 99.0, Standing::Revoked);
        revocations
            .revoke(&[user("eve")], NOW_MS, UNTIL_MS)
            .unwrap();
        check(&open(NOW_MS), 99.0, Standing::Revoked);
        // What is over is not kept.
        open(UNTIL_MS);
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        fs::write(&path, "buy milk\n").unwrap();
        assert!(Revocations::open(&path, NOW_MS).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "buy milk\n");
    }

    #[test]
    fn there_is_a_bound() {
        let revocations = Revocations::default();
        let many: Vec<Subject> = (0..MARKS_MAX).map(|n| user(&n.to_string())).collect();
        revocations.revoke(&many, NOW_MS, UNTIL_MS).unwrap();
        let more = revocations.revoke(&[user("ada")], NOW_MS, UNTIL_MS);
        assert!(matches!(more, Err(RevokeRefused::Full)));
        // What has run out makes room.
        revocations
            .revoke(&[user("ada")], UNTIL_MS, UNTIL_MS + 1)
            .unwrap();
    }
}
