//! "Create the function": a call of a function that is not there yet gets one, with the arguments of the call as parameters.

use std::fmt::Write as _;

use ecow::EcoString;
use ko_queries::projects::find_import;
use ko_queries::{diagnostic::FileId, items::item_tree, library::is_own_file};
use ko_syntax::ast::{self, AstNode, Expr};
use text_size::{TextRange, TextSize};

use super::{
    CodeAction, Kind,
    context::{Context, top_function},
    extract_function::end_with_comment,
};
use crate::FileEdit;

/// For each unknown function that the place touches.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    let all = crate::diagnostics(context.db, context.source.file.id(context.db));
    let touches = |range: TextRange| {
        range.start() <= context.range.end() && context.range.start() <= range.end()
    };
    let unknown = all.iter().filter(|it| matches!(it.code, "unknown-name" | "unknown-function"));
    unknown
        .filter(|it| touches(it.range))
        .filter_map(|it| create(context, it.range, it.code))
        .collect()
}

fn create(context: &Context<'_>, range: TextRange, code: &'static str) -> Option<CodeAction> {
    let node = context.source.root().covering_element(range);
    let path = match node {
        ko_syntax::SyntaxElement::Node(node) => ast::PathExpr::cast(node),
        ko_syntax::SyntaxElement::Token(token) => ast::PathExpr::cast(token.parent()?),
    }?;
    let names: Vec<_> = path.idents().collect();
    let parent = Expr::cast(path.syntax().parent()?)?;
    let (callee, list) = match &parent {
        Expr::Call(call) => (call.callee(), call.arg_list()),
        Expr::Augment(augment) => (augment.callee(), augment.arg_list()),
        _ => return None,
    };
    if callee?.syntax() != path.syntax() {
        return None;
    }
    let name = names.last()?.text().to_owned();
    let (file, offset) = match names.as_slice() {
        [_] => {
            let end = end_with_comment(context, &top_function(path.syntax())?);
            (context.source.file.id(context.db), end)
        }
        [alias, _] if code == "unknown-function" => imported(context, alias.text())?,
        _ => return None,
    };
    let text = stub(&name, &list?);
    let insert = format!("\n\n{text}").replace('\n', context.newline);
    let edit = FileEdit { file, range: TextRange::empty(offset), insert };
    Some(CodeAction {
        diagnostic: Some(code),
        ..CodeAction::new(
            &format!("create-function:{name}"),
            Kind::QuickFix,
            format!("Create function `{name}`"),
            vec![edit],
        )
    })
}

/// Where the package that the file calls `alias` takes a new function: behind its last file, if it is the user's.
fn imported(context: &Context<'_>, alias: &str) -> Option<(FileId, TextSize)> {
    let imports = &item_tree(context.db, context.source.file).imports;
    let import = imports.iter().find(|it| it.alias.as_deref() == Some(alias))?;
    let from = context.source.file.package(context.db);
    let package = find_import(context.db, Some(from), import.path.as_deref()?)?;
    let files = package.files(context.db);
    let file = files.iter().map(|it| it.id(context.db)).rfind(|it| !is_own_file(*it))?;
    let text = context.db.text(file)?;
    Some((file, TextSize::of(text.trim_end())))
}

/// A function with the arguments of a call as parameters; the one without label is the monadic one.
fn stub(name: &str, list: &ast::ArgList) -> String {
    let mut params: Vec<EcoString> = Vec::new();
    for term in list.terms() {
        let param = match &term {
            ast::Term::Labelled(it) => it.label(),
            ast::Term::Unlabelled(it) => match it.value() {
                Some(Expr::Path(path)) => path.idents().last().map(|it| it.text().into()),
                _ => None,
            }
            .filter(|it: &EcoString| it != "true" && it != "false")
            .or(Some("value".into())),
        };
        params.extend(param.filter(|it| !it.starts_with('_') && !params.contains(it)));
    }
    let mut out = format!("{name}(");
    if list.is_labelled() {
        out.push_str(&params.join(", "));
    } else if let Some(first) = params.first() {
        // All arguments without labels are one.
        let name = if list.terms().nth(1).is_some() { "values" } else { first };
        let _ = write!(out, "{name}?");
    }
    out.push_str(") {\n\treturn: Placeholder()\n}");
    out
}
