//! Editor features as pure functions over the queries.
