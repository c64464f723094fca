//! What builtins do with the functions and texts that they are given: how they call the functions, what these must
//! return, and how many gaps a text has.

use ecow::eco_format;

use super::accept::{Acceptor, Problem};
use super::calls::Call;
use super::check::{Checker, shorten};
use super::errors::{At, Consumer, Suggestion, TypeError};
use super::eval::CallFailure;
use super::lattice::{element, group, join};
use super::scheme::Demand;
use super::template;
use super::ty::{Callee, Fields, Type};
use crate::circuit::{Arg, Literal, StepId, StepKind, Target};
use crate::database::IDIOM_PACKAGE;
use crate::diagnostic::Severity;

/// An argument of a call.
#[derive(Clone)]
struct Given {
    at: At,
    ty: Type,
    /// The step that gives it, unless it was attached elsewhere.
    step: Option<StepId>,
}

/// How often something is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    /// At least once.
    Some,
    /// Perhaps never.
    Any,
}

impl Times {
    fn severity(self) -> Severity {
        match self {
            Times::Some => Severity::Error,
            Times::Any => Severity::Warning,
        }
    }
}

impl Checker<'_> {
    /// Checks the functions and texts that a builtin is given where it is invoked.
    pub(super) fn builtin_rules(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        if !call.invoke {
            return;
        }
        match call.name {
            "Range" => self.range(call, args, fixed),
            "Loop" => self.loops(call, args, fixed),
            "Sort" => self.sort(call, args, fixed),
            "Format" | "Template" => self.text(call, args, fixed),
            "Ratio" | "Moduli" | "integer.Ratio" | "integer.Moduli" => self.division(args),
            _ => {}
        }
    }

    /// Checks the functions that an idiom calls: idioms are written in Ko, where what is called in one case only asks
    /// nothing of the callers.
    pub(super) fn idiom_rules(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        if !call.invoke {
            return;
        }
        let uncallable = |it: &Given| {
            let known = !matches!(it.ty, Type::Unknown | Type::Any | Type::Never | Type::Empty);
            known && !it.ty.is_blocked() && it.ty.is_present() && !matches!(it.ty, Type::Variety(_))
        };
        match call.name {
            "Branch" => {
                let branches = ["then", "else"];
                let all = branches.map(|it| self.given(call, args, fixed, it));
                let wrong = all.each_ref().map(|it| it.as_ref().is_some_and(uncallable));
                let condition = self.given(call, args, fixed, "if").and_then(|it| it.step);
                let taken = condition.and_then(|it| match self.circuit.step(it).kind {
                    StepKind::Literal(Literal::Bool(it)) => Some(usize::from(!it)),
                    _ => None,
                });
                for (index, branch) in all.into_iter().enumerate() {
                    let Some(branch) = branch.filter(|_| wrong[index]) else { continue };
                    let certain = taken.map_or(wrong == [true; 2], |it| it == index);
                    let times = if certain { Times::Some } else { Times::Any };
                    self.not_callable(&branch, branches[index], times);
                }
            }
            "Switch" => {
                if let Some(case) = self.given(call, args, fixed, "case").filter(uncallable)
                    && !matches!(case.ty, Type::Sequence(_))
                {
                    self.not_callable(&case, "case", Times::Some);
                }
            }
            _ => {}
        }
    }

    fn not_callable(&mut self, given: &Given, name: &str, times: Times) {
        let message = format!(
            "`{name}` takes a function, not {}; `Return[…]` is a function that returns a value",
            shorten(&given.ty)
        );
        self.error(TypeError::new(given.at, times.severity(), "type-mismatch", message));
    }

    /// The argument of this name, given once; nothing if there is none, or several.
    fn given(&self, call: &Call<'_>, args: &[Arg], fixed: &Fields, name: &str) -> Option<Given> {
        let of_name = |arg: &&Arg| arg.name.as_deref().unwrap_or_default() == name;
        match args.iter().filter(of_name).count() {
            0 => {
                let (at, ty) = (At::Callee(call.id), fixed.field(name)?.clone());
                Some(Given { at, ty, step: None })
            }
            1 => {
                let index = args.iter().position(|it| of_name(&it))?;
                let at = At::ArgValue(call.id, index as u32);
                let step = args[index].value;
                Some(Given { at, ty: self.ty(step).clone(), step: Some(step) })
            }
            _ => None,
        }
    }

    /// How many elements a value certainly has, as far as it is written in place.
    fn elements(&self, args: &[Arg], name: &str) -> Option<usize> {
        let present = |arg: &&Arg| self.ty(arg.value).is_present();
        let members: Vec<&Arg> =
            args.iter().filter(|it| it.name.as_deref().unwrap_or_default() == name).collect();
        match members.as_slice() {
            [] => Some(0),
            [one] => match &self.circuit.step(one.value).kind {
                StepKind::Apply { callee, args, invoke: true }
                    if self.circuit.step(*callee).kind == StepKind::Target(Target::Join)
                        && args.first().is_some_and(|it| it.name.is_none()) =>
                {
                    args.iter().all(|it| present(&it)).then_some(args.len())
                }
                _ => match self.ty(one.value) {
                    Type::Sequence(_) => None,
                    it if it.is_present() => Some(1),
                    _ => None,
                },
            },
            several => several.iter().all(present).then_some(several.len()),
        }
    }

    /// Checks a call of a function that the builtin was given. Returns what comes back.
    fn callback(
        &mut self,
        call: &Call<'_>,
        function: &Given,
        given: &[(&str, Type)],
        times: Times,
    ) -> Option<Type> {
        if !matches!(function.ty, Type::Variety(_)) {
            return None;
        }
        let arguments = Fields::new(given.iter().map(|it| (it.0.into(), it.1.clone())));
        let callee = call.name;
        match self.engine.augment(&function.ty, &arguments) {
            Ok(ready) => self.engine.invoke(&ready).ok(),
            Err(CallFailure::Duplicate(name)) => {
                let what = match name.as_str() {
                    "" => "an unlabelled argument".to_owned(),
                    name => format!("`{name}`"),
                };
                let message =
                    format!("`{callee}` calls this with {what}, which is attached already");
                let error =
                    TypeError::new(function.at, times.severity(), "duplicate-argument", message);
                self.error(error);
                None
            }
            Err(CallFailure::NotCallable(_)) => None,
        }
    }

    /// What a function written in Ko asks of what the builtin gives it.
    fn callback_demands(
        &mut self,
        call: &Call<'_>,
        function: &Given,
        given: &[(&str, Type)],
        times: Times,
    ) {
        let Type::Variety(list) = &function.ty else { return };
        let [variety] = &**list else { return };
        let Callee::Function(key) = &variety.callee else { return };
        let Some(scheme) = self.engine.scheme(key) else { return };
        for (name, ty) in given {
            let param = match *name {
                "" => scheme.params.iter().find(|it| it.monadic),
                name => scheme.param(name),
            };
            let Some(param) = param else { continue };
            for demand in &param.demands {
                let mut acceptor = Acceptor { schema: self.engine.schema(), found: Vec::new() };
                acceptor.accept(ty, demand, &mut Vec::new());
                let Some(mismatch) = acceptor.found.first() else { continue };
                let path = mismatch
                    .path
                    .iter()
                    .fold(param.name.clone(), |path, name| eco_format!("{path}.{name}"));
                let mut error = self.explain(function.at, &path, &mismatch.problem);
                // A field that objects do not have is wrong, however often it is read.
                let misspelt = match &mismatch.problem {
                    Problem::UnknownField { closest, .. } => {
                        Some((mismatch.path.len().saturating_sub(1), closest.clone()))
                    }
                    _ => None,
                };
                if misspelt.is_none() {
                    error.severity = error.severity.max(times.severity());
                }
                if key.package != IDIOM_PACKAGE {
                    error.consumer = Some(Consumer {
                        function: key.clone(),
                        param: param.name.clone(),
                        demand: demand.clone(),
                        misspelt,
                    });
                }
                error.message = format!(
                    "`{}` calls `{}` with `{}` of type {}: {}",
                    call.name,
                    key.name,
                    param.name,
                    shorten(ty),
                    error.message
                );
                self.error(error);
                break;
            }
        }
    }

    /// Whether what a function returns is what the builtin needs.
    fn returns(
        &mut self,
        function: &Given,
        name: &str,
        result: Option<Type>,
        demand: &Demand,
        times: Times,
    ) {
        let Some(result) = result else { return };
        let mut acceptor = Acceptor { schema: self.engine.schema(), found: Vec::new() };
        acceptor.accept(&result, demand, &mut Vec::new());
        let empty = result == Type::Empty && *demand == Demand::Bool;
        if acceptor.found.is_empty() && !empty {
            return;
        }
        let need = match demand {
            Demand::Bool => "Bool",
            _ => "a structure `(emit: …, carry: …)` or nothing",
        };
        let message = format!("`{name}` must return {need}, and this returns {}", shorten(&result));
        self.error(TypeError::new(function.at, times.severity(), "type-mismatch", message));
    }

    fn range(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        let repeated = self.elements(args, "over").is_some_and(|it| it > 0);
        let over = self.given(call, args, fixed, "over").map(|it| it.ty);
        let (over, times) = match over {
            Some(Type::Empty) => return,
            Some(ty) if repeated || ty.is_present() => (ty, Times::Some),
            Some(ty) => (ty, Times::Any),
            None if repeated => (Type::Unknown, Times::Some),
            None => return,
        };
        let start = self.given(call, args, fixed, "start").map_or(Type::Empty, |it| it.ty);
        let residue = match self.ty(call.id) {
            Type::Structure(fields) => fields.field("residue").cloned(),
            _ => None,
        };
        let carry = join(&start, &residue.unwrap_or(Type::Unknown));
        if let Some(with) = self.given(call, args, fixed, "with") {
            let first = [("carry", start), ("elem", element(&over))];
            self.callback_demands(call, &with, &first, times);
            let given = [("carry", carry.clone()), ("elem", element(&over))];
            let result = self.callback(call, &with, &given, times);
            self.returns(&with, "with", result, &Demand::Selectable, times);
        }
        if let Some(stop) = self.given(call, args, fixed, "stop") {
            self.callback_demands(call, &stop, &[("", carry.clone())], times);
            let result = self.callback(call, &stop, &[("", carry)], times);
            self.returns(&stop, "stop", result, &Demand::Bool, times);
        }
    }

    fn loops(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        let start = self.given(call, args, fixed, "start").map_or(Type::Empty, |it| it.ty);
        let after = self.ty(call.id).clone();
        if let Some(step) = self.given(call, args, fixed, "step") {
            self.callback_demands(call, &step, &[("", start.clone())], Times::Some);
            self.callback(call, &step, &[("", join(&start, &after))], Times::Some);
        }
        if let Some(stop) = self.given(call, args, fixed, "stop") {
            self.callback_demands(call, &stop, &[("", after.clone())], Times::Some);
            let result = self.callback(call, &stop, &[("", after)], Times::Some);
            self.returns(&stop, "stop", result, &Demand::Bool, Times::Some);
        }
    }

    fn sort(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        let number = self.elements(args, "over");
        let over = self.given(call, args, fixed, "over").map(|it| it.ty);
        let present =
            number.is_some_and(|it| it > 0) || over.as_ref().is_some_and(Type::is_present);
        let Some(less) = self.given(call, args, fixed, "less") else {
            let several = args.iter().any(|it| it.name.as_deref() == Some("less"));
            if present && !several && !self.circuit.has_errors {
                let message =
                    "`Sort` needs the argument `less`, which says whether `left` is before `right`";
                let at = At::Callee(call.id);
                let (severity, code) = (Severity::Error, "missing-argument");
                let error = TypeError::new(at, severity, code, message.to_owned());
                let less = "less(left, right) { return: Less(left, right) }";
                let names = vec![("less".into(), less)];
                self.error(error.suggest(Suggestion::AddArgs {
                    step: call.id,
                    names,
                    choices: Vec::new(),
                }));
            }
            return;
        };
        let times = if number.is_some_and(|it| it > 1) { Times::Some } else { Times::Any };
        let elem = over.map_or(Type::Unknown, |it| element(&it));
        let given = [("left", elem.clone()), ("right", elem)];
        self.callback_demands(call, &less, &given, times);
        let result = self.callback(call, &less, &given, times);
        self.returns(&less, "less", result, &Demand::Bool, times);
    }

    /// `Format` and `Template`: the gaps of the text, and what comes out of the pieces.
    fn text(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        let label = if call.name == "Format" { "format" } else { "template" };
        let text = self.given(call, args, fixed, label);
        let literal = text.as_ref().and_then(|it| it.step).and_then(|step| {
            match &self.circuit.step(step).kind {
                StepKind::Literal(Literal::String(text)) => Some(text.clone()),
                _ => None,
            }
        });
        let literal = literal.as_deref().and_then(|it| std::str::from_utf8(it).ok());
        let (Some(text), Some(literal)) = (text, literal) else { return };
        if call.name == "Template" {
            if let Err(message) = template::check(literal) {
                let error = TypeError::new(text.at, Severity::Error, "invalid-template", message);
                self.error(error);
            }
            return;
        }
        let gaps = literal.matches("%%").count();
        match self.elements(args, "args").filter(|_| fixed.field("args").is_none()) {
            Some(number) if number != gaps => {
                let message = format!(
                    "this has {gaps} `%%` for {number} argument{}",
                    if number == 1 { "" } else { "s" }
                );
                let error = TypeError::new(text.at, Severity::Error, "format-arguments", message);
                self.error(error);
                return;
            }
            // Nothing else to go together with the text.
            Some(0) => return,
            _ if gaps == 0 => return,
            _ => {}
        }
        let function = |name: &str| self.given(call, args, fixed, name).map(|it| it.ty);
        let (Some(with_string), Some(with_arg)) = (function("withString"), function("withArg"))
        else {
            return;
        };
        let Some(values) = self.given(call, args, fixed, "args") else { return };
        let text = self.engine.call(&with_string, &[("", Type::String)]);
        let value = self.engine.call(&with_arg, &[("", element(&values.ty))]);
        if let Err((_, conflict)) = group(&[text, value]) {
            let (left, right) = (shorten(&conflict.left), shorten(&conflict.right));
            let message = format!(
                "the pieces of the text become {left} and the arguments {right}, which cannot be elements of one sequence; let `withArg` make {left} of them"
            );
            let error = TypeError::new(values.at, Severity::Error, "mixed-sequence", message);
            self.error(error);
        }
    }

    /// Complains about the second of several values for an argument that takes one: together they are a sequence.
    pub(super) fn takes_one(
        &mut self,
        call: &Call<'_>,
        args: &[Arg],
        index: usize,
        demand: &Demand,
    ) {
        let label = args[index].name.as_deref().unwrap_or_default();
        let same = |it: &&Arg| it.name.as_deref().unwrap_or_default() == label;
        let present = |it: &Arg| self.ty(it.value).is_present();
        let before = args[..index].iter().filter(same).filter(|it| present(it)).count();
        let single = matches!(
            demand,
            Demand::Bool
                | Demand::String
                | Demand::Integer
                | Demand::Number
                | Demand::Text
                | Demand::Callable
                | Demand::Selectable
        );
        if before != 1 || !present(&args[index]) || !single {
            return;
        }
        let (at, callee) = (At::ArgValue(call.id, index as u32), call.name);
        let what = if label.is_empty() { String::new() } else { format!(" for `{label}`") };
        let message = format!(
            "`{callee}` takes one value{what}, and several arguments of one name are a sequence"
        );
        self.error(TypeError::new(at, Severity::Error, "repeated-argument", message));
    }

    /// Division by a number that is written as 0.
    fn division(&mut self, args: &[Arg]) {
        let unlabelled = |it: &&Arg| it.name.as_deref().is_none_or(|it| it == "value");
        let members: Vec<StepId> = args.iter().filter(unlabelled).map(|it| it.value).collect();
        let members = match members.as_slice() {
            [one] => match &self.circuit.step(*one).kind {
                StepKind::Apply { callee, args, invoke: true }
                    if self.circuit.step(*callee).kind == StepKind::Target(Target::Join) =>
                {
                    args.iter().filter(|it| it.name.is_none()).map(|it| it.value).collect()
                }
                _ => return,
            },
            _ => members,
        };
        for step in members.iter().skip(1) {
            if self.circuit.step(*step).kind == StepKind::Literal(Literal::Int(0)) {
                let message = "nothing can be divided by 0".to_owned();
                let at = At::Step(*step);
                self.error(TypeError::new(at, Severity::Error, "division-by-zero", message));
            }
        }
    }
}
