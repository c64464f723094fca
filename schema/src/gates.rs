//! Generates the gates of a kind from what may be done with it, and says what a gate does and needs. There is one rule
//! per verb and none per kind, apart from `Namespace`, whose objects are what others call `namespace`.

use ecow::{EcoString, eco_format};

use crate::gate::{Effect, Gate, GateId, GateParam, GateType, GateVerb, Need};
use crate::kind::{Kind, Verb};

const NAMESPACE: &str = "The namespace to work in.";
const NAME: &str = "The name of the object.";
const LABELS: &str = "Which labels the objects must have, such as `app=db,tier!=cache`.";
const FIELDS: &str =
    "Which values the fields must have, such as `metadata.name=db` or `status.phase=Running`.";
const CONDITION: &str = "What to wait for: the type of a status condition that must be true, or one of the names that every kind has.";
const UNTIL: &str = "A function that is given the object and decides whether the wait is over.";
const TIMEOUT: &str = "How long to wait before giving up with a panic, such as `90s` or `10m`.";

/// What `ifExists` of a Create gate may be.
const IF_EXISTS: &[&str] = &["fail", "reuse", "apply"];
/// What `type` of a Patch gate may be.
/// Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply>.
const PATCH_TYPES: &[&str] = &["merge", "strategic", "json"];

/// The gates of one kind, without ids.
pub(crate) fn of_kind(kind: &Kind) -> Vec<Gate> {
    GateVerb::ALL
        .into_iter()
        .filter(|verb| served(*verb, kind))
        .map(|verb| gate(verb, kind))
        .collect()
}

impl GateVerb {
    /// All verbs, in the order in which documentation lists them.
    pub const ALL: [GateVerb; 14] = [
        GateVerb::Create,
        GateVerb::Apply,
        GateVerb::Get,
        GateVerb::Find,
        GateVerb::List,
        GateVerb::ListByLabelSelector,
        GateVerb::ListByFieldSelector,
        GateVerb::Patch,
        GateVerb::Update,
        GateVerb::Delete,
        GateVerb::DeleteMany,
        GateVerb::WaitFor,
        GateVerb::WaitForByLabelSelector,
        GateVerb::Scale,
    ];

    /// The name of the gate that does this with `kind`.
    #[must_use]
    pub fn gate_name(self, kind: &Kind) -> EcoString {
        let (one, many) = (&kind.kind, &kind.many_name);
        match self {
            GateVerb::Create => eco_format!("Create{one}"),
            GateVerb::Apply => eco_format!("Apply{one}"),
            GateVerb::Get => eco_format!("Get{one}"),
            GateVerb::Find => eco_format!("Find{one}"),
            GateVerb::List => eco_format!("List{many}"),
            GateVerb::ListByLabelSelector => eco_format!("List{many}ByLabelSelector"),
            GateVerb::ListByFieldSelector => eco_format!("List{many}ByFieldSelector"),
            GateVerb::Patch => eco_format!("Patch{one}"),
            GateVerb::Update => eco_format!("Update{one}"),
            GateVerb::Delete => eco_format!("Delete{one}"),
            GateVerb::DeleteMany => eco_format!("Delete{many}"),
            GateVerb::WaitFor => eco_format!("WaitFor{one}"),
            GateVerb::WaitForByLabelSelector => eco_format!("WaitFor{many}ByLabelSelector"),
            GateVerb::Scale => eco_format!("Scale{one}"),
        }
    }

    /// What a call may do to the cluster.
    #[must_use]
    pub fn effect(self) -> Effect {
        match self {
            GateVerb::Create
            | GateVerb::Apply
            | GateVerb::Patch
            | GateVerb::Update
            | GateVerb::Scale => Effect::Write,
            GateVerb::Delete | GateVerb::DeleteMany => Effect::Destructive,
            GateVerb::Get
            | GateVerb::Find
            | GateVerb::List
            | GateVerb::ListByLabelSelector
            | GateVerb::ListByFieldSelector
            | GateVerb::WaitFor
            | GateVerb::WaitForByLabelSelector => Effect::Read,
        }
    }
}

/// Whether the server allows all requests that the gate would make.
fn served(verb: GateVerb, kind: &Kind) -> bool {
    let has = |verbs: &[Verb]| verbs.iter().all(|it| kind.verbs.has(*it));
    match verb {
        GateVerb::Create => has(&[Verb::Create]),
        GateVerb::Apply => has(&[Verb::Patch]),
        GateVerb::Get | GateVerb::Find => has(&[Verb::Get]),
        GateVerb::List | GateVerb::ListByLabelSelector | GateVerb::ListByFieldSelector => {
            has(&[Verb::List])
        }
        GateVerb::Patch => has(&[Verb::Patch]),
        GateVerb::Update => has(&[Verb::Get, Verb::Update]),
        GateVerb::Delete | GateVerb::DeleteMany => has(&[Verb::Delete]),
        GateVerb::WaitFor | GateVerb::WaitForByLabelSelector => {
            has(&[Verb::Get, Verb::List, Verb::Watch])
        }
        GateVerb::Scale => scale(kind).is_some_and(|verbs| verbs.has(Verb::Patch)),
    }
}

