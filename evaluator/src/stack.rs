//! Room on the stack: threads with a large stack, and a way for recursive walks to get onto one.

use std::{cell::Cell, thread};

/// Stack of the threads that run programs, in bytes. Only what is touched costs memory.
pub const LARGE_STACK: usize = 256 << 20;

/// Nesting up to this depth is walked on any stack.
const SHALLOW: u32 = 100;

thread_local! {
    /// The address at which the large stack of this thread ends, with a reserve; 0 on other threads.
    static FLOOR: Cell<usize> = const { Cell::new(0) };
}

/// Bytes kept free at the end of a large stack, for work that does not look.
const RESERVE: usize = 8 << 20;

/// Starts a thread with a large stack.
///
/// # Errors
/// When the system refuses another thread.
pub fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<thread::JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).stack_size(LARGE_STACK).spawn(move || {
        mark_large();
        body()
    })
}

fn mark_large() {
    let here = approximate_pointer();
    FLOOR.set(here.saturating_sub(LARGE_STACK - RESERVE));
}

#[inline(never)]
fn approximate_pointer() -> usize {
    let local = 0u8;
    std::ptr::from_ref(&local) as usize
}

/// Whether a large stack is nearly used up. Never on other threads, which must not recurse deeply at all.
pub fn is_exhausted() -> bool {
    let floor = FLOOR.get();
    floor != 0 && approximate_pointer() < floor
}

/// Bytes of stack that a walk takes for each level, at most, also without optimisation.
const PER_LEVEL: usize = 6 << 10;

/// Whether a value of this depth needs more stack than this thread has left.
pub(crate) fn is_deep(depth: u32) -> bool {
    if depth <= SHALLOW {
        return false;
    }
    let floor = FLOOR.get();
    floor == 0 || approximate_pointer().saturating_sub(floor) < depth as usize * PER_LEVEL
}

/// Runs `f`, which recurses `depth` levels, on a stack with room for it.
pub(crate) fn with_room<T: Send>(depth: u32, f: impl FnOnce() -> T + Send) -> T {
    if !is_deep(depth) {
        return f();
    }
    thread::scope(|scope| {
        let body = || {
            mark_large();
            f()
        };
        match thread::Builder::new().stack_size(LARGE_STACK).spawn_scoped(scope, body) {
            Ok(handle) => {
                handle.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
            }
            // There is no way to answer without a thread; the caller's panic boundary reports it.
            Err(error) => std::panic::panic_any(format!("no thread for a deep value: {error}")),
        }
    })
}

/// Drops something that nests deeply, on a stack with room for it.
pub(crate) fn drop_with_room<T: Send + 'static>(deep: T) {
    // Without a thread the closure, and `deep` in it, would be dropped here: better to leak it.
    let cell = std::sync::Arc::new(std::sync::Mutex::new(Some(std::mem::ManuallyDrop::new(deep))));
    let inside = cell.clone();
    let body = move || {
        let taken = inside.lock().ok().and_then(|mut guard| guard.take());
        drop(taken.map(std::mem::ManuallyDrop::into_inner));
    };
    if let Ok(handle) = spawn("ko-drop", body) {
        let _ = handle.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_that_has_no_room_left_gets_a_stack_of_its_own() {
        fn nest(levels: usize) -> bool {
            let filler = std::hint::black_box([levels as u8; 4096]);
            if is_exhausted() {
                return is_deep(20_000) && with_room(20_000, || !is_exhausted());
            }
            nest(levels + 1) && filler[0] == levels as u8
        }
        assert!(spawn("test", || nest(0)).unwrap().join().unwrap());
        assert!(is_deep(101) && !is_deep(100));
    }
}
