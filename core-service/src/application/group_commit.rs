//! Group commit: what is to be written at the same time is written in one transaction.
//!
//! A commit costs the same for one message and for fifty. Whoever comes while all writers are at work
//! waits, and the next writer takes everybody who waits along; alone, nobody waits. The writers are the
//! callers' own threads, which take the part in turn; so no more wait than there are threads. Whoever
//! waits for too long writes alone: a writer may stand before a row that somebody else holds, which is
//! nobody else's concern.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use tracing::Span;

use super::{error::StoreError, ports::Stored};

/// Batches that are written at a time: one is prepared while the other one's commit reaches the disk.
const WRITERS: usize = 2;

/// A batch holds its rows' locks until its end.
const BATCH_MAX: usize = 64;

/// A batch that failed sooner is written again one by one, for one of it may be the cause. It covers
/// a row that somebody else holds (3 s), and no database that does not answer at all (5 s).
const ALONE_WITHIN: Duration = Duration::from_secs(4);

/// Much longer than a batch takes, and no time that anybody complains of.
const PATIENCE: Duration = Duration::from_millis(500);

/// Writes a batch; one answer for each, in their order.
type Write<I, O> = dyn Fn(&[I]) -> Stored<Vec<O>> + Send + Sync;

/// Tells of what was written.
type Announce<O> = dyn Fn(&mut O) + Send + Sync;

/// Writes what callers bring, together where they come together.
pub struct GroupCommit<I, O> {
    write: Box<Write<I, O>>,
    announce: Box<Announce<O>>,
    queue: Mutex<Queue<I, O>>,
    patience: Duration,
}

struct Queue<I, O> {
    /// In the order in which they came.
    waiting: VecDeque<Waiting<I, O>>,
    writers: usize,
    next_ticket: u64,
}

/// Somebody whose thread stands still until it is told something.
struct Waiting<I, O> {
    ticket: u64,
    item: I,
    /// What it is done for, in traces.
    span: Span,
    tell: SyncSender<Turn<I, O>>,
}

enum Turn<I, O> {
    /// Write this batch, in which your own one is.
    Write(Vec<Waiting<I, O>>),
    /// Yours was written, or was the only one.
    Written(Stored<O>),
    /// The batch has failed. Write yours alone.
    Alone(I),
}

impl<I, O> GroupCommit<I, O> {
    /// `write` is called by several threads at a time; `announce` for each answer of a batch in its
    /// order, in the span of whom it is for.
    pub fn new(
        write: impl Fn(&[I]) -> Stored<Vec<O>> + Send + Sync + 'static,
        announce: impl Fn(&mut O) + Send + Sync + 'static,
    ) -> Self {
        Self {
            write: Box::new(write),
            announce: Box::new(announce),
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                writers: 0,
                next_ticket: 0,
            }),
            patience: PATIENCE,
        }
    }

    /// Writes `item`, and whatever else waits. Holds the thread until it is written.
    ///
    /// # Errors
    /// Those of the store.
    pub fn write(&self, item: I) -> Stored<O> {
        // Room for the one word that is under way; a writer tells itself when the first was taken.
        let (tell, told) = sync_channel(1);
        let span = Span::current();
        let (ticket, entered) = self.queue().enter(item, span, tell);
        if let Some(batch) = entered {
            self.write_batch(batch);
        }
        loop {
            match told.recv_timeout(self.patience) {
                Ok(Turn::Write(batch)) => self.write_batch(batch),
                Ok(Turn::Written(answer)) => return answer,
                Ok(Turn::Alone(item)) => return self.write_alone(item),
                Err(RecvTimeoutError::Timeout) => {
                    // Whoever is not in the queue any more is being written.
                    let left = self.queue().leave(ticket);
                    if let Some(item) = left {
                        return self.write_alone(item);
                    }
                }
                // The writer panicked, or the database has let everybody wait.
                Err(RecvTimeoutError::Disconnected) => return Err(unanswered()),
            }
        }
    }

    fn write_alone(&self, item: I) -> Stored<O> {
        let mut answer = (self.write)(&[item])?.pop().ok_or_else(unanswered)?;
        (self.announce)(&mut answer);
        Ok(answer)
    }

    fn write_batch(&self, batch: Vec<Waiting<I, O>>) {
        let _turn = WritersTurn(self);
        let mut items = Vec::with_capacity(batch.len());
        let mut owners = Vec::with_capacity(batch.len());
        for waiting in batch {
            items.push(waiting.item);
            owners.push((waiting.span, waiting.tell));
        }
        let began = Instant::now();
        let written = (self.write)(&items);
        // Whoever is told waits for it, unless their thread is gone.
        match written {
            Ok(answers) => {
                for ((span, tell), mut answer) in owners.into_iter().zip(answers) {
                    span.in_scope(|| (self.announce)(&mut answer));
                    let _ = tell.send(Turn::Written(Ok(answer)));
                }
            }
            Err(error) if owners.len() == 1 => {
                let failed = |(_, tell): (_, SyncSender<_>)| tell.send(Turn::Written(Err(error)));
                let _ = owners.pop().map(failed);
            }
            Err(_) if began.elapsed() < ALONE_WITHIN => {
                for ((_, tell), item) in owners.into_iter().zip(items) {
                    let _ = tell.send(Turn::Alone(item));
                }
            }
            Err(error) => tracing::warn!(%error, "a batch of messages was not written"),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<I, O>> {
        // No code panics while it holds the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I, O> Queue<I, O> {
    /// The newcomer's ticket, and what they are to write at once: their own, while there are writers
    /// to be had.
    fn enter(
        &mut self,
        item: I,
        span: Span,
        tell: SyncSender<Turn<I, O>>,
    ) -> (u64, Option<Vec<Waiting<I, O>>>) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let newcomer = Waiting {
            ticket,
            item,
            span,
            tell,
        };
        if self.writers < WRITERS {
            self.writers += 1;
            return (ticket, Some(vec![newcomer]));
        }
        self.waiting.push_back(newcomer);
        (ticket, None)
    }

    /// What somebody brought who waits no longer; nothing once a writer has it.
    fn leave(&mut self, ticket: u64) -> Option<I> {
        let at = self
            .waiting
            .iter()
            .position(|waiting| waiting.ticket == ticket)?;
        self.waiting.remove(at).map(|waiting| waiting.item)
    }
}

/// Ends a writer's turn, however it ends: the first who waits is the next one.
struct WritersTurn<'a, I, O>(&'a GroupCommit<I, O>);

