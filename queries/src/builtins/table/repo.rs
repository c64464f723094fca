//! The gates of package `repo`: where the packages of the program come from.

use super::Native;

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Path",
        params: &[],
        signature: "Path(): String",
        doc: "The path of the directory below which the package is that was started. Only `ko play` tells it.",
        examples: &[],
    },
    Native {
        name: "Roots",
        params: &[],
        signature: "Roots(): (String)",
        doc: "The paths of the directories that packages are looked for in, first that of Path. Only `ko play` tells them.",
        examples: &[],
    },
];
