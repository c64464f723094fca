//! Parsing a text again after a change inside of one function: the rest of the tree is kept, and shared with the tree before,
//! so that an edit costs as much as the function that it is in.
//!
//! This is for speed alone: what it returns equals what [`crate::parse`] does. It therefore gives up wherever a change may
//! concern more than its function: where a bracket has no partner, and where a string or comment has no end. Everything
//! else in a function is parsed from its own text, whatever is around it.

use std::{ops::Range, sync::Arc};

use rowan::ast::AstNode;

use crate::{
    Parse, SyntaxError, SyntaxErrorCode,
    SyntaxKind::{FUNCTION, IDENT, L_BRACE, L_PAREN, R_BRACE},
    SyntaxNode, TextEdit, TextRange, TextSize,
    ast::{Body, Function},
    parse, tokenize,
};

/// How many bytes are compared at once.
const CHUNK: usize = 1024;

/// Parses `text`, given another text and its [`Parse`]. Nothing unless they differ inside of the body of one function, and
/// all brackets have their partners in both; then [`crate::parse`] has to do it.
///
/// This takes time in proportion to the text of that function and the number of the functions. Texts are compared, too.
pub fn reparse(old_text: &str, old: &Parse, text: &str) -> Option<Parse> {
    u32::try_from(text.len()).ok()?;
    if !old.sound {
        return None;
    }
    let changed = changed(old_text, text)?;
    let root = old.syntax_node();
    let node = root.child_or_token_at_range(changed)?.into_node()?;
    let body = body_of(&node)?;
    // What is parsed before a function looks at most at its beginning.
    if changed.start() <= body.start() || changed.end() >= body.end() {
        return None;
    }
    let range = node.text_range();
    let start = usize::from(range.start());
    // Mistakes are sorted out line by line.
    if start > 0 && old_text.as_bytes().get(start - 1) != Some(&b'\n') {
        return None;
    }
    let old_range = Range::<usize>::from(range);
    let end = text.len() - (old_text.len() - old_range.end);
    if !balanced(old_text.get(old_range)?) {
        return None;
    }
    let alone = parse(text.get(start..end)?);
    let function = alone.syntax_node().first_child()?;
    let whole = function.text_range() == TextRange::up_to(TextSize::try_from(end - start).ok()?);
    if !whole || !alone.sound || body_of(&function)?.start() + range.start() != body.start() {
        return None;
    }
    let errors = errors(old_text, old, range, &alone, end)?;
    let green = node.replace_with(function.green().to_owned());
    Some(Parse { green, errors, sound: true })
}

/// The stretch of the old text that the new one has something else for. Nothing if they are equal.
fn changed(old: &str, new: &str) -> Option<TextRange> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let before = common(
        old.chunks(CHUNK),
        new.chunks(CHUNK),
        |it| it.len(),
        |a, b| a.iter().zip(b).take_while(|it| it.0 == it.1).count(),
    );
    if before == old.len() && before == new.len() {
        return None;
    }
    let (rest, more) = (&old[before..], &new[before..]);
    let behind = common(
        rest.rchunks(CHUNK),
        more.rchunks(CHUNK),
        |it| it.len(),
        |a, b| a.iter().rev().zip(b.iter().rev()).take_while(|it| it.0 == it.1).count(),
    );
    let offset = |at: usize| TextSize::try_from(at).ok();
    Some(TextRange::new(offset(before)?, offset(old.len() - behind)?))
}

/// The length of what two lists of chunks begin with in common; `within` says how much two chunks do.
fn common<'a>(
    mut a: impl Iterator<Item = &'a [u8]>,
    mut b: impl Iterator<Item = &'a [u8]>,
    length: impl Fn(&[u8]) -> usize,
    within: impl Fn(&[u8], &[u8]) -> usize,
) -> usize {
    let mut common = 0;
    while let (Some(a), Some(b)) = (a.next(), b.next()) {
        if a != b {
            return common + within(a, b);
        }
        common += length(a);
    }
    common
}

/// Where the body of a function is which is written as functions are: with a name, and brackets around the body.
fn body_of(node: &SyntaxNode) -> Option<TextRange> {
    let function = Function::cast(node.clone())?;
    let mut tokens = node.children_with_tokens().filter(|it| !it.kind().is_trivia());
    let named = tokens.next()?.kind() == IDENT;
    let first = node.first_token()?.kind() == IDENT;
    let body = function.syntax().children().find_map(Body::cast)?;
    let (open, close) = (body.syntax().first_token()?.kind(), body.syntax().last_token()?.kind());
    let range = body.syntax().text_range();
    let last = range.end() == node.text_range().end();
    let head = tokens.next()?;
    let head = head.as_node().and_then(SyntaxNode::first_token)?.kind();
    let fits = named && first && last && open == L_BRACE && close == R_BRACE;
    (node.kind() == FUNCTION && fits && matches!(head, L_PAREN | L_BRACE)).then_some(range)
}

/// Whether each bracket is closed by one of its kind.
fn balanced(text: &str) -> bool {
    let mut open = Vec::new();
    for (kind, _) in tokenize(text) {
        if kind.is_opener() {
            open.push(kind.partner());
        } else if kind.is_closer() && open.pop() != Some(Some(kind)) {
            return false;
        }
    }
    open.is_empty()
}

