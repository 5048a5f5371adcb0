//! Real processes: started, watched, stopped.

use std::{
    fs::{self, File},
    io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

/// How long a process may take to stop when it is asked to.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// How often a process is looked at while something is expected of it.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Why a process cannot be started, watched or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It cannot be started.
    #[error("cannot start {name} ({executable}): {source}")]
    Start {
        /// Name of the process.
        name: String,
        /// File that was to be run.
        executable: PathBuf,
        /// Why the system refuses.
        source: io::Error,
    },
    /// It ended instead of becoming ready.
    #[error("{name} ended at once ({status}); its last words:\n{last_words}")]
    Ended {
        /// Name of the process.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        last_words: String,
    },
    /// It runs and does not become ready.
    #[error("{name} is not ready after {waited:?}; its last words:\n{last_words}")]
    NotReady {
        /// Name of the process.
        name: String,
        /// For how long it was asked.
        waited: Duration,
        /// The end of its log.
        last_words: String,
    },
    /// The system refuses to signal it or to say whether it runs.
    #[error("cannot look after {name}: {source}")]
    System {
        /// Name of the process.
        name: String,
        /// Why the system refuses.
        source: io::Error,
    },
}

/// A program and how it is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name in messages and in `stack.json`.
    pub name: String,
    /// File that is run.
    pub executable: PathBuf,
    /// Arguments, without the program's name.
    pub args: Vec<String>,
    /// Added to the environment.
    pub env: Vec<(String, String)>,
    /// Where both of its output streams go; appended to.
    pub log: PathBuf,
    /// Answers 2xx once it is ready.
    pub ready_url: String,
}

/// A running process. It is killed, with all that it has started, when this is dropped.
#[derive(Debug)]
pub struct Process {
    program: Program,
    child: Child,
}

impl Program {
    /// Starts it in a process group of its own, so that a Ctrl-C at the terminal leaves the order of
    /// stopping to us.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn start(&self) -> Result<Process, ProcessError> {
        let spawn = || {
            let log = File::options().create(true).append(true).open(&self.log)?;
            Command::new(&self.executable)
                .args(&self.args)
                .envs(self.env.iter().map(|(key, value)| (key, value)))
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .process_group(0)
                .spawn()
        };
        match spawn() {
            Ok(child) => Ok(Process {
                program: self.clone(),
                child,
            }),
            Err(source) => Err(ProcessError::Start {
                name: self.name.clone(),
                executable: self.executable.clone(),
                source,
            }),
        }
    }

    /// The last lines of its log.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Process {
    /// The program that this process runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did. Then the children that it left behind are ended, too: nginx's workers
    /// would keep its ports.
    ///
    /// # Errors
    /// [`ProcessError::System`].
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, ProcessError> {
        let status = self
            .child
            .try_wait()
            .map_err(|source| self.system(source))?;
        if status.is_some() {
            self.kill_group().map_err(|source| self.system(source))?;
        }
        Ok(status)
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// [`ProcessError::Ended`], [`ProcessError::NotReady`].
    pub fn wait_until_ready(&mut self, within: Duration) -> Result<(), ProcessError> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Err(ProcessError::Ended {
                    name: self.program.name.clone(),
                    status,
                    last_words: self.program.last_words(),
                });
            }
            if ureq::get(&self.program.ready_url).call().is_ok() {
                return Ok(());
            }
            if start.elapsed() > within {
                return Err(ProcessError::NotReady {
                    name: self.program.name.clone(),
                    waited: within,
                    last_words: self.program.last_words(),
                });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Asks it to stop, and makes it stop when it does not.
    ///
    /// # Errors
    /// [`ProcessError::System`].
    pub fn stop(&mut self) -> Result<(), ProcessError> {
        self.stop_within(STOP_WITHIN)
    }

    /// Asks it to stop, and makes it stop when it does not within that time.
    ///
    /// # Errors
    /// [`ProcessError::System`].
    pub fn stop_within(&mut self, limit: Duration) -> Result<(), ProcessError> {
        let asked = Instant::now();
        if self.ended()?.is_none() {
            send(self.pid(), Signal::SIGTERM).map_err(|source| self.system(source))?;
        }
        while self.ended()?.is_none() {
            if asked.elapsed() > limit {
                return self.kill();
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Ends it, as a crash would, and all that it has started.
    ///
    /// # Errors
    /// [`ProcessError::System`].
    pub fn kill(&mut self) -> Result<(), ProcessError> {
        let killed = self.kill_group().and_then(|()| self.child.wait());
        killed.map(|_| ()).map_err(|source| self.system(source))
    }

    fn kill_group(&self) -> io::Result<()> {
        found(signal::killpg(
            Pid::from_raw(self.pid().cast_signed()),
            Signal::SIGKILL,
        ))
    }

    fn system(&self, source: io::Error) -> ProcessError {
        ProcessError::System {
            name: self.program.name.clone(),
            source,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}

/// Whether a process of this name runs under this id. Ids are used again, hence the name.
#[must_use]
pub fn runs(pid: u32, name: &str) -> bool {
    let of = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    // A zombie has ended; its parent has not looked yet.
    of("comm").trim_end() == name && !of("stat").contains(") Z ")
}

/// Stops a process that somebody else started, and waits until it is gone; ends it when it is not
/// gone within that time.
///
/// # Errors
/// When it must not be stopped by us, or does not stop.
pub fn stop_by_pid(pid: u32, name: &str, limit: Duration) -> io::Result<()> {
    let asked = Instant::now();
    if runs(pid, name) {
        send(pid, Signal::SIGTERM)?;
    }
    while runs(pid, name) {
        if asked.elapsed() > limit {
            return send(pid, Signal::SIGKILL);
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn send(pid: u32, signal: Signal) -> io::Result<()> {
    found(signal::kill(Pid::from_raw(pid.cast_signed()), signal))
}

/// What has ended already needs no signal.
fn found(sent: nix::Result<()>) -> io::Result<()> {
    match sent {
        Ok(()) | Err(nix::Error::ESRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
