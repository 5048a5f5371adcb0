//! Questions of one moment that go out as one call.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Semaphore, mpsc, oneshot};

/// How long questions are collected.
const WAIT: Duration = Duration::from_millis(2);

/// Questions that may wait; who asks more waits to be heard.
const QUEUE: usize = 20_000;

/// Calls under way at the same time: the answer to one may have some megabytes.
const CALLS_MAX: usize = 16;

type Waiting<Q, A> = (Q, oneshot::Sender<Option<A>>);

/// Collects questions and asks them in one call. Cheap to clone.
pub(super) struct Batching<Q, A>(mpsc::Sender<Waiting<Q, A>>);

impl<Q, A> Clone for Batching<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q: Send + 'static, A: Send + 'static> Batching<Q, A> {
    /// Has `call` answer up to `max` questions at a time, each at its place. Inside a Tokio runtime.
    pub(super) fn new<F>(max: usize, call: impl Fn(Vec<Q>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Vec<Option<A>>> + Send + 'static,
    {
        let (sender, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(collect(max, waiting, call));
        Self(sender)
    }

    /// The answer to one question, if there is one.
    pub(super) async fn ask(&self, question: Q) -> Option<A> {
        let (answer, answered) = oneshot::channel();
        self.0.send((question, answer)).await.ok()?;
        answered.await.ok().flatten()
    }
}

async fn collect<Q, A, F>(
    max: usize,
    mut waiting: mpsc::Receiver<Waiting<Q, A>>,
    call: impl Fn(Vec<Q>) -> F,
) where
    A: Send + 'static,
    F: Future<Output = Vec<Option<A>>> + Send + 'static,
{
    let calls = Arc::new(Semaphore::new(CALLS_MAX));
    while let Some(first) = waiting.recv().await {
        tokio::time::sleep(WAIT).await;
        // The semaphore is never closed.
        let permit = calls.clone().acquire_owned().await;
        let (mut questions, mut askers) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some((question, asker)) = next {
            // Nobody waits for what those asked who have left.
            if !asker.is_closed() {
                questions.push(question);
                askers.push(asker);
            }
            next = if questions.len() < max {
                waiting.try_recv().ok()
            } else {
                None
            };
        }
        if questions.is_empty() {
            continue;
        }
        let answers = call(questions);
        tokio::spawn(async move {
            let _permit = permit;
            for (asker, answer) in askers.into_iter().zip(answers.await) {
                // Who asked may have left.
                let _ = asker.send(answer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn everyone_gets_the_own_answer_and_few_calls_are_made() {
        let (calls, mut called) = mpsc::channel(10);
        let batching = Batching::new(10, move |questions: Vec<u32>| {
            calls.try_send(questions.len()).unwrap();
            async move {
                let answer = |question: u32| (question != 7).then_some(question * 2);
                questions.into_iter().map(answer).collect()
            }
        });
        let answers = join_all((0..25).map(|question| batching.ask(question))).await;
        let expected = (0..25).map(|question| (question != 7).then_some(question * 2));
        assert_eq!(answers, expected.collect::<Vec<_>>());
        drop(batching);
        let mut sizes = Vec::new();
        while let Some(size) = called.recv().await {
            sizes.push(size);
        }
        assert_eq!(sizes, [10, 10, 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_asked_for_those_who_have_left_and_calls_are_bounded() {
        let (calls, mut called) = mpsc::channel(100);
        let batching = Batching::new(1, move |questions: Vec<usize>| {
            calls.try_send(questions[0]).unwrap();
            std::future::pending::<Vec<Option<()>>>()
        });
        let ask = |question| {
            let batching = batching.clone();
            tokio::spawn(async move { batching.ask(question).await })
        };
        let gone = ask(1_000);
        tokio::task::yield_now().await;
        gone.abort();
        let waiting: Vec<_> = (0..CALLS_MAX + 5).map(ask).collect();
        let mut seen = Vec::new();
        while let Ok(Some(question)) =
            tokio::time::timeout(Duration::from_secs(1), called.recv()).await
        {
            seen.push(question);
        }
        assert_eq!(seen, (0..CALLS_MAX).collect::<Vec<_>>());
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
