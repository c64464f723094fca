//! Running a program of the system, for `os.Task`.

use std::{
    io::{self, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

/// What to run.
#[derive(Debug, Default)]
pub(super) struct Task {
    /// The program, searched for in `PATH` if it has no slash.
    pub(super) binary: String,
    /// Its arguments, without its own name.
    pub(super) arguments: Vec<String>,
    /// `NAME=value` each; the environment of this process if there is none.
    pub(super) environment: Vec<String>,
    /// Where it runs; where this process is if there is none.
    pub(super) directory: Option<PathBuf>,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether it exited with 0.
    pub(super) success: bool,
    /// How it ended, in words.
    pub(super) status: String,
    /// The last of what it wrote, both streams as they came.
    pub(super) output: String,
}

/// How often a task is looked after.
const CHECK: Duration = Duration::from_millis(10);

/// How long output is waited for once the program has ended: something that it left running may hold the pipe.
const PATIENCE: Duration = Duration::from_millis(500);

/// How much output is kept.
const OUTPUT_KEPT: usize = 64 << 10;

/// Runs a program, without input, and waits for it. `check` is asked again and again whether to go on; when it fails, the
/// program and what it started are killed.
///
/// # Errors
/// When the program cannot be started: an [`io::Error`] inside of `Ok`. What `check` fails with.
pub(super) fn run<E>(
    task: &Task,
    mut check: impl FnMut() -> Result<(), E>,
) -> Result<io::Result<Ended>, E> {
    let (mut child, output) = match start(task) {
        Ok(started) => started,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => {
                return Ok(Ok(Ended {
                    success: status.success(),
                    status: status.to_string(),
                    output: output.collect(),
                }));
            }
            Err(error) => return Ok(Err(error)),
        }
        if let Err(reason) = check() {
            kill(&mut child);
            return Err(reason);
        }
        std::thread::sleep(CHECK);
    }
}

fn start(task: &Task) -> io::Result<(Child, Output)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(&task.binary);
    command.args(&task.arguments).stdin(Stdio::null());
    command.stdout(writer.try_clone()?).stderr(writer);
    if let Some(directory) = &task.directory {
        command.current_dir(directory);
    }
    if !task.environment.is_empty() {
        command.env_clear();
        command.envs(task.environment.iter().map(|it| it.split_once('=').unwrap_or((it, ""))));
    }
    // A group of its own, so that what it starts can be killed with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn()?;
    // `command` holds the writing end; without dropping it the output would never end.
    drop(command);
    Ok((child, Output::of(reader)?))
}

fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The output of a program, read by a thread.
struct Output {
    kept: Arc<Mutex<Vec<u8>>>,
    done: mpsc::Receiver<()>,
}

impl Output {
    fn of(mut reader: io::PipeReader) -> io::Result<Output> {
        let kept: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (tell, done) = mpsc::channel();
        let keep = kept.clone();
        std::thread::Builder::new().name("ko-output".to_owned()).spawn(move || {
            let mut buffer = [0; 8 << 10];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&buffer[..length]);
                if kept.len() > 2 * OUTPUT_KEPT {
                    let surplus = kept.len() - OUTPUT_KEPT;
                    kept.drain(..surplus);
                }
            }
            // Nobody listens any more if the run was cancelled.
            let _ = tell.send(());
        })?;
        Ok(Output { kept, done })
    }

    fn collect(self) -> String {
        let _ = self.done.recv_timeout(PATIENCE);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let surplus = kept.len().saturating_sub(OUTPUT_KEPT);
        String::from_utf8_lossy(&kept[surplus..]).into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Task {
        Task {
            binary: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            ..Task::default()
        }
    }

    fn ended(task: &Task) -> Ended {
        run(task, || Ok::<(), ()>(())).unwrap().unwrap()
    }

    #[test]
    fn tasks_report_status_and_output() {
        let good = ended(&shell("echo out; echo err >&2"));
        assert!(good.success && good.output.contains("out\n") && good.output.contains("err\n"));
        let bad = ended(&shell("exit 3"));
        assert!(!bad.success && bad.status.contains('3'), "{}", bad.status);
        let large = ended(&shell("yes | head -c 1000000; echo end"));
        assert!(large.output.len() <= OUTPUT_KEPT && large.output.ends_with("end\n"));
    }

    #[test]
    fn tasks_have_the_environment_and_place_that_they_are_given() {
        let directory = tempfile::tempdir().unwrap();
        let task = Task {
            environment: vec!["A=b=c".to_owned()],
            directory: Some(directory.path().to_owned()),
            ..shell("echo \"$A\" \"$HOME\"; pwd -P")
        };
        let place = directory.path().canonicalize().unwrap();
        assert_eq!(ended(&task).output, format!("b=c \n{}\n", place.display()));
    }

    #[test]
    fn a_cancelled_task_ends_with_what_it_started() {
        let directory = tempfile::tempdir().unwrap();
        let mark = directory.path().join("mark");
        let script = format!("(sleep 1; touch {}) & sleep 60", mark.display());
        let mut asked = 0;
        let result = run(&shell(&script), || {
            asked += 1;
            if asked > 5 { Err("stop") } else { Ok(()) }
        });
        assert_eq!(result.unwrap_err(), "stop");
        std::thread::sleep(Duration::from_millis(1200));
        assert!(!mark.exists());
        let missing = Task { binary: "/no/such/program".to_owned(), ..Task::default() };
        assert!(run(&missing, || Ok::<(), ()>(())).unwrap().is_err());
    }
}
