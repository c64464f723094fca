//! Timing, and the tables that are printed at the end. Plain text without colours.

use std::time::{Duration, Instant};

use crate::programs::Program;

/// What a number is held against.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    None,
    AtLeast(f64),
    AtMost(f64),
}

/// Rows of numbers, shown together.
pub(crate) struct Table {
    title: &'static str,
    unit: &'static str,
    rows: Vec<[String; 5]>,
}

impl Table {
    pub(crate) fn new(title: &'static str, unit: &'static str) -> Table {
        Table { title, unit, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, what: &str, program: &Program, value: f64, goal: Goal) {
        let (wanted, verdict) = match goal {
            Goal::None => (String::new(), String::new()),
            Goal::AtLeast(goal) => (
                format!("≥ {goal:.0}"),
                format!("{:.2} × {}", value / goal, if value >= goal { "met" } else { "missed" }),
            ),
            Goal::AtMost(goal) => (
                format!("< {goal}"),
                format!("{:.2} × {}", value / goal, if value < goal { "met" } else { "missed" }),
            ),
        };
        let digits = if value < 100.0 { 1 } else { 0 };
        let value = format!("{value:.digits$}");
        self.rows.push([what.to_owned(), program.name.clone(), value, wanted, verdict]);
    }

    pub(crate) fn print(&self) {
        let head = ["", "text", self.unit, "goal", "of the goal"].map(str::to_owned);
        println!("\n{}", self.title);
        let rows = || std::iter::once(&head).chain(&self.rows);
        let mut widths = [0; 5];
        for row in rows() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let [a, b, c, d, e] = widths;
        for [what, text, value, goal, verdict] in rows() {
            let line = format!("  {what:a$}  {text:b$}  {value:>c$}  {goal:>d$}  {verdict:e$}");
            println!("{}", line.trim_end());
        }
    }
}

/// The seconds of processor time that the fastest of several runs takes: what else the machine does only adds time. Each
/// run repeats `work` until it takes several milliseconds, as the clock may tick as rarely as that.
pub(crate) fn best(mut work: impl FnMut()) -> f64 {
    let mut run = |count: u32| {
        let start = now();
        (0..count).for_each(|_| work());
        now() - start
    };
    let mut count = 1;
    while run(count) < Duration::from_millis(10) {
        count *= 2;
    }
    let start = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < 5 || start.elapsed() < Duration::from_secs(2) {
        best = best.min(run(count));
        runs += 1;
    }
    best.as_secs_f64() / f64::from(count)
}

/// The processor time of this thread, which stands still while other programs run.
#[cfg(unix)]
fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

#[cfg(not(unix))]
fn now() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}
