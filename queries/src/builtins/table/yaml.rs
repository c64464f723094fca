//! The gates of package `encoding/yaml`.

use super::{Native, maybe};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Marshal",
        params: &[maybe("value", "Anything but functions and values of the host.")],
        signature: "Marshal(value?: Any): String",
        doc: "The value as a YAML document, in block style. Fields keep their order; those that are empty are left out. Bytes are written in base64. Strings are quoted where YAML would take them for something else.",
        examples: &[
            (
                "yaml.Marshal((name: \"a\", ports: ((port: 80), (port: 443))))",
                r#""name: a\nports:\n- port: 80\n- port: 443\n""#,
            ),
            ("yaml.Marshal((y: \"yes\"))", r#""\"y\": \"yes\"\n""#),
        ],
    },
    Native {
        name: "Unmarshal",
        params: &[maybe("value", "The text of one YAML document.")],
        signature: "Unmarshal(value?: String): Any",
        doc: "The value that a YAML document stands for. Mappings become structures with the fields in the order of the text, lists sequences, whole numbers Int64, others Float64. Null and the empty list become empty.",
        examples: &[(
            r#"yaml.Unmarshal("kind: Pod\nports: [80, 443]\n")"#,
            r#"(kind: "Pod", ports: (80, 443))"#,
        )],
    },
];
