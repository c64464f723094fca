//! The page of a group and version: its kinds.

use ko_queries::RootDatabase;

use super::{
    Named, Page,
    writer::{Style, Writer},
};
use crate::{TokenType, symbols::SymbolKind};

/// The kinds that are imported by `k8s/` and `path`.
pub(super) fn page<'db>(db: &'db RootDatabase, path: &str) -> Page<'db> {
    let mut out = Writer::new(db);
    let version = out.schema.version().to_owned();
    out.comment("", &format!("The kinds of {path}, as Kubernetes {version} serves them."));
    out.comment("", &format!("import \"k8s/{path}\" makes sure that these are meant."));
    let schema = out.schema.clone();
    for kind in schema.kinds().iter().filter(|it| it.import_path() == path) {
        out.text("\n");
        let start = out.here();
        let doc = schema.type_doc(kind.object).unwrap_or_default();
        out.comment("", doc.split("\n\n").next().unwrap_or_default());
        let name_start = out.here();
        out.mention(&kind.kind, Style::plain(TokenType::Type), Named::Type(kind.object));
        let name = text_size::TextRange::new(name_start, out.here());
        out.text("\n");
        let entry = out.symbol(name, start, SymbolKind::Object, Vec::new());
        out.outline(entry);
    }
    out.finish()
}
