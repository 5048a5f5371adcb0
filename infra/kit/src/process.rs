//! What this process uses of the machine.

use std::{fs, io, time::Duration};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};

/// Processor time, memory and open files of this process at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Processor time since the start, of all threads.
    pub cpu: Duration,
    /// Memory that is in use now.
    pub resident_bytes: u64,
    /// Open files and sockets.
    pub open_files: usize,
}

/// Looks now. What the system does not tell is zero.
#[must_use]
pub fn usage() -> Usage {
    Usage {
        cpu: cpu().unwrap_or_default(),
        resident_bytes: resident_bytes().unwrap_or_default(),
        open_files: fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
    }
}

/// Lets this process open as many files as the system allows it at most (`ulimit -Hn`), and returns
/// that number. Shells usually allow 1 024, far less than a server has connections.
///
/// # Errors
/// When the system refuses.
pub fn allow_open_files() -> io::Result<u64> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(most)
}

fn cpu() -> Option<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let duration = |time: nix::sys::time::TimeVal| {
        let seconds = u64::try_from(time.tv_sec()).ok()?;
        let us = u64::try_from(time.tv_usec()).ok()?;
        Some(Duration::from_secs(seconds) + Duration::from_micros(us))
    };
    Some(duration(usage.user_time())? + duration(usage.system_time())?)
}

/// See proc_pid_status(5): the line is `VmRSS:`, white space, a number and `kB`.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_may_be_opened_up_to_the_hard_limit() {
        let most = allow_open_files().unwrap();
        let (now, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!((now, hard), (most, most));
    }

    #[test]
    fn usage_is_of_this_process() {
        const BALLAST: usize = 64 << 20;
        let file = tempfile::tempfile().unwrap();
        // Seen through a black box, or the optimiser leaves it out.
        let ballast = std::hint::black_box(vec![1_u8; BALLAST]);
        let used = usage();
        assert!(used.resident_bytes > BALLAST as u64, "{used:?}");
        assert!(used.open_files > 0 && used.cpu > Duration::ZERO, "{used:?}");
        drop((file, ballast));
    }
}
