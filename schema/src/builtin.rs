//! The snapshot inside the program. `cargo xtask schema import` writes the facts; the build script takes the prose from
//! the package that carries it. Both are compressed and unpacked once, when first needed.

use std::io::Read;

use crate::docs::Docs;
use crate::facts::{Facts, FactsError};

const FACTS: &[u8] = include_bytes!("../data/kubernetes-1.36.facts.zst");
const DOCS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kubernetes.docs.zst"));

/// The facts of the snapshot.
pub(crate) fn facts() -> Facts {
    match unpack(FACTS).and_then(|bytes| Facts::from_bytes(&bytes)) {
        Ok(facts) => facts,
        // The bytes are part of the program and a test reads them: the program itself is damaged.
        Err(error) => panic!("built-in schema: {error}"),
    }
}

/// The prose of the snapshot.
pub(crate) fn docs() -> Docs {
    let text = unpack(DOCS).map(String::from_utf8);
    match text {
        Ok(Ok(text)) => Docs::from_text(text),
        // As above; but prose is no reason to give up.
        _ => Docs::default(),
    }
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, FactsError> {
    let failed =
        |error: &dyn std::fmt::Display| FactsError::Compression(ecow::eco_format!("{error}"));
    let mut decoder =
        ruzstd::decoding::StreamingDecoder::new(bytes).map_err(|error| failed(&error))?;
    let mut out = Vec::new();
    decoder.read_to_end(&mut out).map_err(|error| failed(&error))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The promise of the design: under one megabyte in the program.
    #[test]
    fn the_snapshot_is_small() {
        let size = FACTS.len() + DOCS.len();
        assert!(size < 500_000, "{} bytes of facts and {} of prose", FACTS.len(), DOCS.len());
    }

    #[test]
    fn the_prose_unpacks() {
        assert!(docs().type_doc("io.k8s.api.core.v1.Pod").is_some());
    }
}
