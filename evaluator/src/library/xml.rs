//! `web/xml`: trees of elements and their text. The packages for HTML and SVG are written in Ko upon it.

use std::sync::Arc;

use super::{Call, Gate};
use crate::{
    machine::Outcome,
    value::{Opaque, Value},
};

pub(super) const GATES: &[(&str, Gate)] = &[
    ("Attr", attr),
    ("AttrNoValues", attr_no_values),
    ("DocType", |call| doc_type(call, "docType")),
    ("Element", element),
    ("GoDocTypeElement", |call| doc_type(call, "string")),
    ("GoGroupElement", |call| group(call, "elem")),
    ("GoRenderElement", |call| render(call, "elem")),
    ("GoTagElement", element),
    ("GoTextElement", text),
    ("Group", |call| group(call, "nodes")),
    ("Render", |call| render(call, "xml")),
    ("Text", text),
];

/// What types and messages call an element.
const ELEMENT: &str = "Element";

/// Bytes that a document may have.
const MAX_LENGTH: usize = 1 << 30;

fn of(element: Element) -> Value {
    Value::opaque(ELEMENT, Arc::new(element))
}

fn elements(call: &Call<'_, '_>, param: &str) -> Outcome<Vec<Arc<Element>>> {
    let elements = call.arg(param).elements().iter();
    elements
        .map(|value| {
            let element = match value {
                Value::Opaque(opaque) => Opaque::content::<Arc<Element>>(opaque),
                _ => None,
            };
            element.map_or_else(
                || call.wrong(param, "elements, such as of Text", value),
                |it| Ok(it.clone()),
            )
        })
        .collect()
}

fn element(call: &mut Call<'_, '_>) -> Outcome {
    let tag = call.text("tag")?;
    let attributes = call.list("attrs")?.into_iter().map(text_of).collect();
    match Element::tag(tag, attributes, elements(call, "children")?) {
        Ok(element) => Ok(of(element)),
        Err(reason) => call.fail(reason),
    }
}

fn text(call: &mut Call<'_, '_>) -> Outcome {
    Ok(of(Element::text(call.text("string")?)))
}

fn doc_type(call: &mut Call<'_, '_>, param: &str) -> Outcome {
    Ok(of(Element::doc_type(call.text(param)?)))
}

fn group(call: &mut Call<'_, '_>, param: &str) -> Outcome {
    match Element::group(elements(call, param)?) {
        Ok(element) => Ok(of(element)),
        Err(reason) => call.fail(reason),
    }
}

fn render(call: &mut Call<'_, '_>, param: &str) -> Outcome {
    let mut out = String::new();
    for element in elements(call, param)? {
        if let Err(reason) = element.write(&mut out, MAX_LENGTH) {
            return call.fail(reason);
        }
    }
    Ok(Value::from(out))
}

fn attr(call: &mut Call<'_, '_>) -> Outcome {
    let values = call.list("values")?;
    if values.is_empty() {
        return Ok(Value::Empty);
    }
    Ok(Value::from(attribute(&call.text("name")?, &values)))
}

fn attr_no_values(call: &mut Call<'_, '_>) -> Outcome {
    if call.arg("name").is_empty() {
        return Ok(Value::Empty);
    }
    Ok(Value::from(call.text("name")?))
}

/// How deep elements may nest.
const MAX_NESTING: u32 = 1_000;

/// A piece of XML. Cheap to share: trees are built from the inside out, often with the same parts.
#[derive(Debug)]
struct Element {
    kind: Kind,
    depth: u32,
}

#[derive(Debug)]
enum Kind {
    Tag { tag: String, attributes: Vec<String>, children: Vec<Arc<Element>> },
    DocType(String),
    Text(String),
    Group(Vec<Arc<Element>>),
}

impl Element {
    /// `<tag attributes>children</tag>`, or `<tag attributes />` without children. Attributes are text as
    /// [`attribute`] gives it; they and the children are kept apart by one space.
    ///
    /// # Errors
    /// When it nests deeper than 1,000 levels.
    fn tag(
        tag: String,
        attributes: Vec<String>,
        children: Vec<Arc<Element>>,
    ) -> Result<Element, String> {
        Element::around(children, |children| Kind::Tag { tag, attributes, children })
    }

