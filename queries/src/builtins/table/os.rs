//! The gates of package `os`.

use super::{Native, maybe};

pub(super) static GATES: &[Native] = &[Native {
    name: "Exit",
    params: &[maybe(
        "code",
        "The exit code of the process; 0, which means success, if it is missing.",
    )],
    signature: "Exit(code?: Integer): Empty",
    doc: "Ends the process in which the program runs, at once.",
    examples: &[],
}];
