//! Values that are written out in a program, as the API server is sent them: what the checks of values look at.
//!
//! Follows `evaluator/src/gates/encode.rs`, which writes them in a run: Empty is absence, one value where there is a list is
//! a list of one.

use ecow::EcoString;
use ko_schema::{Schema, Type as S, TypeId};
use serde_json::{Map, Number, Value as Json};

use super::ty::Type;
use crate::circuit::{Arg, Circuit, Literal, StepId, StepKind, Target};

/// Values with more parts than this are not looked at.
const MAX_PARTS: usize = 5_000;
/// Nor are those that nest deeper.
const MAX_DEPTH: usize = 60;

/// A value that is not all written out, or not as its type asks.
pub(super) struct Unknown;

/// The arguments of a step that builds a structure or a sequence.
pub(super) fn built(circuit: &Circuit, step: StepId) -> Option<&[Arg]> {
    match &circuit.step(step).kind {
        StepKind::Apply { callee, args, invoke: true }
            if matches!(circuit.step(*callee).kind, StepKind::Target(Target::Join)) =>
        {
            Some(args)
        }
        _ => None,
    }
}

/// Reads values from the steps of a circuit.
pub(super) struct Reader<'a> {
    schema: &'a Schema,
    circuit: &'a Circuit,
    types: &'a [Type],
    parts: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(schema: &'a Schema, circuit: &'a Circuit, types: &'a [Type]) -> Reader<'a> {
        Reader { schema, circuit, types, parts: 0 }
    }

    /// The value of a step as the type asks for it; `None` for one that is left out.
    pub(super) fn value(
        &mut self,
        step: StepId,
        ty: TypeId,
        depth: usize,
    ) -> Result<Option<Json>, Unknown> {
        self.parts += 1;
        if self.parts > MAX_PARTS || depth > MAX_DEPTH {
            return Err(Unknown);
        }
        if self.types.get(step.0 as usize) == Some(&Type::Empty) {
            return Ok(None);
        }
        if let StepKind::Literal(literal) = &self.circuit.step(step).kind {
            return self.literal(literal, ty).map(Some);
        }
        let args = built(self.circuit, step).ok_or(Unknown)?;
        if let [Arg { name: None, value }] = args {
            return self.value(*value, ty, depth + 1);
        }
        if args.iter().all(|it| it.name.is_some()) {
            return match self.schema.ty(ty) {
                S::List { item, .. } => match self.value(step, *item, depth + 1)? {
                    Some(it) => Ok(Some(vec![it].into())),
                    None => Ok(None),
                },
                _ => self.fields(args, ty, depth),
            };
        }
        match self.schema.ty(ty) {
            S::List { item, .. } if args.iter().all(|it| it.name.is_none()) => {
                let steps: Vec<StepId> = args.iter().map(|it| it.value).collect();
                self.elements(&steps, *item, depth)
            }
            _ => Err(Unknown),
        }
    }

    /// A list of the values of several steps.
    pub(super) fn elements(
        &mut self,
        steps: &[StepId],
        item: TypeId,
        depth: usize,
    ) -> Result<Option<Json>, Unknown> {
        let mut elements = Vec::new();
        for step in steps {
            // A sequence within a sequence is another one.
            if built(self.circuit, *step)
                .is_some_and(|args| args.iter().any(|it| it.name.is_none()))
            {
                return Err(Unknown);
            }
            elements.extend(self.value(*step, item, depth + 1)?);
        }
        Ok(Some(elements).filter(|it| !it.is_empty()).map(Json::Array))
    }

    fn fields(&mut self, args: &[Arg], ty: TypeId, depth: usize) -> Result<Option<Json>, Unknown> {
        let mut map = Map::new();
        // `()` may stand for nothing, or for an object without fields.
        if args.is_empty() {
            return Err(Unknown);
        }
        for (index, arg) in args.iter().enumerate() {
            let name = arg.name.as_ref().filter(|it| !it.starts_with('_')).ok_or(Unknown)?;
            let of_field = match self.schema.ty(ty) {
                S::Struct(it) => match it.field(name) {
                    Some(field) if field.writable() => field.ty,
                    _ => return Err(Unknown),
                },
                S::Map(item) => *item,
                _ => return Err(Unknown),
            };
            let same: Vec<StepId> =
                args.iter().filter(|it| it.name == arg.name).map(|it| it.value).collect();
            let value = if same.len() == 1 {
                self.value(arg.value, of_field, depth + 1)?
            } else if args[..index].iter().any(|it| it.name == arg.name) {
                continue;
            } else {
                let S::List { item, .. } = self.schema.ty(of_field) else { return Err(Unknown) };
                self.elements(&same, *item, depth + 1)?
            };
            if let Some(value) = value {
                map.insert(name.to_string(), value);
            }
        }
        // A map of these two is one entry, written otherwise.
        if matches!(self.schema.ty(ty), S::Map(_)) && map.len() == 2 && map.contains_key("key") {
            return Err(Unknown);
        }
        Ok(Some(map).filter(|it| !it.is_empty()).map(Json::Object))
    }

    fn literal(&self, literal: &Literal, ty: TypeId) -> Result<Json, Unknown> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| Unknown);
        let float = |number: f64| Number::from_f64(number).map(Json::Number).ok_or(Unknown);
        match (self.schema.ty(ty), literal) {
            (S::List { item, .. }, _) => match self.schema.ty(*item) {
                S::List { .. } => Err(Unknown),
                _ => Ok(vec![self.literal(literal, *item)?].into()),
            },
            (S::Bool, Literal::Bool(it)) => Ok((*it).into()),
            (S::Int32 | S::Int64 | S::IntOrString, Literal::Int(it)) => Ok((*it).into()),
            (S::Float, Literal::Int(it)) => float(*it as f64),
            (S::Float, Literal::Float(it)) => float(*it),
            (S::Quantity, Literal::Int(it)) => Ok(it.to_string().into()),
            (S::String(_) | S::Quantity, Literal::String(it)) => text(it).map(Json::from),
            (S::IntOrString, Literal::String(it)) => {
                let text = text(it)?;
                Ok(text.parse::<i32>().map_or_else(|_| text.into(), Json::from))
            }
            _ => Err(Unknown),
        }
    }
}

/// The step that is written at these names below a step, and the place of the last of them.
pub(super) fn below(circuit: &Circuit, step: StepId, path: &[EcoString]) -> Option<(StepId, u32)> {
    let (mut step, mut found) = (step, None);
    for name in path {
        let mut args = built(circuit, step)?;
        while let [Arg { name: None, value }] = args {
            args = built(circuit, *value)?;
            step = *value;
        }
        let index = args.iter().position(|it| it.name.as_ref() == Some(name))?;
        found = Some((step, u32::try_from(index).ok()?));
        step = args[index].value;
    }
    found
}
