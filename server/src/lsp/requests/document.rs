//! What there is to see of a whole document: outline, folds, selections.

use ko_ide::FoldingKind;
use ls_types::*;
use text_size::TextRange;

use crate::lsp::{files::File, from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// Answers `textDocument/documentSymbol`: with levels where the client has them, else without.
///
/// # Errors
/// None of its own.
pub(crate) fn symbols(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<DocumentSymbolResponse>, Failure> {
    let page = super::pages::page(snapshot, &document.uri);
    let (file, symbols) = match &page {
        Some((file, page)) => (file, ko_ide::page_symbols(&snapshot.db, page)),
        None => {
            let Some(file) = snapshot.files.by_uri(&document.uri) else { return Ok(None) };
            (&**file, ko_ide::document_symbols(&snapshot.db, file.id))
        }
    };
    if snapshot.settings.nested_symbols {
        let nested = symbols.into_iter().map(|it| nested_symbol(snapshot, file, it)).collect();
        return Ok(Some(DocumentSymbolResponse::Nested(nested)));
    }
    let mut flat = Vec::new();
    flatten(snapshot, file, symbols, None, &mut flat);
    Ok(Some(DocumentSymbolResponse::Flat(flat)))
}

fn symbol_kind(kind: ko_ide::SymbolKind) -> SymbolKind {
    match kind {
        ko_ide::SymbolKind::Import => SymbolKind::MODULE,
        ko_ide::SymbolKind::Function => SymbolKind::FUNCTION,
        ko_ide::SymbolKind::Step | ko_ide::SymbolKind::Parameter => SymbolKind::VARIABLE,
        ko_ide::SymbolKind::Text => SymbolKind::STRING,
        ko_ide::SymbolKind::Number => SymbolKind::NUMBER,
        ko_ide::SymbolKind::Bool => SymbolKind::BOOLEAN,
        ko_ide::SymbolKind::Sequence => SymbolKind::ARRAY,
        ko_ide::SymbolKind::Structure => SymbolKind::STRUCT,
        ko_ide::SymbolKind::Object => SymbolKind::OBJECT,
        ko_ide::SymbolKind::Variety => SymbolKind::METHOD,
        ko_ide::SymbolKind::Field => SymbolKind::FIELD,
    }
}

#[expect(deprecated, reason = "the field must be written and is not used")]
fn nested_symbol(
    snapshot: &Snapshot,
    file: &File,
    symbol: ko_ide::DocumentSymbol,
) -> DocumentSymbol {
    let encoding = snapshot.settings.encoding;
    let children = symbol.children.into_iter();
    DocumentSymbol {
        name: symbol.name,
        detail: symbol.detail,
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: to_proto::range(file, symbol.range, encoding),
        selection_range: to_proto::range(file, symbol.name_range, encoding),
        children: Some(children.map(|child| nested_symbol(snapshot, file, child)).collect()),
    }
}

#[expect(deprecated, reason = "the field must be written and is not used")]
fn flatten(
    snapshot: &Snapshot,
    file: &File,
    symbols: Vec<ko_ide::DocumentSymbol>,
    container: Option<&str>,
    out: &mut Vec<SymbolInformation>,
) {
    for symbol in symbols {
        let range = to_proto::range(file, symbol.name_range, snapshot.settings.encoding);
        out.push(SymbolInformation {
            name: symbol.name.clone(),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            location: Location { uri: file.uri.clone(), range },
            container_name: container.map(str::to_owned),
        });
        flatten(snapshot, file, symbol.children, Some(&symbol.name), out);
    }
}

/// Answers `textDocument/foldingRange`.
///
/// # Errors
/// None of its own.
pub(crate) fn folds(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<Vec<FoldingRange>>, Failure> {
    let Some(file) = snapshot.files.by_uri(&document.uri) else { return Ok(None) };
    let settings = &snapshot.settings.folding;
    let folds = ko_ide::folding_ranges(&snapshot.db, file.id).into_iter().map(|fold| {
        let range = to_proto::range(file, fold.range, snapshot.settings.encoding);
        let bracket = fold.kind == FoldingKind::Region;
        let by_characters = !settings.lines_only;
        FoldingRange {
            start_line: range.start.line,
            // Behind the opening bracket, to before the closing one: both stay visible.
            start_character: by_characters.then_some(range.start.character + u32::from(bracket)),
            end_line: match bracket && settings.lines_only {
                true => range.end.line.saturating_sub(1).max(range.start.line),
                false => range.end.line,
            },
            end_character: by_characters
                .then(|| range.end.character.saturating_sub(u32::from(bracket))),
            kind: match fold.kind {
                FoldingKind::Region => None,
                FoldingKind::Comment => Some(FoldingRangeKind::Comment),
                FoldingKind::Imports => Some(FoldingRangeKind::Imports),
            },
            collapsed_text: None,
        }
    });
    let mut folds: Vec<_> = folds.filter(|fold| fold.start_line < fold.end_line).collect();
    // The outermost ones are worth most.
    if let Some(limit) = settings.limit {
        folds.sort_by_key(|it| std::cmp::Reverse(it.end_line - it.start_line));
        folds.truncate(limit);
        folds.sort_by_key(|it| it.start_line);
    }
    Ok(Some(folds))
}

/// Answers `textDocument/selectionRange`.
///
/// # Errors
/// None of its own.
pub(crate) fn selection_ranges(
    snapshot: &Snapshot,
    params: &SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>, Failure> {
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else { return Ok(None) };
    let encoding = snapshot.settings.encoding;
    let answers = params.positions.iter().map(|position| {
        let offset = from_proto::offset(file, *position, encoding);
        let ranges = ko_ide::selection_ranges(&snapshot.db, file.id, offset);
        let none = TextRange::empty(offset);
        let mut parent = None;
        for range in ranges.into_iter().rev().map(|it| to_proto::range(file, it, encoding)) {
            parent = Some(Box::new(SelectionRange { range, parent }));
        }
        parent.map_or_else(
            || SelectionRange { range: to_proto::range(file, none, encoding), parent: None },
            |innermost| *innermost,
        )
    });
    Ok(Some(answers.collect()))
}
