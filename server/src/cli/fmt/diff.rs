//! A unified diff of a text and what edits make of it. The edits say which lines change, so nothing has to be searched.

use std::{fmt::Write as _, ops::Range};

use ko_syntax::{TextEdit, format::apply_edits};

/// Lines around a change.
const CONTEXT: usize = 3;

/// Lines that are replaced by others.
struct Change {
    lines: Range<usize>,
    to: String,
}

/// The diff, as `patch` takes it; empty if nothing changes. The edits are in the order of the text and do not overlap.
pub(super) fn unified(name: &str, text: &str, edits: &[TextEdit]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let changes = changes(text, &lines, edits);
    let mut out = String::new();
    if !changes.is_empty() {
        out = format!("--- {name}\n+++ {name}\n");
    }
    // How many more lines there are after the changes so far.
    let mut shift = 0;
    for hunk in changes.chunk_by(|a, b| b.lines.start - a.lines.end <= 2 * CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let start = first.lines.start.saturating_sub(CONTEXT);
        let end = (last.lines.end + CONTEXT).min(lines.len());
        let mut body = String::new();
        let mut at = start;
        let mut added = 0;
        for change in hunk {
            lines[at..change.lines.start].iter().for_each(|line| push(&mut body, ' ', line));
            lines[change.lines.clone()].iter().for_each(|line| push(&mut body, '-', line));
            for line in change.to.split_inclusive('\n') {
                push(&mut body, '+', line);
                added += 1;
            }
            at = change.lines.end;
        }
        lines[at..end].iter().for_each(|line| push(&mut body, ' ', line));
        let removed: usize = hunk.iter().map(|change| change.lines.len()).sum();
        let (old, new) = (end - start, end - start - removed + added);
        // An empty range is said to lie behind the line before it.
        let number = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
        let new_start = (start + shift.max(0) as usize).saturating_sub((-shift).max(0) as usize);
        let (from, to) = (number(start, old), number(new_start, new));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "@@ -{from},{old} +{to},{new} @@");
        out += &body;
        shift += added as isize - removed as isize;
    }
    out
}

fn push(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// The lines that the edits change.
fn changes(text: &str, lines: &[&str], edits: &[TextEdit]) -> Vec<Change> {
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    for line in lines {
        starts.push(at);
        at += line.len();
    }
    starts.push(at);
    let line_of = |offset: usize| {
        let line = starts.partition_point(|&start| start <= offset).saturating_sub(1);
        line.min(lines.len().saturating_sub(1))
    };
    let span =
        |edit: &TextEdit| line_of(edit.range.start().into())..=line_of(edit.range.end().into());
    let mut changes = Vec::new();
    for group in edits.chunk_by(|a, b| span(b).start() <= span(a).end()) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (mut start, mut end) = (*span(first).start(), (span(last).end() + 1).min(lines.len()));
        let base = starts[start];
        let shifted: Vec<TextEdit> = group
            .iter()
            .filter_map(|edit| {
                let range = edit.range.checked_sub(u32::try_from(base).ok()?.into())?;
                Some(TextEdit::replace(range, edit.insert.as_str()))
            })
            .collect();
        let to = apply_edits(&text[base..starts[end]], &shifted);
        // Lines that stay are no part of the change.
        let mut new: Vec<&str> = to.split_inclusive('\n').collect();
        while start < end && new.last() == Some(&lines[end - 1]) {
            new.pop();
            end -= 1;
        }
        let same = new.iter().zip(&lines[start..end]).take_while(|(a, b)| a == b).count();
        start += same;
        if start < end || same < new.len() {
            changes.push(Change { lines: start..end, to: new[same..].concat() });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use ko_syntax::format::{FormatOptions, format, format_text};

    use super::*;

    fn diff(text: &str) -> String {
        unified("a.ko", text, &format(text, &FormatOptions::default()).edits)
    }

    #[test]
    fn canonical_text_has_no_diff() {
        assert_eq!(diff("F() {\n\treturn: 1\n}\n"), "");
    }

    #[test]
    fn hunks_have_context_and_numbers() {
        let text = "F() {\n\ta:1\n\n\n\tb: 2\n\tc: 3\n\td: 4\n\te: 5\n\tf: 6\n\tg: 7\n\th: 8\n\ti: 9\n\treturn : 1}";
        let expected = "--- a.ko\n+++ a.ko\n@@ -1,7 +1,6 @@\n F() {\n-\ta:1\n+\ta: 1\n \n-\n \tb: 2\n \tc: 3\n \td: 4\n\
                        @@ -10,4 +9,5 @@\n \tg: 7\n \th: 8\n \ti: 9\n-\treturn : 1}\n\\ No newline at end of file\n+\treturn: 1\n+}\n";
        assert_eq!(diff(text), expected);
    }

    /// Applies a diff as `patch` does, and checks its numbers on the way.
    fn patch(text: &str, diff: &str) -> String {
        let mut old = text.split_inclusive('\n');
        let mut taken = 0;
        let mut out: Vec<String> = Vec::new();
        let mut diff_lines = diff.split_inclusive('\n').skip(2).peekable();
        while let Some(line) = diff_lines.next() {
            if let Some(numbers) = line.strip_prefix("@@ -") {
                let (from, to) = numbers.trim_end_matches(" @@\n").split_once(" +").unwrap();
                let number = |s: &str| -> (usize, usize) {
                    let (a, b) = s.split_once(',').unwrap();
                    (a.parse().unwrap(), b.parse().unwrap())
                };
                let ((from, old_count), (to, new_count)) = (number(from), number(to));
                while taken + usize::from(old_count > 0) < from {
                    out.push(old.next().unwrap().to_owned());
                    taken += 1;
                }
                assert_eq!(out.len() + usize::from(new_count > 0), to, "{diff}");
                continue;
            }
            let (sign, mut rest) = line.split_at(1);
            if sign == "\\" {
                continue;
            }
            if diff_lines.peek().is_some_and(|next| next.starts_with('\\')) {
                rest = rest.trim_end_matches('\n');
            }
            if sign != "+" {
                assert_eq!(old.next(), Some(rest), "{diff}");
                taken += 1;
            }
            if sign != "-" {
                out.push(rest.to_owned());
            }
        }
        out.extend(old.map(str::to_owned));
        out.concat()
    }

    #[test]
    fn applying_the_diff_gives_the_formatted_text() {
        let example = include_str!("../../../../examples/guestbook/guestbook.ko");
        let texts = [
            "import \"b\"\nimport \"c\"\nimport \"a\"\nF(){return:1}".to_owned(),
            "\n\n\nF() {\n\treturn: 1\n}\n\n\n".to_owned(),
            "\n\n".to_owned(),
            example.replace(": ", ":"),
            example.replace('\n', "\r\n\r\n\r\n"),
            example.replace("\n\t\t", ", "),
            example.replacen("ns", "n  s", 3),
        ];
        for text in texts {
            assert_eq!(patch(&text, &diff(&text)), format_text(&text), "{}", diff(&text));
        }
    }
}
