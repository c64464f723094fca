//! Package `integer`, without the arithmetic.

use super::{Call, Gate};
use crate::{
    machine::{Outcome, error},
    value::{IntType, Value},
    vtype::Type,
};

pub(super) const GATES: &[(&str, Gate)] = &[
    ("FormatInt64", format),
    ("GoFormatInt64", format),
    ("GoPermuteInt64", permute),
    ("ParseInt64", parse),
    ("PermuteInt64", permute),
];

fn base(call: &Call<'_, '_>) -> Outcome<u32> {
    let base = call.int("base", 10)?;
    match u32::try_from(base) {
        Ok(base @ 2..=36) => Ok(base),
        _ => call.fail(format!("needs a base from 2 to 36, not {base}")),
    }
}

fn format(call: &mut Call<'_, '_>) -> Outcome {
    let (number, base) = (call.int("int64", 0)?, base(call)?);
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = char::from_digit((rest % u64::from(base)) as u32, base);
        digits.push(digit.unwrap_or_default());
        rest /= u64::from(base);
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    Ok(Value::from(digits.iter().rev().collect::<String>()))
}

fn parse(call: &mut Call<'_, '_>) -> Outcome {
    let (text, base) = (call.text("string")?, base(call)?);
    Ok(i64::from_str_radix(&text, base).map_or(Value::Empty, Value::int))
}

/// Fisher and Yates' shuffle, drawing from the generator that Steele, Lea and Flood describe as SplitMix64
/// (<https://doi.org/10.1145/2714064.2660195>).
fn permute(call: &mut Call<'_, '_>) -> Outcome {
    let (len, seed) = (call.int("len", 0)?, call.int("seed", 0)?);
    let Ok(len) = usize::try_from(len) else {
        return call.fail(format!("needs a len that is not negative, not {len}"));
    };
    let limit = call.machine.run.options.limits.elements;
    if len > limit {
        return call.fail(format!("would make more than the limit of {limit} elements"));
    }
    let mut state = seed as u64;
    let mut draw = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut numbers: Vec<Value> = (0..len as i64).map(Value::int).collect();
    for last in (1..len).rev() {
        numbers.swap(last, (draw() % (last as u64 + 1)) as usize);
    }
    Value::sequence_of(numbers, Type::Int(IntType::Int64)).or_else(|it| error(it.to_string()))
}
