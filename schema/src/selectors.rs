//! Which fields a field selector may name. Servers do not publish this, so the table is part of the program; custom
//! resources declare their own, which OpenAPI does not show either. Use it to offer and to warn, not to refuse.

use crate::kind::Kind;

/// What every kind has.
const COMMON: &[&str] = &["metadata.name", "metadata.namespace"];

impl Kind {
    /// The fields that a field selector on this kind is known to support.
    /// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/>, and the answers of
    /// a 1.36 server.
    pub fn selectable_fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        let namespaced = self.namespaced;
        let own: &'static [&'static str] = match (self.group.as_str(), self.kind.as_str()) {
            ("", "Pod") => &[
                "spec.hostNetwork",
                "spec.nodeName",
                "spec.restartPolicy",
                "spec.schedulerName",
                "spec.serviceAccountName",
                "status.nominatedNodeName",
                "status.phase",
                "status.podIP",
            ],
            ("", "Event") => &[
                "involvedObject.apiVersion",
                "involvedObject.fieldPath",
                "involvedObject.kind",
                "involvedObject.name",
                "involvedObject.namespace",
                "involvedObject.resourceVersion",
                "involvedObject.uid",
                "reason",
                "source",
                "type",
            ],
            ("batch", "Job") => &["status.successful"],
            ("", "Namespace") => &["status.phase"],
            ("", "Secret") => &["type"],
            ("", "Node") => &["spec.unschedulable"],
            ("", "Service") => &["spec.clusterIP", "spec.type"],
            ("certificates.k8s.io", "CertificateSigningRequest") => &["spec.signerName"],
            _ => &[],
        };
        COMMON
            .iter()
            .chain(own)
            .copied()
            .filter(move |it| namespaced || *it != "metadata.namespace")
    }
}

#[cfg(test)]
mod tests {
    use crate::Schema;

    #[test]
    fn selectable_fields_exist() {
        let schema = Schema::builtin();
        for kind in schema.kinds() {
            for field in kind.selectable_fields() {
                // One that the server computes from others.
                if matches!((kind.kind.as_str(), field), ("Job", "status.successful")) {
                    continue;
                }
                let path: Vec<&str> = field.split('.').collect();
                assert!(
                    schema.explain_field(kind.id, &path).is_some(),
                    "{} has no {field}",
                    kind.kind
                );
            }
        }
        let node = schema.find_kind("v1", "Node").unwrap();
        assert_eq!(
            node.selectable_fields().collect::<Vec<_>>(),
            ["metadata.name", "spec.unschedulable"]
        );
    }
}
