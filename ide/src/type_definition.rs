//! From a value to what it is made of: the page of a type of the schema, the structure that was written down, or the
//! functions that the value may be.

use ko_queries::{RootDatabase, circuit::StepId};
use ko_schema::{GateType, KindId, Schema, TypeId};
use text_size::TextRange;

use crate::{
    FilePosition, FileRange,
    callable::Callable,
    expected::Expected,
    navigation,
    pages::{self, Named, PageId, Target},
    source::{Scope, Source},
    symbol::{Symbol, made_by, symbol},
    typing,
};

/// Where the type of the thing at a place is described. Of a function, gate or argument the type is that of its value.
/// Nothing for basic values, and where nothing is known.
pub fn goto_type_definition(db: &RootDatabase, position: FilePosition) -> Vec<Target> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(token) = source.token_at(position.offset) else { return Vec::new() };
    symbol(&source, &token).map(|it| of_symbol(db, &it)).unwrap_or_default()
}

/// Where the type of the name at an offset of a page is described.
pub fn page_type_definition(
    db: &RootDatabase,
    page: &PageId,
    offset: text_size::TextSize,
) -> Vec<Target> {
    match pages::name_at(db, page, offset) {
        Some(Named::Symbol(symbol)) => of_symbol(db, &symbol),
        Some(Named::Type(ty)) => of_schema(db, ty),
        _ => Vec::new(),
    }
}

fn of_symbol(db: &RootDatabase, symbol: &Symbol<'_>) -> Vec<Target> {
    let schema = db.schema();
    match symbol {
        Symbol::Label(scope, index) => match scope.circuit().labels.get(*index) {
            Some((_, step)) => of_value(scope, *step, &[]),
            None => Vec::new(),
        },
        Symbol::Param(scope, index) => of_value(scope, StepId(*index as u32), &[]),
        Symbol::Select { scope, base, path } => of_value(scope, *base, path),
        Symbol::Callable(Callable::Function(function)) => {
            let scope = Scope::new(db, *function);
            let result = scope.and_then(|it| Some((it.circuit().result?, it)));
            result.map(|(step, scope)| of_value(&scope, step, &[])).unwrap_or_default()
        }
        Symbol::Callable(Callable::Gate(id)) => of_gate_type(db, &schema.gate_by_id(*id).result),
        Symbol::Argument { callable, name } => match callable {
            Callable::Function(function) => {
                let param = typing::param(db, *function, name);
                match param.and_then(|it| it.expected) {
                    Some(Expected::Gate(ty)) => of_gate_type(db, &ty),
                    Some(Expected::Schema(ty)) => of_schema(db, ty),
                    Some(Expected::Structure(_) | Expected::Other(_)) | None => Vec::new(),
                }
            }
            _ => match callable.param(db, name).and_then(|it| it.gate_type) {
                Some(ty) => of_gate_type(db, &ty),
                None => Vec::new(),
            },
        },
        Symbol::Field { owner, name } => {
            let ty = schema.ty(*owner).as_struct().and_then(|it| it.field(name)).map(|it| it.ty);
            ty.map(|it| of_schema(db, it)).unwrap_or_default()
        }
        Symbol::Callable(Callable::Builtin(_)) | Symbol::Import { .. } => Vec::new(),
    }
}

/// The type of what is selected by `path` from the value of a step.
fn of_value(scope: &Scope<'_>, step: StepId, path: &[ecow::EcoString]) -> Vec<Target> {
    let db = scope.db;
    let types = typing::schema_types(scope, step, path);
    if !types.is_empty() {
        return types.into_iter().flat_map(|it| of_schema(db, it)).collect();
    }
    let functions: Vec<Target> = typing::callees(scope, step, path)
        .iter()
        .filter_map(|it| Callable::of(db, it))
        .flat_map(|it| navigation::definition(db, Symbol::Callable(it)))
        .collect();
    if !functions.is_empty() {
        return functions;
    }
    made_by(scope, step, path)
        .and_then(|(scope, step)| {
            let range = *scope.map().steps.get(step.0 as usize)?;
            // An empty place is nobody's text.
            (range != TextRange::default())
                .then(|| Target::File(FileRange { file: scope.file(), range }))
        })
        .into_iter()
        .collect()
}

