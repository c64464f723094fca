//! The gates of package `os`.

use super::{Native, maybe, monadic, optional, required};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Env",
        params: &[monadic("name", "The name of the variable.")],
        signature: "Env(name?: String): String",
        doc: "The value of a variable of the environment; the empty string if it is not set.",
        examples: &[],
    },
    Native {
        name: "Exit",
        params: &[maybe(
            "code",
            "The exit code of the process; 0, which means success, if it is missing.",
        )],
        signature: "Exit(code?: Integer): Empty",
        doc: "Ends the process in which the program runs, at once.",
        examples: &[],
    },
    Native {
        name: "Mkdir",
        params: &[monadic("path", "The path of the directory.")],
        signature: "Mkdir(path?: String): Empty",
        doc: "Makes a directory, and those above it, unless they are there. Returns the empty value; what cannot be made is an error.",
        examples: &[],
    },
    Native {
        name: "Task",
        params: &[
            optional("name", "What messages call it; the program if it is missing."),
            required("binary", "The program, looked for where commands are if it has no slash."),
            optional("arg", "Its arguments."),
            optional(
                "env",
                "Variables of its environment, NAME=value each; the environment of this program if there are none.",
            ),
            optional("dir", "The directory to run it in; this one if it is missing."),
            optional("after", "What must have happened before; not looked at."),
        ],
        signature: "Task(name: String, binary: String, arg: (String), env: (String), dir: String, after: Any): Bool",
        doc: "Runs another program, without input, and waits for it. Returns whether it succeeded; if not, what it wrote is shown on standard error.",
        examples: &[],
    },
    Native {
        name: "TempDir",
        params: &[],
        signature: "TempDir(): String",
        doc: "The path of the directory for files that are not kept.",
        examples: &[],
    },
];
