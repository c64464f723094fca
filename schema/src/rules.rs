//! Rules in CEL, evaluated as the API server would evaluate them when an object is made. Only what is certain counts: the
//! library that evaluates them knows no static types and is no exact copy, so a rule that it might see in another way than
//! the server is taken for kept. Evaluation is bounded: a rule that could take long for a value is not evaluated for it.
//! Sources: <https://kubernetes.io/docs/reference/using-api/cel/>, <https://github.com/google/cel-spec>.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ecow::EcoString;
use kube_cel::{CompiledSchema, ErrorKind};
use serde_json::{Map, Number, Value as Json, json};

use crate::constraints::Rule;
use crate::model::Schema;
use crate::types::{ListType, StringFormat, Type, TypeId};

/// Longer rules are not evaluated.
const MAX_RULE: usize = 10_000;
/// Nor are those with more brackets within brackets.
const MAX_BRACKETS: usize = 64;
/// About how many times the innermost expression of a rule may be evaluated for one value.
const MAX_STEPS: f64 = 100_000.0;
/// Larger types are not looked into.
const MAX_NODES: usize = 20_000;
/// Nor are those that nest deeper.
const MAX_DEPTH: usize = 40;

/// A rule that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What the server says.
    pub message: String,
    /// The rule.
    pub rule: EcoString,
    /// The reason in the answer of the server, if it is not the usual one, `FieldValueInvalid`.
    pub reason: Option<EcoString>,
    /// The names of the fields that lead from the value to the one that the rule blames; none for the value itself.
    pub path: Vec<EcoString>,
}

/// The rules of one place, compiled.
pub(crate) struct Compiled {
    /// The type of the value and these rules; `None` if none of them can be evaluated.
    schema: Option<CompiledSchema>,
    rules: Vec<(Rule, Loops)>,
}

impl Compiled {
    /// Compiles the rules of a type. Those that cannot be compiled, or mean something else here, are left out.
    pub(crate) fn new(schema: &Schema, id: TypeId, rules: &[Rule]) -> Compiled {
        let mut shape = Shape { schema, nodes: 0, unordered: Vec::new() };
        let described = shape.of(id, 0);
        if let Type::List { list_type, .. } = schema.ty(id)
            && *list_type != ListType::Atomic
        {
            shape.unordered.push("self".into());
        }
        let mut compiled = Compiled { schema: None, rules: Vec::new() };
        let Some(Json::Object(mut described)) = described else { return compiled };
        let known = |it: &&Rule| means_the_same(&it.rule, &shape.unordered);
        let known: Vec<&Rule> = rules.iter().filter(known).collect();
        let written: Vec<Json> = known.iter().map(|it| as_json(it)).collect();
        described.insert("x-kubernetes-validations".into(), written.into());
        let described = Json::Object(described);
        let made = catch_unwind(|| kube_cel::compile_schema(&described));
        let Ok(mut made) = made else { return compiled };
        made.validations.retain(|it| it.as_ref().is_ok_and(|it| !it.is_transition_rule));
        let kept = made.validations.iter().flatten();
        let kept = kept.filter_map(|it| known.iter().find(|rule| it.rule.rule == rule.rule));
        compiled.rules = kept.map(|rule| ((**rule).clone(), Loops::of(&rule.rule))).collect();
        compiled.schema = Some(made).filter(|_| !compiled.rules.is_empty());
        compiled
    }

    /// Which of the rules a value breaks.
    pub(crate) fn broken_by(&self, value: &Json) -> Vec<Violation> {
        let Some(schema) = &self.schema else { return Vec::new() };
        // The library counts bytes where the server counts characters.
        let Some(size) = size_if_ascii(value) else { return Vec::new() };
        if self.rules.iter().any(|(_, loops)| loops.steps(size) > MAX_STEPS) {
            return Vec::new();
        }
        // A bug of the library costs its answer.
        let found =
            catch_unwind(AssertUnwindSafe(|| kube_cel::validate_compiled(schema, value, None)));
        let Ok(Err(found)) = found else { return Vec::new() };
        let certain = found.into_iter().filter(|it| it.kind == ErrorKind::ValidationFailure);
        let violation = |error: kube_cel::ValidationError| {
            let (rule, _) = self.rules.iter().find(|(it, _)| it.rule == error.rule)?;
            let message = Some(error.message.trim()).filter(|it| is_message(it)).map(str::to_owned);
            let message = message.or_else(|| Some(rule.message.as_deref()?.trim().to_owned()));
            Some(Violation {
                message: message.unwrap_or_else(|| format!("failed rule: {}", rule.rule.trim())),
                rule: rule.rule.clone(),
                reason: rule.reason.clone(),
                path: rule.field_path.as_deref().map(names_of_path).unwrap_or_default(),
            })
        };
        certain.filter_map(violation).collect()
    }
}

