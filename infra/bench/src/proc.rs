//! What the system says about processes.

use std::{collections::HashMap, fs};

use anyhow::{Context as _, Result};
use nix::unistd::{SysconfVar, sysconf};

/// The processes and all that they have started.
///
/// # Errors
/// When the system does not say.
pub(crate) fn with_descendants(roots: &[u32]) -> Result<Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended since.
        if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat"))
            && let Some(parent) = fields(&stat).nth(PARENT)
        {
            children
                .entry(parent.parse().unwrap_or(0))
                .or_default()
                .push(pid);
        }
    }
    let mut found = roots.to_vec();
    let mut at = 0;
    while at < found.len() {
        found.extend(children.remove(&found[at]).unwrap_or_default());
        at += 1;
    }
    Ok(found)
}

/// Where fields are in `/proc/PID/stat`, counted from the one after the command.
const PARENT: usize = 1;
/// User and system time of the process, and of its children that have ended.
const TICKS: std::ops::RangeInclusive<usize> = 11..=14;

/// The fields after the command, which may itself contain blanks and parentheses.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    after.split_whitespace()
}

/// CPU time that the processes have used so far, in microseconds: in their own code and in the
/// system's on their behalf. A child that has ended, such as a script's `sleep`, counts with its
/// parent.
///
/// # Errors
/// When the first of them has ended.
pub(crate) fn cpu_us(pids: &[u32]) -> Result<u64> {
    let per_second = sysconf(SysconfVar::CLK_TCK)?.context("the system has a clock")?;
    let mut ticks = 0;
    for stat in read_all(pids, "stat")? {
        ticks += ticks_of(&stat).context("/proc/PID/stat has fields")?;
    }
    Ok(ticks * 1_000_000 / per_second.cast_unsigned())
}

/// A file of each process in `/proc`. Those that were started by the first and have ended since
/// have none.
fn read_all(pids: &[u32], file: &str) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for (at, pid) in pids.iter().enumerate() {
        match fs::read_to_string(format!("/proc/{pid}/{file}")) {
            Ok(text) => texts.push(text),
            Err(error) if at == 0 => {
                return Err(error).with_context(|| format!("process {pid} has ended"));
            }
            Err(_) => {}
        }
    }
    Ok(texts)
}

fn ticks_of(stat: &str) -> Option<u64> {
    let ticks = |at| fields(stat).nth(at)?.parse::<u64>().ok();
    TICKS.map(ticks).sum()
}

/// Memory of the processes that is their own, and their part of what they share, in bytes.
///
/// # Errors
/// When the first of them has ended.
pub(crate) fn pss_bytes(pids: &[u32]) -> Result<u64> {
    let mut bytes = 0;
    for rollup in read_all(pids, "smaps_rollup")? {
        bytes += kib_of(&rollup, "Pss:").context("smaps_rollup has a line Pss")?;
    }
    Ok(bytes)
}

/// The value of a line of kB, in bytes.
fn kib_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// The most memory that a process has had so far, in bytes.
///
/// # Errors
/// When it has ended.
pub(crate) fn peak_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} has ended"))?;
    kib_of(&status, "VmHWM:").context("/proc/PID/status has a line VmHWM")
}

/// Processor, kernel and number of cores, for the head of a report.
pub(crate) fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, model)| model);
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} × {model}, Linux {}", kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_a_strange_name() {
        let stat = "42 (a ) (b) S 7 42 42 0 -1 4194560 100 0 0 0 10 5 20 7 20 0 1 0 1 2 3";
        assert_eq!(ticks_of(stat), Some(42));
        assert_eq!(fields(stat).nth(PARENT), Some("7"));
    }

    #[test]
    fn pss_is_in_bytes() {
        let rollup = "5500-7fff ---p 00000000 00:00 0 [rollup]\nRss:  9 kB\nPss:     1234 kB\nPss_Dirty: 5 kB\n";
        assert_eq!(kib_of(rollup, "Pss:"), Some(1234 * 1024));
    }

    #[test]
    fn child_that_has_ended_is_no_error_and_a_server_that_has_is() {
        let own = std::process::id();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let ended = child.id();
        child.wait().unwrap();
        assert!(cpu_us(&[own, ended]).is_ok() && pss_bytes(&[own, ended]).is_ok());
        let error = cpu_us(&[ended, own]).unwrap_err().to_string();
        assert_eq!(error, format!("process {ended} has ended"));
    }

    #[test]
    fn own_process_has_used_something() {
        let own = [std::process::id()];
        assert!(pss_bytes(&own).unwrap() > 100 * 1024);
        assert!(peak_bytes(own[0]).unwrap() >= 100 * 1024);
        assert!(cpu_us(&own).is_ok());
        assert!(with_descendants(&own).unwrap().contains(&own[0]));
    }
}
