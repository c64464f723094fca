//! The trees of the texts that were parsed last, and what was found in them, so that what an edit leaves alone is not looked
//! at again. For speed only: what is returned depends on the text alone.

use std::sync::{Arc, Mutex, PoisonError};

use ko_syntax::Parse;

use crate::{
    database::SourceFile,
    outline::{Known, Outline},
};

/// How many files people edit at once.
const MOST: usize = 4;

/// What is known of some files, the last at the end.
struct Latest<T>(Mutex<Vec<(SourceFile, T)>>);

/// What was found in the texts that were looked at last.
#[derive(Default)]
pub struct Recent {
    parses: Latest<(Arc<str>, Parse)>,
    outlines: Latest<Known>,
}

impl Recent {
    /// Parses the text of a file.
    pub(crate) fn parse(&self, file: SourceFile, text: &Arc<str>) -> Parse {
        let before = self.parses.take(file);
        let again = before.as_ref().and_then(|it| ko_syntax::reparse(&it.0, &it.1, text));
        let parse = again.unwrap_or_else(|| ko_syntax::parse(text));
        // While a bracket is open that is to be closed, what helps is the tree from before it was opened.
        let before = before.filter(|it| it.1.is_sound() && !parse.is_sound());
        self.parses.put(file, before.unwrap_or_else(|| (text.clone(), parse.clone())));
        parse
    }

    /// Finds the items at the top of a file, given its tree.
    pub(crate) fn outline(&self, file: SourceFile, parse: &Parse) -> Outline {
        let mut known = self.outlines.take(file).unwrap_or_default();
        let outline = Outline::new(parse, &mut known);
        self.outlines.put(file, known);
        outline
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Latest<T> {
        Latest(Mutex::default())
    }
}

impl<T> Latest<T> {
    /// What is used is taken out: using it can take a while, and others must not wait for it.
    fn take(&self, file: SourceFile) -> Option<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|it| it.0 == file)?;
        Some(all.remove(at).1)
    }

    fn put(&self, file: SourceFile, new: T) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().position(|it| it.0 == file);
        let old = known.or_else(|| (all.len() >= MOST).then_some(0)).map(|at| all.remove(at));
        all.push((file, new));
        drop(all);
        // A tree takes a while to drop.
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use ko_schema::Schema;
    use ko_syntax::ast::AstNode;

    use crate::{FileId, RootDatabase, database::Db, items::parse};

    #[test]
    fn a_bracket_that_is_open_for_a_while_loses_nothing() {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        let text = "F() { return: 1 }\nG() { return: 2 }\n";
        let mut first = Vec::new();
        for text in [text, &text.replace('2', "(2"), &text.replace('2', "(2)")] {
            db.set_file(FileId(0), "a.ko", "a", text.into());
            let parse = parse(&db, db.source_file(FileId(0)).unwrap());
            assert_eq!(*parse, ko_syntax::parse(text));
            let function = parse.source_file().functions().next().unwrap();
            first.push(std::ptr::from_ref(function.syntax().green()).cast::<u8>().addr());
        }
        assert_ne!(first[0], first[1]);
        assert_eq!(first[0], first[2]);
    }
}
