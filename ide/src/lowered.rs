//! The circuits of a file as text to read: what each function is lowered to (specification §4), a line for each step, in the
//! order in which one step at a time runs.

use std::fmt::Write as _;

use ko_queries::{
    RootDatabase,
    circuit::{Literal, StepId, StepKind, Target},
    database::IDIOM_PACKAGE,
};
use ko_schema::Schema;
use rustc_hash::FxHashMap;
use text_size::TextRange;

use crate::{
    FileId,
    source::{Scope, Source},
    typing,
};

/// The longest text of a literal or type that is shown, in characters.
const LONGEST: usize = 60;

/// A line of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredLine {
    /// What is to be read, without the line's end.
    pub text: String,
    /// What it is about in the text of the file; empty for a line that only separates.
    pub range: TextRange,
}

/// The circuits of the functions of a file in the order of the text, or of those with one name. Functions in functions have
/// circuits of their own. Nothing for an unknown file.
///
/// A function is its name, parameters and type; a step is its number in the order of the run, its label (`%` and the number
/// where it has none), what it does to which other steps, its type, and what it may do to the cluster. Names of functions
/// and literals, which wait for nothing, stand where they are used.
pub fn lowered(
    db: &RootDatabase,
    file: FileId,
    function: Option<&str>,
) -> Option<Vec<LoweredLine>> {
    let source = Source::new(db, file)?;
    let schema = db.schema();
    let mut lines = Vec::new();
    for scope in source.scopes() {
        if function.is_some_and(|name| scope.circuit().key.name != name) {
            continue;
        }
        if !lines.is_empty() {
            let range = TextRange::empty(scope.map().function.start());
            lines.push(LoweredLine { text: String::new(), range });
        }
        View::new(&scope, &schema).write(&mut lines);
    }
    Some(lines)
}

/// One function.
struct View<'a, 'db> {
    scope: &'a Scope<'db>,
    schema: &'a Schema,
    /// The number of each step that has a line.
    numbers: FxHashMap<StepId, usize>,
}

impl<'a, 'db> View<'a, 'db> {
    fn new(scope: &'a Scope<'db>, schema: &'a Schema) -> View<'a, 'db> {
        let circuit = scope.circuit();
        let listed = circuit.order.iter().copied().filter(|id| {
            let step = circuit.step(*id);
            // A literal or function with a label is a step that the reader looks for.
            step.label.is_some() || !matches!(step.kind, StepKind::Literal(_) | StepKind::Target(_))
        });
        let numbers = listed.zip(1..).collect();
        View { scope, schema, numbers }
    }

    fn write(&self, lines: &mut Vec<LoweredLine>) {
        let (circuit, map) = (self.scope.circuit(), self.scope.map());
        let params: Vec<String> = circuit
            .params
            .iter()
            .map(|it| format!("{}{}", it.name, if it.monadic { "?" } else { "" }))
            .collect();
        let result = typing::result(self.scope.db, self.scope.function);
        let mut text = format!("{}({})", circuit.key.name, params.join(", "));
        if let Some(result) = result {
            let _ = write!(text, " → {}", cut(&result));
        }
        lines.push(LoweredLine { text, range: map.function });
        let mut steps: Vec<(StepId, usize)> =
            self.numbers.iter().map(|it| (*it.0, *it.1)).collect();
        steps.sort_by_key(|it| it.1);
        let width = |text: &str| text.chars().count();
        let rows: Vec<_> = steps
            .iter()
            .map(|(id, number)| (*id, *number, self.name(*id), self.work(*id)))
            .collect();
        let names = rows.iter().map(|it| width(&it.2)).max().unwrap_or_default();
        let works = rows.iter().map(|it| width(&it.3)).filter(|it| *it <= LONGEST).max();
        for (id, number, name, work) in rows {
            let mut text = format!("{number:>4}  {name:names$}  {work}");
            let after = typing::step(self.scope, id).map(|it| format!(": {}", cut(&it)));
            let effect = self.effect(id);
            if after.is_some() || effect.is_some() {
                let pad = works.unwrap_or_default().saturating_sub(width(&work));
                text.extend(std::iter::repeat_n(' ', pad));
                after.iter().for_each(|it| {
                    let _ = write!(text, "  {it}");
                });
                effect.iter().for_each(|it| {
                    let _ = write!(text, "  [{it}]");
                });
            }
            let range = map.steps.get(id.0 as usize).copied().unwrap_or_default();
            lines.push(LoweredLine { text, range });
        }
        for ((label, id), range) in circuit.labels.iter().zip(map.labels.iter()) {
            if circuit.step(*id).label.as_ref() != Some(label) {
                let name = self.operand(*id);
                lines.push(LoweredLine { text: format!("      {label} is {name}"), range: *range });
            }
        }
        if circuit.has_errors {
            let text = "      has errors: it cannot run".to_owned();
            lines.push(LoweredLine { text, range: map.name });
        }
    }

    /// What the step is called: its label, parameter or number.
    fn name(&self, id: StepId) -> String {
        let circuit = self.scope.circuit();
        let step = circuit.step(id);
        match (&step.kind, &step.label) {
            (StepKind::Param(index), _) => circuit.params[*index as usize].name.to_string(),
            (_, Some(label)) => label.to_string(),
            _ => self.numbers.get(&id).map_or_else(|| "%".to_owned(), |it| format!("%{it}")),
        }
    }

    /// The step as others mention it.
    fn operand(&self, id: StepId) -> String {
        if self.numbers.contains_key(&id) { self.name(id) } else { self.work(id) }
    }

