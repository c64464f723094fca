//! The gates of the library (specification §10): what they do, one module for each package. What they take is declared in
//! [`ko_queries::builtins`], in the file of the same name.
//!
//! A gate is a plain function of a [`Call`], which holds its arguments. Whatever a gate makes of a secret is secret: that
//! is seen to here, not in the gates. What a gate does outside of the program must be [allowed](Call::allow) first.

use std::sync::LazyLock;

use ecow::{EcoString, eco_format};
use ko_queries::builtins::{BUILTINS, BuiltinId};

use crate::{
    machine::{Args, Machine, Outcome},
    value::Value,
};

mod call;
mod file;
mod http;
mod integer;
mod json;
mod os;
mod path;
mod process;
mod read;
mod redblack;
mod repo;
mod shell;
mod strings;
mod sync;
mod time;
mod xml;
mod yaml;

pub(crate) use call::Call;
pub(crate) use http::Client as HttpClient;

/// What a gate does.
pub(crate) type Gate = fn(&mut Call<'_, '_>) -> Outcome;

/// The gates of each package, by name.
const PACKAGES: &[(&str, &[(&str, Gate)])] = &[
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

/// What each entry of the table of builtins does; nothing for those outside of the library.
static GATES: LazyLock<Vec<Option<Gate>>> = LazyLock::new(|| {
    let gate = |package: &str, name: &str| {
        let (_, gates) = PACKAGES.iter().find(|it| it.0 == package)?;
        gates.iter().find(|it| it.0 == name).map(|it| it.1)
    };
    BUILTINS
        .iter()
        .map(|it| match it.id {
            BuiltinId::Library(_) => gate(it.package, it.name),
            _ => None,
        })
        .collect()
});

/// Calls a gate of the library.
pub(crate) fn call(machine: &mut Machine<'_>, id: BuiltinId, args: Args<'_>) -> Outcome {
    let mut call = Call::new(machine, id, args);
    // Every gate that is declared has an implementation; a test looks.
    let Some(gate) = GATES.get(id.index()).copied().flatten() else {
        return call.fail("is declared, but not implemented in this version");
    };
    let secret = call.has_secret();
    let value = gate(&mut call)?;
    // Gates make large strings and sequences in one go.
    machine.reserve(0)?;
    Ok(if secret { value.into_secret() } else { value })
}

/// What a gate is called in values and messages: by the last part of its package and its name.
pub(crate) fn name(id: BuiltinId) -> EcoString {
    let info = id.info();
    let package = info.package.rsplit('/').next().unwrap_or_default();
    eco_format!("{package}.{}", info.name)
}

/// A sequence of values.
fn sequence(values: Vec<Value>) -> Outcome {
    Value::sequence(values).or_else(|reason| crate::machine::error(reason.to_string()))
}

/// The most strings that a gate makes of one.
const MAX_STRINGS: usize = 10_000_000;

/// A sequence of strings.
fn strings(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Outcome {
    let mut texts = texts.into_iter().map(Value::string);
    let found: Vec<Value> = texts.by_ref().take(MAX_STRINGS).collect();
    if texts.next().is_some() {
        return crate::machine::error(format!("the text has more than {MAX_STRINGS} parts"));
    }
    let texts = found;
    Value::sequence_of(texts, crate::vtype::Type::String)
        .or_else(|reason| crate::machine::error(reason.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_implemented_and_the_other_way_around() {
        let mut declared: Vec<_> = BUILTINS
            .iter()
            .filter(|it| matches!(it.id, BuiltinId::Library(_)))
            .map(|it| (it.package, it.name))
            .collect();
        let mut implemented: Vec<_> = PACKAGES
            .iter()
            .flat_map(|(package, gates)| gates.iter().map(|gate| (*package, gate.0)))
            .collect();
        declared.sort_unstable();
        implemented.sort_unstable();
        assert_eq!(declared, implemented);
    }
}
