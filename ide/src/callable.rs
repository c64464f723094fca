//! What can be called: functions, gates and builtins, seen alike.

use std::fmt::Write as _;

use ecow::EcoString;
use ko_queries::{
    RootDatabase,
    builtins::BuiltinId,
    circuit::Target,
    items::{Function, find_function, function_doc, param_doc},
};
use ko_schema::{Gate, GateId, GateType, Schema};

use crate::{source::Scope, typing};

/// Something that can be called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Callable<'db> {
    Function(Function<'db>),
    Gate(GateId),
    Builtin(BuiltinId),
}

/// A parameter of something that can be called.
#[derive(Debug, Clone)]
pub(crate) struct ParamInfo {
    pub(crate) name: EcoString,
    pub(crate) aliases: Vec<EcoString>,
    /// Whether a call without it fails for certain.
    pub(crate) required: bool,
    pub(crate) monadic: bool,
    /// Whether signatures write a `?` behind the name. In Ko that marks the monadic parameter; for gates and builtins,
    /// whose monadic parameter needs no mark, it marks what may be left out.
    pub(crate) mark: bool,
    /// Its type in a few words.
    pub(crate) ty: Option<String>,
    pub(crate) default: Option<&'static str>,
    pub(crate) doc: Option<String>,
    /// What a gate asks for.
    pub(crate) gate_type: Option<GateType>,
    /// Whether a function reads fields of it, so that a structure is written there.
    pub(crate) structure: bool,
}

impl ParamInfo {
    /// The parameter as signatures write it: `name?: Type = default`.
    pub(crate) fn signature(&self) -> String {
        let mut out = self.name.to_string();
        if self.mark {
            out.push('?');
        }
        if let Some(ty) = &self.ty {
            let _ = write!(out, ": {ty}");
        }
        if let Some(default) = self.default {
            let _ = write!(out, " = {default}");
        }
        out
    }
}

