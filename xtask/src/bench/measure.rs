//! Runs a program to its end and says what it took of processor and memory.

use std::{
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

/// What a run took.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    /// Time of the processors in the program itself, all threads together, without that of the kernel.
    pub(crate) user: Duration,
    /// Time from its start to its end.
    pub(crate) wall: Duration,
    /// The most memory that it held at once, in bytes.
    pub(crate) memory: u64,
    /// What it wrote to its standard output.
    pub(crate) output: String,
}

/// Runs a command once.
///
/// # Errors
/// When it does not start or ends with a failure; the end of its standard error is part of the message.
pub(crate) fn once(command: &mut Command) -> Result<Usage> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    let mut stderr = child.stderr.take();
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        // What cannot be read is missing in a message, no more.
        let _ = stderr.as_mut().map(|stderr| stderr.read_to_end(&mut text));
        text
    });
    let mut output = Vec::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_end(&mut output).with_context(|| format!("cannot read from {name}"))?;
    }
    let used = child.wait4().with_context(|| format!("cannot wait for {name}"))?;
    let wall = start.elapsed();
    if !used.status.success() {
        let errors = errors.join().unwrap_or_default();
        let errors = String::from_utf8_lossy(&errors);
        let lines: Vec<&str> = errors.lines().collect();
        let end = lines[lines.len().saturating_sub(5)..].join("\n");
        bail!("{name} ended with {}:\n{end}", used.status);
    }
    Ok(Usage {
        user: used.rusage.utime,
        wall,
        memory: used.rusage.maxrss,
        output: String::from_utf8_lossy(&output).into_owned(),
    })
}

/// Runs a command several times; the least of each measure counts, since what disturbs a run only adds.
///
/// # Errors
/// As [`once`], and when the runs write different things.
pub(crate) fn best(times: u32, mut command: impl FnMut() -> Command) -> Result<Usage> {
    let mut best = once(&mut command())?;
    for _ in 1..times {
        let next = once(&mut command())?;
        if next.output != best.output {
            bail!("two runs wrote different things: {:?} and {:?}", best.output, next.output);
        }
        best.user = best.user.min(next.user);
        best.wall = best.wall.min(next.wall);
        best.memory = best.memory.min(next.memory);
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_run_is_measured_and_a_failure_is_told() {
        let script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done";
        let usage = best(2, || {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            shell
        })
        .unwrap();
        assert_eq!(usage.output, "done\n");
        assert!(usage.user > Duration::ZERO && usage.memory > 100_000, "{usage:?}");
        let mut failing = Command::new("sh");
        let error = once(failing.args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("why"), "{error}");
    }
}
