//! The last part of lowering: labels become steps, and the steps get their order.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use ecow::EcoString;
use ko_syntax::{
    TextRange,
    ast::{self, AstNode, Expr},
};

use super::{Lowered, Lowerer, Reads, UnreadLabel};
use crate::{
    circuit::{Circuit, SourceMap, Step, StepId, StepKind},
    diagnostic::{Diagnostic, Severity},
};

impl Lowerer<'_> {
    /// The circuit of the steps so far. `labelled` are the labels and values of the body; `broken` says that there are
    /// syntax errors in the function.
    pub(super) fn finish(
        mut self,
        node: &ast::Function,
        labelled: &[(ko_syntax::SyntaxToken, Option<Expr>)],
        broken: bool,
    ) -> Lowered {
        let reads = Arc::new(self.reads(labelled));
        let labels = std::mem::take(&mut self.labels);
        for draft in &mut self.steps {
            match &mut draft.kind {
                StepKind::Select { base, .. } => *base = labels.step(*base),
                StepKind::Apply { callee, args, .. } => {
                    *callee = labels.step(*callee);
                    args.iter_mut().for_each(|arg| arg.value = labels.step(arg.value));
                }
                _ => {}
            }
        }
        let mut steps: Vec<Step> = Vec::with_capacity(self.steps.len());
        let mut map = SourceMap {
            function: node.syntax().text_range(),
            name: node.name_token().map_or_else(
                || TextRange::empty(node.syntax().text_range().start()),
                |token| token.text_range(),
            ),
            params: self.param_ranges.into(),
            steps: self.steps.iter().map(|draft| draft.range).collect(),
            labels: labelled.iter().map(|(token, _)| token.text_range()).collect(),
            args: Box::default(),
            references: self
                .references
                .iter()
                .map(|(range, step)| (*range, labels.step(*step)))
                .collect(),
        };
        let mut args = Vec::with_capacity(self.steps.len());
        for draft in self.steps {
            steps.push(Step { kind: draft.kind, label: None });
            args.push(draft.args);
        }
        map.args = args.into();
        let mut label_steps = Vec::with_capacity(labelled.len());
        for (index, (token, _)) in labelled.iter().enumerate() {
            let id = labels.step(labels.values[index]);
            let name = EcoString::from(token.text());
            if let Some(step) = steps.get_mut(id.0 as usize) {
                step.label.get_or_insert_with(|| name.clone());
            }
            label_steps.push((name, id));
        }
        let result = label_steps.iter().find(|(name, _)| name == "return").map(|(_, id)| *id);
        let wrong = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        let has_errors = broken
            || result.is_none()
            || self.diagnostics.iter().any(wrong)
            || steps.iter().any(|step| step.kind == StepKind::Error);
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
        let mut circuit = Circuit {
            key: self.key,
            params: self.params.into(),
            steps: steps.into(),
            labels: label_steps.into(),
            result,
            order: Box::default(),
            has_errors,
        };
        circuit.order = order(&circuit);
        Lowered {
            circuit: Arc::new(circuit),
            source_map: Arc::new(map),
            diagnostics: self.diagnostics.into(),
            reads,
        }
    }

    /// Which names are read, when all labels are lowered.
    fn reads(&mut self, labelled: &[(ko_syntax::SyntaxToken, Option<Expr>)]) -> Reads {
        let params = 0..self.params.len() as u32;
        let label = |(index, (token, _)): (usize, &(ko_syntax::SyntaxToken, _))| {
            let name = token.text();
            let read = name == "return"
                || self.mentioned.contains(name)
                // It is told as what it is: a name that means the parameter.
                || self.param_steps.contains_key(name);
            let steps = self.written.get(index)?.clone();
            (!read).then_some(UnreadLabel { label: index as u32, steps })
        };
        Reads {
            unread_params: params.filter(|it| !self.read_params.contains(&StepId(*it))).collect(),
            unread_labels: labelled.iter().enumerate().filter_map(label).collect(),
            aliases: std::mem::take(&mut self.aliases),
        }
    }
}

/// The order in which steps run one by one: of the ready ones always the one written first (Kahn's algorithm).
fn order(circuit: &Circuit) -> Box<[StepId]> {
    let mut waiting = vec![0u32; circuit.steps.len()];
    let mut readers: Vec<Vec<StepId>> = vec![Vec::new(); circuit.steps.len()];
    for id in circuit.ids() {
        circuit.for_each_operand(id, |operand| {
            waiting[id.0 as usize] += 1;
            readers[operand.0 as usize].push(id);
        });
    }
    let mut ready: BinaryHeap<Reverse<StepId>> =
        circuit.ids().filter(|id| waiting[id.0 as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(circuit.steps.len());
    while let Some(Reverse(id)) = ready.pop() {
        order.push(id);
        for reader in &readers[id.0 as usize] {
            let waiting = &mut waiting[reader.0 as usize];
            *waiting -= 1;
            if *waiting == 0 {
                ready.push(Reverse(*reader));
            }
        }
    }
    debug_assert_eq!(order.len(), circuit.steps.len(), "label cycles are cut");
    order.into()
}
