//! What is inferred again after an edit: the function that was edited and those that share a circle of calls with it, and
//! those that use it only if what they see of it is another.

use ko_queries::FileId;
use ko_schema::{Schema, openapi::Importer};

use super::common::Logged;

/// `Top` calls `Middle`, which calls `Bottom`; `Even` and `Odd` call each other; `Alone` does neither.
const TEXT: &str = "\
Top(n) { return: Middle(n: n) }
Middle(n) { half: Bottom(n: n), return: (size: Len(half)) }
Bottom(n) { twice: Sum(n, n), return: twice }
Even(n) { return: Branch(if: Equal(n, 0), then: Return[true], else: Odd[n: Sum(n, -1)]) }
Odd(n) { return: Branch(if: Equal(n, 0), then: Return[false], else: Even[n: Sum(n, -1)]) }
Asks(n) { return: Even(n: n) }
Alone(n) { return: (a: n) }
";

/// Which functions are inferred again after a piece of the text is replaced by another.
fn after(old: &str, new: &str) -> Vec<String> {
    let mut it = Logged::new(&[("a.ko", "a", TEXT)]);
    it.check();
    it.typed();
    assert!(TEXT.contains(old), "{old}");
    it.db.set_file(FileId(0), "a.ko", "a", TEXT.replacen(old, new, 1).into());
    it.check();
    it.typed()
}

#[test]
fn the_first_time_everything_is_inferred_once() {
    let it = Logged::new(&[("a.ko", "a", TEXT)]);
    it.check();
    let typed = it.typed();
    // A circle is inferred by its first function.
    assert_eq!(typed, ["Alone", "Asks", "Bottom", "Even", "Middle", "Top"]);
}

#[test]
fn typing_in_a_function_infers_it_alone_while_its_type_stays() {
    assert_eq!(after("return: twice", "more: 7, return: twice"), ["Bottom"]);
    assert_eq!(after("Len(half)", "Len(half, half)"), ["Middle"]);
    assert_eq!(after("return: (a: n)", "unfinished: Su, return: (a: n)"), ["Alone"]);
}

#[test]
fn callers_are_inferred_again_as_far_as_the_type_changes() {
    // The results of `Bottom` become text, which has a length, too: `Top` sees no change.
    assert_eq!(after("return: twice", "return: \"twice\""), ["Bottom", "Middle"]);
    assert_eq!(after("(a: n)", "(a: n, b: 1)"), ["Alone"]);
}

#[test]
fn a_circle_is_inferred_as_one_and_its_callers_are_left_alone() {
    assert_eq!(after("Even[n: Sum(n, -1)]", "Even[n: Sum(n, -2)]"), ["Even"]);
    assert_eq!(after("Odd[n: Sum(n, -1)]", "Odd[n: Sum(n, -2)]"), ["Even"]);
}

#[test]
fn what_moves_a_function_infers_nothing() {
    assert_eq!(after("Top(n)", "// A comment above everything.\n\nTop(n)"), [""; 0]);
    assert_eq!(after("{ half:", "{\n  // Half of it.\n  half:"), [""; 0]);
    assert_eq!(after("Sum(n, n), return", "Sum( n,n ) // more\n return"), [""; 0]);
}

#[test]
fn another_name_of_a_step_is_nobody_elses_business() {
    let both = ("twice: Sum(n, n), return: twice", "double: Sum(n, n), return: double");
    assert_eq!(after(both.0, both.1), ["Bottom"]);
}

#[test]
fn a_new_function_infers_itself() {
    assert_eq!(after("Alone(n)", "New(n) { return: n }\nAlone(n)"), ["New"]);
}

#[test]
fn another_package_is_concerned_only_by_what_it_sees() {
    let library = "G(n) { one: Sum(n, 1), return: one }\nUnused() { return: 1 }";
    let user = "import \"b\"\nF(n) { return: b.G(n: n) }";
    let mut it = Logged::new(&[("a.ko", "a", user), ("b.ko", "b", library)]);
    it.check();
    it.typed();
    let mut edit = |old: &str, new: &str| {
        it.db.set_file(FileId(1), "b.ko", "b", library.replace(old, new).into());
        it.check();
        it.typed()
    };
    assert_eq!(edit("Unused()", "Renamed()"), ["Renamed"]);
    assert_eq!(edit("return: one }", "more: 7, return: one }"), ["G"]);
    assert_eq!(edit("Sum(n, 1)", "\"one\""), ["F", "G"]);
}

#[test]
fn a_new_package_concerns_nobody_who_does_not_import_it() {
    let user = "import \"b\"\nF(n) { return: b.G(n: n) }\nH() { return: 1 }";
    let mut it = Logged::new(&[("a.ko", "a", user), ("b.ko", "b", "G(n) { return: n }")]);
    it.check();
    it.typed();
    it.db.set_file(FileId(2), "c.ko", "c", "C() { return: 1 }".into());
    it.check();
    assert_eq!(it.typed(), ["C"]);
}