    /// Several elements where one is wanted, kept apart by one space.
    ///
    /// # Errors
    /// When it nests deeper than 1,000 levels.
    fn group(elements: Vec<Arc<Element>>) -> Result<Element, String> {
        Element::around(elements, Kind::Group)
    }

    fn around(
        children: Vec<Arc<Element>>,
        kind: impl FnOnce(Vec<Arc<Element>>) -> Kind,
    ) -> Result<Element, String> {
        let depth = children.iter().map(|child| child.depth).max().unwrap_or(0) + 1;
        if depth > MAX_NESTING {
            return Err(format!("would nest elements more than {MAX_NESTING} levels deep"));
        }
        Ok(Element { kind: kind(children), depth })
    }

    /// Text, to be escaped.
    fn text(text: String) -> Element {
        Element { kind: Kind::Text(text), depth: 1 }
    }

    /// `<!DOCTYPE name>`.
    fn doc_type(name: String) -> Element {
        Element { kind: Kind::DocType(name), depth: 1 }
    }

    /// Appends its text. At most `limit` bytes are worth writing: parts that occur many times can make more text than
    /// there is memory.
    ///
    /// # Errors
    /// When the text gets longer than `limit`.
    fn write(&self, out: &mut String, limit: usize) -> Result<(), String> {
        match &self.kind {
            Kind::Tag { tag, attributes, children } => {
                out.push('<');
                out.push_str(tag);
                out.push(' ');
                out.push_str(&attributes.join(" "));
                if children.is_empty() {
                    out.push_str(" />");
                } else {
                    out.push('>');
                    write_all(children, out, limit)?;
                    out.push_str("</");
                    out.push_str(tag);
                    out.push('>');
                }
            }
            Kind::DocType(name) => {
                out.push_str("<!DOCTYPE ");
                out.push_str(name);
                out.push('>');
            }
            Kind::Text(text) => escape(text, out),
            Kind::Group(elements) => write_all(elements, out, limit)?,
        }
        if out.len() > limit {
            return Err(format!("would make a text of more than {limit} bytes"));
        }
        Ok(())
    }
}

fn write_all(elements: &[Arc<Element>], out: &mut String, limit: usize) -> Result<(), String> {
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        element.write(out, limit)?;
    }
    Ok(())
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `name="values"`: the values with a space in between, escaped as in text. (The first implementation quotes them as
/// strings of the language, where a quote ends the attribute and what follows it becomes markup.)
fn attribute(name: &str, values: &[&[u8]]) -> String {
    let mut out = format!("{name}=\"");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        escape(&text_of(value), &mut out);
    }
    out.push('"');
    out
}

/// Appends text so that it can stand between tags and in attributes. Characters that XML 1.0 does not have at all become
/// U+FFFD.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(element: &Element) -> String {
        let mut out = String::new();
        element.write(&mut out, 1 << 20).unwrap();
        out
    }

    #[test]
    fn elements_are_written_with_their_spaces() {
        let text = Arc::new(Element::text("a<b>&'\"\n\u{1}é".to_owned()));
        let rule = Arc::new(Element::tag("hr".to_owned(), Vec::new(), Vec::new()).unwrap());
        let class = attribute("class", &[b"blue", b"\"x\" onload="]);
        let div = Element::tag("div".to_owned(), vec![class], vec![text, rule]).unwrap();
        let page =
            Element::group(vec![Arc::new(Element::doc_type("html".to_owned())), Arc::new(div)])
                .unwrap();
        assert_eq!(
            written(&page),
            "<!DOCTYPE html> <div class=\"blue &#34;x&#34; onload=\">a&lt;b&gt;&amp;&#39;&#34;&#xA;\u{fffd}é <hr  /></div>"
        );
    }

    #[test]
    fn trees_stay_shallow_and_their_text_has_a_limit() {
        let mut element = Element::text("x".to_owned());
        let error = loop {
            let shared = Arc::new(element);
            match Element::group(vec![shared.clone(), shared]) {
                Ok(next) => element = next,
                Err(error) => break error,
            }
        };
        assert_eq!(error, "would nest elements more than 1000 levels deep");
        let mut wide = Arc::new(Element::text("x".to_owned()));
        for _ in 0..60 {
            wide = Arc::new(Element::group(vec![wide.clone(), wide]).unwrap());
        }
        assert!(wide.write(&mut String::new(), 1000).is_err());
    }
}
