//! Circuits as compact text, for tests and for people who look into the tools.

use std::fmt::{self, Display, Formatter};

use crate::circuit::{Circuit, FunctionKey, Literal, StepKind, Target};

impl Display for FunctionKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.package, self.name)
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Target::Function(key) => write!(f, "function {key}"),
            Target::Builtin(id) if id.info().package.is_empty() => {
                write!(f, "builtin {}", id.name())
            }
            Target::Builtin(id) => write!(f, "builtin {}.{}", id.info().package, id.name()),
            Target::Gate(id) => write!(f, "gate {}", id.index()),
            Target::Join => f.write_str("join"),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(value) => write!(f, "{value}"),
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Float(value) => write!(f, "{value:?}"),
            Literal::String(value) => write!(f, "{:?}", String::from_utf8_lossy(value)),
        }
    }
}

/// One line per step: its number, its label if it has one, and what it does; then the order, where it is not that of
/// the numbers.
impl Display for Circuit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let params: Vec<_> = self
            .params
            .iter()
            .map(|param| format!("{}{}", param.name, if param.monadic { "?" } else { "" }))
            .collect();
        writeln!(f, "{}({})", self.key, params.join(", "))?;
        for id in self.ids() {
            let step = self.step(id);
            write!(f, "  {}", id.0)?;
            if let Some(label) = &step.label {
                write!(f, " {label}")?;
            }
            f.write_str(" = ")?;
            match &step.kind {
                StepKind::Param(index) => write!(f, "param {index}")?,
                StepKind::Literal(literal) => write!(f, "{literal}")?,
                StepKind::Target(target) => write!(f, "{target}")?,
                StepKind::Select { base, path } => write!(f, "{}.{}", base.0, path.join("."))?,
                StepKind::Apply { callee, args, invoke } => {
                    let (open, close) = if *invoke { ('(', ')') } else { ('[', ']') };
                    let args: Vec<_> = args
                        .iter()
                        .map(|arg| match &arg.name {
                            Some(name) => format!("{name}: {}", arg.value.0),
                            None => arg.value.0.to_string(),
                        })
                        .collect();
                    write!(f, "{}{open}{}{close}", callee.0, args.join(", "))?;
                }
                StepKind::Error => f.write_str("error")?,
            }
            writeln!(f)?;
        }
        for (label, id) in &self.labels {
            if self.steps.get(id.0 as usize).and_then(|step| step.label.as_ref()) != Some(label) {
                writeln!(f, "  {label} = {}", id.0)?;
            }
        }
        if !self.order.is_sorted() {
            let order: Vec<_> = self.order.iter().map(|id| id.0.to_string()).collect();
            writeln!(f, "  order {}", order.join(" "))?;
        }
        if self.has_errors {
            writeln!(f, "  has errors")?;
        }
        Ok(())
    }
}
