//! What a run may use up, as options that all commands share that run something.

use std::time::Duration;

use clap::Args;
use ko_evaluator::run::Limits;

/// Limits of a run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Steps in total
    #[arg(long, value_name = "NUMBER")]
    max_steps: Option<u64>,
    /// Calls inside each other [default: 100000]
    #[arg(long, value_name = "NUMBER")]
    max_depth: Option<usize>,
    /// Real time, such as 500ms, 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// Memory that values take at one time, such as 500M or 2G [default: 4G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_memory: Option<u64>,
    /// Threads for Spin and Parallel [default: 64]
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,
}

impl LimitOptions {
    /// The limits, with the evaluator's own where nothing was said.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            depth: self.max_depth.unwrap_or(usual.depth),
            steps: self.max_steps.or(usual.steps),
            time: self.timeout.or(usual.time),
            memory: self.max_memory.unwrap_or(usual.memory),
            threads: self.threads.unwrap_or(usual.threads),
            ..usual
        }
    }
}

/// Reads a number of bytes with a unit: `K`, `M` or `G`, of 1024 each; bytes without.
///
/// # Errors
/// When it is none, with what would be.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        other => return Err(format!("{other:?} is no unit of memory: write K, M or G")),
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .filter(|number| *number > 0)
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| format!("{text:?} is no size such as 500M"))
}

/// Reads a number with a unit: `ms`, `s`, `m` or `h`; seconds without.
///
/// # Errors
/// When it is none, or no time at all.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("{other:?} is no unit of time: write ms, s, m or h")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("{text:?} is no time such as 30s"))?;
    match Duration::try_from_secs_f64(number * factor) {
        Ok(Duration::ZERO) => Err("no time at all would be left".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err(format!("{text:?} is no time such as 30s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("100"), Ok(100));
        assert_eq!(size("2K"), Ok(2048));
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("4G"), Ok(4 << 30));
        for wrong in ["", "M", "1T", "-1", "0", "1.5G", "99999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        for wrong in ["", "s", "1d", "-1s", "1e999", "0", "x"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
