//! Counts the work done on a text, so that tests can prove that it grows like the text, whatever the machine. Outside of
//! this crate's unit tests, counting does nothing and costs nothing.

#[cfg(test)]
thread_local! {
    static COUNT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts looks at `amount` bytes, tokens, nodes or atoms. Stands where every loop over them passes.
#[inline(always)]
pub(crate) fn count(amount: usize) {
    #[cfg(test)]
    COUNT.with(|count| count.set(count.get() + amount));
    #[cfg(not(test))]
    let _ = amount;
}

#[cfg(test)]
mod tests {
    use super::COUNT;
    use crate::{format::format_text, parse};

    /// How much `f` counts.
    fn work(f: impl FnOnce()) -> usize {
        let before = COUNT.with(std::cell::Cell::get);
        f();
        COUNT.with(std::cell::Cell::get) - before
    }

    /// Pieces that start something and do not end it, or are wrong in ways that make a parser look ahead or back.
    const PIECES: &[&str] = &[
        "F(a)(",
        "(1 ",
        "“",
        "‘a",
        "\"\\",
        "'",
        "/*",
        "`",
        "= ",
        ":=",
        "a: ",
        "a.b-",
        "x:\n",
        "f(x) { ",
        "F() {\n",
        ")",
        "}",
        "] ",
        "[(",
        "import ",
        "F x {\n",
        "F()\na: ",
        "\u{a0}",
        "1.",
        "a.\n",
        "“a\" ",
        "F(\n",
        "a(\nb: (",
        "(",
        "f(x) { return: ",
        "/* c */",
        "// c\n",
        ",",
        "\n",
        "x: = 1\n",
        "(1)",
        "x: (a: 1, b: 2)\n",
        "x 1\n",
        "a ",
        "a b)\n",
        "f(a ",
        "f()\n",
        "f(a?\n",
        "x: a\n)\n",
        "  a(\n )\n",
        "import \"a\"\n",
        "“x”, ",
        "a: b c: ",
        "{ ",
        "F { ",
        "\n  ]",
        "x?) {",
        "\r\n",
        "\u{feff}",
        "a.b.c",
        "-1",
        "\nF() { return: 1 }\n",
        "\nimport a b\n",
    ];

    /// Checks that four times the piece is at most about four times the work, at several ends.
    fn grows_like_the_text(f: impl Fn(&str), count: usize) {
        for piece in PIECES {
            for (start, end) in
                [("F() {\nreturn: ", ""), ("F() {\nreturn: ", " ) } ] {\n}"), ("", ")")]
            {
                let of = |count: usize| {
                    let text = format!("{start}{}{end}", piece.repeat(count));
                    work(|| f(&text))
                };
                let (short, long) = (of(count), of(4 * count));
                assert!(
                    long <= 5 * short + 10_000,
                    "{start:?} {piece:?} {end:?}: {short} for {count}, {long} for {}",
                    4 * count
                );
            }
        }
    }

    #[test]
    fn counting_counts() {
        assert!(work(|| drop(parse("F() { return: 1 }"))) > 30);
    }

    /// The texts are longer than the deepest tree is deep (see [`crate::MAX_DEPTH`]), where what is bounded has ended.
    #[test]
    fn parsing_grows_like_the_text() {
        grows_like_the_text(|text| drop(parse(text)), 1_500);
    }

    #[test]
    fn formatting_grows_like_the_text() {
        grows_like_the_text(|text| drop(format_text(text)), 1_000);
    }
}
