//! A table of our figures beside those of somebody else, with what we want to reach.

use std::fmt::Write as _;

/// The unit of a figure; less is better in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Milliseconds.
    Ms,
    /// Millions of bytes.
    Mb,
    /// Hundredths of one processor.
    Percent,
}

/// What a figure is to be at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    budget: f64,
    half: bool,
}

impl Goal {
    /// This much.
    pub(crate) fn of(budget: f64) -> Goal {
        Goal { budget, half: false }
    }

    /// This much, or half of the other's figure where that is more; infinity leaves only the half.
    pub(crate) fn half(budget: f64) -> Goal {
        Goal { budget, half: true }
    }

    fn verdict(self, ours: f64, theirs: Option<f64>) -> &'static str {
        let within = self.budget.is_finite() && ours <= self.budget;
        let half = theirs.map(|theirs| self.half && ours <= theirs / 2.0);
        match (within, half) {
            (true, Some(true)) => "met, both",
            (true, None | Some(false)) if self.half => "met: the budget",
            (true, _) => "met",
            (false, Some(true)) => "met: half of theirs",
            (false, None) if !self.budget.is_finite() => "",
            (false, _) => "MISSED",
        }
    }
}

/// The table.
pub(crate) struct Table(String);

impl Table {
    /// An empty table; `theirs` is the name of the other side, if it is there.
    pub(crate) fn new(ours: &str, theirs: Option<&str>) -> Table {
        let theirs = theirs.unwrap_or("–");
        Table(format!("{:48} {ours:>10} {theirs:>10} {:>7}  {:>9}\n", "", "ratio", "budget"))
    }

    /// Adds a figure.
    pub(crate) fn row(
        &mut self,
        name: &str,
        unit: Unit,
        ours: f64,
        theirs: Option<f64>,
        goal: Goal,
    ) {
        let shown = |value: f64| match unit {
            Unit::Ms => format!("{value:.1} ms"),
            Unit::Mb => format!("{value:.1} MB"),
            Unit::Percent => format!("{value:.1} %"),
        };
        let ratio = theirs.filter(|_| ours > 0.0).map(|theirs| format!("{:.1} ×", theirs / ours));
        let budget = if goal.budget.is_finite() { shown(goal.budget) } else { String::new() };
        // Writing to a string never fails.
        let _ = writeln!(
            self.0,
            "{name:48} {:>10} {:>10} {:>7}  {budget:>9}  {}",
            shown(ours),
            theirs.map_or_else(String::new, shown),
            ratio.unwrap_or_default(),
            goal.verdict(ours, theirs)
        );
    }

    /// Writes it to standard output.
    pub(crate) fn print(&self) {
        print!("{}", self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_was_reached() {
        let verdict = |ours, theirs, goal: Goal| goal.verdict(ours, theirs);
        assert_eq!(verdict(4.0, Some(10.0), Goal::half(5.0)), "met, both");
        assert_eq!(verdict(4.0, Some(6.0), Goal::half(5.0)), "met: the budget");
        assert_eq!(verdict(6.0, Some(20.0), Goal::half(5.0)), "met: half of theirs");
        assert_eq!(verdict(6.0, Some(10.0), Goal::half(5.0)), "MISSED");
        assert_eq!(verdict(6.0, None, Goal::of(5.0)), "MISSED");
        assert_eq!(verdict(6.0, None, Goal::half(f64::INFINITY)), "");
        assert_eq!(verdict(0.0, Some(0.0), Goal::of(0.0)), "met");
        let mut table = Table::new("ko", Some("ty"));
        table.row("completion", Unit::Ms, 2.0, Some(9.0), Goal::half(4.0));
        assert!(
            table.0.ends_with(" 2.0 ms     9.0 ms   4.5 ×     4.0 ms  met, both\n"),
            "{}",
            table.0
        );
    }
}
