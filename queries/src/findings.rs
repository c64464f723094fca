//! Which functions of a file there is something to say about, a few functions at a time: after an edit, a file need not
//! look at each of its functions to know that nothing is wrong with most of them. What is to be said is for others.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::{
    availability::concerns,
    database::Db,
    inputs::FunctionChunk,
    items::Function,
    lints::{hidden_builtin, is_suspicious},
    lower::lower_body,
    types::inferred,
};

/// Which functions of a chunk have something in their form, as indices into its functions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FormFindings {
    /// Something is wrong with their names.
    pub(crate) wrong: Box<[u32]>,
    /// Something in them is probably not meant.
    pub(crate) suspicious: Box<[u32]>,
    /// They hide what the language has.
    pub(crate) hiding: Box<[u32]>,
    /// They call what the version of Kubernetes at hand does not have, or not for long.
    pub(crate) concerning: Box<[u32]>,
    /// The names before a dot that the functions read, as far as they are imports of the file; sorted.
    pub(crate) aliases: Box<[EcoString]>,
}

/// The functions with these indices.
pub(crate) fn chosen<'a, 'db>(
    indices: &'a [u32],
    functions: &'a [Function<'db>],
) -> impl Iterator<Item = Function<'db>> + 'a {
    indices.iter().filter_map(|at| functions.get(*at as usize).copied())
}

/// What there is in the form of some functions.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub(crate) fn form_findings<'db>(db: &'db dyn Db, chunk: FunctionChunk<'db>) -> FormFindings {
    let (mut wrong, mut suspicious) = (Vec::new(), Vec::new());
    let (mut hiding, mut concerning) = (Vec::new(), Vec::new());
    let mut aliases: FxHashSet<&EcoString> = FxHashSet::default();
    for (at, function) in (0..).zip(chunk.functions(db)) {
        let Some(body) = lower_body(db, *function) else { continue };
        aliases.extend(&body.reads.aliases);
        if !body.diagnostics.is_empty() {
            wrong.push(at);
        }
        // What is broken may have been meant to read its names.
        if !body.circuit.has_errors && is_suspicious(db, chunk.file(db), body) {
            suspicious.push(at);
        }
        if hidden_builtin(db, *function).is_some() {
            hiding.push(at);
        }
        if concerns(db, body).next().is_some() {
            concerning.push(at);
        }
    }
    let mut aliases: Box<[EcoString]> = aliases.into_iter().cloned().collect();
    aliases.sort_unstable();
    let (wrong, suspicious, hiding) = (wrong.into(), suspicious.into(), hiding.into());
    FormFindings { wrong, suspicious, hiding, concerning: concerning.into(), aliases }
}

/// Which functions of a chunk have errors of types, as indices into its functions.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub(crate) fn type_findings<'db>(db: &'db dyn Db, chunk: FunctionChunk<'db>) -> Box<[u32]> {
    let wrong =
        |function: &Function<'db>| inferred(db, *function).is_some_and(|it| !it.errors.is_empty());
    let functions = (0..).zip(chunk.functions(db));
    functions.filter(|(_, function)| wrong(function)).map(|(at, _)| at).collect()
}
