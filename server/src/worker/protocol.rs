//! What the language server and the process that runs programs say to each other: JSON, one message a line.
//!
//! The server sends sources and orders on standard input, the worker events and results on standard output. Both ends
//! are the same program, so nothing here needs to be compatible with anything.

use std::{collections::BTreeMap, path::PathBuf};

use ko_queries::projects::Place;
use serde::{Deserialize, Serialize};

/// A [`Place`], as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlaceOf {
    at: Vec<(String, String)>,
    roots: Vec<String>,
}

impl From<&Place> for PlaceOf {
    fn from(place: &Place) -> PlaceOf {
        let at = place.at.iter().map(|it| (it.0.to_string(), it.1.to_string())).collect();
        PlaceOf { at, roots: place.roots.iter().map(ToString::to_string).collect() }
    }
}

impl From<PlaceOf> for Place {
    fn from(place: PlaceOf) -> Place {
        let at = place.at.into_iter().map(|it| (it.0.into(), it.1.into())).collect();
        Place { at, roots: place.roots.into_iter().map(Into::into).collect() }
    }
}

/// To the worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Order {
    /// A file is new or changed.
    SetFile {
        /// The number of the file, the same as in the server.
        id: u32,
        /// Its address.
        path: String,
        /// The path of its package.
        package: String,
        /// Where that is, in a world of several projects.
        place: Option<PlaceOf>,
        /// Its text.
        text: String,
    },
    /// A file is gone.
    RemoveFile {
        /// Its number.
        id: u32,
    },
    /// Replaces the sandbox by one that a [`Report::Ended`] has carried.
    Restore {
        /// Its state.
        state: String,
    },
    /// The Kubernetes API that programs are checked against, and that the sandbox serves.
    Schema {
        /// The file that it is in; none for the built-in one.
        file: Option<PathBuf>,
    },
    /// Empties the sandbox.
    Reset,
    /// Runs a function. One at a time.
    Run(RunRequest),
    /// Stops the run that is under way.
    Cancel,
}

/// What is to be run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunRequest {
    /// The file of the function.
    pub(crate) file: u32,
    /// Its name.
    pub(crate) function: String,
    /// The text of each argument that was given.
    pub(crate) arguments: BTreeMap<String, String>,
    /// Offsets in the file: only the steps there, and what they need.
    pub(crate) selection: Option<(u32, u32)>,
    /// What the program may do outside of itself, as [`HostAccess`](ko_evaluator::host::HostAccess) is written.
    pub(crate) allow: String,
    /// The memory that its values may take, in bytes.
    pub(crate) max_memory: u64,
    /// The cluster that it goes to; none for the sandbox.
    pub(crate) cluster: Option<ClusterRequest>,
    /// The roots of packages, for programs that ask; first the one that the function is in.
    pub(crate) roots: Vec<PathBuf>,
}

/// A cluster that a program is to run on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterRequest {
    /// The name of the context.
    pub(crate) context: String,
    /// The kubeconfig, if the user has named one.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// What the user has agreed to.
    pub(crate) agreement: Option<String>,
}

/// What a program would write to a cluster, to be agreed to before anything is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirm {
    /// The name of the context.
    pub(crate) context: String,
    /// The address of its server.
    pub(crate) server: String,
    /// The gates that write.
    pub(crate) gates: Vec<ConfirmGate>,
    /// The namespaces that are known.
    pub(crate) namespaces: Vec<String>,
    /// Whether some namespaces are known only when the program runs.
    pub(crate) computed_namespaces: bool,
    /// Whether it would remove objects.
    pub(crate) destructive: bool,
    /// All of this as one line.
    pub(crate) summary: String,
    /// What to send back to agree to this, and to nothing else.
    pub(crate) agreement: String,
}

/// A gate that writes, and how many calls of it there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmGate {
    /// Its name.
    pub(crate) name: String,
    /// How often it stands in the program; a loop may do it more often.
    pub(crate) calls: usize,
    /// Whether it removes objects.
    pub(crate) destructive: bool,
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Report {
    /// The program begins: from here on the run may have effects, and must not be done again.
    Begun,
    /// Something happened.
    Event(RunEvent),
    /// The run is over.
    Ended(Box<Ended>),
    /// The sandbox is empty.
    ResetDone,
}

/// Something that happened in a run, with the names of `ko/runEvent`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunEvent {
    /// The function.
    pub(crate) function: String,
    /// The node of its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    /// `started`, `succeeded`, `failed`, `cancelled`, `output` or `progress`.
    pub(crate) event: String,
    /// The value, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// What was written, or how far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    /// How long the step took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<f64>,
    /// The clock of the sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) virtual_ms: Option<f64>,
    /// With the end of a run that was made to stop: how it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop: Option<Stop>,
}

/// How a run ended that was made to stop.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stop {
    /// `itself` if it ended when it was asked to, `killed` if its process had to be ended.
    pub(crate) by: String,
    /// How long that took from the request on, in milliseconds.
    pub(crate) after_ms: f64,
}

/// How a run ended.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ended {
    /// `succeeded`, `failed`, `cancelled`, `refused`, or `confirm` if the user has to agree first.
    pub(crate) status: String,
    /// What there is to agree to. Nothing was sent.
    pub(crate) confirm: Option<Confirm>,
    /// What the server of the cluster warned of.
    pub(crate) warnings: Vec<String>,
    /// The result as Ko prints it.
    pub(crate) value: Option<String>,
    /// What went wrong.
    pub(crate) error: Option<RunError>,
    /// How many steps ran.
    pub(crate) steps: u64,
    /// Whether the process ends with it.
    pub(crate) exits: bool,
    /// How it ended if it was made to stop; known to the server alone.
    pub(crate) stop: Option<Stop>,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: f64,
    /// The values of the steps of each function of the workspace that ran.
    pub(crate) captured: Vec<CapturedFunction>,
    /// The sandbox as it is now, to be given back in [`Order::Restore`].
    pub(crate) sandbox: Option<String>,
}

/// What went wrong in a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunError {
    /// What, in words for the user.
    pub(crate) message: String,
    /// Where, if that is known: the file and offsets in it.
    pub(crate) place: Option<(u32, u32, u32)>,
    /// The calls that led there, outermost first.
    pub(crate) trace: Vec<String>,
}

/// The values that the steps of a function had.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CapturedFunction {
    /// The file.
    pub(crate) file: u32,
    /// The name of the function.
    pub(crate) function: String,
    /// Offsets of the function in the file.
    pub(crate) range: (u32, u32),
    /// Its steps.
    pub(crate) steps: Vec<CapturedValue>,
}

/// The value that a step had.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CapturedValue {
    /// Offsets of the step, counted from the beginning of the function.
    pub(crate) range: (u32, u32),
    /// Offsets of its label, counted likewise.
    pub(crate) label: Option<(u32, u32)>,
    /// The value, shortened, or the error.
    pub(crate) outcome: Result<String, String>,
    /// How long it took.
    pub(crate) duration_ms: f64,
}
