//! Which bracket belongs to which, over a whole file, before parsing. The parser reads off where every bracketed region
//! ends, so it needs neither backtracking nor guesses of its own, also in files whose brackets do not match.
//!
//! In a file where all brackets match, that is the whole story. Otherwise pairs are found again with the help of layout
//! (specification §2.1): a function or import that starts in column 1 closes everything, and a step that starts a line at
//! or left of the line that opened an unclosed `(` or `[` closes that.

use crate::{
    SyntaxKind::{self, *},
    lexer::Tokens,
};

/// No partner.
const NONE: u32 = u32::MAX;

/// Where every bracketed region ends.
#[derive(Debug)]
pub(crate) struct Brackets {
    /// For an opening bracket the token that ends its region: its closing bracket, or the first token that is no longer
    /// part of the region. For a closing bracket its opening bracket, or [`NONE`].
    ends: Vec<u32>,
}

impl Brackets {
    /// The end of the region that the token `opener` opens.
    pub(crate) fn end(&self, opener: usize) -> usize {
        self.ends.get(opener).map_or(opener, |&end| end as usize)
    }

    /// The closing bracket of `opener`, if it has one (perhaps of another shape).
    pub(crate) fn closer(&self, opener: usize) -> Option<usize> {
        let end = self.end(opener);
        (self.ends.get(end).copied() == Some(opener as u32)).then_some(end)
    }

    /// Whether the closing bracket `closer` closes nothing.
    pub(crate) fn is_stray(&self, closer: usize) -> bool {
        self.ends.get(closer) == Some(&NONE)
    }
}

/// Finds the pairs.
pub(crate) fn match_brackets(text: &str, tokens: &Tokens) -> Brackets {
    let kinds = &tokens.kinds;
    let strict = Matcher::new(text, tokens).run(None);
    if !strict.unclosed && !strict.stray {
        return Brackets { ends: strict.ends };
    }
    let first = Matcher::new(text, tokens).run(Some(&Vec::new()));
    let doubtful: Vec<bool> = (0..kinds.len())
        .map(|i| match first.ends[i] {
            NONE => kinds[i].is_closer(),
            end => kinds[i].is_opener() && first.ends.get(end as usize).copied() != Some(i as u32),
        })
        .collect();
    Brackets { ends: Matcher::new(text, tokens).run(Some(&doubtful)).ends }
}

struct Matched {
    ends: Vec<u32>,
    unclosed: bool,
    stray: bool,
}

struct Open {
    token: usize,
    /// Width of the white space at the start of the line the bracket stands on.
    indent: u32,
}

struct Matcher<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    ends: Vec<u32>,
    stack: Vec<Open>,
    /// How many of `(`, `[`, `{` are on the stack.
    open: [u32; 3],
    unclosed: bool,
}

impl<'a> Matcher<'a> {
    fn new(text: &'a str, tokens: &'a Tokens) -> Self {
        let ends = vec![NONE; tokens.kinds.len()];
        Matcher { text, tokens, ends, stack: Vec::new(), open: [0; 3], unclosed: false }
    }

