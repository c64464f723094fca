//! What can be followed in a text: the packages of imports, and addresses in comments.

use ko_queries::RootDatabase;
use ko_syntax::ast::AstNode;
use text_size::{TextRange, TextSize};

use crate::{FileId, navigation::package, pages::Target, source::Source};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLink {
    /// The characters.
    pub range: TextRange,
    /// Where it leads.
    pub target: LinkTarget,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// To the first file of a package, or its page.
    Package(Target),
    /// To an address of the web.
    Url(String),
}

/// The links of a file, in the order of the text.
pub fn document_links(db: &RootDatabase, file: FileId) -> Vec<DocumentLink> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let mut out = Vec::new();
    for import in source.tree.imports() {
        let (Some(token), Some(path)) = (import.path_token(), import.path()) else { continue };
        if let Some(target) = package(db, source.file.package(db), &path).into_iter().next() {
            let range = token.text_range();
            // Without its quotes, where it has two of one byte.
            let quoted = token.text().len() == path.len() + 2;
            let quote = TextSize::from(u32::from(quoted));
            let range = TextRange::new(range.start() + quote, range.end() - quote);
            out.push(DocumentLink { range, target: LinkTarget::Package(target) });
        }
    }
    let tokens = source.tree.syntax().descendants_with_tokens().filter_map(|it| it.into_token());
    for comment in tokens.filter(|it| it.kind().is_comment()) {
        out.extend(urls(comment.text()).map(|(at, url)| DocumentLink {
            range: TextRange::at(comment.text_range().start() + at, TextSize::of(url)),
            target: LinkTarget::Url(url.to_owned()),
        }));
    }
    out.sort_by_key(|it| it.range.start());
    out
}

/// The addresses of the web in a text, with their places. What ends a sentence or closes a bracket around it is no part
/// of an address.
fn urls(text: &str) -> impl Iterator<Item = (TextSize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find("http")?;
            let rest = text.get(start..)?;
            let scheme = ["https://", "http://"].into_iter().find(|it| rest.starts_with(it));
            let Some(scheme) = scheme else {
                from = start + "http".len();
                continue;
            };
            let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"'`“”".contains(c);
            let mut url = &rest[..rest.find(ends).unwrap_or(rest.len())];
            while let Some(last) = url.chars().next_back() {
                let unopened = |open, close| {
                    last == close && url.matches(open).count() < url.matches(close).count()
                };
                if ".,;:!?*".contains(last) || unopened('(', ')') || unopened('[', ']') {
                    url = &url[..url.len() - last.len_utf8()];
                } else {
                    break;
                }
            }
            from = start + scheme.len().max(url.len());
            if url.len() > scheme.len() {
                return Some((TextSize::try_from(start).ok()?, url));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn imports_and_addresses() {
        let text = "import \"lib/x\"\nimport \"series\" // see https://a.b/c?d=e.\nimport \"none\"\nimport \"k8s/apps/v1\"\nimport \"os\"\n/* (http://x.y/z_(w)), https:// httpx */ F() { return: \"http://no\" } // “https://q”";
        let fixture = Fixture::with(text, &[("lib/x", "x.ko", "")]);
        let shown: Vec<String> = document_links(&fixture.db, fixture.file)
            .into_iter()
            .map(|link| {
                let target = match link.target {
                    LinkTarget::Url(url) => url,
                    LinkTarget::Package(Target::File(at)) => {
                        fixture.db.path(at.file).unwrap().to_string()
                    }
                    LinkTarget::Package(Target::Page(page, _)) => {
                        crate::page_uri(&fixture.db, &page)
                    }
                };
                format!("{} {target}", fixture.slice(link.range))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "lib/x lib/x/x.ko",
                "series ko-library:/series/series.ko",
                "https://a.b/c?d=e https://a.b/c?d=e",
                "k8s/apps/v1 ko-schema:///apps/v1.ko",
                "os ko-library:///os/builtins.ko",
                "http://x.y/z_(w) http://x.y/z_(w)",
                "https://q https://q",
            ]
        );
    }
}
