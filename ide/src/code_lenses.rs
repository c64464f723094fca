//! What can be done with the functions of a file: run, draw, see who uses them. Counting who uses a function reads other
//! files, so it waits until the editor shows the lens: see [`count_references`].

use ko_schema::Effect;
use text_size::TextRange;

use crate::{FileId, FilePosition, FileRange, RootDatabase, effects::Effects, source::Source};

/// A place for buttons that have to do with a function.
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
    /// Whether `ko test` runs it: its name begins with `Test` and it needs no arguments (specification §9).
    pub test: bool,
}

/// The functions at the top of a file, in the order of the text. Inline functions are not run on their own.
pub fn code_lenses(db: &RootDatabase, file: FileId) -> Vec<CodeLens> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let mut effects = Effects::new(db);
    source
        .scopes()
        .filter(|it| it.node().is_some_and(|node| !node.is_inline()))
        .map(|scope| {
            let circuit = scope.circuit();
            CodeLens {
                range: scope.map().name,
                function: circuit.key.name.to_string(),
                effect: effects.of(&circuit.key),
                broken: circuit.has_errors,
                test: circuit.key.name.starts_with("Test") && circuit.params.is_empty(),
            }
        })
        .collect()
}

/// Where the function of a lens is used, without its definition. `position` is where its name begins.
pub fn count_references(db: &RootDatabase, position: FilePosition) -> Vec<FileRange> {
    crate::navigation::references(db, position, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn functions_at_the_top_can_be_run() {
        let fixture = Fixture::new(
            "A(x) { return: inner(y) { return: y }(x) }\nB() { return: unknown }\nC() { return: ListPods() }\nTestA() { return: A(x: A(x: 1)) }\nTestB(x) { return: x }",
        );
        let lenses = code_lenses(&fixture.db, fixture.file);
        let shown: Vec<_> = lenses
            .iter()
            .map(|it| (fixture.slice(it.range), it.effect, it.broken, it.test))
            .collect();
        assert_eq!(
            shown,
            [
                ("A", None, false, false),
                ("B", None, true, false),
                ("C", Some(Effect::Read), false, false),
                ("TestA", None, false, true),
                ("TestB", None, false, false),
            ]
        );
        let uses = |at: usize| {
            let position = FilePosition { file: fixture.file, offset: lenses[at].range.start() };
            count_references(&fixture.db, position).len()
        };
        assert_eq!([uses(0), uses(2)], [2, 0]);
    }
}
