//! The gates of package `integer` beside the arithmetic, which is a builtin package of the language.

use super::{Native, maybe, monadic, optional, required};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "FormatInt64",
        params: &[
            monadic("int64", "The integer."),
            optional("base", "From 2 to 36; 10 if it is missing."),
        ],
        signature: "FormatInt64(int64?: Integer, base: Integer): String",
        doc: "The digits of an integer. Those above nine are the lower-case letters.",
        examples: &[
            ("integer.FormatInt64(-42)", "\"-42\""),
            ("integer.FormatInt64(int64: 255, base: 16)", "\"ff\""),
        ],
    },
    Native {
        name: "ParseInt64",
        params: &[
            monadic("string", "Digits, after a sign or not."),
            optional("base", "From 2 to 36; 10 if it is missing."),
        ],
        signature: "ParseInt64(string?: String, base: Integer): *Int64",
        doc: "The integer that a string writes down; empty if it writes none, or one that does not fit Int64.",
        examples: &[
            ("integer.ParseInt64(\"-42\")", "-42"),
            ("integer.ParseInt64(string: \"ff\", base: 16)", "255"),
            ("integer.ParseInt64(\"4 2\")", "empty"),
        ],
    },
    Native {
        name: "PermuteInt64",
        params: &[
            required("len", "How many integers."),
            optional("seed", "Which of the orders; 0 if it is missing."),
        ],
        signature: "PermuteInt64(len: Integer, seed: Integer): (Int64)",
        doc: "The integers from 0 to len, without len itself, in an order that looks random. The same seed gives the same order.",
        examples: &[("Len(integer.PermuteInt64(len: 5, seed: 1))", "5")],
    },
    Native {
        name: "GoFormatInt64",
        params: &[
            maybe("int64", "The integer; 0 if it is missing."),
            optional("base", "From 2 to 36; 10 if it is missing."),
        ],
        signature: "GoFormatInt64(int64?: Integer, base: Integer): String",
        doc: "FormatInt64 by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoPermuteInt64",
        params: &[
            optional("len", "How many integers; 0 if it is missing."),
            optional("seed", "Which of the orders; 0 if it is missing."),
        ],
        signature: "GoPermuteInt64(len: Integer, seed: Integer): (Int64)",
        doc: "PermuteInt64 by its name in older programs.",
        examples: &[],
    },
];