impl<I, O> Drop for WritersTurn<'_, I, O> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        let rest = queue.waiting.len().min(BATCH_MAX);
        let rest = queue.waiting.split_off(rest);
        let batch: Vec<_> = mem::replace(&mut queue.waiting, rest).into();
        let Some(first) = batch.first() else {
            queue.writers -= 1;
            return;
        };
        let tell = first.tell.clone();
        drop(queue);
        // Who waits has been told nothing yet, so there is room.
        let _ = tell.send(Turn::Write(batch));
    }
}

fn unanswered() -> StoreError {
    StoreError::Unavailable("a batch of messages was not written".into())
}

#[cfg(test)]
mod tests {
    use std::{
        panic,
        sync::{Arc, Condvar, mpsc},
        thread,
    };

    use super::*;

    const FOR_EVER: Duration = Duration::from_secs(3_600);

    /// A store that writes when the test says so.
    #[derive(Default)]
    struct Gate {
        open: Mutex<usize>,
        opened: Condvar,
        batches: Mutex<Vec<Vec<u32>>>,
    }

    impl Gate {
        /// Lets so many batches through.
        fn open(&self, batches: usize) {
            *self.open.lock().unwrap() += batches;
            self.opened.notify_all();
        }

        fn pass(&self, batch: &[u32]) {
            self.batches.lock().unwrap().push(batch.to_vec());
            let open = self.open.lock().unwrap();
            let mut open = self.opened.wait_while(open, |open| *open == 0).unwrap();
            *open -= 1;
        }

        fn seen(&self) -> Vec<Vec<u32>> {
            self.batches.lock().unwrap().clone()
        }
    }

    /// Writes the number and tells twice of it; a batch with a 13 in it fails, and with a 666 the writer panics.
    fn doubling(gate: &Arc<Gate>, patience: Duration) -> Arc<GroupCommit<u32, u32>> {
        let gate = gate.clone();
        let write = move |batch: &[u32]| {
            gate.pass(batch);
            assert!(!batch.contains(&666), "the writer panics");
            if batch.contains(&13) {
                return Err(StoreError::Exists);
            }
            Ok(batch.to_vec())
        };
        let mut commit = GroupCommit::new(write, |number| *number *= 2);
        commit.patience = patience;
        Arc::new(commit)
    }