fn scale(kind: &Kind) -> Option<crate::kind::Verbs> {
    kind.subresource("scale").map(|it| it.verbs)
}

fn gate(verb: GateVerb, kind: &Kind) -> Gate {
    let id = kind.id;
    let mut params = Vec::new();
    if kind.namespaced {
        let mut namespace = required("namespace", GateType::Namespace, NAMESPACE);
        match verb {
            // Without a namespace: in all of them.
            GateVerb::List => {
                namespace.required = false;
                namespace.monadic = true;
                namespace.doc = "The namespace to look in; all of them if absent.";
            }
            GateVerb::ListByLabelSelector | GateVerb::ListByFieldSelector => {
                namespace.required = false;
                namespace.doc = "The namespace to look in; all of them if absent.";
            }
            _ => {}
        }
        params.push(namespace);
    }
    params.extend(own_params(verb, kind));
    make_distinct(&mut params);
    let result = match verb {
        GateVerb::Create
        | GateVerb::Apply
        | GateVerb::Get
        | GateVerb::Patch
        | GateVerb::Update
        | GateVerb::WaitFor => GateType::ObjectRead(id),
        GateVerb::Find => GateType::MaybeObject(id),
        GateVerb::List
        | GateVerb::ListByLabelSelector
        | GateVerb::ListByFieldSelector
        | GateVerb::WaitForByLabelSelector => GateType::ListOf(id),
        GateVerb::Delete | GateVerb::DeleteMany => GateType::DeleteReport,
        GateVerb::Scale => kind
            .subresource("scale")
            .and_then(|it| it.object)
            .map_or(GateType::Any, GateType::Typed),
    };
    Gate {
        id: GateId(0),
        name: verb.gate_name(kind),
        verb,
        kind: id,
        effect: verb.effect(),
        params: params.into(),
        result,
        unqualified: false,
    }
}

/// The parameters after `namespace`.
fn own_params(verb: GateVerb, kind: &Kind) -> Vec<GateParam> {
    let id = kind.id;
    let timeout =
        || GateParam { default: Some("5m"), ..optional("timeout", GateType::Duration, TIMEOUT) };
    let condition = || optional("condition", GateType::Condition(conditions(kind)), CONDITION);
    let until = || optional("until", GateType::Predicate(id), UNTIL);
    let labels = || required("labelSelector", GateType::LabelSelector, LABELS);
    let fields = || required("fieldSelector", GateType::FieldSelector, FIELDS);
    match verb {
        GateVerb::Create => vec![
            monadic(object(kind, "The object to create.")),
            optional(
                "ifExists",
                GateType::OneOf(IF_EXISTS),
                "What to do if there is one that differs: fail, take it as it is, or apply the changes.",
            ),
            GateParam {
                doc: "How long to wait for an object of that name that is being deleted.",
                ..timeout()
            },
        ],
        GateVerb::Apply => vec![
            monadic(object(kind, "The object as it shall be; what it does not mention stays.")),
            GateParam {
                default: Some("false"),
                ..optional(
                    "force",
                    GateType::Bool,
                    "Whether to take fields over from other managers.",
                )
            },
        ],
        GateVerb::Get | GateVerb::Find => vec![monadic(name(kind))],
        GateVerb::List => vec![
            optional("labelSelector", GateType::LabelSelector, LABELS),
            optional("fieldSelector", GateType::FieldSelector, FIELDS),
        ],
        GateVerb::ListByLabelSelector => vec![monadic(labels())],
        GateVerb::ListByFieldSelector => vec![monadic(fields())],
        GateVerb::Patch => vec![
            monadic(name(kind)),
            required(
                "patch",
                GateType::Any,
                "The changes: an object with the fields to set, or a list of JSON patch operations.",
            ),
            GateParam {
                default: Some("\"merge\""),
                ..optional("type", GateType::OneOf(PATCH_TYPES), "How the server reads the patch.")
            },
        ],
        GateVerb::Update => vec![
            monadic(name(kind)),
            required(
                "with",
                GateType::Transform(id),
                "A function from the object as it is to the object as it shall be.",
            ),
        ],
        GateVerb::Delete => vec![monadic(GateParam {
            ty: GateType::ObjectOrName(id),
            required: false,
            aliases: aliases([kind.singular.as_str(), "object"]),
            ..required(
                "name",
                GateType::String,
                "The object to delete, or its name; nothing happens if it is Empty.",
            )
        })],
        GateVerb::DeleteMany => vec![monadic(GateParam {
            aliases: aliases(["objects", "object"]),
            ..optional(
                &kind.many_arg,
                GateType::ObjectsOrNames(id),
                "The objects to delete, or their names; may be empty.",
            )
        })],
        GateVerb::WaitFor => vec![monadic(name(kind)), condition(), until(), timeout()],
        GateVerb::WaitForByLabelSelector => vec![
            monadic(labels()),
            condition(),
            until(),
            optional(
                "count",
                GateType::Int,
                "How many objects must meet the condition; all that are found, and at least one, if absent.",
            ),
            timeout(),
        ],
        GateVerb::Scale => vec![
            monadic(name(kind)),
            required("replicas", GateType::Int, "How many replicas there shall be."),
        ],
    }
}