/// The mistakes of a text of which the part `range` was replaced by another one that is parsed alone and goes to `end`.
fn errors(
    old_text: &str,
    old: &Parse,
    range: TextRange,
    alone: &Parse,
    end: usize,
) -> Option<Arc<[SyntaxError]>> {
    if old.errors.is_empty() && alone.errors.is_empty() {
        return Some(old.errors.clone());
    }
    let first = old.errors.partition_point(|it| it.range.start() < range.start());
    let last = old.errors.partition_point(|it| it.range.start() < range.end());
    let (before, rest) = old.errors.split_at(first);
    let (inside, behind) = rest.split_at(last - first);
    let ends_within = |list: &[SyntaxError], within: TextRange| {
        list.iter().all(|it| within.contains_range(span(it)))
    };
    let up_to = TextRange::up_to(range.start());
    let from = TextRange::new(range.end(), TextSize::of(old_text));
    if !ends_within(before, up_to) || !ends_within(inside, range) || !ends_within(behind, from) {
        return None;
    }
    // What an error says of the end of the file, or of the function, may be said otherwise where more follows.
    let length = TextSize::try_from(end).ok()? - range.start();
    let at_end = |it: &SyntaxError| span(it).end() >= length;
    if alone.errors.iter().any(|it| it.code == SyntaxErrorCode::MissingReturn || at_end(it)) {
        return None;
    }
    // An error can silence others further on in its line.
    if let Some(next) = behind.first() {
        let between = TextRange::new(range.end(), next.range.start());
        if !old_text[between].contains('\n') {
            return None;
        }
    }
    let zero = TextSize::new(0);
    let mut all = before.to_vec();
    all.extend(alone.errors.iter().map(|it| moved(it, zero, range.start())));
    let new_end = TextSize::try_from(end).ok()?;
    all.extend(behind.iter().map(|it| moved(it, range.end(), new_end)));
    Some(all.into())
}

/// What an error speaks about, with all that its fixes change.
fn span(error: &SyntaxError) -> TextRange {
    let edits = error.fixes.iter().flat_map(|it| it.edits.iter());
    edits.fold(error.range, |span, edit| span.cover(edit.range))
}

/// An error that moves as the offset `from` moves to `to`. It has to stand behind it.
fn moved(error: &SyntaxError, from: TextSize, to: TextSize) -> SyntaxError {
    let range = |range: TextRange| range - from + to;
    let mut error = error.clone();
    error.range = range(error.range);
    for fix in &mut error.fixes {
        let edit = |it: &TextEdit| TextEdit { range: range(it.range), insert: it.insert.clone() };
        fix.edits = fix.edits.iter().map(edit).collect();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "import \"a\"\n// doc\nF(x) {\n  y: G(a: \"é\") // note\n  return: (y, `}`)\n}\n\nG(a) {\n  return: f(b) { return: b }\n}\nH() { return: (1) }\n";

    /// What may stand anywhere.
    const PIECES: [&str; 30] = [
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
    ];

    /// Changes that break and mend: each piece in place of each stretch of up to two characters.
    #[test]
    fn every_small_change_gives_the_tree_of_a_parse() {
        let places: Vec<usize> = TEXT.char_indices().map(|it| it.0).chain([TEXT.len()]).collect();
        let old = parse(TEXT);
        assert!(old.errors().is_empty(), "{:?}", old.errors());
        let (mut kept, mut back) = (0, 0);
        for (index, from) in places.iter().enumerate() {
            for to in places.iter().skip(index).take(3) {
                for piece in PIECES {
                    let text = format!("{}{piece}{}", &TEXT[..*from], &TEXT[*to..]);
                    let whole = parse(&text);
                    if let Some(it) = reparse(TEXT, &old, &text) {
                        assert_eq!(it, whole, "{text}");
                        kept += 1;
                    }
                    // And back, from a broken text.
                    if let Some(it) = reparse(&text, &whole, TEXT) {
                        assert_eq!(it, old, "{text}");
                        back += 1;
                    }
                }
            }
        }
        assert!(kept > 3000 && back >= kept, "{kept} {back}");
    }

    #[test]
    fn errors_elsewhere_and_within_stay_and_move() {
        let text = format!("X() {{ a: ,\n return: b c }}\n{TEXT}Y() {{ return: 1 2 }}\n");
        let old = parse(&text);
        assert_eq!(old.errors().len(), 3, "{:?}", old.errors());
        for piece in ["z: \n", "z: 1 2\n", "z: G(a: 1)\n"] {
            let new = text.replace("  return: (y", &format!("  {piece}  return: (y"));
            assert_eq!(reparse(&text, &old, &new), Some(parse(&new)));
            assert_eq!(reparse(&new, &parse(&new), &text), Some(parse(&text)));
        }
    }

    #[test]
    fn what_does_not_change_is_shared() {
        let text = TEXT.replace("return: f", "r: 1\n return: f");
        let old = parse(TEXT);
        let new = reparse(TEXT, &old, &text).unwrap();
        let errors = old.errors();
        assert!(errors.is_empty(), "{errors:?}");
        let first = |parse: &Parse| {
            let function = parse.source_file().functions().next().unwrap();
            std::ptr::from_ref(function.syntax().green()).cast::<u8>()
        };
        assert_eq!(first(&old), first(&new));
    }

    #[test]
    fn texts_are_compared_by_chunks() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
            let text = "x".repeat(length);
            assert_eq!(changed(&text, &text), None);
            for at in
                [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK, length].into_iter().filter(|it| *it <= length)
            {
                let new = format!("{}y{}", &text[..at], &text[at..]);
                let expected = TextRange::empty(TextSize::try_from(at).unwrap());
                assert_eq!(changed(&text, &new), Some(expected));
                assert_eq!(changed(&new, &text).map(TextRange::len), Some(TextSize::new(1)));
            }
        }
    }
}
