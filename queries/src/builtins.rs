//! The builtins of the language and the gates of the library, declared once: the checker, the documentation, completion
//! and the evaluator read this table. What they do follows the language specification, §7.1, §7.2 and §10.

mod table;

pub use table::{BUILTINS, BuiltinId};

/// A parameter of a builtin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinParam {
    /// The name of the argument.
    pub name: &'static str,
    /// Whether the unlabelled argument goes here too.
    pub monadic: bool,
    /// Whether a call without it is meaningful.
    pub optional: bool,
    /// What it is for, in a few words.
    pub doc: &'static str,
}

/// What a builtin takes, does and returns.
#[derive(Debug, Clone, Copy)]
pub struct BuiltinInfo {
    /// Which one it is.
    pub id: BuiltinId,
    /// Its name.
    pub name: &'static str,
    /// The package (by its short path, see [`crate::library`]) that must be imported to reach it; empty for the ones that need no import.
    pub package: &'static str,
    /// The parameters, in the order in which people expect them.
    pub params: &'static [BuiltinParam],
    /// Whether it takes every argument there is, as the empty operator does (specification §5.5), besides `params`.
    pub any_arguments: bool,
    /// The call and its result in the notation for types (specification §6.1).
    pub signature: &'static str,
    /// What it does, in a few sentences.
    pub doc: &'static str,
    /// Expressions with what they print (specification §8).
    pub examples: &'static [(&'static str, &'static str)],
}

impl BuiltinInfo {
    /// The parameter with this name.
    pub fn param(&self, name: &str) -> Option<&BuiltinParam> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The parameter for the unlabelled argument.
    pub fn monadic(&self) -> Option<&BuiltinParam> {
        self.params.iter().find(|param| param.monadic)
    }
}

impl BuiltinId {
    /// The entry of the table.
    pub fn info(self) -> &'static BuiltinInfo {
        // The table has one entry for each id, in the same order.
        &BUILTINS[self.index()]
    }

    /// The name, without package.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl BuiltinId {
    /// Whether calling it does something besides giving a value: prints, waits, fails on purpose, reaches out of the
    /// program, or starts what it is given. What functions do that it is given is theirs.
    pub fn acts(self) -> bool {
        match self {
            BuiltinId::Library(_) => matches!(
                self.info().package,
                "file" | "net/http" | "os" | "repo" | "shell" | "sync" | "time"
            ),
            BuiltinId::Panic
            | BuiltinId::Hang
            | BuiltinId::Placeholder
            | BuiltinId::Spin
            | BuiltinId::Show
            | BuiltinId::ShowType
            | BuiltinId::Peek
            | BuiltinId::PeekType
            | BuiltinId::Print
            | BuiltinId::Println => true,
            _ => false,
        }
    }
}

/// The builtin `name` of a package; the package `""` holds those that need no import.
pub fn find(package: &str, name: &str) -> Option<BuiltinId> {
    table::BY_NAME.get(&(package, name)).copied()
}

/// The builtins of a package; those of `""` need no import.
pub fn of_package(package: &str) -> impl Iterator<Item = &'static BuiltinInfo> {
    BUILTINS.iter().filter(move |builtin| builtin.package == package)
}

/// Whether builtins are in a package of this path.
pub fn has_package(package: &str) -> bool {
    !package.is_empty() && of_package(package).next().is_some()
}

/// The paths of the packages that builtins are in, in order, without the empty one.
pub fn packages() -> Vec<&'static str> {
    let mut packages: Vec<_> = BUILTINS.iter().map(|builtin| builtin.package).collect();
    packages.retain(|package| !package.is_empty());
    packages.sort_unstable();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_ids() {
        for (index, builtin) in BUILTINS.iter().enumerate() {
            assert_eq!(builtin.id.index(), index, "{}", builtin.name);
            assert_eq!(builtin.id.info().name, builtin.name);
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for builtin in BUILTINS.iter() {
            assert_eq!(find(builtin.package, builtin.name), Some(builtin.id), "{}", builtin.name);
        }
        assert_eq!(find("", "Join"), None);
        assert!(BUILTINS.len() < usize::from(u16::MAX));
        assert!(packages().starts_with(&["circuit", "encoding/json"]), "{:?}", packages());
    }

    #[test]
    fn entries_are_complete_and_examples_are_calls_that_parse() {
        for builtin in BUILTINS.iter() {
            assert!(builtin.doc.ends_with('.'), "{}", builtin.name);
            assert!(builtin.signature.starts_with(builtin.name), "{}", builtin.name);
            assert!(builtin.params.iter().filter(|param| param.monadic).count() <= 1);
            for param in builtin.params {
                assert!(!param.doc.is_empty(), "{}: {}", builtin.name, param.name);
                assert!(builtin.signature.contains(param.name), "{}: {}", builtin.name, param.name);
            }
            for (expression, _) in builtin.examples {
                let parse = ko_syntax::parse(&format!("F() {{ return: {expression} }}"));
                assert!(parse.errors().is_empty(), "{expression}: {:?}", parse.errors());
            }
        }
    }
}
