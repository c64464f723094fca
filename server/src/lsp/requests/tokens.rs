//! Semantic tokens: what every name of a document is, for its colour.

use ko_ide::{TokenModifiers, TokenType};
use ls_types::*;
use text_size::{TextRange, TextSize};

use crate::lsp::{from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// The names of token types and modifiers, in the order of their numbers.
pub(crate) fn legend() -> SemanticTokensLegend {
    let types = [
        SemanticTokenType::FUNCTION,
        SemanticTokenType::PARAMETER,
        SemanticTokenType::VARIABLE,
        SemanticTokenType::PROPERTY,
        SemanticTokenType::NAMESPACE,
        SemanticTokenType::STRING,
        SemanticTokenType::NUMBER,
        SemanticTokenType::COMMENT,
        SemanticTokenType::KEYWORD,
        SemanticTokenType::TYPE,
    ];
    let modifiers = [
        SemanticTokenModifier::DECLARATION,
        SemanticTokenModifier::DEFAULT_LIBRARY,
        SemanticTokenModifier::READONLY,
        SemanticTokenModifier::new("write"),
        SemanticTokenModifier::new("destructive"),
        SemanticTokenModifier::new("inline"),
    ];
    SemanticTokensLegend { token_types: types.into(), token_modifiers: modifiers.into() }
}

fn token_type(ty: TokenType) -> u32 {
    match ty {
        TokenType::Function => 0,
        TokenType::Parameter => 1,
        TokenType::Variable => 2,
        TokenType::Property => 3,
        TokenType::Namespace => 4,
        TokenType::String => 5,
        TokenType::Number => 6,
        TokenType::Comment => 7,
        TokenType::Keyword => 8,
        TokenType::Type => 9,
    }
}

fn token_modifiers(modifiers: TokenModifiers) -> u32 {
    let TokenModifiers { declaration, library, readonly, write, destructive, inline } = modifiers;
    [declaration, library, readonly, write, destructive, inline]
        .into_iter()
        .enumerate()
        .map(|(bit, set)| u32::from(set) << bit)
        .sum()
}

/// Answers `textDocument/semanticTokens/full`.
///
/// # Errors
/// None of its own.
pub(crate) fn full(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<SemanticTokens>, Failure> {
    let Some(data) = tokens(snapshot, &document.uri, None) else { return Ok(None) };
    let deltas = snapshot.settings.token_deltas;
    let result_id = deltas.then(|| snapshot.tokens.keep(document.uri.as_str(), &data));
    Ok(Some(SemanticTokens { result_id, data }))
}

/// Answers `textDocument/semanticTokens/full/delta`: what changed since the answer that the client names, or all if that
/// is forgotten.
///
/// # Errors
/// None of its own.
pub(crate) fn delta(
    snapshot: &Snapshot,
    params: &SemanticTokensDeltaParams,
) -> Result<Option<SemanticTokensFullDeltaResult>, Failure> {
    let uri = &params.text_document.uri;
    let Some(data) = tokens(snapshot, uri, None) else { return Ok(None) };
    let edits = snapshot.tokens.delta(uri.as_str(), &params.previous_result_id, &data);
    let result_id = Some(snapshot.tokens.keep(uri.as_str(), &data));
    Ok(Some(match edits {
        Some(edits) => SemanticTokensDelta { result_id, edits }.into(),
        None => SemanticTokens { result_id, data }.into(),
    }))
}

/// Answers `textDocument/semanticTokens/range`.
///
/// # Errors
/// None of its own.
pub(crate) fn range(
    snapshot: &Snapshot,
    params: &SemanticTokensRangeParams,
) -> Result<Option<SemanticTokens>, Failure> {
    let data = tokens(snapshot, &params.text_document.uri, Some(params.range));
    Ok(data.map(|data| SemanticTokens { result_id: None, data }))
}

/// The tokens of a document, or of a part of it; nothing if there is no such document. Tokens over several lines are given
/// line by line, because not every client can do with others.
fn tokens(snapshot: &Snapshot, uri: &Uri, range: Option<Range>) -> Option<Vec<SemanticToken>> {
    let page = super::pages::page(snapshot, uri);
    let (file, tokens) = match &page {
        Some((file, page)) => (file, ko_ide::page_tokens(&snapshot.db, page)),
        None => {
            let file = snapshot.files.by_uri(uri)?;
            (&**file, ko_ide::semantic_tokens(&snapshot.db, file.id))
        }
    };
    let encoding = snapshot.settings.encoding;
    let wanted = range.map(|range| from_proto::text_range(file, range, encoding));
    let mut data = Vec::new();
    let mut last = Position::default();
    for token in tokens {
        if wanted.is_some_and(|wanted| wanted.intersect(token.range).is_none()) {
            continue;
        }
        let mut start = token.range.start();
        for line in file.slice(token.range).unwrap_or_default().split_inclusive(['\n', '\r']) {
            let content = line.trim_end_matches(['\n', '\r']);
            let end = start + TextSize::of(content);
            let piece = to_proto::range(file, TextRange::new(start, end), encoding);
            start += TextSize::of(line);
            if content.is_empty() {
                continue;
            }
            let delta_line = piece.start.line.saturating_sub(last.line);
            let from = if delta_line == 0 { last.character } else { 0 };
            data.push(SemanticToken {
                delta_line,
                delta_start: piece.start.character.saturating_sub(from),
                length: piece.end.character.saturating_sub(piece.start.character),
                token_type: token_type(token.ty),
                token_modifiers_bitset: token_modifiers(token.modifiers),
            });
            last = piece.start;
        }
    }
    Some(data)
}