fn of_schema(db: &RootDatabase, ty: TypeId) -> Vec<Target> {
    let owner = db.schema().struct_of(ty).map(|it| it.0);
    owner.and_then(|it| pages::place(db, &Named::Type(it))).into_iter().collect()
}

fn of_gate_type(db: &RootDatabase, ty: &GateType) -> Vec<Target> {
    let schema = db.schema();
    match ty {
        GateType::Typed(ty) => of_schema(db, *ty),
        _ => kind_of(ty).map(|it| of_schema(db, object(&schema, it))).unwrap_or_default(),
    }
}

fn object(schema: &Schema, kind: KindId) -> TypeId {
    schema.kind(kind).object
}

/// The kind whose objects a gate takes or gives.
fn kind_of(ty: &GateType) -> Option<KindId> {
    match ty {
        GateType::Object(id)
        | GateType::ObjectRead(id)
        | GateType::MaybeObject(id)
        | GateType::ObjectOrName(id)
        | GateType::ObjectsOrNames(id)
        | GateType::ListOf(id)
        | GateType::Predicate(id)
        | GateType::Transform(id)
        | GateType::Step(id) => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn check(marked: &str, expected: &[&str]) {
        let fixture = Fixture::new(marked);
        let found = goto_type_definition(&fixture.db, fixture.position());
        let show = |it: &Target| match it {
            Target::File(it) => fixture.slice(it.range).to_owned(),
            Target::Page(page, range) => {
                let text = crate::page_text(&fixture.db, page);
                format!("{} {}", crate::page_uri(&fixture.db, page), &text[*range])
            }
        };
        assert_eq!(found.iter().map(show).collect::<Vec<_>>(), expected, "{marked}");
    }

    const POD: &str = "ko-schema:///core/v1/Pod.ko Pod";

    #[test]
    fn objects_lead_to_pages() {
        check("F() { po$0d: GetPod(name: \"a\"), return: pod }", &[POD]);
        check("F() { pods: ListPods(), return: po$0ds }", &[POD]);
        check("F() { return: ListP$0ods() }", &[POD]);
        check(
            "F() { d: GetDeployment(name: \"a\"), return: d.stat$0us }",
            &["ko-schema:///types/io.k8s.api.apps.v1.DeploymentStatus.ko DeploymentStatus"],
        );
        check(
            "F(spe$0c) { return: CreateDeployment(namespace: \"a\", deployment: (spec: spec)) }",
            &["ko-schema:///types/io.k8s.api.apps.v1.DeploymentSpec.ko DeploymentSpec"],
        );
        check(
            "F() { return: CreateDeployment(deploy$0ment: (spec: 1)) }",
            &["ko-schema:///apps/v1/Deployment.ko Deployment"],
        );
        check(
            "F() { return: CreateDeployment(deployment: (sp$0ec: 1)) }",
            &["ko-schema:///types/io.k8s.api.apps.v1.DeploymentSpec.ko DeploymentSpec"],
        );
        check("get() { return: GetPod(name: \"a\") }\nF() { return: ge$0t() }", &[POD]);
    }

    #[test]
    fn structures_lead_to_where_they_are_written() {
        check("F() { x: (a: (b: 1)), return: x$0 }", &["(a: (b: 1))"]);
        check("F() { x: (a: (b: 1)), return: x.a$0 }", &["(b: 1)"]);
        check("G() { y: (c: 1), return: y }\nF() { x: G(), return: x$0 }", &["(c: 1)"]);
    }

    #[test]
    fn functions_lead_to_their_definitions_and_basic_values_nowhere() {
        check("G(a) { return: a }\nF() { x: G[a: 1], return: x$0() }", &["G"]);
        check("F() { x: 1, return: x$0 }", &[]);
        check("F() { x: \"a\", return: x$0.y.z }", &[]);
        check("F(a) { return: a$0 }", &[]);
    }
}
