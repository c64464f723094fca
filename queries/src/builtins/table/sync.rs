//! The gates of package `sync`.

use super::{Native, maybe, monadic};

pub(super) static GATES: &[Native] = &[
    Native {
        name: "GoMakeRing",
        params: &[maybe("cap", "The capacity, at least 1.")],
        signature: "GoMakeRing(cap?: Integer): Ring",
        doc: "A new ring of numbers, for GoRingLease; MakeRing is made of both.",
        examples: &[],
    },
    Native {
        name: "GoRingLease",
        params: &[monadic("conn", "What GoMakeRing returned.")],
        signature: "GoRingLease(conn?: Ring): Int64",
        doc: "The next number of a ring, from 0 on. Nobody else gets the same.",
        examples: &[],
    },
];
