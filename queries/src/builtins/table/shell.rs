//! The gates of package `shell`.

use super::{Native, required};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "CopyFile",
        params: &[
            required("source", "The path of the file to copy."),
            required("sink", "The path of the copy, not of the directory that it goes to."),
        ],
        signature: "CopyFile(source: String, sink: String): Bool",
        doc: "Copies a file, and makes the directories above the copy if need be. Returns whether that worked; if not, it writes on standard error why.",
        examples: &[],
    },
    Native {
        name: "GoShellCopy",
        params: &[
            required("source", "The path of the file to copy."),
            required("sink", "The path of the copy."),
        ],
        signature: "GoShellCopy(source: String, sink: String): Bool",
        doc: "CopyFile by its name in older programs.",
        examples: &[],
    },
];
