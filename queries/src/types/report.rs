//! Type errors as diagnostics: places become ranges, suggestions become edits of the text.

use text_size::{TextRange, TextSize};

use super::errors::{At, Suggestion, TypeError};
use super::place::place;
use crate::circuit::{Circuit, SourceMap, StepId, StepKind};
use crate::diagnostic::{Diagnostic, FileEdit, FileId, Fix, Related};

/// A function in its text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file.
    pub file: FileId,
    /// The whole text of the file.
    pub text: &'a str,
    /// The function.
    pub circuit: &'a Circuit,
    /// Where its steps stand in the text.
    pub map: &'a SourceMap,
}

/// An error of the function as a diagnostic; nothing if the source map is not that of the circuit. The place that an
/// error comes from in another function is the caller's to add ([`TypeError::origin`]).
#[must_use]
pub fn report(error: &TypeError, source: Source<'_>) -> Option<Diagnostic> {
    let range = source.place(error.at)?;
    let mut out = Diagnostic::new(range, error.severity, error.code, error.message.clone());
    // What is misspelt is not to be faded: it has to be read.
    let misspelt = error.suggestion.iter().any(|it| matches!(it, Suggestion::RenameArg { .. }));
    out.unnecessary = matches!(error.code, "unused-argument" | "server-field") && !misspelt;
    for (at, message) in &error.related {
        if let Some(range) = source.place(*at).filter(|it| *it != out.range) {
            out.related.push(Related { file: source.file, range, message: message.clone() });
        }
    }
    out.fixes = error.suggestion.iter().filter_map(|it| source.fix(it)).collect();
    Some(out)
}

