//! The queue of SQLite's one writer.
//!
//! SQLite's own waiting is polling without order: a writer can starve for seconds. Here threads of
//! this process take turns by ticket, and processes by exclusive locks on two files beside the
//! database. Whoever waits for the lock itself holds the gate before it, so that a process with many
//! writers cannot take the lock again and again past another one. Nobody waits longer than
//! [`PATIENCE`]: a process that is stopped while it holds the lock does not stop the others' threads.

use std::{
    collections::VecDeque,
    fs::{File, TryLockError},
    io,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long a writer waits: less than whoever asked it.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// How often a file that another process has locked is looked at.
const LOOK_EVERY: Duration = Duration::from_micros(300);

#[derive(Debug, Default)]
struct Turns {
    next_ticket: u64,
    waiting: VecDeque<u64>,
    is_taken: bool,
}

/// Admits one writer at a time, of all processes.
#[derive(Debug)]
pub(super) struct WriteLock {
    turns: Mutex<Turns>,
    moved_on: Condvar,
    gate: File,
    lock: File,
    patience: Duration,
}

/// The right to write, until dropped.
#[derive(Debug)]
pub(super) struct WriteGuard<'a>(&'a WriteLock);

/// A locked file, until dropped.
struct Locked<'a>(&'a File);

impl WriteLock {
    /// For the database at `path`.
    ///
    /// # Errors
    /// When the lock files cannot be made.
    pub(super) fn open(path: &Path, patience: Duration) -> io::Result<Self> {
        Ok(Self {
            turns: Mutex::default(),
            moved_on: Condvar::new(),
            gate: beside(path, ".gate")?,
            lock: beside(path, ".lock")?,
            patience,
        })
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// When that does not come in time, or the operating system refuses the lock.
    pub(super) fn acquire(&self) -> io::Result<WriteGuard<'_>> {
        let deadline = Instant::now() + self.patience;
        self.take_turn(deadline)?;
        // From here on the turn is given back whatever happens.
        let guard = WriteGuard(self);
        let gate = Locked::new(&self.gate, deadline)?;
        let lock = Locked::new(&self.lock, deadline)?;
        drop(gate);
        // The guard's drop unlocks it.
        std::mem::forget(lock);
        Ok(guard)
    }

    fn take_turn(&self, deadline: Instant) -> io::Result<()> {
        let mut turns = self.turns();
        let ticket = turns.next_ticket;
        turns.next_ticket += 1;
        turns.waiting.push_back(ticket);
        while turns.is_taken || turns.waiting.front() != Some(&ticket) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                turns.waiting.retain(|waiting| *waiting != ticket);
                self.moved_on.notify_all();
                return Err(busy());
            }
            turns = self
                .moved_on
                .wait_timeout(turns, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        turns.waiting.pop_front();
        turns.is_taken = true;
        Ok(())
    }

    /// How many writers of this process wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.turns().waiting.len()
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        // No code panics while it holds the lock.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Locked<'a> {
    fn new(file: &'a File, deadline: Instant) -> io::Result<Self> {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Err(busy()),
                Err(TryLockError::WouldBlock) => thread::sleep(LOOK_EVERY),
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // An unlock can only fail for a file that is not locked.
        let _ = self.0.unlock();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        // Nothing to undo if the lock was not reached.
        let _ = self.0.lock.unlock();
        self.0.turns().is_taken = false;
        self.0.moved_on.notify_all();
    }
}

fn beside(path: &Path, suffix: &str) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(name)
}

fn busy() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        "other writers, of this or another process, have not let go of the database in time",
    )
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn writers_are_served_in_the_order_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let lock = WriteLock::open(&folder.path().join("r.db"), PATIENCE).unwrap();
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

    #[test]
    fn nobody_waits_for_ever_for_a_process_that_stands_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.db");
        let open = || WriteLock::open(&path, Duration::from_millis(50)).unwrap();
        // What locks a file is its handle, so two are as good as two processes.
        let (stopped, other) = (open(), open());
        let held = stopped.acquire().unwrap();
        for _ in 0..2 {
            let refused = other.acquire().unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        }
        drop(held);
        drop(other.acquire().unwrap());
        drop(stopped.acquire().unwrap());
    }

    #[test]
    fn writer_that_gave_up_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.db");
        let lock = WriteLock::open(&path, Duration::from_millis(50)).unwrap();
        let held = lock.acquire().unwrap();
        assert!(lock.acquire().is_err());
        drop(held);
        drop(lock.acquire().unwrap());
        assert!(lock.turns().waiting.is_empty());
    }
}
