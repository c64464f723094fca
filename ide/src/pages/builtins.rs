//! The page of the builtins of a package, written from their table.

use ko_queries::{RootDatabase, builtins as table};

use super::{Named, Page, writer::Writer};
use crate::{TokenType, callable::Callable, symbol::Symbol, symbols::SymbolKind};

/// The builtins of `package`; of the language itself if that is empty.
pub(super) fn page<'db>(db: &'db RootDatabase, package: &str) -> Page<'db> {
    let mut out = Writer::new(db);
    match package {
        "" => out.comment("", "The builtins of the language. They are part of Ko itself: there is no source of them."),
        _ => out.comment(
            "",
            &format!("The builtins of package {package}: import \"{package}\" to use them. There is no source of them."),
        ),
    }
    for builtin in table::of_package(package) {
        let symbol = || Symbol::Callable(Callable::Builtin(builtin.id));
        out.text("\n");
        let start = out.here();
        out.comment("", builtin.doc);
        for param in builtin.params {
            let optional = if param.optional { " (optional)" } else { "" };
            out.comment("", &format!("- {}{optional}: {}", param.name, param.doc));
        }
        for (call, prints) in builtin.examples {
            // Broken where the value is, but not inside of it.
            out.comment("", &format!("{call}  // {}", prints.replace('\n', " ")));
        }
        // The signature begins with the name, which a test of the table holds.
        let rest = builtin.signature.strip_prefix(builtin.name).unwrap_or_default();
        let name = out.define(builtin.name, TokenType::Function, Named::Symbol(symbol()));
        out.text(rest);
        out.text("\n");
        let entry = out.symbol(name, start, SymbolKind::Function, Vec::new());
        out.outline(entry);
    }
    out.finish()
}
