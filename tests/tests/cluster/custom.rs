//! A custom resource: what the cluster serves besides the built-in kinds is there, typed, as soon as it is installed.

use std::time::{Duration, Instant};

use ko_tests::control_plane::ControlPlane;
use serde_json::Value;

use crate::{on, package};

/// Installs the definition of a kind by a program, as users would.
fn definition(group: &str) -> String {
    format!(
        "Install() {{\n\
             return: CreateCustomResourceDefinition(customResourceDefinition: (\n\
                 metadata: (name: \"backups.{group}\")\n\
                 spec: (\n\
                     group: \"{group}\"\n\
                     scope: \"Namespaced\"\n\
                     names: (kind: \"Backup\", plural: \"backups\", singular: \"backup\", listKind: \"BackupList\")\n\
                     versions: (\n\
                         name: \"v1\", served: true, storage: true\n\
                         schema: (openAPIV3Schema: (\n\
                             type: \"object\"\n\
                             properties: (spec: (\n\
                                 type: \"object\"\n\
                                 required: \"target\"\n\
                                 properties: (target: (type: \"string\"), keep: (type: \"integer\", format: \"int32\"))\n\
                             ))\n\
                         ))\n\
                     )\n\
                 )\n\
             ))\n\
         }}\n"
    )
}

#[test]
fn a_custom_resource_has_gates_and_types_and_its_mistakes_are_found() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let group = format!("{}.ko.test", cluster.fresh_name("custom"));
    let install = package(&definition(&group));
    let home = install.path();
    on(cluster, "admin", home, "run", &["--yes", ".", "Install"]).well();

    let uses = package(&format!(
        "import \"k8s/{group}/v1\" as backups\n\n\
         Make() {{ return: backups.CreateBackup(namespace: \"default\", backup: (metadata: (name: \"daily\"), spec: (target: \"db\", keep: 3))) }}\n"
    ));
    let path = uses.path().display().to_string();
    // It is served some moments after it was accepted.
    let deadline = Instant::now() + Duration::from_secs(30);
    while on(cluster, "admin", home, "check", &[&path]).code != 0 {
        let last = on(cluster, "admin", home, "check", &[&path]);
        assert!(Instant::now() < deadline, "{}", last.err);
    }
    let made = on(cluster, "admin", home, "run", &["--yes", "--json", &path, "Make"]).well();
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(made["value"]["spec"]["target"], "db", "{made}");

    // Offline, nobody knows the group.
    assert_eq!(crate::ko_in(home, &["check", &path]).code, 1);
    // A field that is missing and one that is misspelt are errors before anything is sent.
    let wrong = package(&format!(
        "import \"k8s/{group}/v1\" as backups\n\n\
         Make() {{ return: backups.CreateBackup(namespace: \"default\", backup: (metadata: (name: \"x\"), spec: (kep: 3))) }}\n"
    ));
    let found = on(cluster, "admin", home, "check", &[&wrong.path().display().to_string()]);
    assert_eq!(found.code, 1);
    assert!(found.err.contains("kep") && found.err.contains("keep"), "{}", found.err);

    let listed = on(cluster, "admin", home, "api", &["--all", "*Backup*"]).well();
    assert!(listed.out.contains("CreateBackup(") && listed.out.contains(&group), "{}", listed.out);
}