    /// Both writers at work on 1 and 2, and the others waiting behind them in their order.
    fn crowd(
        commit: &Arc<GroupCommit<u32, u32>>,
        gate: &Gate,
        others: impl IntoIterator<Item = u32>,
    ) -> mpsc::Receiver<(u32, Result<u32, String>)> {
        let (tell, told) = sync_channel(2 * BATCH_MAX);
        let come = |number| {
            let (commit, tell) = (commit.clone(), tell.clone());
            thread::spawn(move || {
                let write = panic::AssertUnwindSafe(|| commit.write(number));
                let answer = match panic::catch_unwind(write) {
                    Ok(answer) => answer.map_err(|error| error.to_string()),
                    Err(_) => Err("panicked".to_owned()),
                };
                tell.send((number, answer)).unwrap();
            });
        };
        for writer in 1..=2 {
            come(writer);
            while gate.seen().len() < writer as usize {
                thread::yield_now();
            }
        }
        for (before, number) in others.into_iter().enumerate() {
            come(number);
            while commit.queue().waiting.len() <= before {
                thread::yield_now();
            }
        }
        told
    }

    fn sorted(told: mpsc::Receiver<(u32, Result<u32, String>)>) -> Vec<(u32, Result<u32, String>)> {
        let mut answers: Vec<_> = told.into_iter().collect();
        answers.sort();
        answers
    }

    #[test]
    fn who_comes_alone_is_written_at_once() {
        let gate = Arc::new(Gate::default());
        let commit = doubling(&gate, FOR_EVER);
        gate.open(2);
        assert_eq!(commit.write(4).unwrap(), 8);
        assert_eq!(commit.write(5).unwrap(), 10);
        assert_eq!(gate.seen(), [[4], [5]]);
    }

    #[test]
    fn who_waits_is_written_together_in_the_order_of_coming() {
        let gate = Arc::new(Gate::default());
        let commit = doubling(&gate, FOR_EVER);
        let full = u32::try_from(BATCH_MAX).unwrap();
        let others = 100..110 + full;
        let told = crowd(&commit, &gate, others.clone());
        gate.open(4);
        let answers = (1..=2).chain(others).map(|number| (number, Ok(number * 2)));
        assert_eq!(sorted(told), answers.collect::<Vec<_>>());
        let mut batches = gate.seen().split_off(2);
        batches.sort();
        assert_eq!(batches[0], (100..100 + full).collect::<Vec<_>>());
        assert_eq!(batches[1], (100 + full..110 + full).collect::<Vec<_>>());
        assert_eq!(commit.queue().writers, 0);
    }

    #[test]
    fn one_that_cannot_be_written_fails_alone() {
        let gate = Arc::new(Gate::default());
        let commit = doubling(&gate, FOR_EVER);
        let told = crowd(&commit, &gate, [12, 13, 14]);
        gate.open(6);
        let exists = Err(StoreError::Exists.to_string());
        assert_eq!(
            sorted(told),
            [
                (1, Ok(2)),
                (2, Ok(4)),
                (12, Ok(24)),
                (13, exists),
                (14, Ok(28))
            ]
        );
        assert_eq!(commit.queue().writers, 0);
    }

    #[test]
    fn writer_that_panics_leaves_its_place_to_the_next_one() {
        let gate = Arc::new(Gate::default());
        let commit = doubling(&gate, FOR_EVER);
        let told = crowd(&commit, &gate, [666, 7]);
        gate.open(3);
        let answers = sorted(told);
        assert_eq!(answers[2], (7, Err(unanswered().to_string())));
        assert_eq!(answers[3], (666, Err("panicked".to_owned())));
        assert_eq!(commit.queue().writers, 0);
        gate.open(1);
        assert_eq!(commit.write(4).unwrap(), 8);
    }

    #[test]
    fn who_waits_too_long_writes_alone_and_once() {
        let gate = Arc::new(Gate::default());
        let commit = doubling(&gate, Duration::from_millis(1));
        let told = crowd(&commit, &gate, []);
        let late = thread::spawn({
            let commit = commit.clone();
            move || commit.write(7)
        });
        // Both writers stand still, and the third one is at the store all the same.
        while gate.seen().len() < 3 {
            thread::yield_now();
        }
        gate.open(3);
        assert_eq!(late.join().unwrap().unwrap(), 14);
        assert_eq!(sorted(told), [(1, Ok(2)), (2, Ok(4))]);
        assert_eq!(gate.seen().len(), 3);
        assert_eq!(commit.queue().writers, 0);
    }
}