/// Whether the server shows the result of a `messageExpression`, or falls back to the message.
fn is_message(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n') && text.len() <= 5 * 1024
}

/// The rule as definitions of resources have it.
fn as_json(rule: &Rule) -> Json {
    let mut map = Map::new();
    map.insert("rule".into(), rule.rule.as_str().into());
    let optional = [("message", &rule.message), ("messageExpression", &rule.message_expression)];
    for (name, text) in optional {
        if let Some(text) = text {
            map.insert(name.into(), text.as_str().into());
        }
    }
    map.into()
}

/// The names in a JSON path such as `.spec['a.b'].c`; what is not understood ends it.
fn names_of_path(path: &str) -> Vec<EcoString> {
    let (mut names, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("['") {
            let Some((name, after)) = quoted.split_once("']") else { break };
            names.push(name.into());
            rest = after;
        } else {
            let text = rest.strip_prefix('.').unwrap_or(rest);
            let end = text.find(['.', '[']).unwrap_or(text.len());
            let (name, after) = text.split_at(end);
            if name.is_empty() {
                break;
            }
            names.push(name.into());
            rest = after;
        }
    }
    names
}

/// How many values a value consists of; nothing if a text in it is not ASCII.
fn size_if_ascii(value: &Json) -> Option<usize> {
    let all = |mut parts: Box<dyn Iterator<Item = &Json> + '_>| {
        parts.try_fold(1_usize, |size, it| Some(size + size_if_ascii(it)?))
    };
    match value {
        Json::String(text) => text.is_ascii().then_some(1),
        Json::Array(items) => all(Box::new(items.iter())),
        Json::Object(map) if map.keys().all(|it| it.is_ascii()) => all(Box::new(map.values())),
        Json::Object(_) => None,
        _ => Some(1),
    }
}

/// Describes types to the library.
struct Shape<'a> {
    schema: &'a Schema,
    nodes: usize,
    /// Fields that hold lists whose order means nothing.
    unordered: Vec<EcoString>,
}

impl Shape<'_> {
    fn of(&mut self, id: TypeId, depth: usize) -> Option<Json> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return None;
        }
        Some(match self.schema.ty(id) {
            Type::Struct(it) => {
                let mut properties = Map::new();
                for field in &it.fields {
                    let mut of_field = self.of(field.ty, depth + 1)?;
                    if let (Some(default), Json::Object(map)) = (&field.default, &mut of_field) {
                        let default = typed(self.schema, field.ty, default, depth);
                        map.insert("default".into(), default);
                    }
                    if let Type::List { list_type: ListType::Set | ListType::Map(_), .. } =
                        self.schema.ty(field.ty)
                    {
                        self.unordered.push(field.name.clone());
                    }
                    properties.insert(field.name.to_string(), of_field);
                }
                json!({"type": "object", "properties": properties})
            }
            Type::Map(item) => {
                json!({"type": "object", "additionalProperties": self.of(*item, depth + 1)?})
            }
            Type::List { item, .. } => {
                json!({"type": "array", "items": self.of(*item, depth + 1)?})
            }
            Type::String(StringFormat::DateTime) => {
                json!({"type": "string", "format": "date-time"})
            }
            Type::String(StringFormat::Bytes) => json!({"type": "string", "format": "byte"}),
            Type::String(_) => {
                match self.schema.constraints(id).and_then(|it| it.format.as_ref()) {
                    Some(format) => json!({"type": "string", "format": format.as_str()}),
                    None => json!({"type": "string"}),
                }
            }
            Type::IntOrString => json!({"x-kubernetes-int-or-string": true}),
            _ => json!({}),
        })
    }
}

