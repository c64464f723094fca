//! What a gate does, in words, and which permissions it needs. One rule per verb, none per kind.

use ecow::eco_format;

use crate::gate::{Gate, GateVerb, Need};
use crate::kind::{Kind, Verb};

/// What the gate does, in a sentence or two.
pub(crate) fn doc(gate: &Gate, kind: &Kind) -> String {
    let (one, many) = (&kind.kind, &kind.many_name);
    let a = if one.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
    let part = || format!("`{}`", gate.part.as_deref().unwrap_or_default());
    match gate.verb {
        GateVerb::Create => format!(
            "Creates {a} {one} and returns it as the server stored it. One that is there already and would not change is returned as it is."
        ),
        GateVerb::Apply => format!(
            "Makes {a} {one} agree with the one given, creating it if need be, and returns it. Fields that are not mentioned stay."
        ),
        GateVerb::Get => format!("Returns the {one} of the given name. Panics if there is none."),
        GateVerb::Find => {
            format!("Returns the {one} of the given name, or Empty if there is none.")
        }
        GateVerb::List => {
            format!("Returns the {many}, sorted by namespace and name; may be empty.")
        }
        GateVerb::ListByLabelSelector => {
            format!(
                "Returns the {many} whose labels match, sorted by namespace and name; may be empty."
            )
        }
        GateVerb::ListByFieldSelector => {
            format!(
                "Returns the {many} whose fields match, sorted by namespace and name; may be empty."
            )
        }
        GateVerb::Patch => format!("Changes parts of {a} {one} and returns it."),
        GateVerb::Update => format!(
            "Reads {a} {one}, lets a function change it, and writes it back; once more if someone else was faster. Returns it as stored."
        ),
        GateVerb::Delete => {
            format!("Deletes {a} {one} and waits until it is gone. One that is not there is fine.")
        }
        GateVerb::DeleteMany => {
            format!(
                "Deletes the {many} given and waits until they are gone. Those that are not there are fine."
            )
        }
        GateVerb::WaitFor => {
            format!(
                "Waits until the {one} meets a condition, and returns it. Panics when the time is up."
            )
        }
        GateVerb::WaitForByLabelSelector => format!(
            "Waits until the {many} whose labels match meet a condition, and returns them. Panics when the time is up."
        ),
        GateVerb::Scale => {
            format!("Sets the number of replicas of {a} {one} and returns its scale.")
        }
        GateVerb::GetScale => {
            format!("Returns how many replicas {a} {one} shall have and how many there are.")
        }
        GateVerb::Restart => format!(
            "Has {a} {one} replace its pods as its strategy says, as `kubectl rollout restart` does, and returns it. Does not wait for the pods."
        ),
        GateVerb::Watch => format!(
            "Calls `step` for whatever happens to the {many}, one event after the other, and returns what the last call returned once `stop` says so."
        ),
        GateVerb::Logs => {
            format!("Returns the log of a container of {a} {one} as far as it has come.")
        }
        GateVerb::Exec => format!(
            "Runs a program in a container of {a} {one} to its end and returns what it wrote and its exit code. That the code is not 0 is no panic."
        ),
        GateVerb::Evict => format!(
            "Deletes {a} {one} when the disruption budgets allow it, and waits until it is gone. One that is not there is fine."
        ),
        GateVerb::Token => format!(
            "Returns a new token of {a} {one} and when it ends. The token is secret, and so is what is made of it."
        ),
        GateVerb::Approve => {
            format!("Approves {a} {one} and returns it. One that is approved already is fine.")
        }
        GateVerb::Replace => format!(
            "Puts {a} {one} in the place of the one there is and returns it as stored. With `metadata.resourceVersion` it must be the one that was read."
        ),
        GateVerb::GetPart => format!("Returns the {} of {a} {one}.", part()),
        GateVerb::PatchPart => format!("Changes the {} of {a} {one} and returns it.", part()),
        GateVerb::CreatePart => format!("Makes the {} of {a} {one}.", part()),
        GateVerb::ReplacePart => {
            format!("Writes the {} of {a} {one} anew and returns it.", part())
        }
    }
}

/// The permissions that a call needs.
pub(crate) fn needs(gate: &Gate, kind: &Kind) -> Vec<Need> {
    let resource = kind.qualified_resource();
    let part = gate.part.as_deref().unwrap_or_default();
    let on_part = |verb| Need { verb, resource: eco_format!("{resource}/{part}") };
    let on = |verbs: &[Verb]| -> Vec<Need> {
        verbs.iter().map(|verb| Need { verb: verb.name(), resource: resource.clone() }).collect()
    };
    match gate.verb {
        GateVerb::Create => on(&[Verb::Create]),
        GateVerb::Apply => on(&[Verb::Patch, Verb::Create]),
        GateVerb::Get | GateVerb::Find => on(&[Verb::Get]),
        GateVerb::List | GateVerb::ListByLabelSelector | GateVerb::ListByFieldSelector => {
            on(&[Verb::List])
        }
        GateVerb::Patch => on(&[Verb::Patch]),
        GateVerb::Update => on(&[Verb::Get, Verb::Update]),
        GateVerb::Delete | GateVerb::DeleteMany => {
            on(&[Verb::Delete, Verb::Get, Verb::List, Verb::Watch])
        }
        GateVerb::WaitFor | GateVerb::WaitForByLabelSelector => {
            on(&[Verb::Get, Verb::List, Verb::Watch])
        }
        GateVerb::Watch => on(&[Verb::List, Verb::Watch]),
        GateVerb::Restart => on(&[Verb::Get, Verb::Patch]),
        GateVerb::Replace => on(&[Verb::Update]),
        GateVerb::Scale | GateVerb::PatchPart => vec![on_part("patch")],
        GateVerb::GetScale | GateVerb::GetPart | GateVerb::Logs => vec![on_part("get")],
        // Servers before 1.35 look at `get`, newer ones also at `create`.
        GateVerb::Exec => vec![on_part("create"), on_part("get")],
        GateVerb::Token | GateVerb::CreatePart => vec![on_part("create")],
        GateVerb::Evict => {
            [vec![on_part("create")], on(&[Verb::Get, Verb::List, Verb::Watch])].concat()
        }
        GateVerb::Approve => [on(&[Verb::Get]), vec![on_part("update")]].concat(),
        GateVerb::ReplacePart => vec![on_part("update")],
    }
}
