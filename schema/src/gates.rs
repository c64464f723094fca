//! Generates the gates of a kind from what may be done with it. What a gate does and needs: see `describe`. There is one rule
//! per verb and none per kind, apart from `Namespace`, whose objects are what others call `namespace`.

mod describe;

use ecow::{EcoString, eco_format};

use crate::gate::{Effect, Gate, GateId, GateParam, GateType, GateVerb};
use crate::kind::{Kind, Verb};

pub(crate) use describe::{doc, needs};

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

/// What `propagation` of a Delete gate may be.
/// Source: <https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion>.
const PROPAGATION: &[&str] = &["Background", "Foreground", "Orphan"];

/// The gates of one kind, without ids.
pub(crate) fn of_kind(kind: &Kind) -> Vec<Gate> {
    let own = GateVerb::ALL.into_iter().filter(|verb| served(*verb, kind));
    let own = own.map(|verb| gate(verb, kind, verb.part()));
    let parts = kind.subresources.iter().filter(|it| has_gates_of_its_own(&it.name));
    let of_parts = parts.flat_map(|part| {
        let verbs = OF_PARTS.into_iter();
        verbs
            .filter(|(_, verb)| part.verbs.has(*verb))
            // What `GetScale` does needs no import.
            .filter(|(verb, _)| part.name != "scale" || *verb != GateVerb::GetPart)
            .map(|(verb, _)| gate(verb, kind, Some(&part.name)))
    });
    own.chain(of_parts).collect()
}

/// What may be done with any part of an object, and what the server must allow for it.
const OF_PARTS: [(GateVerb, Verb); 4] = [
    (GateVerb::GetPart, Verb::Get),
    (GateVerb::PatchPart, Verb::Patch),
    (GateVerb::CreatePart, Verb::Create),
    (GateVerb::ReplacePart, Verb::Update),
];

/// Whether a part is objects in JSON that nothing else is there for: not a stream, and not what has a gate with a name of
/// its own.
fn has_gates_of_its_own(part: &str) -> bool {
    let streams = ["log", "exec", "attach", "portforward", "proxy"];
    let named = ["eviction", "token"];
    !streams.contains(&part) && !named.contains(&part)
}

/// The name of a part within names of gates: `Status`.
fn part_name(part: &str) -> EcoString {
    // Servers write them in lower case, whatever words they are made of.
    if part == "ephemeralcontainers" {
        return "EphemeralContainers".into();
    }
    let mut letters = part.chars();
    match letters.next() {
        Some(first) => eco_format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
        None => EcoString::new(),
    }
}

impl GateVerb {
    /// The verbs on whole objects and on the parts that have names of their own, in the order in which documentation lists
    /// them.
    pub const ALL: [GateVerb; 23] = [
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
        GateVerb::Watch,
        GateVerb::Scale,
        GateVerb::GetScale,
        GateVerb::Restart,
        GateVerb::Logs,
        GateVerb::Exec,
        GateVerb::Evict,
        GateVerb::Token,
        GateVerb::Approve,
        GateVerb::Replace,
    ];

    /// The part of the object that this is about, if it is about one and has a name of its own.
    fn part(self) -> Option<&'static str> {
        match self {
            GateVerb::Scale | GateVerb::GetScale => Some("scale"),
            GateVerb::Logs => Some("log"),
            GateVerb::Exec => Some("exec"),
            GateVerb::Evict => Some("eviction"),
            GateVerb::Token => Some("token"),
            GateVerb::Approve => Some("approval"),
            _ => None,
        }
    }

    /// Whether only an import leads to the gate: what a program rarely wants shall not stand in the way of what it does.
    pub(crate) fn needs_import(self) -> bool {
        matches!(
            self,
            GateVerb::Replace
                | GateVerb::GetPart
                | GateVerb::PatchPart
                | GateVerb::CreatePart
                | GateVerb::ReplacePart
        )
    }

    /// The name of the gate that does this with `kind`, or with a part of it.
    #[must_use]
    pub fn gate_name(self, kind: &Kind, part: Option<&str>) -> EcoString {
        let (one, many) = (&kind.kind, &kind.many_name);
        let part = || part_name(part.unwrap_or_default());
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
            GateVerb::GetScale => eco_format!("Get{one}Scale"),
            GateVerb::Restart => eco_format!("Restart{one}"),
            GateVerb::Watch => eco_format!("Watch{many}"),
            GateVerb::Logs => eco_format!("Get{one}Logs"),
            GateVerb::Exec => eco_format!("ExecIn{one}"),
            GateVerb::Evict => eco_format!("Evict{one}"),
            GateVerb::Token => eco_format!("Create{one}Token"),
            GateVerb::Approve => eco_format!("Approve{one}"),
            GateVerb::Replace => eco_format!("Replace{one}"),
            GateVerb::GetPart => eco_format!("Get{one}{}", part()),
            GateVerb::PatchPart => eco_format!("Patch{one}{}", part()),
            GateVerb::CreatePart => eco_format!("Create{one}{}", part()),
            GateVerb::ReplacePart => eco_format!("Replace{one}{}", part()),
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
            | GateVerb::Scale
            | GateVerb::Restart
            | GateVerb::Token
            | GateVerb::Approve
            | GateVerb::Replace
            | GateVerb::PatchPart
            | GateVerb::CreatePart
            | GateVerb::ReplacePart => Effect::Write,
            GateVerb::Delete | GateVerb::DeleteMany | GateVerb::Evict => Effect::Destructive,
            GateVerb::Exec => Effect::Connect,
            GateVerb::Get
            | GateVerb::Find
            | GateVerb::List
            | GateVerb::ListByLabelSelector
            | GateVerb::ListByFieldSelector
            | GateVerb::WaitFor
            | GateVerb::WaitForByLabelSelector
            | GateVerb::Watch
            | GateVerb::Logs
            | GateVerb::GetScale
            | GateVerb::GetPart => Effect::Read,
        }
    }
}

