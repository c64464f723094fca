//! The records of a journal, as they are written and read. Readers ignore what they do not know.

use serde::{Deserialize, Serialize};

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Record {
    /// The first line: what is run, where and with what.
    Run(Header),
    /// What a number of a function means, before it is first used.
    Function {
        /// The number, within this journal.
        id: u32,
        /// The path of the package.
        package: String,
        /// The name.
        name: String,
        /// The file; empty for the idioms and the library.
        file: String,
    },
    /// A function was called.
    Call {
        /// The number of the call, 0 for the entry.
        frame: u64,
        /// The call that it was made from, and the step there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<u64>,
        /// The step of the caller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<u32>,
        /// The function.
        function: u32,
    },
    /// A step ended.
    Step(StepRecord),
    /// A step said how far it is.
    Progress {
        /// The call that it belongs to.
        frame: u64,
        /// The step.
        step: u32,
        /// What it said.
        text: String,
        /// Time on the cluster's clock since the run began, in microseconds.
        cluster_micros: u64,
    },
    /// The program wrote something.
    Output {
        /// What.
        text: String,
        /// Whether to standard error.
        error: bool,
    },
    /// So many records did not fit.
    Omitted {
        /// The number.
        records: u64,
    },
    /// The last line. A journal without it is of a run that was killed or is still going on.
    End(Ending),
    /// Something that a later version writes.
    #[serde(other)]
    Unknown,
}

/// What is run, where and with what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Header {
    /// The version of the program that wrote it.
    pub ko: String,
    /// The path of the package.
    pub package: String,
    /// The function.
    pub function: String,
    /// The arguments, printed; secrets are redacted. The name is empty for the unlabelled one.
    pub arguments: Vec<(String, String)>,
    /// Whether only some of its steps are run.
    pub selection: bool,
    /// What it runs against: `sandbox`, or `sandbox NAME`.
    pub target: String,
    /// The folder that it was started for.
    pub folder: String,
    /// When it began, in the form of RFC 3339.
    pub began: String,
}

/// How a step or a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// With a value.
    Value,
    /// With an error or panic.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// A step that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// The call that it belongs to.
    pub frame: u64,
    /// The function.
    pub function: u32,
    /// The number of the step in the circuit of the function.
    pub step: u32,
    /// Its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The gate, builtin or function that it calls by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<String>,
    /// The line in the file of the function, from 1.
    pub line: u32,
    /// The column, from 1, in code points.
    pub column: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The value, shortened, or what went wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How many parts the value has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// Time on the cluster's clock from the beginning of the run to the end of the step, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_micros: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// The value, shortened, or what went wrong.
    pub text: String,
    /// Where it went wrong, as `file:line:column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// How many steps ran.
    pub steps: u64,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// How long it took on the cluster's clock, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_micros: Option<u64>,
}