/// A default with whole numbers as such only where the type has them: CEL tells 1 from 1.0.
fn typed(schema: &Schema, id: TypeId, value: &Json, depth: usize) -> Json {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    match (schema.ty(id), value) {
        (Type::Float, Json::Number(it)) => {
            it.as_f64().and_then(Number::from_f64).map_or_else(|| value.clone(), Json::Number)
        }
        (Type::Map(item), Json::Object(map)) => map
            .iter()
            .map(|(name, it)| (name.clone(), typed(schema, *item, it, depth + 1)))
            .collect::<Map<_, _>>()
            .into(),
        (Type::List { item, .. }, Json::Array(items)) => {
            items.iter().map(|it| typed(schema, *item, it, depth + 1)).collect::<Vec<_>>().into()
        }
        (Type::Struct(ty), Json::Object(map)) => map
            .iter()
            .map(|(name, it)| {
                let field = ty.field(name);
                let it = field
                    .map_or_else(|| it.clone(), |field| typed(schema, field.ty, it, depth + 1));
                (name.clone(), it)
            })
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// How often the parts of a rule are evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Loops {
    /// How deep loops over lists and maps nest.
    depth: i32,
    /// Literals in the rule, which loops may go over.
    literals: usize,
}

impl Loops {
    fn of(rule: &str) -> Loops {
        const MACROS: [&str; 8] = [
            "all",
            "exists",
            "exists_one",
            "existsOne",
            "map",
            "filter",
            "transformList",
            "sortBy",
        ];
        let bare = without_texts(rule).0;
        let (mut brackets, mut depth, mut all) = (Vec::new(), 0_i32, 0_i32);
        for (at, letter) in bare.char_indices() {
            match letter {
                '(' => {
                    let before = bare[..at].trim_end();
                    let name = before.rsplit(|it: char| !is_word(it)).next().unwrap_or_default();
                    let is_loop = MACROS.contains(&name);
                    all += i32::from(is_loop);
                    brackets.push(is_loop);
                    let loops = brackets.iter().filter(|it| **it).count();
                    depth = depth.max(i32::try_from(loops).unwrap_or(i32::MAX));
                }
                ')' => _ = brackets.pop(),
                _ => {}
            }
        }
        // What one loop makes of a list of lists, the next may go over.
        let depth = if bare.contains("flatten") { all } else { depth };
        Loops { depth, literals: bare.matches(',').count() + 1 }
    }

    fn steps(self, size: usize) -> f64 {
        ((size + self.literals) as f64).powi(self.depth)
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Whether the library takes a rule as the server does. `unordered` are the fields that hold lists whose order means
/// nothing, which the library compares by order.
fn means_the_same(rule: &str, unordered: &[EcoString]) -> bool {
    if rule.len() > MAX_RULE || !rule.is_ascii() {
        return false;
    }
    let (bare, texts) = without_texts(rule);
    let (mut open, mut deepest) = (0_usize, 0);
    for letter in bare.chars() {
        match letter {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    // Structures by name do not exist in Kubernetes, and the library fails on them; ranges and widths may be of any size.
    let named = bare.match_indices('{').any(|(at, _)| bare[..at].trim_end().ends_with(is_word));
    let large = bare.contains("range(")
        || texts.iter().any(|it| it.contains('%') && it.bytes().any(|it| it.is_ascii_digit()));
    let expressions = bare.contains("matches(") || bare.contains("find");
    deepest <= MAX_BRACKETS
        && !named
        && !(large && (bare.contains("range(") || bare.contains("format(")))
        && (!expressions || texts.iter().all(|it| same_in_go(it)))
        && unordered.iter().all(|field| !is_compared(&bare, field))
}

/// Whether a list is compared or joined as a whole.
fn is_compared(rule: &str, field: &str) -> bool {
    let operators = ["==", "!=", "+"];
    rule.match_indices(field).any(|(at, _)| {
        let (before, after) = (&rule[..at], &rule[at + field.len()..]);
        if before.ends_with(is_word) || after.starts_with(is_word) {
            return false;
        }
        let after = after.trim_start();
        let path = before.trim_end_matches(|it| is_word(it) || it == '.' || it == '?');
        operators.iter().any(|it| after.starts_with(it))
            || (operators.iter().any(|it| path.trim_end().ends_with(it))
                && !after.starts_with(['.', '[']))
    })
}

/// The rule with the texts in it taken out, and these texts.
fn without_texts(rule: &str) -> (String, Vec<String>) {
    let (mut bare, mut texts) = (String::with_capacity(rule.len()), Vec::new());
    let mut letters = rule.chars();
    while let Some(letter) = letters.next() {
        if letter != '"' && letter != '\'' {
            bare.push(letter);
            continue;
        }
        let raw = bare.ends_with(['r', 'R']);
        let mut text = String::new();
        while let Some(it) = letters.next() {
            match it {
                it if it == letter => break,
                '\\' if !raw => text.extend(letters.next()),
                it => text.push(it),
            }
        }
        bare.push_str("\"\"");
        texts.push(text);
    }
    (bare, texts)
}

/// Whether a regular expression is sure to mean the same to Go, which the API server is written in, as here: not what is
/// written in one of them only, nor what is a set operation in one and letters in the other.
pub(crate) fn same_in_go(pattern: &str) -> bool {
    let (mut escaped, mut class, mut last) = (false, false, ' ');
    for letter in pattern.chars() {
        if escaped {
            escaped = false;
            if matches!(letter, 'Q' | 'E' | 'C' | 'p' | 'P' | 'u' | 'U' | '<' | '>') {
                return false;
            }
            last = ' ';
            continue;
        }
        match letter {
            '\\' => escaped = true,
            '[' if class => return false,
            '[' => class = true,
            ']' if class && last != '[' && last != '^' => class = false,
            '&' | '-' | '~' if class && last == letter => return false,
            _ => {}
        }
        last = letter;
    }
    pattern.is_ascii()
}

#[cfg(test)]
mod tests;
