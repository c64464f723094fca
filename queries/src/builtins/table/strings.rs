//! The gates of package `strings`.

use super::{Native, maybe, monadic, optional, required};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Join",
        params: &[
            maybe("string", "The strings."),
            optional("delimiter", "What to write between them; nothing if it is missing."),
        ],
        signature: "Join(string?: (String), delimiter: String): String",
        doc: "The strings one after the other.",
        examples: &[
            ("strings.Join(\"a\", \"b\")", "\"ab\""),
            ("strings.Join(string: (\"a\", \"b\"), delimiter: \", \")", "\"a, b\""),
        ],
    },
    Native {
        name: "Split",
        params: &[
            maybe("string", "The string."),
            optional(
                "separator",
                "Where to cut; at slashes if it is missing, between all characters if it is empty.",
            ),
        ],
        signature: "Split(string?: String, separator: String): (String)",
        doc: "The parts of a string between separators: one more than there are separators.",
        examples: &[
            ("strings.Split(\"a/b\")", "(\"a\", \"b\")"),
            ("strings.Split(string: \"a, b\", separator: \", \")", "(\"a\", \"b\")"),
            ("strings.Split(string: \"no\", separator: \"\")", "(\"n\", \"o\")"),
        ],
    },
    Native {
        name: "Lines",
        params: &[maybe("string", "The string.")],
        signature: "Lines(string?: String): (String)",
        doc: "The lines of a string, without what ends them. A last line that is empty does not count.",
        examples: &[("strings.Lines(\"a\\nb\\n\")", "(\"a\", \"b\")")],
    },
    Native {
        name: "Fields",
        params: &[maybe("string", "The string.")],
        signature: "Fields(string?: String): (String)",
        doc: "The words of a string: what stands between white space.",
        examples: &[("strings.Fields(\" a  b \")", "(\"a\", \"b\")")],
    },
    Native {
        name: "Len",
        params: &[maybe("string", "The strings.")],
        signature: "Len(string?: (String)): Int64",
        doc: "How many bytes the strings have together, in UTF-8.",
        examples: &[("strings.Len(\"a\", \"foo\")", "4"), ("strings.Len(\"é\")", "2")],
    },
    Native {
        name: "Equal",
        params: &[maybe("string", "The strings.")],
        signature: "Equal(string?: (String)): Bool",
        doc: "Whether all of the strings are equal. True of one and of none.",
        examples: &[("strings.Equal(\"a\", \"a\")", "true")],
    },
    Native {
        name: "Contains",
        params: &[maybe("string", "Where to look."), required("subString", "What to look for.")],
        signature: "Contains(string?: String, subString: String): Bool",
        doc: "Whether a string has another one in it.",
        examples: &[("strings.Contains(string: \"brown fox\", subString: \"fox\")", "true")],
    },
    Native {
        name: "HasPrefix",
        params: &[maybe("string", "The string."), required("prefix", "The beginning.")],
        signature: "HasPrefix(string?: String, prefix: String): Bool",
        doc: "Whether a string begins with another one.",
        examples: &[("strings.HasPrefix(string: \"brown fox\", prefix: \"brown\")", "true")],
    },
    Native {
        name: "HasSuffix",
        params: &[maybe("string", "The string."), required("suffix", "The end.")],
        signature: "HasSuffix(string?: String, suffix: String): Bool",
        doc: "Whether a string ends with another one.",
        examples: &[("strings.HasSuffix(string: \"brown fox\", suffix: \"brown\")", "false")],
    },
    Native {
        name: "Index",
        params: &[maybe("string", "Where to look."), required("subString", "What to look for.")],
        signature: "Index(string?: String, subString: String): *Int64",
        doc: "How many bytes stand before the first place where a string has another one; empty if it has not.",
        examples: &[
            ("strings.Index(string: \"brown fox\", subString: \"fox\")", "6"),
            ("strings.Index(string: \"brown fox\", subString: \"cat\")", "empty"),
        ],
    },
    Native {
        name: "Upper",
        params: &[maybe("string", "The string.")],
        signature: "Upper(string?: String): String",
        doc: "The string in upper case.",
        examples: &[("strings.Upper(\"aBc\")", "\"ABC\"")],
    },
    Native {
        name: "Lower",
        params: &[maybe("string", "The string.")],
        signature: "Lower(string?: String): String",
        doc: "The string in lower case.",
        examples: &[("strings.Lower(\"aBc\")", "\"abc\"")],
    },
    Native {
        name: "Trim",
        params: &[
            maybe("string", "The string."),
            optional("cutset", "The characters to take away; white space if it is missing."),
        ],
        signature: "Trim(string?: String, cutset: String): String",
        doc: "The string without white space, or other characters, at both ends.",
        examples: &[
            ("strings.Trim(\" a \\n\")", "\"a\""),
            ("strings.Trim(string: \"--a-b-\", cutset: \"-\")", "\"a-b\""),
        ],
    },
    Native {
        name: "TrimPrefix",
        params: &[maybe("string", "The string."), required("prefix", "The beginning.")],
        signature: "TrimPrefix(string?: String, prefix: String): String",
        doc: "The string without this beginning; the whole string if it begins otherwise.",
        examples: &[("strings.TrimPrefix(string: \"v1.2\", prefix: \"v\")", "\"1.2\"")],
    },
    Native {
        name: "TrimSuffix",
        params: &[maybe("string", "The string."), required("suffix", "The end.")],
        signature: "TrimSuffix(string?: String, suffix: String): String",
        doc: "The string without this end; the whole string if it ends otherwise.",
        examples: &[("strings.TrimSuffix(string: \"a.yaml\", suffix: \".yaml\")", "\"a\"")],
    },
    Native {
        name: "Replace",
        params: &[
            maybe("string", "The string."),
            required("old", "What to replace; not empty."),
            required("new", "What to write instead."),
        ],
        signature: "Replace(string?: String, old: String, new: String): String",
        doc: "The string with another text in place of each occurrence of one.",
        examples: &[("strings.Replace(string: \"a-b-c\", old: \"-\", new: \"_\")", "\"a_b_c\"")],
    },
    Native {
        name: "Repeat",
        params: &[maybe("string", "The string."), required("count", "How often; not negative.")],
        signature: "Repeat(string?: String, count: Int64): String",
        doc: "The string as often as count says.",
        examples: &[("strings.Repeat(string: \"ab\", count: 3)", "\"ababab\"")],
    },
    Native {
        name: "PadLeft",
        params: &[
            maybe("string", "The string."),
            required("width", "The least number of characters."),
            optional("with", "What to fill up with; spaces if it is missing."),
        ],
        signature: "PadLeft(string?: String, width: Int64, with: String): String",
        doc: "The string with spaces, or other characters, before it until it is wide enough.",
        examples: &[("strings.PadLeft(string: \"7\", width: 3, with: \"0\")", "\"007\"")],
    },
    Native {
        name: "PadRight",
        params: &[
            maybe("string", "The string."),
            required("width", "The least number of characters."),
            optional("with", "What to fill up with; spaces if it is missing."),
        ],
        signature: "PadRight(string?: String, width: Int64, with: String): String",
        doc: "The string with spaces, or other characters, after it until it is wide enough.",
        examples: &[("strings.PadRight(string: \"ab\", width: 4)", "\"ab  \"")],
    },
    Native {
        name: "Quote",
        params: &[maybe("string", "The string.")],
        signature: "Quote(string?: String): String",
        doc: "The string as a program would write it: in quotes, with escapes.",
        examples: &[("strings.Quote(\"a\\nb\")", "\"\\\"a\\\\nb\\\"\"")],
    },
    Native {
        name: "Tree",
        params: &[
            optional("delimiter", "Stands between the middle parts."),
            optional("prefix", "Strings that come first."),
            optional("middle", "Trees, which are called so too."),
            optional("suffix", "Strings that come last."),
        ],
        signature: "Tree(delimiter: String, prefix: (String), middle: (Text), suffix: (String)): Text",
        doc: "A text that is put together from others without copying them. Flush writes it out.",
        examples: &[(
            "strings.Flush(strings.Tree(prefix: \"[\", middle: (strings.Tree(prefix: \"a\"), strings.Tree(prefix: \"b\")), delimiter: \", \", suffix: \"]\"))",
            "\"[a, b]\"",
        )],
    },
    Native {
        name: "Flush",
        params: &[monadic("tree", "What Tree made, or several of them.")],
        signature: "Flush(tree?: (Text)): String",
        doc: "The string that trees stand for.",
        examples: &[("strings.Flush(strings.Tree(prefix: (\"a\", \"b\")))", "\"ab\"")],
    },
];
