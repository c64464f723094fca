//! The real Kubernetes cluster behind the evaluator's `Cluster` trait.
