//! The laws of the formatter on many texts: formatting twice is formatting once, what the text parses to stays, comments
//! stay with their elements. And the layout itself, by example.

#![allow(clippy::unwrap_used)]

mod common;

use common::{
    COCKROACHDB,
    laws::{formatter as check, meaning},
    sources,
};
use expect_test::{Expect, expect};
use ko_syntax::{
    Parse, SyntaxElement, SyntaxErrorCode, SyntaxKind, SyntaxNode, SyntaxToken, TextRange,
    TextSize,
    ast::AstNode,
    format::{
        FormatOptions, Indent, apply_edits, format, format_on_type, format_range, format_text,
    },
    parse,
};
use proptest::prelude::*;

const GUESTBOOK: &str = include_str!("../../examples/guestbook/guestbook.ko");

#[track_caller]
fn formats(text: &str, expected: Expect) {
    expected.assert_eq(&check(text));
}

#[test]
fn the_examples_are_canonical() {
    for text in [COCKROACHDB, GUESTBOOK] {
        assert_eq!(check(text), text);
    }
}

/// Whatever the white space was, the layout comes out the same, where it does not depend on the author's line breaks.
#[test]
fn the_examples_survive_a_mess() {
    for text in [COCKROACHDB, GUESTBOOK] {
        let mut messy = String::new();
        for token in parse(text).syntax_node().descendants_with_tokens() {
            let SyntaxElement::Token(token) = token else { continue };
            let before_comment = token.next_token().is_some_and(|it| it.kind().is_comment());
            match token.kind() {
                SyntaxKind::WHITESPACE if !before_comment => messy += "  \t ",
                SyntaxKind::NEWLINE if messy.ends_with([')', '"']) => messy += " ,  \r\n",
                SyntaxKind::NEWLINE => messy += "\r\n",
                SyntaxKind::COLON => messy += " :",
                SyntaxKind::L_PAREN => messy += " ( ",
                _ => messy += token.text(),
            }
        }
        let out = check(&messy);
        // The first line end decides on all.
        assert_eq!(out.replace("\r\n", "\n"), text);
    }
}

