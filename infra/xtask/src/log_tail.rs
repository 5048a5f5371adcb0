//! Several logs as one, line by line, each line with its origin.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::PathBuf,
};

/// Follows logs from their ends on.
#[derive(Debug, Default)]
pub(crate) struct LogTail(Vec<Followed>);

#[derive(Debug)]
struct Followed {
    name: String,
    path: PathBuf,
    /// What has been read.
    position: u64,
    /// The beginning of a line whose end is not written yet.
    rest: Vec<u8>,
}

impl LogTail {
    /// Follows one more log from its present end on.
    pub(crate) fn follow(&mut self, name: &str, path: PathBuf) {
        let position = path.metadata().map_or(0, |log| log.len());
        self.0.push(Followed {
            name: name.to_owned(),
            path,
            position,
            rest: Vec::new(),
        });
    }

    /// Writes what is new to standard output. What cannot be read or written now is tried again.
    pub(crate) fn forward(&mut self) {
        let mut out = std::io::stdout().lock();
        for log in &mut self.0 {
            log.read();
            while let Some(end) = log.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = log.rest.drain(..=end).collect();
                let _ = write!(out, "{:<7}| {}", log.name, String::from_utf8_lossy(&line));
            }
        }
    }
}

impl Followed {
    fn read(&mut self) {
        let Ok(mut file) = File::open(&self.path) else {
            return;
        };
        if file.seek(SeekFrom::Start(self.position)).is_ok() {
            self.position += file.read_to_end(&mut self.rest).unwrap_or(0) as u64;
        }
    }
}
