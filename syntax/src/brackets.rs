//! Which bracket belongs to which, over a whole file, before parsing. The parser reads off where every bracketed region
//! ends, so it needs neither backtracking nor guesses of its own, also in files whose brackets do not match.
//!
//! In a file where all brackets match, that is the whole story. Otherwise pairs are found again with the help of layout
//! (specification §2.1):
//!
//! - a function or import that starts in column 1 closes everything,
//! - a closing bracket closes the bracket whose line starts in the same column as its own line,
//! - where a function has a closing bracket too many, one whose line starts in another column is that,
//! - the start of a line closes the brackets that find no partner otherwise and whose line starts in the same column or to
//!   the right of it.

use crate::{
    SyntaxKind::{self, *},
    lexer::Tokens,
    work,
};

/// No partner.
const NONE: u32 = u32::MAX;

/// Where every bracketed region ends.
#[derive(Debug)]
pub(crate) struct Brackets {
    /// For an opening bracket the token that ends its region: its closing bracket, or the first token that is no longer
    /// part of the region. For a closing bracket its opening bracket, or [`NONE`].
    ends: Vec<u32>,
    /// The closing brackets that close nothing, in order.
    strays: Vec<Stray>,
    all_match: bool,
}

/// A closing bracket that closes nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stray {
    token: u32,
    /// The opening bracket of the region it stands in, or [`NONE`].
    region: u32,
    /// Width of the white space at the start of the line it stands on.
    pub(crate) indent: u32,
}

impl Stray {
    pub(crate) fn token(self) -> usize {
        self.token as usize
    }
}

impl Brackets {
    /// The first closing bracket from `from` on that closes nothing and stands directly in the region of `opener`
    /// (nothing: the top of the file), if no stray bracket of another region comes before it.
    pub(crate) fn next_stray(&self, from: usize, opener: Option<usize>) -> Option<Stray> {
        let index = self.strays.partition_point(|stray| stray.token() < from);
        let stray = self.strays.get(index)?;
        (opener.map_or(NONE, |opener| opener as u32) == stray.region).then_some(*stray)
    }

    /// The end of the region that the token `opener` opens.
    pub(crate) fn end(&self, opener: usize) -> usize {
        self.ends.get(opener).map_or(opener, |&end| end as usize)
    }

    /// The closing bracket of `opener`, if it has one (perhaps of another shape).
    pub(crate) fn closer(&self, opener: usize) -> Option<usize> {
        let end = self.end(opener);
        (self.ends.get(end).copied() == Some(opener as u32)).then_some(end)
    }

    /// Whether each bracket of the text has its partner, whatever the layout says.
    pub(crate) fn all_match(&self) -> bool {
        self.all_match
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
    if !strict.unclosed && strict.strays.is_empty() {
        return Brackets { ends: strict.ends, strays: Vec::new(), all_match: true };
    }
    let first = Matcher::new(text, tokens).run(Some(&Hints::default()));
    let doubtful = (0..kinds.len())
        .map(|i| match first.ends[i] {
            NONE => kinds[i].is_closer(),
            end => kinds[i].is_opener() && first.ends.get(end as usize).copied() != Some(i as u32),
        })
        .collect();
    let last = Matcher::new(text, tokens).run(Some(&Hints { doubtful, surplus: first.surplus }));
    Brackets { ends: last.ends, strays: last.strays, all_match: false }
}

struct Matched {
    ends: Vec<u32>,
    unclosed: bool,
    strays: Vec<Stray>,
    surplus: Vec<[u32; 3]>,
}

/// What an earlier run has found.
#[derive(Default)]
struct Hints {
    /// The brackets without partner.
    doubtful: Vec<bool>,
    /// How many `)`, `]`, `}` of each item of the file close nothing.
    surplus: Vec<[u32; 3]>,
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

    /// Matches from left to right. With `layout`, layout closes regions, as far as hints from an earlier run call for it.
    fn run(mut self, layout: Option<&Hints>) -> Matched {
        let kinds = &self.tokens.kinds;
        let doubtful =
            |i: usize| layout.is_some_and(|hints| hints.doubtful.get(i).copied().unwrap_or(false));
        let mut indent = 0;
        let mut line_start = true;
        // The line feed after the last token that is more than trivia: where a region that layout closes ends.
        let mut region_end = 0;
        let mut strays = Vec::new();
        // What comes before the first item counts as one.
        let mut surplus = vec![[0; 3]];
        let mut budget =
            layout.and_then(|hints| hints.surplus.first()).copied().unwrap_or_default();
        for (i, &kind) in kinds.iter().enumerate() {
            work::count(1);
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
                _ if !line_start || layout.is_none() => {}
                IDENT if indent == 0 && is_item_start(self.text, self.tokens, i) => {
                    while !self.stack.is_empty() {
                        self.pop_unclosed(region_end);
                    }
                    let hint = layout.and_then(|hints| hints.surplus.get(surplus.len()));
                    budget = hint.copied().unwrap_or_default();
                    surplus.push([0; 3]);
                }
                kind if !kind.is_closer() => {
                    // Not a function's body at the top: that holds labels in any column.
                    while let Some(top) = self.stack.last()
                        && doubtful(top.token)
                        && (kinds[top.token] != L_BRACE || self.stack.len() > 1)
                        && indent <= top.indent
                    {
                        self.pop_unclosed(region_end);
                    }
                }
                _ => {}
            }
            let mut misplaced = false;
            if layout.is_some() && kind.is_closer() {
                self.close_by_indent(i, kind, indent);
                let aligned = self.stack.last().is_none_or(|top| top.indent == indent);
                if let Some(left) =
                    budget.get_mut(shape(kind)).filter(|left| **left > 0 && !aligned)
                {
                    *left -= 1;
                    misplaced = true;
                }
            }
            line_start = false;
            region_end = NONE as usize;
            if kind.is_opener() {
                self.open[shape(kind)] += 1;
                self.stack.push(Open { token: i, indent });
            } else if kind.is_closer() {
                let region = self.stack.last().map_or(NONE, |top| top.token as u32);
                if misplaced || !self.close(i, kind, &doubtful) {
                    if let Some(item) = surplus.last_mut() {
                        item[shape(kind)] += 1;
                    }
                    strays.push(Stray { token: i as u32, region, indent });
                }
            }
        }
        let end = kinds.len();
        while !self.stack.is_empty() {
            self.pop_unclosed(end);
        }
        Matched { ends: self.ends, unclosed: self.unclosed, strays, surplus }
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
            let top_kind = self.tokens.kinds[top.token];
            if kind == R_BRACE || top_kind == L_BRACE || !(doubtful(closer) && doubtful(top.token))
            {
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

    /// Pops what is open within the bracket that the line of `closer` is aligned with.
    fn close_by_indent(&mut self, closer: usize, kind: SyntaxKind, indent: u32) {
        // Deeper than this, alignment tells nothing; and the search must not make matching slower than linear.
        const REACH: usize = 64;
        let inner =
            self.stack.iter().rev().take(REACH).take_while(|open| open.indent > indent).count();
        let Some(open) = self.stack.iter().rev().nth(inner) else { return };
        work::count(inner);
        if inner > 0 && open.indent == indent && shape(self.tokens.kinds[open.token]) == shape(kind)
        {
            for _ in 0..inner {
                self.pop_unclosed(closer);
            }
        }
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
        work::count(1);
        match kind {
            R_PAREN | L_BRACE => return true,
            IDENT | QUESTION => {}
            _ if kind.is_trivia() => {}
            _ => return false,
        }
    }
    false
}