/// Custom resources may be called anything, `Namespace` or `Timeout` included: then the object goes by `object` or
/// `objects` alone, and aliases give way to names.
fn make_distinct(params: &mut [GateParam]) {
    let taken: Vec<EcoString> =
        params.iter().filter(|it| it.aliases.is_empty()).map(|it| it.name.clone()).collect();
    for param in params.iter_mut().filter(|it| !it.aliases.is_empty()) {
        param.aliases = param.aliases.iter().filter(|it| !taken.contains(it)).cloned().collect();
        if taken.contains(&param.name)
            && let Some((first, rest)) = param.aliases.split_first()
        {
            (param.name, param.aliases) = (first.clone(), rest.into());
        }
    }
}

fn object(kind: &Kind, doc: &'static str) -> GateParam {
    GateParam {
        aliases: aliases(["object"]),
        ..required(&kind.singular, GateType::Object(kind.id), doc)
    }
}

fn name(kind: &Kind) -> GateParam {
    let name = required("name", GateType::String, NAME);
    // `GetNamespace(namespace: ns)` reads as well as `GetNamespace(name: ns)`.
    if is_namespace(kind) { GateParam { aliases: aliases(["namespace"]), ..name } } else { name }
}

fn is_namespace(kind: &Kind) -> bool {
    kind.group.is_empty() && kind.kind == "Namespace"
}

fn required(name: &str, ty: GateType, doc: &'static str) -> GateParam {
    GateParam {
        name: name.into(),
        aliases: Box::default(),
        ty,
        required: true,
        monadic: false,
        default: None,
        doc,
    }
}

fn optional(name: &str, ty: GateType, doc: &'static str) -> GateParam {
    GateParam { required: false, ..required(name, ty, doc) }
}

fn monadic(param: GateParam) -> GateParam {
    GateParam { monadic: true, ..param }
}

fn aliases<const N: usize>(names: [&str; N]) -> Box<[EcoString]> {
    names.into_iter().map(EcoString::from).collect()
}

/// The conditions worth offering for a kind. Any other type of `status.conditions` works, too.
/// Sources: the pages of the kinds under <https://kubernetes.io/docs/concepts/>.
fn conditions(kind: &Kind) -> &'static [&'static str] {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => &[
            "Ready",
            "Running",
            "Succeeded",
            "Failed",
            "PodScheduled",
            "Initialized",
            "ContainersReady",
            "Exists",
            "Deleted",
        ],
        ("apps", "Deployment") => &["Ready", "Available", "Progressing", "Exists", "Deleted"],
        ("apps", _) | ("", "ReplicationController" | "Node") => &["Ready", "Exists", "Deleted"],
        ("batch", "Job") => &["Complete", "Failed", "Suspended", "Exists", "Deleted"],
        ("", "PersistentVolumeClaim" | "PersistentVolume") => &["Bound", "Exists", "Deleted"],
        ("", "Namespace") => &["Active", "Exists", "Deleted"],
        ("apiextensions.k8s.io", _) => &["Established", "NamesAccepted", "Exists", "Deleted"],
        ("apiregistration.k8s.io", _) => &["Available", "Exists", "Deleted"],
        ("certificates.k8s.io", _) => &["Approved", "Denied", "Failed", "Exists", "Deleted"],
        _ => &["Ready", "Exists", "Deleted"],
    }
}

/// What the gate does, in a sentence or two.
pub(crate) fn doc(gate: &Gate, kind: &Kind) -> String {
    let (one, many) = (&kind.kind, &kind.many_name);
    let a = if one.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
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
    }
}

/// The permissions that a call needs.
pub(crate) fn needs(gate: &Gate, kind: &Kind) -> Vec<Need> {
    let resource = kind.qualified_resource();
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
        GateVerb::Delete | GateVerb::DeleteMany => on(&[Verb::Delete, Verb::Get]),
        GateVerb::WaitFor | GateVerb::WaitForByLabelSelector => {
            on(&[Verb::Get, Verb::List, Verb::Watch])
        }
        GateVerb::Scale => vec![Need { verb: "patch", resource: eco_format!("{resource}/scale") }],
    }
}