/// A cluster with the kinds `Alpha` and `Beta`, each in a group of its own, whose specs have a field of these types.
fn cluster(alpha: &str, beta: &str) -> Schema {
    cluster_of(&[("a.org", "Alpha", alpha), ("b.org", "Beta", beta)])
}

/// A cluster with these kinds: group, name and type of the field.
fn cluster_of(kinds: &[(&str, &str, &str)]) -> Schema {
    let mut importer = Importer::new("1.99");
    let group = |name: &str, kind: &str, plural: &str| {
        format!(
            r#"{{"metadata": {{"name": "{name}"}}, "versions": [{{"version": "v1", "resources": [{{
            "resource": "{plural}", "responseKind": {{"kind": "{kind}"}}, "scope": "Namespaced",
            "verbs": ["get", "list", "create"]}}]}}]}}"#
        )
    };
    let groups: Vec<String> =
        kinds.iter().map(|it| group(it.0, it.1, &format!("{}s", it.1.to_lowercase()))).collect();
    importer.discovery(format!(r#"{{"items": [{}]}}"#, groups.join(",")).as_bytes()).unwrap();
    for (group, kind, ty) in kinds {
        let document = format!(
            r#"{{"components": {{"schemas": {{"org.{kind}": {{"type": "object",
            "x-kubernetes-group-version-kind": [{{"group": "{group}", "kind": "{kind}", "version": "v1"}}],
            "properties": {{"metadata": {{"type": "object"}}, "spec": {{"type": "object",
            "properties": {{"count": {{"type": "integer"}}, "name": {{"type": "string"}}, "on": {{"type": "boolean"}},
            "size": {{"type": "{ty}"}}}}}}}}}}}}}}}}"#
        );
        importer.document(&format!("apis/{group}/v1"), document.as_bytes()).unwrap();
    }
    let (facts, docs) = importer.finish();
    Schema::from_facts(facts, docs).unwrap()
}

#[test]
fn another_schema_of_a_group_and_version_concerns_its_users_only() {
    let text = "\
A(ns) { a: GetAlpha(namespace: ns, name: \"a\"), return: a.spec.size }
B(ns) { b: GetBeta(namespace: ns, name: \"b\"), return: b.spec.size }
UsesB(ns) { return: B(ns: ns) }
Both(ns) { return: (a: A(ns: ns), b: UsesB(ns: ns)) }
Neither(x) { return: (x: x) }";
    let mut it = Logged::with_schema(cluster("string", "string"), &[("a.ko", "a", text)]);
    assert_eq!(it.check(), 0);
    it.typed();
    let result = |it: &Logged, name: &str| {
        let key = super::common::key("a", name);
        let function = ko_queries::items::find_function(&it.db, &key).unwrap();
        ko_queries::types::scheme_of(&it.db, function).unwrap().result.to_string()
    };
    assert_eq!(result(&it, "UsesB"), result(&it, "A"));
    it.db.set_schema(cluster("string", "integer"));
    it.check();
    assert_eq!(it.typed(), ["B", "Both", "UsesB"]);
    assert_ne!(result(&it, "UsesB"), result(&it, "A"));
    it.db.set_schema(cluster("boolean", "integer"));
    it.check();
    assert_eq!(it.typed(), ["A", "Both"]);
    it.db.set_schema(cluster("boolean", "integer"));
    it.check();
    assert!(it.typed().is_empty(), "an equal schema is none");
    // The same type with a limit.
    let limited = cluster("boolean", "integer\", \"pattern\": \"x");
    it.db.set_schema(limited.aligned_to(&cluster("boolean", "integer")));
    it.check();
    assert_eq!(it.typed(), ["B", "Both", "UsesB"]);
}

#[test]
fn a_kind_that_goes_or_comes_concerns_its_users_only() {
    let text = "\
A(ns) { a: GetAlpha(namespace: ns, name: \"a\"), return: a.spec.size }
B(ns) { b: GetBeta(namespace: ns, name: \"b\"), return: b.spec.size }
UsesB(ns) { return: B(ns: ns) }
Neither(x) { return: (x: x) }";
    let both = cluster("string", "integer");
    let mut it = Logged::with_schema(both.clone(), &[("a.ko", "a", text)]);
    assert_eq!(it.check(), 0);
    it.typed();
    // The one before is gone, and one comes before it.
    let less = cluster_of(&[("b.org", "Beta", "integer")]).aligned_to(&both);
    it.db.set_schema(less.clone());
    assert_eq!(it.check(), 1);
    assert_eq!(it.typed(), ["A"]);
    let more = cluster_of(&[("0.org", "Zero", "string"), ("b.org", "Beta", "integer")]);
    let more = more.aligned_to(&less);
    it.db.set_schema(more.clone());
    assert_eq!(it.check(), 1);
    assert_eq!(it.typed(), [""; 0]);
    it.db.set_schema(both.aligned_to(&more));
    assert_eq!(it.check(), 0);
    assert_eq!(it.typed(), ["A"]);
}
