//! Users who may not do everything: what they may not is refused clearly, and costs nothing else.

use ko_tests::control_plane::ControlPlane;

use crate::{on, package};

const READS_AND_WRITES: &str = "Pods() { return: ListPods(namespace: \"default\") }\n\
                                Secrets() { return: ListSecrets(namespace: \"default\") }\n\
                                Make() { return: CreateConfigMap(namespace: \"default\", configMap: \"mine\") }\n";

#[test]
fn a_viewer_reads_and_is_refused_the_rest_by_name() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(READS_AND_WRITES);
    let run =
        |function: &str| on(cluster, "viewer", folder.path(), "run", &["--yes", ".", function]);
    run("Pods").well();
    for (function, verb, plural) in
        [("Secrets", "list", "secrets"), ("Make", "create", "configmaps")]
    {
        let refused = run(function);
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(refused.err.contains("main.ko:"), "no place: {}", refused.err);
        let said = format!("cannot {verb} resource \"{plural}\"");
        assert!(refused.err.contains(&said), "{}", refused.err);
    }
}