/// Whether the server allows all requests that the gate would make.
fn served(verb: GateVerb, kind: &Kind) -> bool {
    let has = |verbs: &[Verb]| verbs.iter().all(|it| kind.verbs.has(*it));
    let part = |name: &str, verb| kind.subresource(name).is_some_and(|it| it.verbs.has(verb));
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
        GateVerb::Watch => has(&[Verb::List, Verb::Watch]),
        GateVerb::Scale => part("scale", Verb::Patch),
        GateVerb::GetScale => part("scale", Verb::Get),
        GateVerb::Restart => {
            let workloads = ["Deployment", "StatefulSet", "DaemonSet"];
            kind.group == "apps"
                && workloads.contains(&kind.kind.as_str())
                && has(&[Verb::Get, Verb::Patch])
        }
        // The server lists the streams of other kinds by the same names, with a meaning of their own.
        GateVerb::Logs => is_core(kind, "Pod") && part("log", Verb::Get),
        GateVerb::Exec => is_core(kind, "Pod") && part("exec", Verb::Create),
        GateVerb::Evict => is_core(kind, "Pod") && part("eviction", Verb::Create),
        GateVerb::Token => is_core(kind, "ServiceAccount") && part("token", Verb::Create),
        GateVerb::Approve => {
            kind.group == "certificates.k8s.io"
                && kind.kind == "CertificateSigningRequest"
                && has(&[Verb::Get])
                && part("approval", Verb::Update)
        }
        GateVerb::Replace => has(&[Verb::Update]),
        GateVerb::GetPart | GateVerb::PatchPart | GateVerb::CreatePart | GateVerb::ReplacePart => {
            false
        }
    }
}

fn is_core(kind: &Kind, name: &str) -> bool {
    kind.group.is_empty() && kind.kind == name
}

fn gate(verb: GateVerb, kind: &Kind, part: Option<&str>) -> Gate {
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
            GateVerb::ListByLabelSelector | GateVerb::ListByFieldSelector | GateVerb::Watch => {
                namespace.required = false;
                namespace.doc = "The namespace to look in; all of them if absent.";
            }
            _ => {}
        }
        params.push(namespace);
    }
    params.extend(own_params(verb, kind, part));
    make_distinct(&mut params);
    let result = match verb {
        GateVerb::Create
        | GateVerb::Apply
        | GateVerb::Get
        | GateVerb::Patch
        | GateVerb::Update
        | GateVerb::Replace
        | GateVerb::Restart
        | GateVerb::Approve
        | GateVerb::WaitFor => GateType::ObjectRead(id),
        GateVerb::Find => GateType::MaybeObject(id),
        GateVerb::List
        | GateVerb::ListByLabelSelector
        | GateVerb::ListByFieldSelector
        | GateVerb::WaitForByLabelSelector => GateType::ListOf(id),
        GateVerb::Delete | GateVerb::DeleteMany | GateVerb::Evict => GateType::DeleteReport,
        GateVerb::Scale
        | GateVerb::GetScale
        | GateVerb::GetPart
        | GateVerb::PatchPart
        | GateVerb::CreatePart
        | GateVerb::ReplacePart => type_of_part(kind, part),
        GateVerb::Watch => GateType::Any,
        GateVerb::Logs => GateType::String,
        GateVerb::Exec => GateType::ExecResult,
        GateVerb::Token => GateType::TokenResult,
    };
    Gate {
        id: GateId(0),
        name: verb.gate_name(kind, part),
        verb,
        kind: id,
        part: part.map(EcoString::from),
        effect: verb.effect(),
        params: params.into(),
        result,
        unqualified: false,
    }
}

/// What requests on a part carry: the object itself for its status, something else for most others.
fn type_of_part(kind: &Kind, part: Option<&str>) -> GateType {
    match part.and_then(|it| kind.type_of_part(it)) {
        Some(ty) if ty == kind.object => GateType::ObjectRead(kind.id),
        Some(ty) => GateType::Typed(ty),
        None => GateType::Any,
    }
}

