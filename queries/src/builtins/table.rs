//! The table, put together from one part for each package.
//!
//! To add a gate to a package, add it to the file of the package here and its implementation to the file of the same
//! name in the evaluator's `library`. To add a package, add the two files and a line to [`PACKAGES`].

use std::{collections::HashMap, sync::LazyLock};

use super::{BuiltinInfo, BuiltinParam};

mod file;
mod http;
mod integer;
mod json;
mod os;
mod path;
mod redblack;
mod repo;
mod root;
mod shell;
mod strings;
mod sync;
mod time;
mod xml;
mod yaml;

pub use root::BuiltinId;

/// The packages of the library that have gates, with them. Their paths are those by which programs import them.
static PACKAGES: &[(&str, &[Native])] = &[
    ("encoding/json", json::GATES),
    ("encoding/yaml", yaml::GATES),
    ("file", file::GATES),
    ("file/path", path::GATES),
    ("integer", integer::GATES),
    ("net/http", http::GATES),
    ("os", os::GATES),
    ("redblack/fast", redblack::GATES),
    ("repo", repo::GATES),
    ("shell", shell::GATES),
    ("strings", strings::GATES),
    ("sync", sync::GATES),
    ("time", time::GATES),
    ("web/xml", xml::GATES),
];

/// A gate of a library package, as its part of the table declares it; see [`BuiltinInfo`] for what the parts mean.
struct Native {
    name: &'static str,
    params: &'static [BuiltinParam],
    /// Also gives the checker the types of the arguments and the result.
    signature: &'static str,
    doc: &'static str,
    /// Expressions in which the package is called by the last part of its path.
    examples: &'static [(&'static str, &'static str)],
}

/// All builtins, in the order of their ids.
pub static BUILTINS: LazyLock<Vec<BuiltinInfo>> = LazyLock::new(|| {
    let mut all = root::ROOT.to_vec();
    for (package, gates) in PACKAGES {
        for gate in *gates {
            // There are far fewer builtins than 65536; a test counts them.
            let id = BuiltinId::Library(all.len() as u16);
            let Native { name, params, signature, doc, examples } = *gate;
            let any_arguments = false;
            all.push(BuiltinInfo {
                id,
                name,
                package,
                params,
                any_arguments,
                signature,
                doc,
                examples,
            });
        }
    }
    all
});

/// The builtins by package and name.
pub(super) static BY_NAME: LazyLock<HashMap<(&str, &str), BuiltinId>> =
    LazyLock::new(|| BUILTINS.iter().map(|it| ((it.package, it.name), it.id)).collect());

/// A parameter that a call needs.
const fn required(name: &'static str, doc: &'static str) -> BuiltinParam {
    BuiltinParam { name, monadic: false, optional: false, doc }
}

/// A parameter that a call may leave out.
const fn optional(name: &'static str, doc: &'static str) -> BuiltinParam {
    BuiltinParam { name, monadic: false, optional: true, doc }
}

/// The parameter for the unlabelled argument, which a call needs.
const fn monadic(name: &'static str, doc: &'static str) -> BuiltinParam {
    BuiltinParam { name, monadic: true, optional: false, doc }
}

/// The parameter for the unlabelled argument, which a call may leave out.
const fn maybe(name: &'static str, doc: &'static str) -> BuiltinParam {
    BuiltinParam { name, monadic: true, optional: true, doc }
}
