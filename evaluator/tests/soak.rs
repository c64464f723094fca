//! That a thousand runs, cancelled at any moment, leave nothing behind: no thread, no task, no memory.
//!
//! A test program of its own: it counts the bytes and the threads of the whole process.
#![allow(clippy::unwrap_used)]
#![allow(unsafe_code, reason = "an allocator is; every call goes on unchanged")]

mod support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ko_evaluator::{
    cancel::CancelToken,
    run::{Entry, Limits, RunOptions, run},
    value::Value,
};

use support::{link, main};

/// Counts the bytes that are in use.
struct Counting;

static IN_USE: AtomicI64 = AtomicI64::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Threads of this process; 1 where the system does not say.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// Programs that hold tasks, threads and memory in every way.
const PROGRAMS: &[&str] = &[
    "Main() { a: Spin(Busy), b: Spin(Hang), c: Parallel(Two), return: a.Wait() }",
    "Main() { return: Loop(start: 1, step: f(n?) { return: Spin(Busy) }) }",
    "Main() { return: Loop(start: (1, 2, 3), step: f(x?) { return: Range(over: Merge(x, x, x), with: Keep).image }, stop: f2(x?) { return: Less(100000, Len(x)) }) }",
    "Main() { m: Memory(), return: Loop(start: 1, step: Store[m: m]) }",
    // Memories that hold themselves, in runs that end by themselves and in others.
    "Main() { m: Memory(), a: m.Remember(key: \"me\", value: m), return: Len(value: \"done\", _a: a) }",
    "Main() { m: Memory(), a: m.Remember(key: m.Recall, value: Spin(Hold[m: m])), return: Hang(_a: a) }\nHold(m) { return: (m: m, busy: Busy()) }",
    "Main() { return: Recover(invoke: f() { return: Loop(start: 1, step: Inc) }, panic: Return) }",
    "Main() { return: Sort(over: Range(over: Many(), with: Keep).image, less: f(left, right) { return: Less(right, left) }) }",
    "Main() { return: F(1) }\nF(n?) { return: F(Inc(n)) }",
    "Main() { return: Loop(start: (n: 0), step: f(x?) { return: (n: x, t: Spin(Return[x]).Wait()) }, stop: f2(x?) { return: false }) }",
];

/// A task whose result has its own `Wait`, in a run that ends by itself.
const OWN_WAIT: &str = "\
    Main() { m: Memory(), t: Spin(Own[m: m]), a: m.Remember(key: \"own\", value: t), return: Len(value: After2(t: t, _a: a).Wait()) }\n\
    After2(t) { return: t }\n\
    Own(m) { return: Loop(start: (own: 0), step: Look[m: m], stop: Known) }\n\
    Look(x?, m) { return: (own: m.Recall(key: \"own\")) }\n\
    Known(x?) { return: When(have: x.own, then: Yes, else: Return[false]) }\n\
    Yes(x?) { return: true }\n";

const COMMON: &str = "\n\
    Two() { a: Loop(start: 0, step: Inc, stop: Large), b: Spin(Busy), return: (a, a) }\n\
    Large(n?) { return: Less(300, n) }\n\
    Busy() { return: Loop(start: 0, step: Inc) }\n\
    Keep(elem) { return: (emit: elem) }\n\
    Store(n?, m) { a: m.Remember(key: n, value: (n: n, text: \"text\")), return: After(n: n, _a: a) }\n\
    After(n) { return: Inc(n) }\n\
    Many() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), b: Merge(a, a, a, a, a, a, a, a, a, a), return: Merge(b, b, b, b, b, b, b, b, b, b) }\n";

/// A sequence of numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Waits until a measure is no more than `most`, for threads that are about to end.
fn settles(what: &str, most: i64, measure: impl Fn() -> i64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while measure() > most {
        assert!(Instant::now() < deadline, "{what}: {} left, at most {most} expected", measure());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_thousand_runs_cancelled_at_any_moment_leave_nothing() {
    let programs: Vec<_> = PROGRAMS
        .iter()
        .map(|source| link(&[("case/main.ko", "case", &format!("{source}{COMMON}"))]).unwrap())
        .collect();
    let mut dice = Dice(0x5eed);
    let mut round = |times: usize| {
        for index in 0..times {
            let cancel = CancelToken::new();
            let limits = Limits { threads: 4, depth: 2_000, ..Limits::default() };
            let options = RunOptions { cancel: cancel.clone(), limits, ..RunOptions::default() };
            let program = programs[index % programs.len()].clone();
            let running = thread::spawn(move || run(program, Entry::function(main()), options));
            // From before the first step to somewhere in the middle.
            thread::sleep(Duration::from_micros(dice.next() % 4_000));
            cancel.cancel();
            drop(running.join().unwrap());
        }
    };
    // What is made once and kept, such as the tables of the language, is made here.
    let own_wait = link(&[("case/main.ko", "case", OWN_WAIT)]).unwrap();
    let hold_itself = |times: usize| {
        for _ in 0..times {
            let entry = Entry::function(main());
            let result = run(own_wait.clone(), entry, RunOptions::default());
            assert_eq!(result.outcome.unwrap(), Value::int(1));
        }
    };
    round(64);
    hold_itself(8);
    settles("threads", 8, || threads() as i64);
    thread::sleep(Duration::from_millis(300));
    let (threads_before, bytes_before) = (threads(), IN_USE.load(Ordering::Relaxed));
    round(1_000);
    hold_itself(500);
    settles("threads", threads_before as i64, || threads() as i64);
    // 64 bytes a run would be too much already.
    settles("bytes", bytes_before + 64_000, || IN_USE.load(Ordering::Relaxed));
    for program in programs.iter().chain([&own_wait]) {
        assert_eq!(Arc::strong_count(program), 1, "something still holds the program");
    }
}
