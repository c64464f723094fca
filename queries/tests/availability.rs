//! What there is of Kubernetes in which version.
#![allow(clippy::unwrap_used)]

use ko_queries::diagnostic::{Diagnostic, FileId, Severity};
use ko_queries::{RootDatabase, diagnostics};
use ko_schema::Schema;

fn database(text: &str, minor: Option<u32>) -> RootDatabase {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(0), "p/main.ko", "p", text.into());
    db.set_kubernetes_version(minor);
    db
}

fn found(text: &str, minor: Option<u32>) -> Vec<Diagnostic> {
    diagnostics(&database(text, minor), FileId(0)).to_vec()
}

fn fixed(text: &str, found: &Diagnostic) -> String {
    let mut out = text.to_owned();
    for edit in found.fixes[0].edits.iter().rev() {
        out.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
    }
    out
}

const AUTOSCALER: &str =
    "F() {\n  return: GetHorizontalPodAutoscaler(namespace: \"n\", name: \"a\")\n}\n";

#[test]
fn what_is_deprecated_is_a_warning_from_the_version_on_that_warns() {
    let text = "F() { return: ListEndpointsItems(namespace: \"n\") }";
    let all = found(text, None);
    let [only] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (only.code, only.severity, only.deprecated),
        ("deprecated-api", Severity::Warning, true)
    );
    assert_eq!(&text[std::ops::Range::<usize>::from(only.range)], "ListEndpointsItems");
    assert_eq!(
        only.message,
        "Endpoints of v1 is deprecated since Kubernetes 1.33; use EndpointSlice of discovery.k8s.io/v1"
    );
    assert_eq!(found(text, Some(32)), []);
}

#[test]
fn what_is_not_there_yet_is_an_error_with_what_was_there_before() {
    let all = found(AUTOSCALER, Some(22));
    let [only] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((only.code, only.severity), ("future-api", Severity::Error));
    assert_eq!(
        only.message,
        "Kubernetes 1.22 has no HorizontalPodAutoscaler of autoscaling/v2 yet: it came with 1.23; use that of autoscaling/v2beta2"
    );
    // No function has that one in this schema, so there is no fix.
    assert!(only.fixes.is_empty());
    assert_eq!(found(AUTOSCALER, Some(23)), []);
}

#[test]
fn what_is_gone_is_an_error_that_an_import_mends() {
    let text = "import \"k8s/batch/v1beta1\" as batch\n\nF() {\n  return: batch.ListCronJobs(namespace: \"n\")\n}\n";
    let all = found(text, None);
    let [only] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(only.code, "removed-api");
    assert_eq!(
        only.message,
        "Kubernetes 1.36 has no CronJob of batch/v1beta1: it is gone since 1.25; use that of batch/v1"
    );
    let mended = fixed(text, only);
    assert!(mended.starts_with("import \"k8s/batch/v1\" as batch\n"), "{mended}");
    assert_eq!(found(&mended, None), []);
    // Of groups that nobody knows, nothing is known.
    let other = "import \"k8s/example.com/v1\" as e\n\nF() { return: e.GetX() }";
    assert_eq!(found(other, None)[0].code, "unknown-package");
}

#[test]
fn another_version_is_another_answer_at_once() {
    let mut db = database(AUTOSCALER, None);
    let errors = |db: &RootDatabase| diagnostics(db, FileId(0)).len();
    assert_eq!(errors(&db), 0);
    db.set_kubernetes_version(Some(16));
    assert_eq!(errors(&db), 1);
    db.set_kubernetes_version(None);
    assert_eq!(errors(&db), 0);
}
