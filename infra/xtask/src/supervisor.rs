//! Keeps the processes of a stack running until somebody asks to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use rookery_harness::process::{Process, Program};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::{log_tail::LogTail, stack::Stack};

/// As the system calls this program.
pub(crate) const COMMAND: &str = "xtask";

/// How often everything is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a process may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A process that lived this long is restarted at once; one that did not has to wait, longer each
/// time.
const LIVED_LONG: Duration = Duration::from_secs(2);
const WAIT_AT_MOST: Duration = Duration::from_secs(5);

/// The processes of a stack, in the order in which they are stopped.
pub(crate) struct Supervisor {
    stack: Stack,
    children: Vec<Child>,
    asked_to_stop: Arc<AtomicBool>,
}

struct Child {
    program: Program,
    stop_within: Duration,
    state: State,
    /// Of the running process, or of the last one.
    pid: u32,
    /// Before the next restart.
    wait: Duration,
}

enum State {
    Runs { process: Process, since: Instant },
    StartsAt(Instant),
}

impl Supervisor {
    /// Starts everything and waits until it is ready.
    ///
    /// # Errors
    /// When a process cannot be started or does not become ready; then nothing runs any more.
    pub(crate) fn start(stack: Stack) -> Result<Self> {
        let asked_to_stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, asked_to_stop.clone())?;
        }
        let mut processes: Vec<Process> = stack
            .programs()
            .iter()
            .map(Program::start)
            .collect::<Result<_, _>>()?;
        for process in &mut processes {
            process.wait_until_ready(READY_WITHIN)?;
        }
        let patience = stack.patience().iter();
        let children = processes
            .into_iter()
            .zip(patience)
            .map(|(process, stop_within)| Child {
                program: process.program().clone(),
                stop_within: *stop_within,
                pid: process.pid(),
                state: State::Runs {
                    process,
                    since: Instant::now(),
                },
                wait: Duration::ZERO,
            });
        Ok(Self {
            children: children.collect(),
            stack,
            asked_to_stop,
        })
    }

    /// Restarts what dies and passes on the logs until somebody asks to stop; then stops everything.
    ///
    /// # Errors
    /// When the system does not let us look after the processes.
    pub(crate) fn run(mut self, mut logs: LogTail) -> Result<()> {
        while !self.asked_to_stop.load(Ordering::Relaxed) {
            self.look()?;
            logs.forward();
            thread::sleep(LOOK_EVERY);
        }
        println!("stopping …");
        for child in &mut self.children {
            if let State::Runs { process, .. } = &mut child.state {
                process.stop_within(child.stop_within)?;
            }
            logs.forward();
        }
        println!("stopped");
        self.stack.forget()
    }

    /// Writes down what runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write_file(&self) -> Result<()> {
        let pids = self
            .children
            .iter()
            .map(|child| child.pid)
            .collect::<Vec<_>>();
        self.stack.remember(&pids)
    }

    fn look(&mut self) -> Result<()> {
        let mut changed = false;
        for child in &mut self.children {
            changed |= child.look()?;
        }
        if changed { self.write_file() } else { Ok(()) }
    }
}

impl Child {
    /// Whether it was started anew.
    fn look(&mut self) -> Result<bool> {
        let name = &self.program.name;
        if let State::Runs { process, since } = &mut self.state {
            let Some(status) = process.ended()? else {
                return Ok(false);
            };
            if since.elapsed() > LIVED_LONG {
                self.wait = Duration::ZERO;
            }
            println!(
                "{name} died ({status}); restarting after {} ms",
                self.wait.as_millis()
            );
            self.state = State::StartsAt(Instant::now() + self.wait);
        }
        if matches!(self.state, State::StartsAt(time) if time > Instant::now()) {
            return Ok(false);
        }
        self.wait = (self.wait * 2).clamp(LOOK_EVERY, WAIT_AT_MOST);
        match self.program.start() {
            Ok(process) => {
                self.pid = process.pid();
                println!("{name} runs again as process {}", self.pid);
                self.state = State::Runs {
                    process,
                    since: Instant::now(),
                };
                Ok(true)
            }
            Err(error) => {
                println!("{error}; trying again in {:?}", self.wait);
                self.state = State::StartsAt(Instant::now() + self.wait);
                Ok(false)
            }
        }
    }
}