impl<'db> Callable<'db> {
    /// What a name of the circuit refers to; nothing for the empty operator.
    pub(crate) fn of(db: &'db RootDatabase, target: &Target) -> Option<Callable<'db>> {
        match target {
            Target::Function(key) => find_function(db, key).map(Callable::Function),
            Target::Builtin(id) => Some(Callable::Builtin(*id)),
            Target::Gate(id) => db.schema().find_gate(*id).map(|_| Callable::Gate(*id)),
            Target::Join => None,
        }
    }

    pub(crate) fn name(&self, db: &RootDatabase) -> EcoString {
        match self {
            Callable::Function(it) => it.name(db),
            Callable::Gate(id) => db.schema().gate_by_id(*id).name.clone(),
            Callable::Builtin(id) => id.name().into(),
        }
    }

    /// The parameters, in the order in which people expect them.
    pub(crate) fn params(&self, db: &'db RootDatabase) -> Vec<ParamInfo> {
        match self {
            Callable::Function(function) => function_params(db, *function),
            Callable::Gate(id) => {
                let schema = db.schema();
                gate_params(&schema, schema.gate_by_id(*id))
            }
            Callable::Builtin(id) => id
                .info()
                .params
                .iter()
                .map(|it| ParamInfo {
                    ty: signature_parts(id.info().signature)
                        .0
                        .into_iter()
                        .find(|part| part.0 == it.name)
                        .map(|part| part.1.to_owned()),
                    name: it.name.into(),
                    aliases: Vec::new(),
                    required: !it.optional,
                    monadic: it.monadic,
                    mark: it.optional,
                    default: None,
                    doc: Some(it.doc.to_owned()),
                    gate_type: None,
                    structure: false,
                })
                .collect(),
        }
    }

    /// The parameter that an argument of this name goes to.
    pub(crate) fn param(&self, db: &'db RootDatabase, name: &str) -> Option<ParamInfo> {
        let params = self.params(db);
        let exact = params.iter().position(|it| it.name == name);
        let index = exact.or_else(|| {
            params.iter().position(|it| it.aliases.iter().any(|alias| alias == name))
        })?;
        params.into_iter().nth(index)
    }

    /// The parameter that the unlabelled argument goes to.
    pub(crate) fn monadic(&self, db: &'db RootDatabase) -> Option<ParamInfo> {
        self.params(db).into_iter().find(|it| it.monadic)
    }

    /// The documentation, as Markdown or plain text.
    pub(crate) fn doc(&self, db: &RootDatabase) -> Option<String> {
        match self {
            Callable::Function(function) => function_doc(db, *function),
            Callable::Gate(id) => {
                let schema = db.schema();
                Some(schema.gate_by_id(*id).doc(&schema))
            }
            Callable::Builtin(id) => Some(id.info().doc.to_owned()),
        }
    }

    /// The call with its result on one line.
    pub(crate) fn signature(&self, db: &'db RootDatabase) -> String {
        if let Callable::Builtin(id) = self {
            return id.info().signature.to_owned();
        }
        let params: Vec<String> = self.params(db).iter().map(ParamInfo::signature).collect();
        let result = self.result(db).map(|it| format!(" → {it}")).unwrap_or_default();
        format!("{}({}){result}", self.name(db), params.join(", "))
    }

    /// The type of the result in a few words.
    pub(crate) fn result(&self, db: &'db RootDatabase) -> Option<String> {
        match self {
            Callable::Function(function) => typing::result(db, *function),
            Callable::Gate(id) => {
                let schema = db.schema();
                Some(schema.gate_by_id(*id).result.label(&schema))
            }
            Callable::Builtin(id) => signature_parts(id.info().signature).1.map(str::to_owned),
        }
    }
}

/// The types in the signature of a builtin, `Name(a?: T, b: U): R`: those of the parameters by name, and that of the
/// result.
fn signature_parts(signature: &str) -> (Vec<(&str, &str)>, Option<&str>) {
    let mut params = Vec::new();
    let Some((_, list)) = signature.split_once('(') else { return (params, None) };
    let (mut depth, mut start) = (1usize, 0);
    for (at, sign) in list.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && sign == ',') {
            if let Some((name, ty)) = list[start..at].split_once(':') {
                params.push((name.trim().trim_end_matches('?'), ty.trim()));
            }
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    let result = list.get(start..).and_then(|it| it.trim_start().strip_prefix(':'));
    (params, result.map(str::trim).filter(|it| !it.is_empty()))
}

fn gate_params(schema: &Schema, gate: &Gate) -> Vec<ParamInfo> {
    gate.params
        .iter()
        .map(|it| ParamInfo {
            name: it.name.clone(),
            aliases: it.aliases.to_vec(),
            required: it.required,
            monadic: it.monadic,
            mark: !it.required,
            ty: Some(it.ty.label(schema)),
            default: it.default,
            doc: Some(it.doc.to_owned()),
            gate_type: Some(it.ty.clone()),
            structure: matches!(it.ty, GateType::Object(_)),
        })
        .collect()
}

fn function_params<'db>(db: &'db RootDatabase, function: Function<'db>) -> Vec<ParamInfo> {
    let Some(scope) = Scope::new(db, function) else { return Vec::new() };
    scope
        .circuit()
        .params
        .iter()
        .map(|it| {
            let typed = typing::param(db, function, &it.name);
            ParamInfo {
                name: it.name.clone(),
                aliases: Vec::new(),
                required: typed.as_ref().is_some_and(|it| it.required),
                monadic: it.monadic,
                mark: it.monadic,
                structure: typed.as_ref().is_some_and(|it| it.structure),
                ty: typed.and_then(|it| it.ty),
                default: None,
                doc: param_doc(db, function, &it.name),
                gate_type: None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_of_the_table_has_types_for_its_parameters() {
        for builtin in ko_queries::builtins::BUILTINS.iter() {
            let (params, result) = signature_parts(builtin.signature);
            assert!(result.is_some(), "{}", builtin.signature);
            for param in builtin.params {
                let found = params.iter().find(|it| it.0 == param.name);
                assert!(
                    found.is_some_and(|it| !it.1.is_empty()),
                    "{}: {}",
                    builtin.signature,
                    param.name
                );
            }
        }
        let (params, result) = signature_parts("F(a?: (x: T, y: (U)), b: V): (c: W)");
        assert_eq!(params, [("a", "(x: T, y: (U))"), ("b", "V")]);
        assert_eq!(result, Some("(c: W)"));
    }
}
