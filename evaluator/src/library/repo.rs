//! Package `repo`: where the packages of the program come from.

use super::{Call, Gate, strings};
use crate::{machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] = &[("Path", path), ("Roots", roots)];

fn path(call: &mut Call<'_, '_>) -> Outcome {
    match call.machine.run.options.roots.first() {
        Some(root) => Ok(Value::string(root.as_os_str().as_encoded_bytes())),
        None => call.fail("is not known in this run; it is in `ko play`"),
    }
}

fn roots(call: &mut Call<'_, '_>) -> Outcome {
    strings(call.machine.run.options.roots.iter().map(|it| it.as_os_str().as_encoded_bytes()))
}
