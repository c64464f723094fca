//! The gates of package `redblack/fast`: the trees of `redblack`, for many values.

use super::{BuiltinParam, Native, optional, required};

const PARAMS: &[BuiltinParam] = &[
    optional("node", "The tree; the empty tree if it is missing."),
    required("value", "The value."),
    required("Less", "Called with left and right; says whether left comes before right."),
];

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Insert",
        params: PARAMS,
        signature: "Insert(node: Any, value: T, Less: Variety): Any",
        doc: "The tree with one more value. An equal one, which is neither before nor after it, is replaced. A tree is a structure (value, color, left, right).",
        examples: &[(
            "fast.Insert(value: 1, Less: f(left, right) { return: Less(left, right) })",
            "(value: 1, color: 2)",
        )],
    },
    Native {
        name: "Find",
        params: PARAMS,
        signature: "Find(node: Any, value: T, Less: Variety): *T",
        doc: "The value of a tree that is neither before nor after the given one; empty if there is none.",
        examples: &[(
            "fast.Find(node: (value: 1, color: 2), value: 1, Less: f(left, right) { return: Less(left, right) })",
            "1",
        )],
    },
    Native {
        name: "GoInsert",
        params: PARAMS,
        signature: "GoInsert(node: Any, value: T, Less: Variety): Any",
        doc: "Insert by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoFind",
        params: PARAMS,
        signature: "GoFind(node: Any, value: T, Less: Variety): *T",
        doc: "Find by its name in older programs.",
        examples: &[],
    },
];
