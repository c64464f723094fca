//! The last part of lowering: labels become steps, and the steps get their order.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use ko_syntax::{SyntaxKind, TextRange, placed::PlacedToken};

use super::{Lowered, Lowerer, Reads, UnreadLabel};
use crate::{
    circuit::{ArgRanges, Circuit, SourceMap, StepId, StepKind},
    diagnostic::{Diagnostic, Severity},
};

impl Lowerer<'_, '_> {
    /// The circuit of the steps so far. `broken` says that there are syntax errors in the function.
    pub(super) fn finish(mut self, broken: bool) -> Lowered {
        let reads = Arc::new(self.reads());
        let labels = std::mem::take(&mut self.labels);
        for step in &mut self.steps {
            match &mut step.kind {
                StepKind::Select { base, .. } => *base = labels.step(*base),
                StepKind::Apply { callee, args, .. } => {
                    *callee = labels.step(*callee);
                    args.iter_mut().for_each(|arg| arg.value = labels.step(arg.value));
                }
                _ => {}
            }
        }
        for (_, step) in &mut self.references {
            *step = labels.step(*step);
        }
        let range = self.node.range();
        let name = self.node.token(SyntaxKind::IDENT);
        let map = SourceMap {
            function: range,
            name: name.map_or_else(|| TextRange::empty(range.start()), PlacedToken::range),
            params: self.param_ranges.into(),
            steps: self.ranges.into(),
            labels: self.body.iter().map(|step| step.range).collect(),
            args: ArgRanges { ranges: self.arg_ranges.into(), ends: self.arg_ends.into() },
            references: self.references.into(),
        };
        let mut steps = self.steps;
        let mut label_steps = Vec::with_capacity(self.body.len());
        for (index, labelled) in self.body.into_iter().enumerate() {
            let id = labels.step(labels.values[index]);
            if let Some(step) = steps.get_mut(id.0 as usize) {
                step.label.get_or_insert_with(|| labelled.name.clone());
            }
            label_steps.push((labelled.name, id));
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
    fn reads(&mut self) -> Reads {
        let mut mentioned = vec![false; self.body.len()];
        for mention in &self.mentions {
            mentioned[mention.to] = true;
        }
        let unread_label = |(index, step): (usize, &super::Labelled<'_>)| {
            let name = step.name.as_str();
            let read = name == "return"
                || self.labels.find(name).is_some_and(|first| mentioned[first])
                // It is told as what it is: a name that means the parameter.
                || self.param_steps.contains_key(name);
            let steps = self.written.get(index)?.clone();
            (!read).then_some(UnreadLabel { label: index as u32, steps })
        };
        let params = self.read_params.iter().zip(0..).filter(|(read, _)| !**read);
        Reads {
            unread_params: params.map(|(_, index)| index).collect(),
            unread_labels: self.body.iter().enumerate().filter_map(unread_label).collect(),
            aliases: std::mem::take(&mut self.aliases),
        }
    }
}

/// The order in which steps run one by one: of the ready ones always the one written first (Kahn's algorithm).
fn order(circuit: &Circuit) -> Box<[StepId]> {
    let mut backwards = true;
    // Where the readers of each step begin in `readers`, after a first count of them.
    let mut starts = vec![0u32; circuit.steps.len() + 1];
    for id in circuit.ids() {
        circuit.for_each_operand(id, |operand| {
            backwards &= operand < id;
            starts[operand.0 as usize + 1] += 1;
        });
    }
    if backwards {
        // Every step is ready once those before it have run.
        return circuit.ids().collect();
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut readers = vec![StepId(0); starts[circuit.steps.len()] as usize];
    let mut waiting = vec![0u32; circuit.steps.len()];
    for id in circuit.ids() {
        circuit.for_each_operand(id, |operand| {
            waiting[id.0 as usize] += 1;
            let place = &mut next[operand.0 as usize];
            readers[*place as usize] = id;
            *place += 1;
        });
    }
    let mut ready: BinaryHeap<Reverse<StepId>> =
        circuit.ids().filter(|id| waiting[id.0 as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(circuit.steps.len());
    while let Some(Reverse(id)) = ready.pop() {
        order.push(id);
        let index = id.0 as usize;
        for reader in &readers[starts[index] as usize..starts[index + 1] as usize] {
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
