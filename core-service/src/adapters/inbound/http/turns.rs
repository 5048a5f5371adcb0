//! Few at a time of what costs a core or much memory: the threads that it would take serve everybody
//! else.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::http::StatusCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::problem::{Problem, blocking};
use crate::{
    application::error::{Error, Wait},
    domain::ids::UserId,
};

/// Requests that wait for their turn. More would only wait in vain.
const WAITING_MAX: usize = 256;

/// When a request that had no turn may come again.
const COME_AGAIN_S: i64 = 2;

/// The turns.
pub(super) struct Turns {
    running: Arc<Semaphore>,
    places: Semaphore,
    wait: Duration,
    /// Why there is none, in words.
    busy: &'static str,
    persons: Persons,
    /// Places at the disk, which the turns of several kinds share.
    disk: Option<Arc<Semaphore>>,
}

impl Turns {
    /// `parallel` at a time; a request waits up to `wait` for its turn, and is told that it is `busy`.
    pub(super) fn new(parallel: usize, wait: Duration, busy: &'static str) -> Self {
        Self {
            running: Arc::new(Semaphore::new(parallel)),
            places: Semaphore::new(WAITING_MAX),
            wait,
            busy,
            persons: Persons::default(),
            disk: None,
        }
    }

    /// The work of these turns also takes a place at the disk while it runs.
    pub(super) fn at_disk(self, disk: &Arc<Semaphore>) -> Self {
        Self {
            disk: Some(disk.clone()),
            ..self
        }
    }

    /// Waits for a turn, which lasts until it is dropped.
    ///
    /// # Errors
    /// A problem with status 503 when none comes in time.
    pub(super) async fn take(&self) -> Result<Turn, Problem> {
        let busy = || busy(self.busy);
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let turn = timeout(self.wait, self.running.clone().acquire_owned()).await;
        Ok(Turn {
            _running: turn.map_err(|_| busy())?.map_err(|_| busy())?,
            _own: None,
            disk: self.disk.clone(),
        })
    }

    /// As [`Self::take`], for a person who may wait for and hold `own_max` turns at a time.
    ///
    /// # Errors
    /// A problem with status 503: at once when the person has as many, else when no turn comes in time.
    pub(super) async fn take_for(&self, user: UserId, own_max: usize) -> Result<Turn, Problem> {
        let own = Own::count(&self.persons, user, own_max)
            .ok_or_else(|| busy("your requests before this one are under way"))?;
        Ok(Turn {
            _own: Some(own),
            ..self.take().await?
        })
    }

    /// A turn that was taken before it was known whose it is: counts it as one of a person's, who may have
    /// `own_max`.
    ///
    /// # Errors
    /// A problem with status 503 when the person has as many; the turn ends.
    pub(super) fn count_for(
        &self,
        turn: Turn,
        user: UserId,
        own_max: usize,
    ) -> Result<Turn, Problem> {
        let own = Own::count(&self.persons, user, own_max).ok_or_else(|| busy(self.busy))?;
        Ok(Turn {
            _own: Some(own),
            ..turn
        })
    }
}

fn busy(why: &str) -> Problem {
    let wait = Wait::seconds(COME_AGAIN_S);
    let detail = format!("{why}; try again {wait}");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(wait)
}

/// A turn. It ends when it is dropped.
#[must_use]
pub(super) struct Turn {
    _running: OwnedSemaphorePermit,
    _own: Option<Own>,
    disk: Option<Arc<Semaphore>>,
}

impl Turn {
    /// Runs a use case where it may block, and gives it the turn. A handler may be dropped before its
    /// use case has ended, because the answer took too long or the client has gone: the turn stays with
    /// the use case.
    pub(super) async fn run<T: Send + 'static>(
        self,
        act: impl FnOnce(Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let at_disk = match &self.disk {
            // Nobody closes it.
            Some(disk) => disk.clone().acquire_owned().await.ok(),
            None => None,
        };
        blocking(move || {
            let _at_disk = at_disk;
            act(self)
        })
        .await
    }
}

/// How many turns each person waits for or holds. Who has none is not in it.
type Persons = Arc<Mutex<HashMap<UserId, usize>>>;

/// One turn that a person waits for or holds.
struct Own {
    user: UserId,
    persons: Persons,
}

