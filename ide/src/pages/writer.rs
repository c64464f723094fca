//! Writes the text of a page and notes, as it goes, what its parts are.

use ko_queries::RootDatabase;
use ko_schema::{GateType, Schema, StringFormat, Type, TypeId};
use text_size::{TextRange, TextSize};

use super::{Named, Page, PageName};
use crate::{
    SemanticToken, TokenModifiers, TokenType,
    symbols::{DocumentSymbol, SymbolKind},
};

/// How wide comments become.
const WIDTH: usize = 100;

/// A page that is being written.
pub(super) struct Writer<'db> {
    pub(super) schema: Schema,
    page: Page<'db>,
}

/// How a name is shown.
pub(super) struct Style {
    pub(super) ty: TokenType,
    pub(super) modifiers: TokenModifiers,
}

impl Style {
    /// A mention of something.
    pub(super) fn plain(ty: TokenType) -> Style {
        Style { ty, modifiers: TokenModifiers::default() }
    }
}

impl<'db> Writer<'db> {
    pub(super) fn new(db: &'db RootDatabase) -> Writer<'db> {
        let page = Page {
            text: String::new(),
            names: Vec::new(),
            tokens: Vec::new(),
            symbols: Vec::new(),
        };
        Writer { schema: db.schema(), page }
    }

    pub(super) fn finish(self) -> Page<'db> {
        self.page
    }

    /// Where the next character will stand.
    pub(super) fn here(&self) -> TextSize {
        TextSize::of(self.page.text.as_str())
    }

    /// Text that is nothing in particular.
    pub(super) fn text(&mut self, text: &str) {
        self.page.text.push_str(text);
    }

    /// Text of one kind.
    pub(super) fn token(&mut self, text: &str, style: Style) -> TextRange {
        let range = TextRange::at(self.here(), TextSize::of(text));
        self.page.text.push_str(text);
        if !text.is_empty() {
            let Style { ty, modifiers } = style;
            self.page.tokens.push(SemanticToken { range, ty, modifiers });
        }
        range
    }

    /// A name that leads somewhere.
    pub(super) fn mention(&mut self, text: &str, style: Style, what: Named<'db>) {
        let range = self.token(text, style);
        self.page.names.push(PageName { range, what, definition: false });
    }

    /// The name of what is described here.
    pub(super) fn define(&mut self, text: &str, ty: TokenType, what: Named<'db>) -> TextRange {
        let modifiers = TokenModifiers { declaration: true, library: true, ..Default::default() };
        let range = self.token(text, Style { ty, modifiers });
        self.page.names.push(PageName { range, what, definition: true });
        range
    }

    /// The name of a function that is described here, with what calls of it do.
    pub(super) fn define_call(
        &mut self,
        text: &str,
        modifiers: TokenModifiers,
        what: Named<'db>,
    ) -> TextRange {
        let range = self.token(text, Style { ty: TokenType::Function, modifiers });
        self.page.names.push(PageName { range, what, definition: true });
        range
    }

    /// Prose as comments of a width that fits a screen, between line breaks of its own. Nothing for no prose.
    pub(super) fn comment(&mut self, indent: &str, prose: &str) {
        for paragraph in prose.trim().lines() {
            let mut line = String::from("//");
            for word in paragraph.split_whitespace() {
                if line.len() + word.len() >= WIDTH && line.len() > 2 {
                    self.comment_line(indent, &line);
                    line = String::from("//");
                }
                line.push(' ');
                line.push_str(word);
            }
            self.comment_line(indent, &line);
        }
    }

    fn comment_line(&mut self, indent: &str, line: &str) {
        self.text(indent);
        self.token(line, Style::plain(TokenType::Comment));
        self.text("\n");
    }

    /// A comment at the end of a line.
    pub(super) fn remark(&mut self, text: &str) {
        self.text(" ");
        self.token(&format!("// {text}"), Style::plain(TokenType::Comment));
    }

    /// A type of the schema; structures lead to their pages.
    pub(super) fn ty(&mut self, id: TypeId) {
        let schema = self.schema.clone();
        // Types nest a few levels; a chain longer than this is a mistake of the server.
        let mut id = id;
        let mut closing = String::new();
        for _ in 0..8 {
            match schema.ty(id) {
                Type::Map(item) => {
                    self.text("Map[String, ");
                    closing.insert(0, ']');
                    id = *item;
                }
                Type::List { item, .. } => {
                    self.text("(");
                    closing.insert(0, ')');
                    id = *item;
                }
                Type::Struct(it) => {
                    self.mention(&it.short_name, Style::plain(TokenType::Type), Named::Type(id));
                    break;
                }
                other => {
                    self.basic(other);
                    break;
                }
            }
        }
        self.text(&closing);
    }

    fn basic(&mut self, ty: &Type) {
        let name = match ty {
            Type::String(StringFormat::Enum(values)) => return self.choices(values.iter()),
            Type::String(StringFormat::DateTime) => "Time",
            Type::String(StringFormat::Bytes) => "Bytes",
            Type::String(StringFormat::Plain) => "String",
            Type::Int32 => "Int32",
            Type::Int64 => "Int64",
            Type::Float => "Float64",
            Type::Bool => "Bool",
            Type::IntOrString => "Int64 | String",
            Type::Quantity => "Quantity",
            _ => "Any",
        };
        self.token(name, Style::plain(TokenType::Type));
    }

    fn choices(&mut self, values: impl Iterator<Item = impl AsRef<str>>) {
        for (at, value) in values.enumerate() {
            self.text(if at == 0 { "" } else { " | " });
            self.token(&format!("\"{}\"", value.as_ref()), Style::plain(TokenType::String));
        }
    }

    /// What a gate takes or gives; kinds lead to their pages.
    pub(super) fn gate_type(&mut self, ty: &GateType) {
        let kind = match ty {
            GateType::Object(id)
            | GateType::ObjectRead(id)
            | GateType::MaybeObject(id)
            | GateType::ObjectOrName(id)
            | GateType::ObjectsOrNames(id)
            | GateType::ListOf(id)
            | GateType::Predicate(id)
            | GateType::Transform(id)
            | GateType::Step(id) => Some(self.schema.kind(*id)),
            GateType::Typed(id) => return self.ty(*id),
            GateType::OneOf(values) => return self.choices(values.iter()),
            _ => None,
        };
        let kind = kind.map(|it| (it.kind.clone(), it.object));
        let label = ty.label(&self.schema);
        let split = kind.as_ref().and_then(|(name, _)| label.split_once(name.as_str()));
        match (kind, split) {
            (Some((name, object)), Some((before, after))) => {
                self.text(before);
                self.mention(&name, Style::plain(TokenType::Type), Named::Type(object));
                self.text(after);
            }
            _ => {
                self.token(&label, Style::plain(TokenType::Type));
            }
        }
    }

    /// Notes an entry of the outline that began at `start` and ends here.
    pub(super) fn symbol(
        &mut self,
        name: TextRange,
        start: TextSize,
        kind: SymbolKind,
        children: Vec<DocumentSymbol>,
    ) -> DocumentSymbol {
        let text = self.page.text.get(std::ops::Range::<usize>::from(name));
        DocumentSymbol {
            name: text.unwrap_or_default().to_owned(),
            detail: None,
            kind,
            range: TextRange::new(start, self.here()),
            name_range: name,
            children,
        }
    }

    /// Puts an entry on the outermost level of the outline.
    pub(super) fn outline(&mut self, symbol: DocumentSymbol) {
        self.page.symbols.push(symbol);
    }
}
