//! `ko api`: the API of Kubernetes as functions, of the built-in schema or of a cluster that the user names.

use std::process::ExitCode;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use ko_schema::{Gate, Kind, Schema, render_gate};
use serde_json::{Value, json};

use super::{context::ContextOptions, doc, sources::Sources};

/// List what a cluster can do, as functions; or explain one of them, a kind, or a field
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko api                             every function of Kubernetes that needs no import
  ko api 'Wait*'                     those whose names begin so
  ko api pods                        those whose names hold the word
  ko api CreateStatefulSet           its arguments, types and documentation
  ko api StatefulSet.spec.template   a field of a kind
  ko api --context staging '*Certificate*'    what this cluster serves, custom resources included
  ko api --json | jq -r '.[] | select(.effect == \"destructive\") | .name'

Exit codes: 0 found, 2 there is nothing of this name, or the cluster cannot be asked.")]
pub(crate) struct Api {
    /// A name, a part of one, or a pattern with *; or KIND.FIELD.FIELD
    pattern: Option<String>,
    /// Those that need an import, too: other versions of a kind, and parts of objects
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cluster: ContextOptions,
}

impl Api {
    /// Lists or explains.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let schema = match self.cluster.connect()? {
            Some(live) => live.schema,
            None => Schema::builtin().clone(),
        };
        let pattern = self.pattern.as_deref().unwrap_or("*");
        if let Some(gate) = schema.gates_named(pattern).next()
            && self.json
        {
            anstream::println!("{:#}", describe(&schema, gate));
            return Ok(ExitCode::SUCCESS);
        }
        if !pattern.contains('*') {
            let mut sources = Sources::of_project(None)?;
            sources.db.set_schema(schema.clone());
            if self.json {
                if let Some(kind) = doc::kind_json(&sources, pattern) {
                    anstream::println!("{:#}", Value::Array(vec![kind]));
                    return Ok(ExitCode::SUCCESS);
                }
            } else if let Ok(text) = doc::text_of(&sources, pattern) {
                anstream::print!("{text}");
                return Ok(ExitCode::SUCCESS);
            }
        }
        let mut found: Vec<&Gate> = schema
            .gates()
            .iter()
            .filter(|gate| {
                (self.all || gate.unqualified || gate.name == pattern)
                    && matches(pattern, &gate.name)
            })
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        if found.is_empty() {
            let names: Vec<&str> = schema.gates().iter().map(|it| it.name.as_str()).collect();
            let kinds = schema.kinds().iter().map(|it| it.kind.as_str());
            let close = ko_queries::suggest::suggest(pattern, names.into_iter().chain(kinds));
            let close = close.first().map(|it| format!("; did you mean {it}?")).unwrap_or_default();
            let all =
                if self.all { "" } else { " (--all looks at those that need an import, too)" };
            bail!("Kubernetes {} has nothing called {pattern}{all}{close}", schema.version());
        }
        if self.json {
            let all = found.iter().map(|gate| describe(&schema, gate)).collect();
            anstream::println!("{:#}", Value::Array(all));
            return Ok(ExitCode::SUCCESS);
        }
        let dim = Style::new().dimmed();
        for gate in found {
            let rendered = render_gate(&schema, gate);
            let call = rendered.lines().next().unwrap_or_default();
            let import = schema.kind(gate.kind).import_path();
            let import =
                if gate.unqualified { import } else { format!("import \"k8s/{import}\"").into() };
            anstream::println!("{call}  {dim}{import} · {}{dim:#}", gate.effect.name());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A gate for machines.
fn describe(schema: &Schema, gate: &Gate) -> Value {
    let kind: &Kind = schema.kind(gate.kind);
    let parameters: Vec<Value> = gate
        .params
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "type": it.ty.label(schema),
                "required": it.required,
                "monadic": it.monadic,
                "default": it.default,
                "doc": it.doc,
            })
        })
        .collect();
    let needs: Vec<String> =
        gate.needs(schema).iter().map(|it| format!("{} {}", it.verb, it.resource)).collect();
    json!({
        "name": gate.name,
        "apiVersion": kind.gv(),
        "kind": kind.kind,
        "import": format!("k8s/{}", kind.import_path()),
        "needsImport": !gate.unqualified,
        "effect": gate.effect.name(),
        "parameters": parameters,
        "returns": gate.result.label(schema),
        "needs": needs,
        "doc": gate.doc(schema),
    })
}

/// Whether a name fits: `*` stands for anything; without one, the pattern may stand anywhere. Case does not matter.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return name.contains(&pattern) };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let (last, middle) = parts.split_last().map_or(("", &[][..]), |(last, middle)| (*last, middle));
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("*", "CreatePod") && matches("pod", "CreatePod"));
        assert!(matches("create*", "CreatePod") && !matches("pod*", "CreatePod"));
        assert!(matches("*pod", "CreatePod") && !matches("*pod", "ListPods"));
        assert!(matches("c*e*pod", "CreatePod") && !matches("c*x*pod", "CreatePod"));
    }
}
