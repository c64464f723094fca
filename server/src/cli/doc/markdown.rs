//! The little Markdown that documentation is written in, for a terminal.

use anstyle::{AnsiColor, Style};

/// Code is set off, `**strong**` words are bold, `` `code` `` is in colour; everything else is as it is.
pub(crate) fn terminal(markdown: &str) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    // The first block is what it is about, its first line the name.
    let (mut in_code, mut blocks) = (false, 0);
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            blocks += usize::from(!in_code);
            continue;
        }
        match (in_code, blocks) {
            (true, 0) if out.is_empty() => out.push_str(&format!("{bold}{line}{bold:#}")),
            (true, 0) => out.push_str(line),
            (true, _) => out.push_str(&format!("    {line}")),
            (false, _) if line == "---" => {}
            (false, _) => inline(&mut out, line),
        }
        out.push('\n');
    }
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

fn inline(out: &mut String, line: &str) {
    let bold = Style::new().bold();
    let code = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
    for (at, part) in line.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("{code}{part}{code:#}"));
            continue;
        }
        for (at, part) in part.split("**").enumerate() {
            match at % 2 {
                1 => out.push_str(&format!("{bold}{part}{bold:#}")),
                _ => out.push_str(part),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_gone_and_the_text_is_there() {
        let shown =
            terminal("```ko\nF(x?): Int64\n```\n\nIt does `x`.\n\n\n```ko\nF(1)  // 1\n```\n");
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(plain, "F(x?): Int64\n\nIt does x.\n\n    F(1)  // 1\n");
    }
}
