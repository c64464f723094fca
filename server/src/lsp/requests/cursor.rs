//! What there is to know at the cursor: hover and signatures.

use ko_ide::FilePosition;
use ls_types::*;

use crate::lsp::{
    captured::CapturedStep, files::File, from_proto, markup, pool::Failure, snapshot::Snapshot,
    to_proto,
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
    let contents = HoverContents::Markup(markup::content(value, snapshot.settings.hover_markdown));
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
    let settings = &snapshot.settings.signature;
    let parameters = help.parameters.into_iter().map(|parameter| {
        let range = std::ops::Range::<usize>::from(parameter.range);
        let label = if settings.offsets {
            // In UTF-16 units, whatever the client and we agreed on for documents (LSP 3.17, ParameterInformation).
            let units = |end: usize| {
                let before = help.label.get(..end).unwrap_or_default();
                u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
            };
            ParameterLabel::LabelOffsets([units(range.start), units(range.end)])
        } else {
            ParameterLabel::Simple(help.label.get(range).unwrap_or_default().to_owned())
        };
        let documentation =
            parameter.documentation.map(|it| markup::documentation(it, settings.markdown));
        ParameterInformation { label, documentation }
    });
    let active = help.active.and_then(|active| u32::try_from(active).ok());
    Ok(Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            parameters: Some(parameters.collect()),
            documentation: help
                .documentation
                .map(|it| markup::documentation(it, settings.markdown)),
            active_parameter: active.filter(|_| settings.own_active),
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
    fn durations_are_short() {
        let shown: Vec<_> = [0.0421, 3.21, 1234.5].map(format_duration).into();
        assert_eq!(shown, ["42 µs", "3.2 ms", "1.23 s"]);
    }
}