impl Own {
    /// Counts it, unless the person has `own_max`.
    fn count(persons: &Persons, user: UserId, own_max: usize) -> Option<Self> {
        let mut counts = locked(persons);
        let before = counts.get(&user).copied().unwrap_or_default();
        if before >= own_max {
            return None;
        }
        counts.insert(user, before + 1);
        drop(counts);
        Some(Self {
            user,
            persons: persons.clone(),
        })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = locked(&self.persons).entry(self.user) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn locked(persons: &Persons) -> MutexGuard<'_, HashMap<UserId, usize>> {
    persons.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{SyncSender, sync_channel};

    use actix_web::ResponseError as _;
    use futures_util::{FutureExt as _, poll};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;

    const WAIT: Duration = Duration::from_secs(2);
    const ADA: UserId = UserId::new(Uuid::from_u128(1));
    const BEN: UserId = UserId::new(Uuid::from_u128(2));

    /// Work that goes on until it is let go; then it says how many turns are free.
    fn held(
        turns: &Turns,
    ) -> (
        SyncSender<()>,
        impl FnOnce(Turn) -> Result<usize, Error> + use<>,
    ) {
        let (let_go, wait) = sync_channel(1);
        let running = turns.running.clone();
        let work = move |_turn| {
            let _ = wait.recv();
            Ok(running.available_permits())
        };
        (let_go, work)
    }

    #[tokio::test(start_paused = true)]
    async fn turn_is_waited_for_and_not_for_long() {
        let turns = Turns::new(1, WAIT, "people are signing in");
        let first = turns.take().await.unwrap();
        let refused = turns.take().await.err().unwrap();
        assert_eq!(refused.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        let response = refused.error_response();
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        let (second, ()) = tokio::join!(turns.take(), async { drop(first) });
        assert!(second.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_every_place_taken_is_refused_at_once() {
        let turns = Turns::new(1, WAIT, "people are signing in");
        let _running = turns.take().await.unwrap();
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| turns.take()).collect();
        let started = tokio::time::Instant::now();
        let ((), refused) = tokio::join!(
            async {
                futures_util::future::join_all(waiting).await;
            },
            async {
                tokio::task::yield_now().await;
                let refused = turns.take().await;
                (refused.is_err(), started.elapsed())
            }
        );
        assert_eq!(refused, (true, Duration::ZERO));
    }

    #[tokio::test]
    async fn turn_lasts_until_its_work_has_ended_whoever_waits_for_it() {
        let turns = Turns::new(1, WAIT, "people are sending pictures");
        let (begun, has_begun) = oneshot::channel();
        let (let_go, work) = held(&turns);
        let turn = turns.take_for(ADA, 1).await.unwrap();
        let handler = turn.run(move |turn| {
            let _ = begun.send(());
            work(turn)
        });
        tokio::select! {
            // It is dropped when the other one is ready, as at a timeout.
            _ = handler => panic!("the work is held"),
            begun = has_begun => begun.unwrap(),
        }
        assert_eq!(turns.running.available_permits(), 0);
        assert!(turns.take_for(ADA, 1).now_or_never().unwrap().is_err());
        let_go.send(()).unwrap();
        assert!(turns.take().await.is_ok());
    }

    #[tokio::test]
    async fn turn_that_is_given_back_goes_on() {
        let turns = Turns::new(1, WAIT, "people are loading files");
        let turn = turns.take().await.unwrap();
        let turn = turn.run(Ok).await.unwrap();
        assert_eq!(turns.running.available_permits(), 0);
        let failed = turn.run(|_turn| Err::<(), _>(Error::NotFound("file")));
        assert!(failed.await.is_err());
        assert_eq!(turns.running.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn person_leaves_turns_to_others() {
        let turns = Turns::new(1, WAIT, "people are sending pictures");
        let running = turns.take_for(ADA, 2).await.unwrap();
        let mut waiting = Box::pin(turns.take_for(ADA, 2));
        assert!(poll!(&mut waiting).is_pending());
        let refused = turns.take_for(ADA, 2).now_or_never().unwrap();
        let refused = refused.err().unwrap();
        assert_eq!(refused.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            refused.to_string(),
            "your requests before this one are under way; try again in 2 seconds"
        );
        // Who no longer waits is not counted any more.
        drop(waiting);
        let mut waiting = Box::pin(turns.take_for(ADA, 2));
        assert!(poll!(&mut waiting).is_pending());
        let mut other = Box::pin(turns.take_for(BEN, 2));
        assert!(poll!(&mut other).is_pending());
        drop(running);
        drop(waiting.await.unwrap());
        drop(other.await.unwrap());
        assert!(locked(&turns.persons).is_empty());
    }

    #[tokio::test]
    async fn turn_is_counted_for_whom_it_turns_out_to_be() {
        let turns = Turns::new(3, WAIT, "many people are loading files");
        let count = async |user| turns.count_for(turns.take().await.unwrap(), user, 1);
        let first = count(ADA).await.unwrap();
        let refused = count(ADA).await.err().unwrap();
        assert_eq!(refused.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        let other = count(BEN).await.unwrap();
        assert_eq!(turns.running.available_permits(), 1);
        drop(first);
        drop(count(ADA).await.unwrap());
        drop(other);
        assert!(locked(&turns.persons).is_empty());
        assert_eq!(turns.running.available_permits(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn person_who_had_no_turn_in_time_is_not_counted() {
        let turns = Turns::new(1, WAIT, "people are sending pictures");
        let _running = turns.take().await.unwrap();
        assert!(turns.take_for(ADA, 1).await.is_err());
        assert!(locked(&turns.persons).is_empty());
    }

    #[tokio::test]
    async fn work_at_the_disk_leaves_threads_to_others() {
        let disk = Arc::new(Semaphore::new(1));
        let turns = |busy| Turns::new(2, WAIT, busy).at_disk(&disk);
        let (sent, loaded) = (turns("sending"), turns("loading"));
        let (let_go, work) = held(&sent);
        let mut first = Box::pin(sent.take().await.unwrap().run(work));
        assert!(poll!(&mut first).is_pending());
        // It would begin, if there were another place.
        let has_begun = Arc::new(Mutex::new(false));
        let begins = has_begun.clone();
        let mut second = Box::pin(loaded.take().await.unwrap().run(move |_turn| {
            *begins.lock().unwrap() = true;
            Ok(())
        }));
        assert!(poll!(&mut second).is_pending());
        blocking(|| Ok(())).await.unwrap();
        assert!(!*has_begun.lock().unwrap());
        let_go.send(()).unwrap();
        assert_eq!(first.await.unwrap(), 1);
        second.await.unwrap();
        assert_eq!(disk.available_permits(), 1);
    }
}
