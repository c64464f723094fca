//! Notices the end of the process that started the server, should its end of the pipes stay open in another process.

use std::{io, thread};

use tokio::sync::oneshot;

/// Resolved when a process has ended; never if that cannot be observed. It costs a sleeping thread.
///
/// Source: Language Server Protocol 3.17, `InitializeParams.processId`.
///
/// # Errors
/// When the operating system gives no thread.
pub(super) fn watch(process: u32) -> io::Result<oneshot::Receiver<()>> {
    let (sender, ended) = oneshot::channel();
    thread::Builder::new().name("ko-parent".to_owned()).spawn(move || {
        if wait(process) {
            let _ = sender.send(());
        } else {
            // Dropping the sender would look like the end.
            std::mem::forget(sender);
        }
    })?;
    Ok(ended)
}

/// Waits for the end of a process. Returns whether there was one to wait for.
#[cfg(target_os = "linux")]
fn wait(process: u32) -> bool {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
        process::{Pid, PidfdFlags, pidfd_open},
    };

    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return false };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(descriptor) => loop {
            match poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], None) {
                Ok(count) if count > 0 => return true,
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        },
        Err(error) => error == Errno::SRCH,
    }
}

/// Waits for the end of a process. Returns whether there was one to wait for.
#[cfg(all(unix, not(target_os = "linux")))]
fn wait(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};

    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return false };
    while test_kill_process(pid) != Err(rustix::io::Errno::SRCH) {
        thread::sleep(std::time::Duration::from_secs(10));
    }
    true
}

/// Elsewhere the end of standard input has to do.
#[cfg(not(unix))]
fn wait(_: u32) -> bool {
    false
}
