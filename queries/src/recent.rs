//! The trees of the texts that were parsed last, so that what an edit leaves alone is not parsed again. For speed only:
//! what is returned is what parsing the text alone gives.

use std::sync::{Arc, Mutex, PoisonError};

use ko_syntax::Parse;

use crate::database::SourceFile;

/// How many files people edit at once.
const MOST: usize = 4;

/// A text that was parsed.
struct Recent {
    file: SourceFile,
    text: Arc<str>,
    parse: Parse,
}

/// Some texts and their trees, at most one for each file, the last at the end.
#[derive(Default)]
pub struct RecentParses(Mutex<Vec<Recent>>);

impl RecentParses {
    /// Parses the text of a file.
    pub(crate) fn parse(&self, file: SourceFile, text: &Arc<str>) -> Parse {
        // Parsing can take a while, so that others must not wait for it.
        let before = self.take(file);
        let again = before.as_ref().and_then(|it| ko_syntax::reparse(&it.text, &it.parse, text));
        let parse = again.unwrap_or_else(|| ko_syntax::parse(text));
        let now = Recent { file, text: text.clone(), parse: parse.clone() };
        // While a bracket is open that is to be closed, what helps is the tree from before it was opened.
        self.put(before.filter(|it| it.parse.is_sound() && !parse.is_sound()).unwrap_or(now));
        parse
    }

    fn take(&self, file: SourceFile) -> Option<Recent> {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.iter().position(|it| it.file == file)?;
        Some(recent.remove(at))
    }

    fn put(&self, parsed: Recent) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|it| it.file != parsed.file);
        if recent.len() >= MOST {
            recent.remove(0);
        }
        recent.push(parsed);
    }
}

#[cfg(test)]
mod tests {
    use ko_schema::Schema;

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
            use ko_syntax::ast::AstNode as _;
            first.push(std::ptr::from_ref(function.syntax().green()).cast::<u8>().addr());
        }
        assert_ne!(first[0], first[1]);
        assert_eq!(first[0], first[2]);
    }
}
