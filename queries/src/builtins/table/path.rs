//! The gates of package `file/path`: paths as text, with slashes on every system. No file is touched.

use super::{Native, maybe, monadic};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Join",
        params: &[maybe("paths", "The parts; empty ones are left out.")],
        signature: "Join(paths?: (String)): String",
        doc: "The parts with slashes between them, without `.`, `..` and repeated slashes where they can be worked out.",
        examples: &[
            ("path.Join(\"a\", \"b\", \"/c\", \"..\")", "\"a/b\""),
            ("path.Join()", "\"\""),
        ],
    },
    Native {
        name: "Base",
        params: &[maybe("path", "The path.")],
        signature: "Base(path?: String): String",
        doc: "The last part of a path. `.` of the empty path, `/` of one that has slashes only.",
        examples: &[("path.Base(\"/a/b/\")", "\"b\""), ("path.Base(\"\")", "\".\"")],
    },
    Native {
        name: "Dir",
        params: &[maybe("path", "The path.")],
        signature: "Dir(path?: String): String",
        doc: "What stands before the last slash of a path, tidied as by Join; `.` if there is nothing.",
        examples: &[
            ("path.Dir(\"/a/b\")", "\"/a\""),
            ("path.Dir(\"/a/b/\")", "\"/a/b\""),
            ("path.Dir(\"a\")", "\".\""),
        ],
    },
    Native {
        name: "Ext",
        params: &[maybe("path", "The path.")],
        signature: "Ext(path?: String): String",
        doc: "The end of the last part of a path from its last dot on; the empty string if it has none.",
        examples: &[("path.Ext(\"a/b.tar.gz\")", "\".gz\""), ("path.Ext(\"a.d/b\")", "\"\"")],
    },
    Native {
        name: "IsAbsolute",
        params: &[monadic("path", "The path.")],
        signature: "IsAbsolute(path?: String): Bool",
        doc: "Whether a path begins with a slash.",
        examples: &[("path.IsAbsolute(\"/a\")", "true"), ("path.IsAbsolute(\"a\")", "false")],
    },
];