impl Source<'_> {
    fn place(&self, at: At) -> Option<TextRange> {
        place(self.circuit, self.map, self.text, at)
    }

    fn fix(&self, suggestion: &Suggestion) -> Option<Fix> {
        let mut snippet = None;
        let (title, range, insert) = match suggestion {
            Suggestion::RenameArg { step, index, to } => {
                (format!("Change to `{to}`"), self.place(At::Arg(*step, *index))?, to.to_string())
            }
            Suggestion::RenameSelect { step, index, to } => {
                let range = self.place(At::SelectName(*step, *index))?;
                (format!("Change to `{to}`"), range, to.to_string())
            }
            Suggestion::ReplaceLiteral { step, text } => {
                (format!("Change to `{text}`"), self.place(At::Step(*step))?, text.to_string())
            }
            Suggestion::SelectField { step, index, path } => {
                let end = self.place(At::ArgValue(*step, *index))?.end();
                (format!("Select `{path}`"), TextRange::empty(end), format!(".{path}"))
            }
            Suggestion::RemoveArg { step, index } => {
                let label = self.place(At::Arg(*step, *index))?;
                let name = self.text.get(usize::from(label.start())..usize::from(label.end()))?;
                (format!("Remove `{name}`"), self.argument(*step, *index)?, String::new())
            }
            Suggestion::AddArgs { step, names, choices } => {
                let (at, insert) = self.insertion(*step, names)?;
                snippet = (!insert.contains('\n')).then(|| fill_in(&insert, names, choices));
                let names: Vec<String> = names.iter().map(|it| format!("`{}`", it.0)).collect();
                (format!("Add {}", names.join(", ")), TextRange::empty(at), insert)
            }
        };
        let edits = vec![FileEdit { file: self.file, range, insert }];
        Some(Fix { title, edits, snippet })
    }

    /// An argument with its label and what separates it from the next one; whole lines where it has them to itself.
    fn argument(&self, step: StepId, index: u32) -> Option<TextRange> {
        let label = self.place(At::Arg(step, index))?;
        let value = self.place(At::ArgValue(step, index))?;
        let (start, end) = (usize::from(label.start()), usize::from(value.end().max(label.end())));
        let (before, after) = (self.text.get(..start)?, self.text.get(end..)?);
        let blank = |c: char| c == ' ' || c == '\t' || c == '\r';
        let indent = before.trim_end_matches(blank);
        let rest = after.trim_start_matches(blank);
        let (from, to) = if indent.ends_with('\n') && rest.starts_with('\n') {
            (indent.len(), self.text.len() - rest.len() + 1)
        } else if let Some(rest) = rest.strip_prefix([',', ';']) {
            (start, self.text.len() - rest.trim_start_matches(blank).len())
        } else if indent.ends_with([',', ';']) {
            (indent.len() - 1, end)
        } else {
            (start, end)
        };
        Some(TextRange::new(TextSize::try_from(from).ok()?, TextSize::try_from(to).ok()?))
    }

    /// Where and what to insert for more arguments of a call, laid out as those that are there.
    fn insertion(
        &self,
        step: StepId,
        names: &[(ecow::EcoString, &'static str)],
    ) -> Option<(TextSize, String)> {
        let StepKind::Apply { args, .. } = &self.circuit.steps.get(step.0 as usize)?.kind else {
            return None;
        };
        let terms: Vec<String> = names.iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
        let call = self.place(At::Step(step))?;
        let close = usize::from(call.end()).checked_sub(1)?;
        if !matches!(self.text.as_bytes().get(close), Some(b')' | b']')) {
            return None;
        }
        let Some(last) = args.len().checked_sub(1).and_then(|it| u32::try_from(it).ok()) else {
            return Some((TextSize::try_from(close).ok()?, terms.join(", ")));
        };
        // An unlabelled argument takes no labelled ones beside it.
        args.last()?.name.as_ref()?;
        let label = self.place(At::Arg(step, last))?;
        let end = self.place(At::ArgValue(step, last))?.end();
        let tail = self.text.get(usize::from(end)..close)?;
        if !tail.contains('\n') {
            return Some((end, format!(", {}", terms.join(", "))));
        }
        let line = self.text.get(..usize::from(label.start()))?;
        let line = &line[line.rfind('\n').map_or(0, |it| it + 1)..];
        let indent: String = line.chars().take_while(|it| *it == ' ' || *it == '\t').collect();
        let lines = terms.iter().map(|it| format!("\n{indent}{it}"));
        Some((end, lines.collect()))
    }
}

/// The text of more arguments with places to fill in, where each has a value to start from, or one of several texts. Editors
/// indent lines of snippets as they like, so it is for texts of one line only.
fn fill_in(
    insert: &str,
    names: &[(ecow::EcoString, &'static str)],
    choices: &[(usize, Box<[ecow::EcoString]>)],
) -> String {
    let escape = |text: &str, signs: &[char]| {
        let escaped = |it: char| if signs.contains(&it) { vec!['\\', it] } else { vec![it] };
        text.chars().flat_map(escaped).collect::<String>()
    };
    let (mut out, mut rest) = (String::new(), insert);
    for (at, (name, start)) in names.iter().enumerate() {
        let term = format!("{name}: {start}");
        let Some((before, after)) = rest.split_once(&term) else { break };
        out.push_str(&escape(before, &['\\', '$', '}']));
        let stop = at + 1;
        let texts = choices.iter().find(|it| it.0 == at).map(|it| &it.1);
        let value = match (*start, texts) {
            ("\"\"", Some(texts)) => {
                let texts = texts.iter().map(|it| escape(it, &['\\', '$', '}', ',', '|']));
                format!("\"${{{stop}|{}|}}\"", texts.collect::<Vec<_>>().join(","))
            }
            ("\"\"", None) => format!("\"${stop}\""),
            ("()", _) => format!("(${stop})"),
            (start, _) => format!("${{{stop}:{}}}", escape(start, &['\\', '$', '}'])),
        };
        out.push_str(&format!("{name}: {value}"));
        rest = after;
    }
    out + &escape(rest, &['\\', '$', '}'])
}

#[cfg(test)]
mod tests {
    use super::fill_in;

    #[test]
    fn values_to_start_from_are_places_to_fill_in() {
        let choices = [(1, Box::from(["A".into(), "B,C".into()]))];
        let names = [("text".into(), "\"\""), ("one".into(), "\"\""), ("n".into(), "0")];
        assert_eq!(
            fill_in(", text: \"\", one: \"\", n: 0", &names, &choices),
            ", text: \"$1\", one: \"${2|A,B\\,C|}\", n: ${3:0}"
        );
        let names = [("part".into(), "()"), ("less".into(), "less(a) { return: a }")];
        assert_eq!(
            fill_in("part: (), less: less(a) { return: a }", &names, &[]),
            "part: ($1), less: ${2:less(a) { return: a \\}}"
        );
    }
}