    /// Matches from left to right. With `layout`, layout closes regions; the flags tell which brackets found no partner
    /// in an earlier run and so may be closed by it (none of them at first).
    fn run(mut self, layout: Option<&Vec<bool>>) -> Matched {
        let kinds = &self.tokens.kinds;
        let doubtful =
            |i: usize| layout.is_some_and(|flags| flags.get(i).copied().unwrap_or(false));
        let mut indent = 0;
        let mut line_start = true;
        // The line feed after the last token that is more than trivia: where a region that layout closes ends.
        let mut region_end = 0;
        let mut stray = false;
        for (i, &kind) in kinds.iter().enumerate() {
            match kind {
                NEWLINE => {
                    line_start = true;
                    indent = 0;
                    if region_end == NONE as usize {
                        region_end = i;
                    }
                    continue;
                }
                WHITESPACE => {
                    if line_start {
                        indent = u32::from(self.tokens.range(i).len());
                    }
                    continue;
                }
                COMMA | SEMICOLON | LINE_COMMENT | BLOCK_COMMENT => {
                    line_start = false;
                    continue;
                }
                IDENT if line_start && layout.is_some() && !self.stack.is_empty() => {
                    if indent == 0 && is_item_start(self.text, self.tokens, i) {
                        while let Some(open) = self.stack.pop() {
                            self.unclosed = true;
                            self.ends[open.token] = region_end as u32;
                        }
                        self.open = [0; 3];
                    } else if next_significant(kinds, i + 1) == COLON {
                        while let Some(top) = self.stack.last()
                            && doubtful(top.token)
                            && kinds[top.token] != L_BRACE
                            && indent <= top.indent
                        {
                            self.pop_unclosed(region_end);
                        }
                    }
                }
                _ => {}
            }
            line_start = false;
            region_end = NONE as usize;
            if kind.is_opener() {
                self.open[shape(kind)] += 1;
                self.stack.push(Open { token: i, indent });
            } else if kind.is_closer() {
                stray |= !self.close(i, kind, &doubtful);
            }
        }
        let end = kinds.len();
        while !self.stack.is_empty() {
            self.pop_unclosed(end);
        }
        Matched { ends: self.ends, unclosed: self.unclosed, stray }
    }

    fn close(
        &mut self,
        closer: usize,
        kind: SyntaxKind,
        doubtful: &impl Fn(usize) -> bool,
    ) -> bool {
        if self.open[shape(kind)] == 0 {
            // Perhaps only the wrong shape: `(1, 2]`.
            let Some(top) = self.stack.last() else { return false };
            if !(doubtful(closer) && doubtful(top.token)) {
                return false;
            }
            self.pair(closer);
            return true;
        }
        while self
            .stack
            .last()
            .is_some_and(|top| shape(self.tokens.kinds[top.token]) != shape(kind))
        {
            self.pop_unclosed(closer);
        }
        self.pair(closer);
        true
    }

    fn pair(&mut self, closer: usize) {
        if let Some(top) = self.stack.pop() {
            self.open[shape(self.tokens.kinds[top.token])] -= 1;
            self.ends[top.token] = closer as u32;
            self.ends[closer] = top.token as u32;
        }
    }

    fn pop_unclosed(&mut self, end: usize) {
        if let Some(top) = self.stack.pop() {
            self.unclosed = true;
            self.open[shape(self.tokens.kinds[top.token])] -= 1;
            self.ends[top.token] = end as u32;
        }
    }
}

fn shape(kind: SyntaxKind) -> usize {
    match kind {
        L_PAREN | R_PAREN => 0,
        L_BRACKET | R_BRACKET => 1,
        _ => 2,
    }
}

fn next_significant(kinds: &[SyntaxKind], from: usize) -> SyntaxKind {
    kinds.iter().skip(from).copied().find(|&kind| kind != WHITESPACE).unwrap_or(EOF)
}

/// Whether an import or a function's head starts at the identifier `index`, judged without knowing pairs: `import "` or
/// `IDENT ( … ) {` where the head holds only what heads hold.
fn is_item_start(text: &str, tokens: &Tokens, index: usize) -> bool {
    let kinds = &tokens.kinds;
    let next = next_significant(kinds, index + 1);
    if next.is_string() {
        return matches!(&text[tokens.range(index)], "import" | "use");
    }
    if next != L_PAREN {
        return false;
    }
    let rest = kinds.iter().skip(index + 1).copied().filter(|&kind| kind != WHITESPACE);
    for kind in rest.skip(1) {
        match kind {
            R_PAREN | L_BRACE => return true,
            IDENT | QUESTION => {}
            _ if kind.is_trivia() => {}
            _ => return false,
        }
    }
    false
}
