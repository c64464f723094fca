//! The gates of package `file`: files and directories of the machine that runs the program.

use super::{Native, monadic, required};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "WriteLocalFile",
        params: &[
            required("path", "The path of the file."),
            required("body", "What the file is to hold: a string or bytes."),
        ],
        signature: "WriteLocalFile(path: String, body: String): Bool",
        doc: "Writes a file, and makes the directories above it if need be. What was in the file is gone. Returns true.",
        examples: &[],
    },
    Native {
        name: "ReadLocalFile",
        params: &[monadic("path", "The path of the file.")],
        signature: "ReadLocalFile(path?: String): String",
        doc: "What a file holds. A file that is not there is an error; see Exists.",
        examples: &[],
    },
    Native {
        name: "ListDir",
        params: &[monadic("path", "The path of the directory.")],
        signature: "ListDir(path?: String): ((name: String, isDir: Bool, size: Int64))",
        doc: "The files and directories in a directory, sorted by name, with their sizes in bytes. Empty if there are none.",
        examples: &[],
    },
    Native {
        name: "Exists",
        params: &[monadic("path", "The path.")],
        signature: "Exists(path?: String): Bool",
        doc: "Whether there is a file or directory at a path.",
        examples: &[],
    },
];
