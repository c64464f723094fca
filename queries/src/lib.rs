//! Files, packages, names, circuits, types and diagnostics as salsa queries.
