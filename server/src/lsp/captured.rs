//! The values that the last run of each function gave to its steps, kept to be shown where the steps are written.
//!
//! What the functions were given is kept, too, to be offered the next time.
//!
//! Values hold for one text of a function: an edit of it drops them, an edit elsewhere does not.

use std::{collections::BTreeMap, sync::Arc};

use ko_queries::diagnostic::FileId;
use ls_types::Uri;
use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

use super::files::File;

/// The value of one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CapturedStep {
    /// Where the step is written, counted from the beginning of its function.
    pub(crate) range: TextRange,
    /// Where its label is written, counted likewise.
    pub(crate) label: Option<TextRange>,
    /// What became of it: its value, shortened, or the error.
    pub(crate) outcome: Result<String, String>,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: f64,
}

/// What one function's last run left.
#[derive(Debug, Clone)]
struct CapturedFunction {
    /// The text of the function that ran.
    text: Arc<str>,
    steps: Vec<CapturedStep>,
}

/// The values of all functions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured {
    functions: FxHashMap<(FileId, String), CapturedFunction>,
    /// What each function was last given, by its file's address and its name.
    arguments: FxHashMap<(String, String), BTreeMap<String, String>>,
}

impl Captured {
    /// Replaces the values of a function, which stood at `range` in the text of its file when it ran.
    pub(crate) fn set(
        &mut self,
        file: FileId,
        text: &str,
        name: &str,
        range: TextRange,
        steps: Vec<CapturedStep>,
    ) {
        let range = usize::from(range.start())..usize::from(range.end());
        let Some(text) = text.get(range) else { return };
        let function = CapturedFunction { text: text.into(), steps };
        self.functions.insert((file, name.to_owned()), function);
    }

    /// Notes what a function is run with. Arguments that are not given keep what they had.
    pub(crate) fn remember_arguments(
        &mut self,
        uri: &Uri,
        function: &str,
        arguments: &BTreeMap<String, String>,
    ) {
        let key = (uri.as_str().to_owned(), function.to_owned());
        let last = self.arguments.entry(key).or_default();
        last.extend(arguments.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// What an argument of a function was last given.
    pub(crate) fn last_argument(&self, uri: &Uri, function: &str, name: &str) -> Option<&str> {
        let key = (uri.as_str().to_owned(), function.to_owned());
        self.arguments.get(&key)?.get(name).map(String::as_str)
    }

    /// Whether there are no values.
    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// Forgets the values.
    pub(crate) fn clear(&mut self) {
        self.functions.clear();
    }

    /// The innermost step at `offset` whose function, called `function` and standing at `range`, still is what ran.
    pub(crate) fn step_at(
        &self,
        file: &File,
        function: &str,
        range: TextRange,
        offset: TextSize,
    ) -> Option<&CapturedStep> {
        let captured = self.functions.get(&(file.id, function.to_owned()))?;
        if file.slice(range) != Some(&*captured.text) {
            return None;
        }
        let offset = offset.checked_sub(range.start())?;
        let at = |range: TextRange| range.contains_inclusive(offset).then(|| range.len());
        let steps = captured.steps.iter();
        steps
            .filter_map(|step| {
                let label = step.label.and_then(at);
                Some((label.or_else(|| at(step.range))?, step))
            })
            .min_by_key(|(len, _)| *len)
            .map(|(_, step)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::files::Files, *};

    #[test]
    fn values_hold_while_the_text_of_the_function_does() {
        let uri: ls_types::Uri = "untitled:a".parse().unwrap();
        let mut files = Files::default();
        let text = "F() { x: G(1), return: x }";
        files.open(uri.clone(), 1, text.to_owned());
        files.freeze();
        let table = files.table();
        let file = table.by_uri(&uri).unwrap();
        let range = TextRange::up_to(TextSize::of(text));
        let step = CapturedStep {
            range: TextRange::new(9.into(), 13.into()),
            label: Some(TextRange::new(6.into(), 7.into())),
            outcome: Ok("(a: 1)".into()),
            duration_ms: 1.5,
        };
        let mut captured = Captured::default();
        captured.set(file.id, text, "F", range, vec![step.clone()]);
        let at = |file: &File, range, offset: u32| {
            captured.step_at(file, "F", range, offset.into()).cloned()
        };
        assert_eq!(at(file, range, 6), Some(step.clone()));
        assert_eq!(at(file, range, 10), Some(step.clone()));
        assert_eq!(at(file, range, 17), None);

        files.open(uri.clone(), 2, format!("// above\n{text}"));
        files.freeze();
        let table = files.table();
        let file = table.by_uri(&uri).unwrap();
        let moved = range + TextSize::from(9);
        assert_eq!(at(file, moved, 15), Some(step));

        files.open(uri.clone(), 3, text.replace('1', "2"));
        files.freeze();
        let table = files.table();
        assert_eq!(at(table.by_uri(&uri).unwrap(), range, 6), None);
    }
}
