//! Ending a process by force with everything that it has started. A program that a run starts is in a process group of its own,
//! and would otherwise go on when the worker of the run is killed.

use std::process::Child;

/// Kills a process and what it started, and waits for it. It is stopped first, so that it starts nothing more meanwhile.
/// What has left it on purpose, as a daemon does, is left alone.
pub(crate) fn kill_with_descendants(child: &mut Child) {
    #[cfg(unix)]
    unix::kill_descendants(child.id());
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
mod unix {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    pub(super) fn kill_descendants(process: u32) {
        let pid = |number: u32| i32::try_from(number).ok().and_then(Pid::from_raw);
        let Some(top) = pid(process) else { return };
        // The one that nobody has waited for yet, so that its number is not another's.
        let _ = kill_process(top, Signal::STOP);
        for descendant in descendants(process).into_iter().filter_map(pid) {
            // If it leads a group: what it starts at this very moment is in that.
            let _ = kill_process_group(descendant, Signal::KILL);
            let _ = kill_process(descendant, Signal::KILL);
        }
    }

    /// All processes that a process started, directly or through others, as far as they have not left it.
    pub(super) fn descendants(process: u32) -> Vec<u32> {
        let all = processes();
        let mut found = vec![process];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            found.extend(all.iter().filter(|it| it.1 == parent).map(|it| it.0));
            next += 1;
        }
        found.split_off(1)
    }

    /// All processes of the system, each with the one that started it.
    #[cfg(target_os = "linux")]
    fn processes() -> Vec<(u32, u32)> {
        let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
        let one = |entry: std::fs::DirEntry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            // `1 (name) S 0 …`, where the name may have spaces and brackets (proc_pid_stat(5)).
            let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((number, parent))
        };
        folder.filter_map(|entry| one(entry.ok()?)).collect()
    }

    /// All processes of the system, each with the one that started it.
    #[cfg(not(target_os = "linux"))]
    fn processes() -> Vec<(u32, u32)> {
        let output = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
        let Ok(output) = output else { return Vec::new() };
        let one = |line: &str| {
            let (number, parent) = line.trim().split_once(char::is_whitespace)?;
            Some((number.parse().ok()?, parent.trim().parse().ok()?))
        };
        String::from_utf8_lossy(&output.stdout).lines().filter_map(one).collect()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        os::unix::process::CommandExt as _,
        process::Command,
        time::{Duration, Instant},
    };

    use rustix::process::{Pid, test_kill_process};

    use super::*;

    /// Whether a process has ended; a little later whoever it was left to has waited for it, too.
    fn is_gone(number: u32) -> bool {
        let pid = Pid::from_raw(i32::try_from(number).unwrap()).unwrap();
        let state = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        test_kill_process(pid).is_err() || state.contains(") Z ")
    }

    fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn nothing_is_left_of_what_a_killed_process_started() {
        // As a worker does it: the program is in a group of its own, and starts others.
        let script = "set -m; sh -c 'sleep 600 & sleep 600 & wait' & wait";
        let mut worker = Command::new("sh").args(["-c", script]).process_group(0).spawn().unwrap();
        eventually("three processes start", || unix::descendants(worker.id()).len() == 3);
        let started = unix::descendants(worker.id());
        kill_with_descendants(&mut worker);
        for process in started {
            eventually("it ends", || is_gone(process));
        }
    }
}
