//! How wide a text is when drawn. Pictures are laid out without a font at hand, so this goes by the usual proportions of
//! sans-serif fonts, on the wide side.

/// Width of `text` at a font size of `size`, about.
pub(super) fn text_width(text: &str, size: f32) -> f32 {
    text.chars().map(char_width).sum::<f32>() * size
}

/// Cuts `text` so that it is at most `width` wide at a font size of `size`, with an ellipsis at the end.
pub(super) fn fit(text: &str, size: f32, width: f32) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut used = char_width('…') * size;
    let mut out = String::new();
    for c in text.chars() {
        used += char_width(c) * size;
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Width of a character in parts of the font size.
fn char_width(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | ' ' | '"' | '-' | '/' | '\\' => 0.43,
        'm' | 'w' | 'M' | 'W' | '…' | '→' | '←' => 0.98,
        'A'..='Z' => 0.73,
        '_' => 0.5,
        c if c.is_ascii() => 0.63,
        // Ideographs and the like are as wide as high.
        c if c >= '\u{2e80}' => 1.0,
        _ => 0.7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_texts_are_wider_and_get_cut() {
        assert!(text_width("WWW", 12.0) > text_width("iii", 12.0));
        assert_eq!(fit("short", 10.0, 100.0), "short");
        let cut = fit("a rather long label for a node", 10.0, 60.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 60.0, "{cut}");
    }
}
