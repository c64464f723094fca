//! Behind a dot: fields of a value, or the functions of a package.

use ecow::EcoString;
use ko_queries::circuit::StepId;
use ko_syntax::SyntaxToken;
use text_size::TextRange;

use super::{
    CompletionKind,
    list::{Group, List, order},
};
use crate::typing;

impl List<'_> {
    pub(super) fn behind_names(&mut self, names: &[SyntaxToken]) {
        let Some((first, rest)) = names.split_first() else { return };
        let Some(parent) = first.parent() else { return };
        if let Some(scope) = self.source.scope_of(&parent) {
            let param = scope.param(first.text()).map(|index| StepId(index as u32));
            let label = || {
                let index = scope.label(first.text())?;
                scope.circuit().labels.get(index).map(|it| it.1)
            };
            if let Some(base) = param.or_else(label) {
                let path: Vec<EcoString> = rest.iter().map(|it| it.text().into()).collect();
                self.known_fields(typing::fields(&scope, base, &path));
                return;
            }
        }
        if rest.is_empty() {
            self.functions_behind(first.text());
        }
    }

    pub(super) fn behind_call(&mut self, call: TextRange, names: &[EcoString]) {
        let Some(scope) = self.source.scope_at(call.end()) else { return };
        let Some(base) = scope.step_at(call) else { return };
        self.known_fields(typing::fields(&scope, base, names));
    }

    fn known_fields(&mut self, fields: Vec<typing::KnownField>) {
        let schema = self.schema.clone();
        for (at, field) in fields.into_iter().enumerate() {
            // Those that are always there first.
            let group = if field.present { Group::Required } else { Group::Optional };
            let Some(item) = self.add(group, CompletionKind::Field, &field.name) else { continue };
            order(item, group, at);
            item.commits_at_dot = true;
            item.description = Some(field.ty);
            if let Some(owner) = field.owner {
                item.deprecated = crate::hover::is_deprecated(schema.field_doc(owner, &field.name));
                let owner = schema.ty(owner).as_struct();
                item.data = owner.map(|it| format!("field {} {}", it.name, field.name));
            }
        }
    }
}
