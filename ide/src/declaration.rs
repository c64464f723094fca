//! From a name to what brings it into the text: the label, the parameter or the import. Definition goes further, to what
//! stands behind that.

use ko_queries::RootDatabase;
use ko_syntax::{
    SyntaxToken,
    ast::{self, AstNode},
};

use crate::{
    FilePosition, FileRange,
    navigation::{definition, goto_definition},
    pages::Target,
    source::Source,
    symbol::{Symbol, symbol},
};

/// Where the thing at a place is declared. Of `alias.Function` that is the import, of `step.field` the label of the step;
/// of anything else its definition.
pub fn goto_declaration(db: &RootDatabase, position: FilePosition) -> Vec<Target> {
    let declared = Source::new(db, position.file).and_then(|source| {
        let token = source.token_at(position.offset)?;
        of_path(&source, &token)
    });
    declared.unwrap_or_else(|| goto_definition(db, position))
}

fn of_path(source: &Source<'_>, token: &SyntaxToken) -> Option<Vec<Target>> {
    let path = ast::PathExpr::cast(token.parent()?)?;
    let first = path.idents().next()?;
    if path.idents().count() < 2 {
        return None;
    }
    match symbol(source, &first)? {
        Symbol::Import { .. } => {
            let wanted = first.text();
            let import =
                source.tree.imports().find(|it| it.alias().is_some_and(|it| it == wanted))?;
            let name = import.alias_token().or_else(|| import.path_token())?;
            let file = source.file.id(source.db);
            Some(vec![Target::File(FileRange { file, range: name.text_range() })])
        }
        local => Some(definition(source.db, local)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn check(marked: &str, expected: &str) {
        let others = [("lib/x", "x.ko", "Help(a) { return: a }")];
        let fixture = Fixture::with(marked, &others);
        let found = goto_declaration(&fixture.db, fixture.position());
        let [Target::File(at)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(at.file, fixture.file);
        let before = fixture.text[..usize::from(at.range.start())].matches('\n').count() + 1;
        assert_eq!(format!("{before} {}", fixture.slice(at.range)), expected);
    }

    #[test]
    fn declarations() {
        check("import \"lib/x\"\nF() { return: x.Help$0() }", "1 \"lib/x\"");
        check("import \"lib/x\" as y\nF() { return: y$0.Help() }", "1 y");
        check("F() {\n x: (a: 1)\n return: x.a$0 }", "2 x");
        check("F(\n x) { return: x.a$0 }", "2 x");
        check("F() {\n x: 1\n return: x$0 }", "2 x");
        check("G() { return: 1 }\nF() { return: G$0() }", "1 G");
    }
}
