//! A process of this program that is told what to do and answers: one JSON line each.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

const ENDED: &str = "a process of the bench has ended";

/// The process. It ends when this is dropped.
pub(crate) struct Worker {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts this program again with other arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(args: &[&str]) -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a process of the bench")?;
        Ok(Self {
            orders: process.stdin.take().context("its input is a pipe")?,
            answers: BufReader::new(process.stdout.take().context("its output is a pipe")?),
            process,
        })
    }

    /// Gives an order.
    ///
    /// # Errors
    /// When the process has ended.
    pub(crate) fn tell(&mut self, order: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.orders.write_all(&line).context(ENDED)
    }

    /// Waits for the next answer.
    ///
    /// # Errors
    /// When the process has ended, or says something else.
    pub(crate) fn answer<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context(ENDED)
    }

    /// Gives an order and waits for its answer.
    ///
    /// # Errors
    /// As [`Self::tell`] and [`Self::answer`].
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, order: &impl Serialize) -> Result<T> {
        self.tell(order)?;
        self.answer()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Inside such a process: the orders as they come. The channel closes when no more can come.
pub(crate) fn orders<T: DeserializeOwned + Send + 'static>() -> mpsc::Receiver<Result<T>> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let order = line
                .map_err(Into::into)
                .and_then(|line| serde_json::from_str(&line).context("an order is not understood"));
            if sender.blocking_send(order).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Inside such a process: answers an order.
///
/// # Errors
/// When nobody listens any more.
pub(crate) fn say(answer: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(answer)?;
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()?;
    Ok(())
}
