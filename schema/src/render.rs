//! Types and gates as text, in the notation of the language: what hover and signature help show.

use std::fmt::Write;

use crate::gate::Gate;
use crate::model::Schema;
use crate::types::{Field, StringFormat, StructType, Type, TypeId};

/// Renders the write view of a type. Structures show their fields `depth` levels deep, one a line, mandatory ones first,
/// and their names below that; `?` marks an optional field.
///
/// ```text
/// (
///   selector: LabelSelector
///   template: PodTemplateSpec
///   podManagementPolicy?: "OrderedReady" | "Parallel"
/// )
/// ```
#[must_use]
pub fn render_type(schema: &Schema, ty: TypeId, depth: usize) -> String {
    let mut out = String::new();
    write_type(&mut out, schema, ty, depth, 0);
    out
}

/// Renders a gate: the call, where it comes from and what it needs, then its arguments with their types, then its result.
#[must_use]
pub fn render_gate(schema: &Schema, gate: &Gate) -> String {
    let kind = schema.kind(gate.kind);
    let params: Vec<String> = gate
        .params
        .iter()
        .map(|it| format!("{}{}", it.name, if it.required { "" } else { "?" }))
        .collect();
    let needs: Vec<String> =
        gate.needs(schema).iter().map(|it| format!("{} {}", it.verb, it.resource)).collect();
    let width =
        gate.params.iter().map(|it| it.name.len() + 1).max().unwrap_or(0).max("returns".len());
    let mut out = format!("{}({})\n", gate.name, params.join(", "));
    let _ = writeln!(
        out,
        "  k8s/{} · {} · needs {}",
        kind.import_path(),
        gate.effect.name(),
        needs.join(", ")
    );
    for (param, name) in gate.params.iter().zip(&params) {
        let _ = write!(out, "  {name:width$}  {}", param.ty.label(schema));
        if let Some(default) = param.default {
            let _ = write!(out, " = {default}");
        }
        out.push('\n');
    }
    let _ = write!(out, "  {:width$}  {}", "returns", gate.result.label(schema));
    out
}

fn write_type(out: &mut String, schema: &Schema, ty: TypeId, depth: usize, indent: usize) {
    match schema.ty(ty) {
        Type::Struct(it) if depth == 0 => out.push_str(&it.short_name),
        Type::Struct(it) => write_struct(out, schema, it, depth, indent),
        Type::Map(item) => {
            out.push_str("Map[String, ");
            write_type(out, schema, *item, depth, indent);
            out.push(']');
        }
        Type::List { item, .. } => {
            out.push('(');
            write_type(out, schema, *item, depth, indent);
            out.push(')');
        }
        Type::String(StringFormat::Enum(values)) => {
            for (at, value) in values.iter().enumerate() {
                let _ = write!(out, "{}\"{value}\"", if at == 0 { "" } else { " | " });
            }
        }
        Type::String(StringFormat::DateTime) => out.push_str("Time"),
        Type::String(StringFormat::Bytes) => out.push_str("Bytes"),
        Type::String(StringFormat::Plain) => out.push_str("String"),
        Type::Int32 => out.push_str("Int32"),
        Type::Int64 => out.push_str("Int64"),
        Type::Float => out.push_str("Float64"),
        Type::Bool => out.push_str("Bool"),
        Type::IntOrString => out.push_str("Int64 | String"),
        Type::Quantity => out.push_str("Quantity"),
        Type::Any => out.push_str("Any"),
    }
}

