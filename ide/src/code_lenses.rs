//! Which functions can be run from the editor, and where the buttons for that stand.

use ko_schema::Effect;
use text_size::TextRange;

use crate::{FileId, RootDatabase, effects::Effects, source::Source};

/// A place for buttons that run or draw a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLens {
    /// The name of the function in the text.
    pub range: TextRange,
    /// The name.
    pub function: String,
    /// What a run does to the cluster, at most.
    pub effect: Option<Effect>,
    /// Whether a run would be refused, because the function has mistakes.
    pub broken: bool,
}

/// The functions at the top of a file, in the order of the text. Inline functions are not run on their own.
pub fn code_lenses(db: &RootDatabase, file: FileId) -> Vec<CodeLens> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let mut effects = Effects::new(db);
    source
        .scopes()
        .filter(|it| it.node().is_some_and(|node| !node.is_inline()))
        .map(|scope| CodeLens {
            range: scope.map().name,
            function: scope.circuit().key.name.to_string(),
            effect: effects.of(&scope.circuit().key),
            broken: scope.circuit().has_errors,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn functions_at_the_top_can_be_run() {
        let fixture = Fixture::new(
            "A(x) { return: inner(y) { return: y }(x) }\nB() { return: unknown }\nC() { return: ListPods() }",
        );
        let lenses = code_lenses(&fixture.db, fixture.file);
        let shown: Vec<_> = lenses
            .iter()
            .map(|it| (fixture.slice(it.range), it.function.as_str(), it.effect, it.broken))
            .collect();
        assert_eq!(
            shown,
            [
                ("A", "A", None, false),
                ("B", "B", None, true),
                ("C", "C", Some(Effect::Read), false)
            ]
        );
    }
}