#[test]
fn spaces_and_separators() {
    formats(
        "F( a? ;b,){x :G [ y : - 1 ] ( 2;3, ) . z . w\r;;return:f ( x ? ) {return :x} ( 1 .a, 3..b)}",
        expect![[r#"
            F(a?, b) {
            	x: G[y: -1](2, 3).z.w
            	return: f(x?) { return: x }(1 .a, 3..b)
            }
        "#]],
    );
}

#[test]
fn line_breaks_before_the_first_element_stay() {
    formats(
        "F() {\n x: G(\na: 1, b: (c: 1,\nd: 2))\n y: G(a: 1,\nb: 2\n)\n return: G(f(x) {\nreturn: x})\n}",
        expect![[r#"
            F() {
            	x: G(
            		a: 1
            		b: (c: 1, d: 2)
            	)
            	y: G(a: 1, b: 2)
            	return: G(
            		f(x) {
            			return: x
            		}
            	)
            }
        "#]],
    );
}

#[test]
fn what_does_not_fit_is_broken() {
    formats(
        &format!(
            "F(a, b) {{ x: Aaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbbb: 1, ccc: (dddddddddddddddddddd: 1, eeeeeeeeeeeee: 22)){}\n return: f(x) {{ return: {:?} }}}}",
            "",
            "long ".repeat(18)
        ),
        expect![[r#"
            F(a, b) {
            	x: Aaaaaaaaaaaaaaaaaaaaaaaa(
            		bbbbbbbbbbbbbbbbbbbbbb: 1
            		ccc: (dddddddddddddddddddd: 1, eeeeeeeeeeeee: 22)
            	)
            	return: f(x) {
            		return: "long long long long long long long long long long long long long long long long long long "
            	}
            }
        "#]],
    );
}

#[test]
fn the_width_is_exact() {
    for (length, fits) in [(80, true), (81, false)] {
        // One tab, `x: G(a: "`, the text, `").y.z0`.
        let text = format!("F() {{\n\tx: G(a: \"{}\").y.z0\n\treturn: x\n}}\n", "é".repeat(length));
        let out = check(&text);
        let longest = out.lines().map(|line| line.chars().count() + 3).max().unwrap();
        assert_eq!(out == text, fits, "{longest}: {out}");
        assert!(!fits || longest == 100, "{longest}");
    }
}

#[test]
fn comments_stay_where_they_are() {
    formats(
        "// file\n\n\n// f\nF( // open\n\n a?   // about a\n ,b, /* b */ // b too\n\n\n // dangling\n\n) { // body\n\n x: 1,\t// tab\n /* y */ y: (1 /* one */, /* two */ 2)\n z: (/* in */)\n w: (1\n // end\n )\n v:\n // inline\n f(x) { return: x }\n return: x // ret\n} // after\n\n\n\n\n// g\nG(){return:1}/* c */H(){return:1}//end",
        expect![[r#"
            // file

            // f
            F( // open
            	a?   // about a
            	b /* b */ // b too

            	// dangling
            ) { // body
            	x: 1	// tab
            	/* y */ y: (1 /* one */, /* two */ 2)
            	z: (/* in */)
            	w: (
            		1
            		// end
            	)
            	v:
            		// inline
            		f(x) { return: x }
            	return: x // ret
            } // after

            // g
            G() {
            	return: 1
            } /* c */

            H() {
            	return: 1
            } //end
        "#]],
    );
}

#[test]
fn imports_are_sorted_in_their_groups() {
    formats(
        "// About the file.\n\n// z stays with z\nimport \"z\" as zz // behind z\nuse   \"a\"\nimport \"m\"; import \"b\"\n\n\n// second group\nimport \"y\"\nimport \"x\"\nF() { return: 1 }\nimport \"q\"\nimport \"p\"",
        expect![[r#"
            // About the file.

            use "a"
            import "b"
            import "m"
            // z stays with z
            import "z" as zz // behind z

            import "x"
            // second group
            import "y"

            F() {
            	return: 1
            }

            import "p"
            import "q"
        "#]],
    );
}

#[test]
fn blank_lines() {
    formats(
        "\n\n\nF() {\n\n\n x: 1\n\n\n\n y: (\n\n 1\n\n\n 2\n\n )\n\n return: x\n\n\n}\nG() {}\n\n\n",
        expect![[r#"
            F() {
            	x: 1

            	y: (
            		1

            		2
            	)

            	return: x
            }

            G() {}
        "#]],
    );
}

#[test]
fn texts_over_several_lines() {
    formats(
        "F() { x: G(`a\n  b`)\n /* one\n   two */\n y: (1 /* a\nb */, 2)\n return: x }",
        expect![[r#"
            F() {
            	x: G(
            		`a
              b`
            	)
            	/* one
               two */
            	y: (
            		1 /* a
            b */
            		2
            	)
            	return: x
            }
        "#]],
    );
}

#[test]
fn mistakes_stay_as_they_are() {
    formats(
        "F() {\n  x:1\n  y = ( 2 )\n  z:3\n  w:f(a) {  b:1\n  c: =2 \n return:b}\n  return:x\n}\nG(){return:(1 2)}\n) junk\nH(){return:1}",
        expect![[r#"
            F() {
            	x: 1
              y = ( 2 )
            	z: 3
            	w: f(a) {
            		b: 1
              c: =2
            		return: b
            	}
            	return: x
            }

            G() {return:(1 2)}
            ) junk

            H() {
            	return: 1
            }
        "#]],
    );
}

#[test]
fn line_ends_and_byte_order_mark() {
    assert_eq!(check(""), "");
    assert_eq!(check(" \n\t\r\n"), "");
    assert_eq!(check("\u{feff}\n// c"), "\u{feff}// c\n");
    assert_eq!(
        check("\u{feff}\r\n// c  \r\nF() {\nreturn: 1\n}"),
        "\u{feff}// c\r\nF() {\r\n\treturn: 1\r\n}\r\n"
    );
    assert_eq!(check("F() {\nreturn: `a\r\nb`\r\n}"), "F() {\n\treturn: `a\r\nb`\n}\n");
}

#[test]
fn options() {
    let options = FormatOptions { width: 20, indent: Indent::Spaces(2) };
    let text = "F() {\n\treturn: (abcdef, ghijkl)\n}\n";
    let out = apply_edits(text, &format(text, &options).edits);
    assert_eq!(out, "F() {\n  return: (\n    abcdef\n    ghijkl\n  )\n}\n");
}

#[test]
fn edits_are_small() {
    let text = "F() {\n\tx:1\n    y: 2\n\treturn: x\n}\n";
    let edits = format(text, &FormatOptions::default()).edits;
    let edits: Vec<_> =
        edits.iter().map(|edit| format!("{:?} {:?}", edit.range, edit.insert)).collect();
    assert_eq!(edits, [r#"9..9 " ""#, r#"11..15 "\t""#]);
}

/// Formats the part of the text between `$0` and `$0`.
fn range(text: &str) -> String {
    let parts: Vec<&str> = text.split("$0").collect();
    let at =
        |count: usize| -> TextSize { parts[..count].iter().map(|part| TextSize::of(*part)).sum() };
    let range = TextRange::new(at(1), at(parts.len() - 1));
    let text = parts.concat();
    apply_edits(&text, &format_range(&text, range))
}

#[test]
fn ranges() {
    let rest = "F(){x:1\n\n\n  y:( 2 )\n  return :y}";
    assert_eq!(
        range("F(){x:1\n\n\n  y:( 2$0$0 )\n  return :y}"),
        "F(){x:1\n\n\ty: (2)\n  return :y}"
    );
    assert_eq!(
        range("F(){x:1\n\n\n  y:( 2 $0)\n  ret$0urn :y}"),
        "F(){x:1\n\n\ty: (2)\n\treturn: y}"
    );
    assert_eq!(
        range("F(){x:1\n$0\n$0\n  y:( 2 )\n  return :y}"),
        "F(){x:1\n\n\ty:( 2 )\n  return :y}"
    );
    assert_eq!(
        range(&format!("{rest}\n$0{rest}$0")),
        format!("{rest}\n\n{}", check(rest).trim_end())
    );
    assert_eq!(range(&format!("$0{rest}$0")), check(rest).trim_end());
}

/// Types the character before `$0`.
/// A comment that sorting puts last must not swallow the separator that stood behind another import.
#[test]
fn sorting_imports_in_a_range_keeps_comments() {
    let text = "import `m/n`,// d\nimport \"b\",\n\n\nimport \"b\"";
    for start in 0..=text.len() as u32 {
        for end in start..=text.len() as u32 {
            let range = TextRange::new(start.into(), end.into());
            let out = common::apply(text, &format_range(text, range));
            assert_eq!(meaning(&parse(text)), meaning(&parse(&out)), "{range:?}\n{out}");
        }
    }
}

fn typed(text: &str) -> String {
    let (before, after) = text.split_once("$0").unwrap();
    let text = format!("{before}{after}");
    let edits = format_on_type(&text, TextSize::of(before), before.chars().next_back().unwrap());
    common::apply(&text, &edits)
}

#[test]
fn typing() {
    assert_eq!(typed("F(){x:1\n  y:( 2 )$0\n  return :y}"), "F(){x:1\n\ty: (2)\n  return :y}");
    assert_eq!(
        typed("F(){x:1\n  return :x}$0\nG( ){return :1}"),
        "F() {\n\tx: 1\n\treturn: x\n}\nG( ){return :1}"
    );
    assert_eq!(typed("F() {\n$0}"), "F() {\n}");
    assert_eq!(typed("F() {\n$0  \n}"), "F() {\n\t\n}");
    assert_eq!(typed("F() {\n\tx: G(a: (\n$0\n\t))\n}"), "F() {\n\tx: G(a: (\n\t\t\n\t))\n}");
    assert_eq!(typed("F() {\n\tx: G(\n\t\ta: 1\n$0)\n}"), "F() {\n\tx: G(\n\t\ta: 1\n\t)\n}");
    assert_eq!(typed("F() {\n\tx: G(\n$0"), "F() {\n\tx: G(\n\t\t");
    assert_eq!(typed("F() {\n\tx: `\n$0`\n}"), "F() {\n\tx: `\n`\n}");
    assert_eq!(typed("F() {\n\treturn: 1\n}\n$0"), "F() {\n\treturn: 1\n}\n");
}

#[test]
fn all_programs_obey_the_laws() {
    for source in sources::all() {
        let out = check(&source.text);
        let mut messy = source.text.replace('\t', "  ").replace(", ", ",").replace(": ", " :");
        check(&messy);
        messy.retain(|c| c != '\t' && c != ' ');
        check(&messy);
        assert_eq!(format_text(&out), out, "{}", source.name);
    }
}

/// The smallest step of a body, function or import around each mistake, or whatever else stands there at the top.
fn damaged(parse: &Parse) -> Vec<SyntaxNode> {
    let root = parse.syntax_node();
    let errors = parse.errors().iter().filter(|it| it.code != SyntaxErrorCode::MissingReturn);
    let places = errors.map(|error| match root.covering_element(error.range) {
        SyntaxElement::Node(node) => node,
        SyntaxElement::Token(token) => token.parent().unwrap(),
    });
    let around = places.filter_map(|node| {
        node.ancestors().find(|node| match node.parent() {
            Some(parent) if node.kind() == SyntaxKind::LABELLED_TERM => {
                parent.kind() == SyntaxKind::BODY
            }
            Some(parent) => {
                matches!(node.kind(), SyntaxKind::FUNCTION | SyntaxKind::IMPORT)
                    || parent.kind() == SyntaxKind::SOURCE_FILE
            }
            None => false,
        })
    });
    around.collect()
}

/// In a text with a mistake, functions without one are laid out, and the mistaken part stays byte for byte.
#[test]
fn what_is_sound_is_formatted_and_the_rest_stays() {
    let (mut kept, mut laid_out, mut left) = (0, 0, String::new());
    for source in sources::valid() {
        // Spaces within texts over several lines are no layout.
        if source.text.contains(['`', '\r']) || source.text.contains("/*") {
            continue;
        }
        let canonical = check(&source.text);
        let messy = canonical.replace("\n\t", "\n  \t").replace(") {", ")   {");
        let tokens: Vec<SyntaxToken> = parse(&messy)
            .syntax_node()
            .descendants_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .filter(|it| it.kind() != SyntaxKind::WHITESPACE && !it.kind().is_comment())
            .collect();
        for token in tokens.iter().step_by(tokens.len() / 5 + 1).skip(1) {
            let range = token.text_range();
            let (before, after) = (&messy[..range.start().into()], &messy[range.end().into()..]);
            let broken = format!("{before} {after}");
            let parse = parse(&broken);
            if parse.errors().is_empty() {
                continue;
            }
            let out = check(&broken);
            let damaged = damaged(&parse);
            for node in &damaged {
                assert!(out.contains(&node.text().to_string()), "{node:?} of\n{broken}\nin\n{out}");
                kept += 1;
            }
            for function in parse.source_file().functions() {
                let node = function.syntax();
                let sound =
                    !parse.errors().iter().any(|it| node.text_range().contains_range(it.range))
                        && damaged
                            .iter()
                            .all(|it| it.text_range().intersect(node.text_range()).is_none());
                if sound && out.contains(format_text(&node.text().to_string()).trim_end()) {
                    laid_out += 1;
                } else if sound {
                    left += &format!("{}: without {token:?}: {:?}\n", source.name, function.name());
                }
            }
        }
    }
    assert!(kept > 500 && laid_out > 1_000, "{kept} kept, {laid_out} laid out");
    assert_eq!(left, "");
}

#[test]
fn every_prefix_obeys_the_laws() {
    for program in [COCKROACHDB, GUESTBOOK] {
        for end in (0..program.len()).step_by(11).filter(|&end| program.is_char_boundary(end)) {
            check(&program[..end]);
        }
    }
}

#[test]
fn every_deletion_of_a_token_obeys_the_laws() {
    let tokens: Vec<SyntaxToken> = parse(GUESTBOOK)
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .collect();
    let mut unchanged = 0;
    for token in &tokens {
        let range = token.text_range();
        let (before, after) =
            (&GUESTBOOK[..range.start().into()], &GUESTBOOK[range.end().into()..]);
        // A mistake in one function does not keep the others from being formatted.
        let messy = format!("{before}{after}\nZ ( ) {{ return :1 }}\n");
        let swallows = matches!(token.text(), "\"" | "`" | "/*");
        unchanged += usize::from(!swallows && !check(&messy).contains("Z() {\n\treturn: 1\n}"));
    }
    expect!["0"].assert_eq(&unchanged.to_string());
}

#[test]
fn the_deepest_texts_need_little_stack() {
    let texts = [
        format!("F() {{ return: {}1{} }}", "(".repeat(400), ")".repeat(400)),
        format!("F() {{ return: {}1{} }}", "f(x) { return: ".repeat(400), "}".repeat(400)),
        format!("F() {{ return: {}1{} }}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("F() {{ return: a{} }}", "(1).b".repeat(100_000)),
        format!("F() {{ return: {}", "f(x) { return: (".repeat(100_000)),
    ];
    for text in texts {
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        thread.spawn(move || drop(check(&text))).unwrap().join().unwrap();
    }
}

const TOKENS: &[&str] = &[
    "F",
    "a",
    "return",
    "import \"b\"",
    "as",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ".",
    "-",
    "?",
    ",",
    ";",
    "\n",
    "\n",
    " ",
    "\t",
    "\r\n",
    "1",
    ".5",
    "\"s\"",
    "\"",
    "`r\n`",
    "'c'",
    "“x”",
    "//c\n",
    "/*c*/",
    "/*c\nd*/",
    "/*",
    "=",
    "+",
    "é",
    "\u{feff}",
    "F(x) {",
    "x: ",
    "\nF() { return: 1 }\n",
];

fn token_soup() -> impl Strategy<Value = String> {
    let token = proptest::sample::select(TOKENS);
    proptest::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

/// Trivia with a separator in it.
fn separator() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(
        &[
            "\n",
            "\n",
            "\n\n",
            "\r\n",
            ",",
            ";",
            " ",
            "\t",
            "  ",
            "/* c */",
            "/*a\nb*/",
            "// d\n",
            "// e \r\n",
        ][..],
    );
    let trivia = || proptest::collection::vec(piece.clone(), 0..4);
    let middle = proptest::sample::select(&["\n", ",", ";", "// f\n"][..]);
    // A `// f` is no separator, but the line end behind it is.
    (trivia(), middle, trivia()).prop_map(|(a, b, c)| a.concat() + b + &c.concat())
}

/// Trivia, perhaps without separator.
fn padding() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => Just(" ".to_owned()), 1 => separator()]
}

fn space() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&["", "", " ", "\t "][..])
}

fn list(element: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let first = (padding(), element.clone());
    let more = proptest::collection::vec((separator(), element), 0..4);
    prop_oneof![
        1 => padding(),
        5 => (first, more, padding()).prop_map(|((before, first), more, after)| {
            let more: String = more.into_iter().map(|(a, b)| a + &b).collect();
            before + &first + &more + &after
        }),
    ]
    .boxed()
}

fn labelled(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let label = proptest::sample::select(&["a", "b", "longer_label", "return"][..]);
    (label, space(), space(), value).prop_map(|(a, b, c, d)| format!("{a}{b}:{c}{d}")).boxed()
}

fn body(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    (list(labelled(value)), padding())
        .prop_map(|(steps, after)| format!("{{{steps};return: x{after}}}"))
        .boxed()
}

fn params() -> BoxedStrategy<String> {
    let param = proptest::sample::select(&["x", "y", "a_long_parameter"][..]);
    (list(param.prop_map(str::to_owned).boxed()), space())
        .prop_map(|(a, b)| format!("({a}){b}"))
        .boxed()
}

/// Values of the whole grammar, in any layout.
fn value() -> BoxedStrategy<String> {
    let leaf = proptest::sample::select(
        &[
            "1",
            "- 2.5",
            "\"text\"",
            "`raw\ntext`",
            "a",
            "a . b",
            "x.y.z",
            "\"a rather long text that fills lines\"",
        ][..],
    );
    leaf.prop_map(str::to_owned)
        .boxed()
        .prop_recursive(4, 24, 4, |inner| {
            let args = prop_oneof![list(inner.clone()), list(labelled(inner.clone()))].boxed();
            let call = (
                proptest::sample::select(&["", "f", "a.b", "1"][..]),
                space(),
                args,
                any::<bool>(),
            )
                .prop_map(|(callee, space, args, round)| {
                    if round {
                        format!("{callee}{space}({args})")
                    } else {
                        format!("{callee}{space}[{args}]")
                    }
                })
                .boxed();
            let function = (params(), body(inner.clone()), padding())
                .prop_map(|(params, body, before)| format!("{before}f{params}{body}"));
            let chain = (call.clone(), space(), call.clone(), space())
                .prop_map(|(a, b, c, d)| format!("f({a}){b}[{c}]{d}.x"));
            prop_oneof![2 => call, 1 => function, 1 => chain].boxed()
        })
        .boxed()
}

fn file() -> impl Strategy<Value = String> {
    let function = (params(), body(value())).prop_map(|(params, body)| format!("F{params}{body}"));
    let import = proptest::sample::select(&["import \"b\"", "use \"a\" as  c", "import `m/n`"][..]);
    let item = prop_oneof![3 => function, 1 => import.prop_map(str::to_owned)];
    list(item.boxed())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_obeys_the_laws(text in token_soup()) {
        check(&text);
    }

    #[test]
    fn any_text_obeys_the_laws(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn programs_obey_the_laws(text in file()) {
        prop_assert_eq!(common::errors(&text), "");
        check(&text);
    }

    /// Every import keeps its comments, wherever it goes.
    #[test]
    fn imports_keep_their_comments(imports in proptest::collection::vec((0..9, 0..4_usize, 0..3_usize, 0..4_usize), 0..8)) {
        let mut text = String::new();
        for (i, (path, above, behind, blank)) in imports.into_iter().enumerate() {
            text += &format!("// above {i}\n").repeat(above);
            text += &format!("import \"p{path}\" as i{i}");
            text += [" // behind", "  /* behind */", ""][behind];
            text += ["\n", "\n", "\r\n", "\n\n\n"][blank];
        }
        let docs = |text: &str| {
            let imports = parse(text).source_file().imports();
            let mut docs: Vec<_> = imports.map(|it| (it.alias(), it.path(), it.doc())).collect();
            docs.sort();
            docs
        };
        let out = check(&text);
        prop_assert_eq!(docs(&text), docs(&out), "{}", out);
        for group in out.replace("\r\n", "\n").split("\n\n") {
            prop_assert!(parse(group).source_file().imports().map(|it| it.path()).is_sorted(), "{}", out);
        }
    }

    /// A part is formatted without changing what the text parses to.
    #[test]
    fn ranges_obey_the_laws(text in file(), start in any::<prop::sample::Index>(), end in any::<prop::sample::Index>()) {
        let (start, end) = (start.index(text.len() + 1), end.index(text.len() + 1));
        let range = TextRange::new((start.min(end) as u32).into(), (start.max(end) as u32).into());
        let out = common::apply(&text, &format_range(&text, range));
        prop_assert_eq!(meaning(&parse(&text)), meaning(&parse(&out)), "{}", out);
    }
}
