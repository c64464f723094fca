//! Package `os`.

use super::{Call, Gate};
use crate::{host::Effect, machine::Outcome};

pub(super) const GATES: &[(&str, Gate)] = &[("Exit", exit)];

/// Ends the process, with the exit code in its lowest eight bits as systems do.
fn exit(call: &mut Call<'_, '_>) -> Outcome {
    let code = call.int("code", 0)?;
    call.allow(Effect::Exit)?;
    std::process::exit(i32::try_from(code).unwrap_or(1));
}
