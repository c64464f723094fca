//! Gates: the functions of the language that reach Kubernetes. A gate is a verb on a kind; everything else about it
//! follows from these two, so that an evaluator needs no code per kind.

use ecow::EcoString;

use crate::kind::{Kind, KindId};
use crate::model::Schema;
use crate::types::TypeId;

/// The place of a [`Gate`] in its [`Schema`]. Means nothing to another schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GateId(pub(crate) u32);

impl GateId {
    /// The number, for use as a key. Of a schema that was aligned to another one, not all numbers are in use.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a gate does with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateVerb {
    /// Makes a new object; an existing one that already agrees is as good.
    Create,
    /// Makes the object agree with the one given (server-side apply).
    Apply,
    /// The object of a name; panics if there is none.
    Get,
    /// The object of a name, or Empty.
    Find,
    /// Objects, by namespace and selectors if given.
    List,
    /// Objects that a label selector finds.
    ListByLabelSelector,
    /// Objects that a field selector finds.
    ListByFieldSelector,
    /// Changes parts of an object.
    Patch,
    /// Reads an object, lets a function change it, and writes it back; again if someone else was faster.
    Update,
    /// Deletes the object of a name; none is fine.
    Delete,
    /// Deletes the objects given; none is fine.
    DeleteMany,
    /// Waits until an object meets a condition.
    WaitFor,
    /// Waits until the objects that a label selector finds meet a condition.
    WaitForByLabelSelector,
    /// Sets the number of replicas.
    Scale,
    /// The number of replicas, as wanted and as there are.
    GetScale,
    /// Has a workload replace its pods one after the other.
    Restart,
    /// Calls a function for whatever happens to objects.
    Watch,
    /// The log of a container.
    Logs,
    /// Runs a program in a container.
    Exec,
    /// Asks a pod to go, if the disruption budgets allow it.
    Evict,
    /// A new token of a service account.
    Token,
    /// Approves a request for a certificate.
    Approve,
    /// Writes the whole object. Through an import only.
    Replace,
    /// A part of an object, such as its status. Through an import only.
    GetPart,
    /// Changes a part of an object. Through an import only.
    PatchPart,
    /// Makes a part of an object. Through an import only.
    CreatePart,
    /// Writes the whole of a part of an object. Through an import only.
    ReplacePart,
}

/// What calling a gate may do to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Makes or changes objects.
    Write,
    /// Removes objects.
    Destructive,
    /// Opens a stream to something that runs in the cluster.
    Connect,
}

impl Effect {
    /// One word for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
            Effect::Connect => "connect",
        }
    }
}

/// A function that reaches Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Its place in the schema.
    pub id: GateId,
    /// The name of the function: `CreateStatefulSet`.
    pub name: EcoString,
    /// What it does.
    pub verb: GateVerb,
    /// To which kind.
    pub kind: KindId,
    /// To which part of it with requests of its own (a subresource such as `scale`), if not to all of it.
    pub part: Option<EcoString>,
    /// What that may do to the cluster.
    pub effect: Effect,
    /// The arguments, in the order in which people expect them.
    pub params: Box<[GateParam]>,
    /// What it returns.
    pub result: GateType,
    /// Whether the bare name means this gate; others are reached through an import of their group and version.
    pub unqualified: bool,
}

impl Gate {
    /// The parameter that an argument of the given name goes to, by its name or one of its aliases.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&GateParam> {
        let exact = self.params.iter().find(|it| it.name == name);
        exact.or_else(|| self.params.iter().find(|it| it.aliases.iter().any(|alias| alias == name)))
    }

    /// The parameter that the unlabelled argument goes to.
    #[must_use]
    pub fn monadic(&self) -> Option<&GateParam> {
        self.params.iter().find(|it| it.monadic)
    }

    /// What the gate does, in a sentence or two.
    #[must_use]
    pub fn doc(&self, schema: &Schema) -> String {
        crate::gates::doc(self, schema.kind(self.kind))
    }

    /// The permissions that a call needs.
    #[must_use]
    pub fn needs(&self, schema: &Schema) -> Vec<Need> {
        crate::gates::needs(self, schema.kind(self.kind))
    }
}

/// A permission, in the words of access rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// `create`, `patch`, …
    pub verb: &'static str,
    /// The resource with its group and perhaps a subresource: `statefulsets.apps/scale`.
    pub resource: EcoString,
}

