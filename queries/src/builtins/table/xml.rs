//! The gates of package `web/xml`.

use super::{BuiltinParam, Native, maybe, monadic, optional, required};

const ELEMENT: &[BuiltinParam] = &[
    required("tag", "The name of the element."),
    optional("attrs", "Attributes, as Attr returns them."),
    optional("children", "The elements inside."),
];
const TEXT: &[BuiltinParam] = &[maybe("string", "The text.")];
const ELEMENTS: &[BuiltinParam] = &[maybe("elem", "Elements.")];

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Element",
        params: ELEMENT,
        signature: "Element(tag: String, attrs: (String), children: (Element)): Element",
        doc: "An element with a tag. Its attributes and what is inside are written with a space between them.",
        examples: &[
            (
                "xml.Render(xml.Element(tag: \"p\", attrs: xml.Attr(name: \"id\", values: \"a\"), children: xml.Text(\"x < y\")))",
                r#""<p id=\"a\">x &lt; y</p>""#,
            ),
            ("xml.Render(xml.Element(tag: \"hr\"))", r#""<hr  />""#),
        ],
    },
    Native {
        name: "Text",
        params: TEXT,
        signature: "Text(string?: String): Element",
        doc: "Text as an element. What would be markup is escaped.",
        examples: &[("xml.Render(xml.Text(\"a & b\"))", r#""a &amp; b""#)],
    },
    Native {
        name: "Attr",
        params: &[
            required("name", "The name of the attribute."),
            optional("values", "Its values, which are written with a space between them."),
        ],
        signature: "Attr(name: String, values: (String)): *String",
        doc: "An attribute with its values, for Element. Empty if there are no values. What would end the attribute is escaped.",
        examples: &[
            (
                "xml.Attr(name: \"class\", values: (\"blue\", \"green\"))",
                r#""class=\"blue green\"""#,
            ),
            ("xml.Attr(name: \"class\")", "empty"),
            (r#"xml.Attr(name: "a", values: "\"")"#, r#""a=\"&#34;\"""#),
        ],
    },
    Native {
        name: "AttrNoValues",
        params: &[maybe("name", "The name of the attribute.")],
        signature: "AttrNoValues(name?: String): *String",
        doc: "An attribute that has a name only, for Element.",
        examples: &[("xml.AttrNoValues(\"async\")", "\"async\"")],
    },
    Native {
        name: "Group",
        params: &[maybe("nodes", "Elements.")],
        signature: "Group(nodes?: (Element)): Element",
        doc: "Several elements where one is wanted. They are written with a space between them.",
        examples: &[("xml.Render(xml.Group(xml.Text(\"a\"), xml.Text(\"b\")))", "\"a b\"")],
    },
    Native {
        name: "DocType",
        params: &[monadic("docType", "The type of the document.")],
        signature: "DocType(docType?: String): Element",
        doc: "The declaration that a document begins with.",
        examples: &[("xml.Render(xml.DocType(\"html\"))", "\"<!DOCTYPE html>\"")],
    },
    Native {
        name: "Render",
        params: &[maybe("xml", "Elements.")],
        signature: "Render(xml?: (Element)): String",
        doc: "The text of elements, one after the other.",
        examples: &[("xml.Render(xml.Text(\"a\"), xml.Text(\"b\"))", "\"ab\"")],
    },
    Native {
        name: "GoTagElement",
        params: ELEMENT,
        signature: "GoTagElement(tag: String, attrs: (String), children: (Element)): Element",
        doc: "Element by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoTextElement",
        params: TEXT,
        signature: "GoTextElement(string?: String): Element",
        doc: "Text by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoGroupElement",
        params: ELEMENTS,
        signature: "GoGroupElement(elem?: (Element)): Element",
        doc: "Group by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoDocTypeElement",
        params: TEXT,
        signature: "GoDocTypeElement(string?: String): Element",
        doc: "DocType by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoRenderElement",
        params: ELEMENTS,
        signature: "GoRenderElement(elem?: (Element)): String",
        doc: "Render by its name in older programs.",
        examples: &[],
    },
];
