//! `cargo up` and `cargo down`.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{
    artifacts::{self, Artifacts},
    data_dir::DataDir,
    demo,
    log_tail::LogTail,
    stack::{self, Stack},
    stack_file::StackFile,
    supervisor::Supervisor,
};

/// How to start.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Return when everything is ready; `cargo down` stops it.
    #[arg(long)]
    detach: bool,
    /// Let other machines of the network in, a phone for example.
    #[arg(long)]
    pub(crate) host: bool,
    /// Where people open the client.
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub(crate) http_port: u16,
    /// Where clients connect to the hub.
    #[arg(long, default_value_t = 8081, value_name = "PORT")]
    pub(crate) hub_port: u16,
    /// How many cores share the work.
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = parse_cores)]
    pub(crate) cores: usize,
    /// Where everything is kept.
    #[arg(long, default_value = ".data", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// `sqlite:path` or `postgres://…`; without it a SQLite file in the data folder.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Run this hub and not the one that was built with the rest, to compare the two.
    #[arg(long, value_name = "FILE", env = "HUB_PROGRAM", hide = true)]
    pub(crate) hub_program: Option<PathBuf>,
    /// Add a few people and chats.
    #[arg(long)]
    demo: bool,
    /// Start what was built before, whatever the sources say now.
    #[arg(long)]
    // Read by rookery-bootstrap, which runs this program.
    no_build: bool,
    /// Look after the processes in the background.
    #[arg(long, hide = true)]
    in_background: bool,
}

fn parse_cores(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(cores @ 1..=32) => Ok(cores),
        _ => Err("give a number from 1 to 32".into()),
    }
}

/// Starts nginx, the cores and the hub, or names what stands in the way.
///
/// # Errors
/// A sentence with what to do.
pub(crate) fn up(options: &Options) -> Result<()> {
    let data_dir = DataDir::new(&options.data_dir)?;
    if options.in_background {
        nix::unistd::setsid().context("cannot leave the terminal")?;
        return supervise(options, data_dir);
    }
    if let Some(file) = StackFile::read(&data_dir)? {
        if file.is_supervised() {
            bail!(
                "Rookery runs already at {}; `cargo down` stops it",
                file.public_url
            );
        }
        stack::stop_leftovers(&file)?;
        StackFile::remove(&data_dir)?;
    }
    if options.detach {
        detach(&data_dir)
    } else {
        supervise(options, data_dir)
    }
}

/// Stops what runs over a data folder.
///
/// # Errors
/// When it does not stop.
pub(crate) fn down(data_dir: &DataDir) -> Result<()> {
    let Some(file) = StackFile::read(data_dir)? else {
        println!("Rookery does not run");
        return Ok(());
    };
    stack::stop_supervisor(&file)?;
    stack::stop_leftovers(&file)?;
    StackFile::remove(data_dir)?;
    println!("Rookery has stopped");
    Ok(())
}

/// Hands over to a process of its own and waits until that has everything ready.
fn detach(data_dir: &DataDir) -> Result<()> {
    let mut background = Command::new(artifacts::own()?)
        .args(std::env::args_os().skip(1))
        .arg("--in-background")
        .stdin(Stdio::null())
        .spawn()?;
    loop {
        if let Some(status) = background.try_wait()? {
            // It has said why.
            std::process::exit(status.code().unwrap_or(1));
        }
        if StackFile::read(data_dir)?.is_some_and(|file| file.supervisor_pid == background.id()) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn supervise(options: &Options, data_dir: DataDir) -> Result<()> {
    let supervisor_log = data_dir.log("supervisor")?;
    let artifacts = Artifacts::locate(options.hub_program.clone())?;
    let stack = Stack::prepare(options, data_dir, &artifacts)?;
    let mut logs = LogTail::default();
    if !options.in_background {
        for program in stack.programs() {
            logs.follow(&program.name, program.log.clone());
        }
    }
    let file = stack.file().clone();
    let supervisor = Supervisor::start(stack)?;
    if options.demo {
        demo::seed(&file.public_url).context("cannot add the demo's people and chats")?;
    }
    describe(&file, options);
    if options.in_background {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(supervisor_log)?;
        nix::unistd::dup2_stdout(&log)?;
        nix::unistd::dup2_stderr(&log)?;
    }
    supervisor.write_file()?;
    supervisor.run(logs)
}

fn describe(file: &StackFile, options: &Options) {
    println!();
    let serving = file.processes.iter();
    for process in serving.filter(|process| !process.ports.is_empty()) {
        let port = |name| process.ports.get(name).copied().unwrap_or_default();
        println!(
            "  {:<8} http {:<6} grpc {:<6} {}",
            process.name,
            port("http"),
            port("grpc"),
            process.log.display()
        );
    }
    println!("\n  Rookery is ready: {}", file.public_url);
    if options.demo {
        println!(
            "  Sign in as {} with the password {}",
            demo::PEOPLE[0].0,
            demo::PASSWORD
        );
    }
    println!(
        "  Watch the hub: {}/admin, with the key in {}\n",
        file.public_url,
        file.dashboard_api_key_file.display()
    );
}