/// A parameter of a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateParam {
    /// The name.
    pub name: EcoString,
    /// Other names that mean the same.
    pub aliases: Box<[EcoString]>,
    /// What it takes.
    pub ty: GateType,
    /// Whether a call without it is an error.
    pub required: bool,
    /// Whether the unlabelled argument goes here. At most one of a gate.
    pub monadic: bool,
    /// What is taken if the argument is absent, as a program would write it.
    pub default: Option<&'static str>,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

/// What a parameter takes or a gate returns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateType {
    /// An object in the write view ([`Field::writable`](crate::Field::writable)). A String stands for an object that
    /// has only this name: `(metadata: (name: it))`.
    Object(KindId),
    /// An object as the server returns it.
    ObjectRead(KindId),
    /// An object as the server returns it, or Empty.
    MaybeObject(KindId),
    /// The name of an object, or an object that was read (then its identity is checked before anything happens).
    ObjectOrName(KindId),
    /// A sequence of names and objects that were read; may be empty.
    ObjectsOrNames(KindId),
    /// A sequence of objects as the server returns them; may be empty.
    ListOf(KindId),
    /// Some other published structure, such as the scale of a deployment.
    Typed(TypeId),
    /// Text.
    String,
    /// One text or a sequence of them.
    Strings,
    /// Text, one of these.
    OneOf(&'static [&'static str]),
    /// The name of a namespace.
    Namespace,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// A length of time: text such as `90s`, `5m` or `1h30m`.
    Duration,
    /// The name of a condition: the well-known ones of the kind, for completion. Any type of `status.conditions` will do.
    Condition(&'static [&'static str]),
    /// A label selector: `app=db,tier!=cache`.
    LabelSelector,
    /// A field selector: `status.phase=Running`.
    FieldSelector,
    /// A sequence of (kind, namespace, name, uid, outcome), one for each object that was to be deleted.
    DeleteReport,
    /// A function object from an object to a Bool.
    Predicate(KindId),
    /// A function object from an object to an object.
    Transform(KindId),
    /// A function object from what was made so far, unlabelled, and an `event` (type, object) to what is made of it.
    Step(KindId),
    /// A function object from what was made so far to a Bool.
    Stop,
    /// What a program in a container left: (stdout, stderr, exitCode).
    ExecResult,
    /// A token and when it ends: (token, expires).
    TokenResult,
    /// Any value.
    Any,
}

impl GateType {
    /// The type in a few words, for signatures.
    #[must_use]
    pub fn label(&self, schema: &Schema) -> String {
        let name = |id: &KindId| -> &Kind { schema.kind(*id) };
        match self {
            GateType::Object(id) | GateType::ObjectRead(id) => name(id).kind.to_string(),
            GateType::MaybeObject(id) => format!("{}?", name(id).kind),
            GateType::ObjectOrName(id) => format!("{} | String", name(id).kind),
            GateType::ObjectsOrNames(id) => format!("({} | String)", name(id).kind),
            GateType::ListOf(id) => format!("({})", name(id).kind),
            GateType::Typed(id) => match schema.ty(*id).as_struct() {
                Some(it) => it.short_name.to_string(),
                None => "Any".to_owned(),
            },
            GateType::String
            | GateType::Namespace
            | GateType::LabelSelector
            | GateType::FieldSelector => "String".to_owned(),
            GateType::Strings => "String | (String)".to_owned(),
            GateType::OneOf(values) => {
                values.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(" | ")
            }
            GateType::Int => "Int64".to_owned(),
            GateType::Bool => "Bool".to_owned(),
            GateType::Duration => "Duration".to_owned(),
            GateType::Condition(_) => "Condition".to_owned(),
            GateType::DeleteReport => "(kind, namespace, name, uid, outcome)*".to_owned(),
            GateType::Predicate(id) => format!("{} → Bool", name(id).kind),
            GateType::Transform(id) => format!("{0} → {0}", name(id).kind),
            GateType::Step(id) => format!("(Any, event: (type, object: {})) → Any", name(id).kind),
            GateType::Stop => "Any → Bool".to_owned(),
            GateType::ExecResult => "(stdout, stderr, exitCode)".to_owned(),
            GateType::TokenResult => "(token, expires)".to_owned(),
            GateType::Any => "Any".to_owned(),
        }
    }
}
