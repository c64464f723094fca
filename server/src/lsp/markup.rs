//! Our Markdown for clients that show it, and as plain text for those that do not.

use ls_types::{Documentation, MarkupContent, MarkupKind};

/// The content for a client that does or does not show Markdown.
pub(crate) fn content(markdown: String, as_markdown: bool) -> MarkupContent {
    match as_markdown {
        true => MarkupContent { kind: MarkupKind::Markdown, value: markdown },
        false => MarkupContent { kind: MarkupKind::PlainText, value: plain(&markdown) },
    }
}

/// The same, as documentation.
pub(crate) fn documentation(markdown: String, as_markdown: bool) -> Documentation {
    Documentation::MarkupContent(content(markdown, as_markdown))
}

/// Markdown without its marks. Code is kept as it is; only the marks that our texts use are known.
fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut in_code = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            out.push_str(line);
        } else if line != "---" {
            let line = line.replace("**", "");
            out.extend(line.chars().filter(|c| *c != '`'));
        }
        out.push('\n');
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_marks() {
        let markdown = "```ko\nF(a: \"`**\")\n```\n\n**Kind** of `x`\n\n---\n\n- `a`: b\n";
        assert_eq!(plain(markdown), "F(a: \"`**\")\n\nKind of x\n\n\n\n- a: b");
        assert_eq!(content("`a`".to_owned(), true).value, "`a`");
    }
}
