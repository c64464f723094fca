//! The Kubernetes API model: compact types, gates and the built-in snapshot.