fn write_struct(out: &mut String, schema: &Schema, it: &StructType, depth: usize, indent: usize) {
    let mut fields: Vec<&Field> = it.writable_fields().collect();
    fields.sort_by_key(|field| !field.required);
    if fields.is_empty() {
        out.push_str("()");
        return;
    }
    out.push_str("(\n");
    for field in fields {
        let _ = write!(
            out,
            "{:1$}{2}{3}: ",
            "",
            indent + 2,
            field.name,
            if field.required { "" } else { "?" }
        );
        write_type(out, schema, field.ty, depth - 1, indent + 2);
        // A mandatory field with a default is mandatory all the same.
        if let Some(default) = field.default.as_ref().filter(|_| !field.required) {
            let _ = write!(out, " = {default}");
        }
        out.push('\n');
    }
    if it.open {
        let _ = writeln!(out, "{:1$}…", "", indent + 2);
    }
    let _ = write!(out, "{:indent$})", "");
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check_type(gv: &str, kind: &str, path: &[&str], depth: usize, expect: Expect) {
        let schema = Schema::builtin();
        let kind = schema.find_kind(gv, kind).unwrap();
        let ty = match schema.explain_field(kind.id, path) {
            Some(found) => found.field.ty,
            None => kind.object,
        };
        expect.assert_eq(&render_type(schema, ty, depth));
    }

    #[test]
    fn structures_show_what_may_be_written() {
        check_type(
            "apps/v1",
            "StatefulSet",
            &[],
            1,
            expect![[r#"
            (
              metadata?: ObjectMeta
              spec?: StatefulSetSpec
            )"#]],
        );
        check_type(
            "apps/v1",
            "StatefulSet",
            &["spec"],
            1,
            expect![[r#"
            (
              selector: LabelSelector
              template: PodTemplateSpec
              minReadySeconds?: Int32
              ordinals?: StatefulSetOrdinals
              persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy
              podManagementPolicy?: "OrderedReady" | "Parallel"
              replicas?: Int32
              revisionHistoryLimit?: Int32
              serviceName?: String
              updateStrategy?: StatefulSetUpdateStrategy
              volumeClaimTemplates?: (PersistentVolumeClaim)
            )"#]],
        );
        check_type(
            "v1",
            "Service",
            &["spec", "ports"],
            1,
            expect![[r#"
            ((
              port: Int32
              appProtocol?: String
              name?: String
              nodePort?: Int32
              protocol?: "SCTP" | "TCP" | "UDP" = "TCP"
              targetPort?: Int64 | String
            ))"#]],
        );
        check_type(
            "v1",
            "Pod",
            &["spec", "containers", "resources"],
            2,
            expect![[r#"
            (
              claims?: ((
                name: String
                request?: String
              ))
              limits?: Map[String, Quantity]
              requests?: Map[String, Quantity]
            )"#]],
        );
    }

    #[test]
    fn gates_show_their_arguments() {
        let schema = Schema::builtin();
        let render = |name: &str| render_gate(schema, schema.gate(name).unwrap());
        expect![[r#"
            CreateStatefulSet(namespace, statefulSet, ifExists?, timeout?)
              k8s/apps/v1 · write · needs create statefulsets.apps
              namespace     String
              statefulSet   StatefulSet
              ifExists?     "fail" | "reuse" | "apply"
              timeout?      Duration = 5m
              returns       StatefulSet"#]]
        .assert_eq(&render("CreateStatefulSet"));
        expect![[r#"
            DeletePods(namespace, pods?, propagation?, wait?, timeout?)
              k8s/core/v1 · destructive · needs delete pods, get pods, list pods, watch pods
              namespace     String
              pods?         (Pod | String)
              propagation?  "Background" | "Foreground" | "Orphan" = "Background"
              wait?         Bool = true
              timeout?      Duration = 5m
              returns       (kind, namespace, name, uid, outcome)*"#]]
        .assert_eq(&render("DeletePods"));
        expect![[r#"
            WaitForPodsByLabelSelector(namespace, labelSelector, condition?, until?, count?, timeout?)
              k8s/core/v1 · read · needs get pods, list pods, watch pods
              namespace       String
              labelSelector   String
              condition?      Condition
              until?          Pod → Bool
              count?          Int64
              timeout?        Duration = 5m
              returns         (Pod)"#]].assert_eq(&render("WaitForPodsByLabelSelector"));
        expect![[r#"
            CreateNamespace(namespace, ifExists?, timeout?)
              k8s/core/v1 · write · needs create namespaces
              namespace   Namespace
              ifExists?   "fail" | "reuse" | "apply"
              timeout?    Duration = 5m
              returns     Namespace"#]]
        .assert_eq(&render("CreateNamespace"));
    }
}
