//! `Loop`, `Yield`, `When`, `Recover` and `Profile`.

use std::time::Instant;

use super::{bool_of, structure, variety};
use crate::{
    failure::FailureKind,
    machine::{Args, Machine, Outcome, describe, error},
    value::Value,
};

/// Calls `step` until `stop` says so.
pub(super) fn repeat(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let mut carry = args.take("start").unwrap_or_default();
    let step = Value::Variety(variety(
        &args.take("step").unwrap_or_default(),
        "the argument `step` of Loop",
    )?);
    let stop = args.take("stop").unwrap_or_default();
    loop {
        machine.tick()?;
        carry = machine.call_value("the argument `step` of Loop", &step, &mut [(None, carry)])?;
        if !stop.is_empty() {
            let done = machine.call_value(
                "the argument `stop` of Loop",
                &stop,
                &mut [(None, carry.clone())],
            )?;
            if bool_of(&done, "what the argument `stop` of Loop returns")? {
                return Ok(carry);
            }
        }
    }
}

/// `Yield`.
pub(super) fn choose(mut args: Args<'_>) -> Outcome {
    match args.take("if") {
        Some(Value::Bool(true)) => Ok(args.take("then").unwrap_or_default()),
        Some(Value::Bool(false)) => Ok(args.take("else").unwrap_or_default()),
        other => error(format!(
            "the argument `if` of Yield must be a Bool, but it is {}",
            describe(&other.unwrap_or_default())
        )),
    }
}

pub(super) fn when(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let have = args.take_param("have", true).or_else(|| args.take("value")).unwrap_or_default();
    let (name, branch, arguments) = if have.is_empty() {
        ("the argument `else` of When", args.take("else"), &mut [][..])
    } else {
        ("the argument `then` of When", args.take("then"), &mut [(None, have)][..])
    };
    match branch {
        None | Some(Value::Empty) => Ok(Value::Empty),
        Some(branch) => machine.call_value(name, &branch, arguments),
    }
}

pub(super) fn recover(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let invoke =
        variety(&args.take("invoke").unwrap_or_default(), "the argument `invoke` of Recover")?;
    let panic =
        variety(&args.take("panic").unwrap_or_default(), "the argument `panic` of Recover")?;
    match machine.call_value("the argument `invoke` of Recover", &Value::Variety(invoke), &mut []) {
        Err(failure) => match failure.kind {
            FailureKind::Panic(value) => {
                let what = "the argument `panic` of Recover";
                machine.call_value(what, &Value::Variety(panic), &mut [(None, value)])
            }
            FailureKind::Error | FailureKind::Cancelled => Err(failure),
        },
        result => result,
    }
}

pub(super) fn profile(machine: &mut Machine<'_>, value: &Value) -> Outcome {
    let started = Instant::now();
    let returns = machine.call_value("the argument of Profile", value, &mut [])?;
    let duration = i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX);
    structure(vec![("returns", returns), ("duration", Value::int(duration))])
}
