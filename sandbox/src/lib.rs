//! A Kubernetes API server in the process, with virtual time.
