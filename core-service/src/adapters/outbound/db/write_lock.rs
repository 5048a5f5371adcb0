//! The queue of SQLite's one writer.
//!
//! SQLite's own waiting is polling without order: a writer can starve for seconds. Here threads of
//! this process take turns by ticket, and processes by an exclusive lock on a file beside the
//! database.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

#[derive(Debug, Default)]
struct Turns {
    next_ticket: u64,
    now_serving: u64,
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct WriteLock {
    turns: Mutex<Turns>,
    moved_on: Condvar,
    file: File,
}

/// The right to write, until dropped.
#[derive(Debug)]
pub(super) struct WriteGuard<'a>(&'a WriteLock);

impl WriteLock {
    /// For the database at `path`.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(name)?;
        Ok(Self {
            turns: Mutex::default(),
            moved_on: Condvar::new(),
            file,
        })
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// When the operating system refuses the lock.
    pub(super) fn acquire(&self) -> io::Result<WriteGuard<'_>> {
        let mut turns = self.turns();
        let ticket = turns.next_ticket;
        turns.next_ticket += 1;
        while turns.now_serving != ticket {
            turns = self
                .moved_on
                .wait(turns)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(turns);
        match self.file.lock() {
            Ok(()) => Ok(WriteGuard(self)),
            Err(error) => {
                self.move_on();
                Err(error)
            }
        }
    }

    fn move_on(&self) {
        self.turns().now_serving += 1;
        self.moved_on.notify_all();
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        // No code panics while it holds the lock.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        // An unlock can only fail for a file that is not locked.
        let _ = self.0.file.unlock();
        self.0.move_on();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn writers_are_served_in_the_order_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let lock = WriteLock::open(&folder.path().join("r.db")).unwrap();
        let (tell, told) = mpsc::sync_channel(16);
        thread::scope(|scope| {
            let first = lock.acquire().unwrap();
            for writer in 0..8 {
                let (lock, tell) = (&lock, tell.clone());
                scope.spawn(move || {
                    let _guard = lock.acquire().unwrap();
                    tell.send(writer).unwrap();
                });
                // The next one comes when this one has its ticket.
                while lock.turns().next_ticket != writer + 2 {
                    thread::yield_now();
                }
            }
            drop(first);
        });
        assert_eq!(
            told.try_iter().collect::<Vec<_>>(),
            (0..8).collect::<Vec<u64>>()
        );
    }
}