/// The parameters after `namespace`.
fn own_params(verb: GateVerb, kind: &Kind, part: Option<&str>) -> Vec<GateParam> {
    let id = kind.id;
    let timeout =
        || GateParam { default: Some("5m"), ..optional("timeout", GateType::Duration, TIMEOUT) };
    let condition = || optional("condition", GateType::Condition(conditions(kind)), CONDITION);
    let until = || optional("until", GateType::Predicate(id), UNTIL);
    let labels = || required("labelSelector", GateType::LabelSelector, LABELS);
    let fields = || required("fieldSelector", GateType::FieldSelector, FIELDS);
    let container = || {
        optional(
            "container",
            GateType::String,
            "The container; may be left out if the pod has one.",
        )
    };
    let wait = || GateParam {
        default: Some("true"),
        ..optional("wait", GateType::Bool, "Whether to wait until what is deleted is gone.")
    };
    let propagation = || GateParam {
        default: Some("\"Background\""),
        ..optional(
            "propagation",
            GateType::OneOf(PROPAGATION),
            "What becomes of what belongs to the object: deleted after it, deleted before it, or left.",
        )
    };
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
        GateVerb::Delete => vec![
            monadic(GateParam {
                ty: GateType::ObjectOrName(id),
                required: false,
                aliases: aliases([kind.singular.as_str(), "object"]),
                ..required(
                    "name",
                    GateType::String,
                    "The object to delete, or its name; nothing happens if it is Empty.",
                )
            }),
            propagation(),
            wait(),
            timeout(),
        ],
        GateVerb::DeleteMany => vec![
            monadic(GateParam {
                aliases: aliases(["objects", "object"]),
                ..optional(
                    &kind.many_arg,
                    GateType::ObjectsOrNames(id),
                    "The objects to delete, or their names; may be empty.",
                )
            }),
            propagation(),
            wait(),
            timeout(),
        ],
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
        GateVerb::GetScale | GateVerb::Restart | GateVerb::GetPart => vec![monadic(name(kind))],
        GateVerb::Watch => vec![
            optional("labelSelector", GateType::LabelSelector, LABELS),
            optional("fieldSelector", GateType::FieldSelector, FIELDS),
            optional("start", GateType::Any, "What there is before the first event."),
            required(
                "step",
                GateType::Step(id),
                "A function that is given what was made so far, unlabelled, and the `event` (type, object), and returns what it makes of them. The types are \"ADDED\", also for what is there at the beginning, \"MODIFIED\" and \"DELETED\".",
            ),
            optional(
                "stop",
                GateType::Stop,
                "A function of what was made so far that decides whether to end; without it the watch ends after `timeout`.",
            ),
            timeout(),
        ],
        GateVerb::Logs => vec![
            monadic(name(kind)),
            container(),
            optional("tail", GateType::Int, "How many lines, counted from the end; all if absent."),
            optional("since", GateType::Duration, "How old the lines may be, such as `5m`."),
            GateParam {
                default: Some("false"),
                ..optional(
                    "previous",
                    GateType::Bool,
                    "Whether to read the log from before the last restart of the container.",
                )
            },
            GateParam {
                default: Some("false"),
                ..optional("timestamps", GateType::Bool, "Whether each line begins with its time.")
            },
        ],
        GateVerb::Exec => vec![
            monadic(name(kind)),
            container(),
            required(
                "command",
                GateType::Strings,
                "The program and its arguments, a String or a sequence of Strings. No shell looks at them.",
            ),
            optional("stdin", GateType::String, "What the program reads from its standard input."),
            GateParam { doc: "How long the program may take.", ..timeout() },
        ],
        GateVerb::Evict => vec![
            monadic(GateParam {
                aliases: aliases([kind.singular.as_str(), "object"]),
                ..required("name", GateType::ObjectOrName(id), "The pod to evict, or its name.")
            }),
            wait(),
            GateParam {
                doc: "How long to wait, also for disruption budgets that do not allow it yet.",
                ..timeout()
            },
        ],
        GateVerb::Token => vec![
            monadic(name(kind)),
            optional(
                "audiences",
                GateType::Strings,
                "For whom the token is; the API server if absent.",
            ),
            optional(
                "validFor",
                GateType::Duration,
                "How long the token shall be good, such as `1h`.",
            ),
        ],
        GateVerb::Approve => vec![
            monadic(name(kind)),
            optional("reason", GateType::String, "Why, in a word."),
            optional("message", GateType::String, "Why, for people."),
        ],
        GateVerb::Replace => {
            vec![monadic(object(kind, "The object as it shall be; what it does not mention goes."))]
        }
        GateVerb::PatchPart => vec![
            monadic(name(kind)),
            required("patch", GateType::Any, "The changes: an object with the fields to set."),
        ],
        GateVerb::CreatePart | GateVerb::ReplacePart => {
            let ty = match type_of_part(kind, part) {
                GateType::Typed(ty) => GateType::Typed(ty),
                // The checker knows the object as it is written, without its status.
                _ => GateType::Any,
            };
            vec![monadic(name(kind)), required("object", ty, "The part as it shall be.")]
        }
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
