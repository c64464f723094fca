//! What there is to know and to write at the cursor: hover, completion, signatures.

use ko_ide::{CompletionKind, FilePosition};
use ls_types::*;

use crate::lsp::{
    captured::CapturedStep, files::File, from_proto, pool::Failure, snapshot::Snapshot, to_proto,
};

/// The file and the place in it that a request is about; nothing if the file is not known.
pub(crate) fn place<'s>(
    snapshot: &'s Snapshot,
    at: &TextDocumentPositionParams,
) -> Option<(&'s File, FilePosition)> {
    let file = snapshot.files.by_uri(&at.text_document.uri)?;
    let offset = from_proto::offset(file, at.position, snapshot.settings.encoding);
    Some((file, FilePosition { file: file.id, offset }))
}

/// Answers `textDocument/hover`: what the thing at the cursor is, and what the last run made of it.
///
/// # Errors
/// None of its own.
pub(crate) fn hover(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<Hover>, Failure> {
    if let Some((file, page, offset)) = super::pages::place(snapshot, at) {
        let hover = ko_ide::page_hover(&snapshot.db, &page, offset);
        return Ok(hover.map(|it| Hover {
            contents: HoverContents::Markup(MarkupContent {
                kind: MarkupKind::Markdown,
                value: it.markdown,
            }),
            range: Some(to_proto::range(&file, it.range, snapshot.settings.encoding)),
        }));
    }
    let Some((file, position)) = place(snapshot, at) else { return Ok(None) };
    let hover = ko_ide::hover(&snapshot.db, position);
    let captured = captured(snapshot, file, position).map(captured_markdown);
    if hover.is_none() && captured.is_none() {
        return Ok(None);
    }
    let range =
        hover.as_ref().map(|it| to_proto::range(file, it.range, snapshot.settings.encoding));
    let parts = [captured, hover.map(|it| it.markdown)];
    let value = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n---\n\n");
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Ok(Some(Hover { contents, range }))
}

/// The captured value of the step at a place.
fn captured<'s>(
    snapshot: &'s Snapshot,
    file: &File,
    position: FilePosition,
) -> Option<&'s CapturedStep> {
    if snapshot.captured.is_empty() {
        return None;
    }
    let source = ko_syntax::parse(&file.text).source_file();
    let (name, range) = super::functions::named_function_at(&source, position.offset)?;
    snapshot.captured.step_at(file, &name, range, position.offset)
}

/// What the last run made of a step, as Markdown.
fn captured_markdown(step: &CapturedStep) -> String {
    let duration = format_duration(step.duration_ms);
    match &step.outcome {
        Ok(value) => format!("**Last run** ({duration})\n\n```ko\n{value}\n```"),
        Err(message) => format!("**Last run** failed after {duration}\n\n```text\n{message}\n```"),
    }
}

/// A duration with as many digits as say something.
fn format_duration(ms: f64) -> String {
    if ms < 1.0 {
        format!("{:.0} µs", ms * 1000.0)
    } else if ms < 1000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.2} s", ms / 1000.0)
    }
}

/// Answers `textDocument/completion`.
///
/// # Errors
/// None of its own.
pub(crate) fn completion(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<CompletionResponse>, Failure> {
    let Some((file, position)) = place(snapshot, at) else { return Ok(None) };
    let items = ko_ide::completion(&snapshot.db, position);
    let items = items.into_iter().map(|item| completion_item(snapshot, file, item)).collect();
    Ok(Some(CompletionResponse::Array(items)))
}

fn completion_item(
    snapshot: &Snapshot,
    file: &File,
    item: ko_ide::CompletionItem,
) -> CompletionItem {
    let edit = |edit: &ko_ide::TextEdit| TextEdit {
        range: to_proto::range(file, edit.range, snapshot.settings.encoding),
        new_text: edit.insert.clone(),
    };
    let mut main = edit(&item.edit);
    let snippet = item.snippet && snapshot.settings.snippets;
    if item.snippet && !snippet {
        main.new_text = without_places(&main.new_text);
    }
    let additional: Vec<_> = item.additional.iter().map(edit).collect();
    CompletionItem {
        label: item.label,
        kind: Some(match item.kind {
            CompletionKind::Argument | CompletionKind::Field => CompletionItemKind::FIELD,
            CompletionKind::Parameter | CompletionKind::Label => CompletionItemKind::VARIABLE,
            CompletionKind::Function | CompletionKind::Builtin => CompletionItemKind::FUNCTION,
            CompletionKind::Gate => CompletionItemKind::METHOD,
            CompletionKind::Module => CompletionItemKind::MODULE,
            CompletionKind::EnumValue => CompletionItemKind::ENUM_MEMBER,
            CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        }),
        detail: item.detail,
        documentation: item.documentation.map(markdown),
        sort_text: Some(item.sort_text),
        filter_text: item.filter_text,
        insert_text_format: snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(main)),
        additional_text_edits: (!additional.is_empty()).then_some(additional),
        data: item.data.map(Into::into),
        ..CompletionItem::default()
    }
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
}

/// The text of a snippet for a client that has none: `${1:name}` is `name`, `$0` nothing, `\$` a dollar sign.
fn without_places(snippet: &str) -> String {
    let mut out = String::new();
    let mut chars = snippet.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                let braced = chars.next_if_eq(&'{').is_some();
                while chars.next_if(char::is_ascii_digit).is_some() {}
                if braced {
                    chars.next_if_eq(&':');
                    while let Some(c) = chars.next().filter(|c| *c != '}') {
                        if c == '\\' {
                            out.extend(chars.next());
                        } else {
                            out.push(c);
                        }
                    }
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Answers `completionItem/resolve`: adds the documentation.
///
/// # Errors
/// None of its own.
pub(crate) fn resolve(
    snapshot: &Snapshot,
    item: &CompletionItem,
) -> Result<CompletionItem, Failure> {
    let mut item = item.clone();
    if item.documentation.is_none()
        && let Some(data) = item.data.as_ref().and_then(|data| data.as_str())
    {
        item.documentation = ko_ide::resolve_completion(&snapshot.db, data).map(markdown);
    }
    Ok(item)
}

/// Answers `textDocument/signatureHelp`.
///
/// # Errors
/// None of its own.
pub(crate) fn signature_help(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<SignatureHelp>, Failure> {
    let Some((_, position)) = place(snapshot, at) else { return Ok(None) };
    let Some(help) = ko_ide::signature_help(&snapshot.db, position) else { return Ok(None) };
    let parameters = help.parameters.into_iter().map(|parameter| {
        let range = std::ops::Range::<usize>::from(parameter.range);
        ParameterInformation {
            // The text itself, which needs no agreement on units.
            label: ParameterLabel::Simple(help.label.get(range).unwrap_or_default().to_owned()),
            documentation: parameter.documentation.map(markdown),
        }
    });
    let active = help.active.and_then(|active| u32::try_from(active).ok());
    Ok(Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            parameters: Some(parameters.collect()),
            documentation: help.documentation.map(markdown),
            active_parameter: active,
            label: help.label,
        }],
        active_signature: Some(0),
        active_parameter: active,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_lose_their_places() {
        assert_eq!(without_places("F(a: ${1:name}, b: $2)$0"), "F(a: name, b: )");
        assert_eq!(without_places("\\$x ${1:a\\}b}"), "$x a}b");
        assert_eq!(without_places("${"), "");
    }

    #[test]
    fn durations_are_short() {
        let shown: Vec<_> = [0.0421, 3.21, 1234.5].map(format_duration).into();
        assert_eq!(shown, ["42 µs", "3.2 ms", "1.23 s"]);
    }
}