    /// What the step does.
    fn work(&self, id: StepId) -> String {
        match &self.scope.circuit().step(id).kind {
            StepKind::Param(_) => "parameter".to_owned(),
            StepKind::Literal(literal) => written(literal),
            StepKind::Target(target) => self.target(target),
            StepKind::Select { base, path } => {
                format!("{}.{}", self.operand(*base), path.join("."))
            }
            StepKind::Apply { callee, args, invoke } => {
                let (open, close) = if *invoke { ('(', ')') } else { ('[', ']') };
                let args: Vec<String> = args
                    .iter()
                    .map(|arg| match &arg.name {
                        Some(name) => format!("{name}: {}", self.operand(arg.value)),
                        None => self.operand(arg.value),
                    })
                    .collect();
                format!("{}{open}{}{close}", self.operand(*callee), args.join(", "))
            }
            StepKind::Error => "error".to_owned(),
        }
    }

    /// A function by its name, with its package where that is another one.
    fn target(&self, target: &Target) -> String {
        match target {
            Target::Function(key) if key.package == self.scope.circuit().key.package => {
                key.name.to_string()
            }
            Target::Function(key) if key.package == IDIOM_PACKAGE => key.name.to_string(),
            Target::Function(key) => format!("\"{}\".{}", key.package, key.name),
            Target::Builtin(id) if id.info().package.is_empty() => id.name().to_owned(),
            Target::Builtin(id) => format!("\"{}\".{}", id.info().package, id.name()),
            Target::Gate(id) => self.schema.gate_by_id(*id).name.to_string(),
            Target::Join => String::new(),
        }
    }

    /// What the step does to the cluster, if it calls a gate.
    fn effect(&self, id: StepId) -> Option<&'static str> {
        let circuit = self.scope.circuit();
        let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(id).kind else {
            return None;
        };
        let StepKind::Target(Target::Gate(gate)) = &circuit.step(*callee).kind else { return None };
        Some(self.schema.gate_by_id(*gate).effect.name())
    }
}

fn written(literal: &Literal) -> String {
    cut(&literal.to_string())
}

fn cut(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::Fixture;

    fn check(text: &str, expect: Expect) {
        let fixture = Fixture::new(text);
        let lines = lowered(&fixture.db, fixture.file, None).unwrap();
        let text: Vec<&str> = lines.iter().map(|it| it.text.as_str()).collect();
        expect.assert_eq(&(text.join("\n") + "\n"));
    }

    #[test]
    fn the_worked_example_of_the_specification() {
        check(
            "F(x?, y) {\n\tg: G(x: x, y: y)\n\tignored: Show(g)\n\treturn: (left: g, right: Sum(g.n, 1)).right\n}\nG(x, y) { return: (n: x) }\n",
            expect![[r#"
                F(x?, y)
                   1  x        parameter
                   2  y        parameter
                   3  g        G(x: x, y: y)         : (n: x)
                   4  ignored  Show(g)               : (n: x)
                   5  %5       g.n
                   6  %6       Sum(%5, 1)
                   7  %7       (left: g, right: %6)  : (left: (n: x), right: Sum((x | Int64)))
                   8  return   %7.right

                G(x, y) → (n: x)
                   1  x       parameter
                   2  y       parameter
                   3  return  (n: x)     : (n: x)
            "#]],
        );
    }

    #[test]
    fn order_gates_and_functions_in_functions() {
        check(
            "import \"strings\"\nStop(ns) {\n\treturn: (after_: gone, text: shown)\n\tgone: DeletePods(namespace: ns, pods: found)\n\tfound: ListPods(namespace: ns)\n\tshown: strings.Join(\"a\", \"b\")\n\tsame: found\n\tnames: Range(over: found, with: name(elem) { return: (emit: elem.metadata.name) }).image\n\twhat: Return[1]\n}\n",
            expect![[r#"
                Stop(ns) → (after_: ((kind: String, namespace: *String, name: String, u…
                   1  ns      parameter                               : String
                   2  found   ListPods(namespace: ns)                 : (Pod)  [read]
                   3  gone    DeletePods(namespace: ns, pods: found)  : ((kind: String, namespace: *String, name: String, uid: *Stri…  [destructive]
                   4  shown   "strings".Join("a", "b")                : String
                   5  return  (after_: gone, text: shown)             : (after_: ((kind: String, namespace: *String, name: String, u…
                   6  %6      Range(over: found, with: name)          : (image: (String))
                   7  names   %6.image                                : (String)
                   8  what    Return[1]                               : Variety
                      same is found

                name(elem) → (emit: elem.metadata.name)
                   1  elem    parameter           : (metadata: (name: _))
                   2  %2      elem.metadata.name
                   3  return  (emit: %2)          : (emit: elem.metadata.name)
            "#]],
        );
    }

    #[test]
    fn mistakes_and_one_function() {
        check(
            "F(x) { a: b, b: a, return: Nothere(x) }",
            expect![[r#"
            F(x)
               1  x       parameter
               2  a       error
               3  b       error
               4  %4      error
               5  return  %4(x)
                  has errors: it cannot run
        "#]],
        );
        let fixture = Fixture::new("F() { return: 1 }\nG() { return: 2 }\n");
        let lines = lowered(&fixture.db, fixture.file, Some("G")).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(fixture.slice(lines[0].range), "G() { return: 2 }");
        assert_eq!(fixture.slice(lines[1].range), "2");
    }
}
