//! Package `sync`: rings, which give each number to one caller only.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{Call, Gate};
use crate::{machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] = &[("GoMakeRing", make), ("GoRingLease", lease)];

/// The next number. A number that is given away is replaced at once, so whatever the capacity, nobody ever waits.
struct Ring(AtomicI64);

fn make(call: &mut Call<'_, '_>) -> Outcome {
    let capacity = call.int("cap", 1)?;
    if capacity < 1 {
        return call.fail(format!("needs a capacity of at least 1, not {capacity}"));
    }
    Ok(Value::opaque("Ring", Ring(AtomicI64::new(0))))
}

fn lease(call: &mut Call<'_, '_>) -> Outcome {
    let ring = call.opaque::<Ring>("conn", "a ring, as GoMakeRing returns it")?;
    Ok(Value::int(ring.0.fetch_add(1, Ordering::Relaxed)))
}
