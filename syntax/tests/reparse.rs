//! What is parsed again after a change equals what is parsed from nothing: on walks of random changes through real programs and
//! broken ones.

#![allow(clippy::unwrap_used)]

mod common;

use common::sources;
use ko_syntax::{parse, reparse};

/// What may be written anywhere.
const PIECES: [&str; 36] = [
    "",
    "",
    "",
    "a",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "`",
    "'",
    ":",
    "=",
    "\n",
    "/*",
    "*/",
    "//",
    " as ",
    "“",
    "é.",
    ".",
    "?",
    "+",
    "\\",
    "F() {}\n",
    "return: 1\n",
    "G() {",
    "€",
    "1e",
    "x: ",
    "(a: 1)",
    "\r\n",
    "\"s\\q\"",
    "import \"a\"\n",
];

#[test]
fn walks_of_changes_give_the_trees_and_errors_of_a_parse() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let texts = texts();
    let (mut kept, mut broken, mut all) = (0, 0, 0);
    for text in texts.iter().flat_map(|it| std::iter::repeat_n(it, 1 + 1200 / texts.len())) {
        let mut text = text.clone();
        let mut old = parse(&text);
        for _ in 0..10 {
            let mut from = random(text.len() + 1);
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            let removed: usize = text[from..].chars().take(random(4)).map(char::len_utf8).sum();
            let piece = PIECES[random(PIECES.len())];
            let new = format!("{}{piece}{}", &text[..from], &text[from + removed..]);
            let whole = parse(&new);
            all += 1;
            if let Some(it) = reparse(&text, &old, &new) {
                kept += 1;
                broken += usize::from(!it.errors().is_empty());
                assert_eq!(it, whole, "{text}\n----\n{new}");
            }
            // Where brackets do not match there is little to learn: mostly the walk goes on from where they do.
            if whole.is_sound() || random(8) == 0 {
                (text, old) = (new, whole);
            }
        }
    }
    assert!(
        kept > all / 10 && broken > kept / 10,
        "of {all} changes {kept} were small, {broken} of them with mistakes"
    );
}

/// Programs, some of them with mistakes before and behind.
fn texts() -> Vec<String> {
    let programs = sources::all().into_iter().map(|it| it.text).filter(|it| it.len() < 3000);
    let mut texts: Vec<String> = programs.collect();
    let step = (texts.len() / 150).max(1);
    texts = texts.into_iter().step_by(step).collect();
    let mistakes = [
        "F(x) {\n  a: \n  b c\n  return: a\n}\n",
        "G { r: 1 }\n\nx y\n",
        "import 1\n",
        "H() { a: 1 }\n",
        "x: 1 // why\n",
    ];
    for at in 0..texts.len() / 2 {
        let (before, behind) = (mistakes[at % 5], mistakes[(at / 5) % 5]);
        texts.push(format!("{before}{}\n{behind}", texts[at]));
    }
    texts
}
