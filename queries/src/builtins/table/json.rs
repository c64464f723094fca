//! The gates of package `encoding/json`.

use super::{Native, maybe, optional};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Marshal",
        params: &[maybe("value", "Anything but functions and values of the host.")],
        signature: "Marshal(value?: Any): String",
        doc: "The value as JSON text on one line. Fields keep their order; those that are empty are left out. Bytes are written in base64.",
        examples: &[
            (
                "json.Marshal((a: 1, b: (\"x\", \"y\"), c: (d: true)))",
                r#""{\"a\":1,\"b\":[\"x\",\"y\"],\"c\":{\"d\":true}}""#,
            ),
            ("json.Marshal()", r#""null""#),
            ("json.Marshal(1.0)", r#""1""#),
            ("json.Marshal(\"<b>\")", r#""\"\\u003cb\\u003e\"""#),
        ],
    },
    Native {
        name: "MarshalIndent",
        params: &[
            maybe("value", "Anything but functions and values of the host."),
            optional(
                "prefix",
                "What each line but the first begins with; nothing if it is missing.",
            ),
            optional("indent", "What is written for each level; a tab if it is missing."),
        ],
        signature: "MarshalIndent(value?: Any, prefix: String, indent: String): String",
        doc: "The value as JSON text with a line for each field and element.",
        examples: &[(
            "json.MarshalIndent(value: (x: (1, 2)), indent: \"  \")",
            r#""{\n  \"x\": [\n    1,\n    2\n  ]\n}""#,
        )],
    },
    Native {
        name: "Unmarshal",
        params: &[maybe("value", "JSON text.")],
        signature: "Unmarshal(value?: String): Any",
        doc: "The value that JSON text stands for. Objects become structures with the fields in the order of the text, arrays sequences, numbers Float64. Null and the empty array become empty. Text that is no JSON, that has the same key twice in an object, or an array whose elements have no type in common, is an error with line and column.",
        examples: &[
            (r#"json.Unmarshal("{\"b\":[1.5,2],\"a\":null}")"#, "(b: (1.5, 2))"),
            (r#"json.Unmarshal("{\"user\":{\"name\":\"Ann\"}}").user.name"#, r#""Ann""#),
        ],
    },
];
