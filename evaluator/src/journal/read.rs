//! Reading journals, also those of runs that were killed in the middle of a line.

use std::io::{BufRead, Read as _};

use super::{MAX_RECORDS, Record};

/// Longer lines are no records of ours: twice what texts of the greatest length take, each character four bytes.
const MAX_LINE: u64 = 64 << 10;

/// The records in `lines`, in order. Lines that are no records are left out, as is what comes after twice as many as a
/// journal holds.
///
/// # Errors
///
/// When reading fails.
pub fn read(mut lines: impl BufRead) -> std::io::Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut line = Vec::new();
    let mut whole = true;
    while records.len() < 2 * MAX_RECORDS {
        line.clear();
        if lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let ends = line.ends_with(b"\n");
        // What is left of a line that is too long is no record either.
        if whole && ends {
            records.extend(serde_json::from_slice::<Record>(&line));
        }
        whole = ends;
    }
    Ok(records)
}
