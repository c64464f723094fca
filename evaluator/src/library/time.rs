//! Package `time`. Lengths of time are numbers of nanoseconds.

use std::time::Duration;

use super::{Call, Gate};
use crate::{gates::duration, machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] = &[
    ("FormatDurationMilliseconds", format_milliseconds),
    ("FormatDurationSeconds", format_seconds),
    ("GoFormatDurationMilliseconds", format_milliseconds),
    ("GoFormatDurationSeconds", format_seconds),
    ("GoHour", hour),
    ("GoMinute", minute),
    ("GoSecond", second),
    ("GoSleep", sleep),
    ("Hour", hour),
    ("Millisecond", millisecond),
    ("Minute", minute),
    ("ParseDuration", parse),
    ("Second", second),
    ("Sleep", sleep),
];

/// Waits on the clock of the cluster that the run has, if it has one: that of a sandbox jumps.
fn sleep(call: &mut Call<'_, '_>) -> Outcome {
    let nanoseconds = call.int("duration", 0)?;
    if let Ok(length @ 1..) = u64::try_from(nanoseconds) {
        let length = Duration::from_nanos(length);
        let gates = call.machine.run.options.gates.clone();
        call.wait(async {
            match gates.as_ref().and_then(|gates| gates.sleep(length)) {
                Some(sleep) => sleep.await,
                None => tokio::time::sleep(length).await,
            }
            Ok(())
        })?;
    }
    Ok(Value::int(nanoseconds))
}

fn scaled(call: &Call<'_, '_>, unit: i64) -> Outcome {
    let scale = call.int("scale", 1)?;
    match scale.checked_mul(unit) {
        Some(nanoseconds) => Ok(Value::int(nanoseconds)),
        None => {
            call.fail(format!("cannot scale by {scale}: a length of time is at most 292 years"))
        }
    }
}

fn millisecond(call: &mut Call<'_, '_>) -> Outcome {
    scaled(call, 1_000_000)
}

fn second(call: &mut Call<'_, '_>) -> Outcome {
    scaled(call, 1_000_000_000)
}

fn minute(call: &mut Call<'_, '_>) -> Outcome {
    scaled(call, 60_000_000_000)
}

fn hour(call: &mut Call<'_, '_>) -> Outcome {
    scaled(call, 3_600_000_000_000)
}

fn parse(call: &mut Call<'_, '_>) -> Outcome {
    let length = duration::parse(&call.text("duration")?);
    let nanoseconds = length.and_then(|it| i64::try_from(it.as_nanos()).ok());
    Ok(nanoseconds.map_or(Value::Empty, Value::int))
}

fn format_seconds(call: &mut Call<'_, '_>) -> Outcome {
    Ok(Value::from(format!("{:.3}s", call.int("duration", 0)? as f64 / 1e9)))
}

fn format_milliseconds(call: &mut Call<'_, '_>) -> Outcome {
    Ok(Value::from(format!("{:.3}ms", call.int("duration", 0)? as f64 / 1e6)))
}
