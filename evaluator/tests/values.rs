//! Laws of values: equality is by content and the hash agrees with it, and what is made of secrets stays hidden.
#![allow(clippy::unwrap_used)]
#![allow(clippy::mutable_key_type, reason = "what can change in a value is not part of its hash")]

mod support;

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
};

use ko_evaluator::{
    event::{Event, Observer, Outcome},
    failure::FailureKind,
    host::HostAccess,
    json::{self, Secrets},
    print,
    run::{Entry, RunOptions, run},
    value::{Field, FloatType, IntType, Value},
};
use ko_queries::{FunctionKey, RootDatabase, builtins::BUILTINS, builtins::BuiltinInfo};
use ko_schema::Schema;
use proptest::prelude::*;

use support::with_room;

fn scalar() -> impl Strategy<Value = Value> {
    let int = prop::sample::select(vec![IntType::Int8, IntType::Int64, IntType::Uint64]);
    // Few different ones, so that equal values are common.
    prop_oneof![
        Just(Value::Empty),
        any::<bool>().prop_map(Value::Bool),
        (int, -2i64..3).prop_map(|(ty, bits)| Value::Int(ty, ty.wrap(bits))),
        prop::sample::select(vec![0.0, -0.0, 1.0, 1.5, f64::NAN, -f64::NAN, f64::INFINITY])
            .prop_map(|number| Value::Float(FloatType::Float64, number)),
        prop::sample::select(vec![0.0f64, 1.0]).prop_map(|it| Value::Float(FloatType::Float32, it)),
        "[ab]{0,2}".prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::blob),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            // Elements of one sequence have one type, as a program's have.
            (inner.clone(), 1..4usize).prop_map(|(it, n)| Value::sequence(vec![it; n]).unwrap()),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|all| Value::sequence(all).unwrap_or_default()),
            prop::collection::vec(("[abc]", inner), 0..4).prop_map(|fields| {
                let mut seen = Vec::new();
                let fields = fields.into_iter().filter(|(name, _)| {
                    let new = !seen.contains(name);
                    seen.push(name.clone());
                    new
                });
                Value::structure(fields)
            }),
        ]
    })
}

/// The same value written in another way: fields the other way around, Empty ones added, elements wrapped.
fn rewritten(value: &Value, wrap: bool) -> Value {
    match value {
        Value::Structure(structure) => {
            let fields = structure.fields().iter().rev();
            let mut fields: Vec<Field> = fields
                .map(|field| Field {
                    name: field.name.clone(),
                    value: rewritten(&field.value, wrap),
                })
                .collect();
            fields.push(Field { name: "absent".into(), value: Value::Empty });
            Value::try_structure(fields).unwrap()
        }
        Value::Sequence(sequence) => {
            let elements = sequence.elements().iter().map(|it| rewritten(it, false)).collect();
            Value::sequence(elements).unwrap()
        }
        Value::Float(ty, number) if *number == 0.0 => Value::Float(*ty, -number),
        Value::Empty => Value::Empty,
        other if wrap => Value::sequence(vec![other.clone()]).unwrap(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn equality_is_an_equivalence_that_the_hash_agrees_with(
        a in value(), b in value(), c in value(), wrap in any::<bool>()
    ) {
        let hasher = RandomState::new();
        let same = rewritten(&a, wrap);
        prop_assert_eq!(&a, &a);
        prop_assert_eq!(&a, &same);
        prop_assert_eq!(&same, &a);
        prop_assert_eq!(hasher.hash_one(&a), hasher.hash_one(&same));
        prop_assert_eq!(a == b, b == a);
        if a == b {
            prop_assert_eq!(hasher.hash_one(&a), hasher.hash_one(&b));
            prop_assert_eq!(a == c, b == c);
        }
        // A flag, not content: secrets equal the values that they hide.
        let secret = a.clone().into_secret();
        prop_assert_eq!(&secret, &a);
        prop_assert_eq!(hasher.hash_one(&secret), hasher.hash_one(&a));
        let mut keys = HashMap::new();
        keys.insert(a.clone(), 1);
        keys.insert(same, 2);
        prop_assert_eq!(keys.len(), 1);
    }

    #[test]
    fn what_has_a_json_form_comes_back_equal(a in value()) {
        if let Ok(json) = json::to_json(&a, Secrets::Reveal)
            && let Ok(back) = json::from_json(&json)
        {
            // Widths, blobs and floats without a fraction have no form of their own in JSON: what was read is stable.
            let again = json::to_json(&back, Secrets::Reveal).unwrap();
            prop_assert_eq!(json::from_json(&again).unwrap(), back);
        }
    }

    #[test]
    fn secrets_show_in_no_form_of_a_value(a in value()) {
        let marked = Value::structure([("it", a), ("key", Value::string(MARK))]).into_secret();
        let json = json::to_json(&marked, Secrets::Redact).map(|it| it.to_string());
        for text in [print::print(&marked), print::short(&marked, 1000), format!("{marked:?}"), json.unwrap_or_default()] {
            prop_assert!(!text.contains(MARK), "{}", text);
        }
    }
}

#[test]
fn values_are_shared_and_sent_between_threads() {
    fn shared<T: Send + Sync + Clone + Eq + std::hash::Hash + 'static>() {}
    shared::<Value>();
    // Cloning shares: the elements of both are in one place.
    let list = Value::sequence((0..100_000).map(Value::int).collect()).unwrap();
    assert!(std::ptr::eq(list.elements(), list.clone().elements()));
}

/// A text that nothing but the secret contains.
const MARK: &str = "hunter2zq";

/// Builtins of the library whose text is not marked although an argument is secret, and why.
///
/// Numbers and Bools carry no mark anywhere: how long a secret is, or whether it equals a text that the program knows, is
/// public. The text of a secret itself may never leave; for that there is no exception.
const UNMARKED: &[(&str, &str, &str)] =
    &[("circuit", "PkgPath", "it has no arguments"), ("os", "TempDir", "it has no arguments")];

/// Everything that may be seen of a run from outside.
#[derive(Default)]
struct Seen(Mutex<String>);

impl Observer for Seen {
    fn event(&self, event: Event) {
        let text = match event {
            Event::Output { text, .. } => text,
            Event::Progress { message, .. } => message,
            Event::StepFinished { outcome: Outcome::Value(value), .. } => {
                let short = print::short(&value, 10_000);
                format!("{short}\n{}", print::print(&value))
            }
            Event::StepFinished { outcome: Outcome::Failed(message), .. } => message.to_string(),
            _ => return,
        };
        let mut seen = self.0.lock().unwrap();
        seen.push_str(&text);
        seen.push('\n');
    }
}

/// Calls of a builtin with the secret in each of its arguments, in several shapes.
fn calls(builtin: &BuiltinInfo) -> Vec<String> {
    let name = match builtin.package {
        "" => builtin.name.to_owned(),
        _ => format!("it.{}", builtin.name),
    };
    let filler = |name: &str| match name {
        "with" | "step" | "stop" | "less" | "invoke" | "panic" | "withString" | "withArg" => {
            "Return"
        }
        "args" => "(a: 1)",
        "if" => "true",
        "count" | "width" => "2",
        _ => "\"x\"",
    };
    let mut calls = vec![
        format!("{name}(s)"),
        format!("{name}(s, \"b\")"),
        format!("{name}((a: s))"),
        format!("{name}(Merge(s))"),
    ];
    if builtin.any_arguments {
        calls.push(format!("{name}(a: s, b: 1)"));
    }
    for param in builtin.params {
        for shape in ["s", "Merge(s)", "(s, s)", "(a: s)", "Return[s]"] {
            let mut arguments = format!("{}: {shape}", param.name);
            calls.push(format!("{name}({arguments})"));
            for other in builtin.params.iter().filter(|it| it.name != param.name) {
                arguments.push_str(&format!(", {}: {}", other.name, filler(other.name)));
            }
            calls.push(format!("{name}({arguments})"));
        }
    }
    calls
}

/// Whether the text stands anywhere in the value, secrets left aside.
fn in_the_open(value: &Value) -> bool {
    let holds =
        |bytes: &[u8]| bytes.windows(MARK.len()).any(|it| it.eq_ignore_ascii_case(MARK.as_bytes()));
    match value {
        Value::String(bytes) | Value::Blob(bytes) => !bytes.is_secret() && holds(bytes.as_slice()),
        Value::Sequence(sequence) => sequence.elements().iter().any(in_the_open),
        Value::Structure(structure) => structure
            .fields()
            .iter()
            .any(|field| holds(field.name.as_bytes()) || in_the_open(&field.value)),
        Value::Variety(variety) => variety.arguments.iter().any(|it| in_the_open(&it.value)),
        _ => false,
    }
}

/// Whether it has a string or blob of one byte or more that is not marked.
fn unmarked(value: &Value) -> bool {
    match value {
        Value::String(bytes) | Value::Blob(bytes) => {
            !bytes.is_secret() && !bytes.as_slice().is_empty()
        }
        Value::Sequence(sequence) => sequence.elements().iter().any(unmarked),
        Value::Structure(structure) => structure.fields().iter().any(|it| unmarked(&it.value)),
        _ => false,
    }
}

#[test]
fn no_builtin_lets_a_secret_out() {
    for (package, name, reason) in UNMARKED {
        let known = BUILTINS.iter().any(|it| it.package == *package && it.name == *name);
        assert!(
            known && !reason.is_empty(),
            "UNMARKED names {package}.{name}, which is no builtin"
        );
    }
    let (mut ran, mut values, mut leaks) = (0, 0, Vec::new());
    for builtin in BUILTINS.iter().filter(|it| !matches!(it.name, "Hang" | "Loop")) {
        for call in calls(builtin) {
            let import = match builtin.package {
                "" => String::new(),
                package => format!("import \"{package}\" as it\n"),
            };
            let source = format!("{import}Main(s) {{ return: {call} }}");
            let program = with_room(|| {
                let mut db = RootDatabase::new(Schema::builtin().clone());
                db.set_file(ko_queries::FileId(0), "case/main.ko", "case", source.as_str().into());
                ko_queries::program(&db, &[support::main()]).map(Arc::new)
            });
            let Ok(program) = program else { continue };
            let seen = Arc::new(Seen::default());
            let entry = Entry {
                function: FunctionKey { package: "case".into(), name: "Main".into() },
                arguments: vec![(Some("s".into()), Value::string(MARK).into_secret())],
                selection: None,
            };
            // Nothing outside of the program may be touched.
            let options = RunOptions {
                observer: seen.clone(),
                host: HostAccess::NONE,
                ..RunOptions::default()
            };
            let limits = ko_evaluator::run::Limits {
                time: Some(std::time::Duration::from_secs(5)),
                ..Default::default()
            };
            let result = run(program, entry, RunOptions { limits, ..options });
            ran += 1;
            let mut text = seen.0.lock().unwrap().clone();
            match &result.outcome {
                Ok(value) => {
                    values += 1;
                    text.push_str(&print::print(value));
                    text.push_str(&format!("{value:?}"));
                    if in_the_open(value) {
                        leaks.push(format!(
                            "{call}: gives it unmarked: {}",
                            print::short(value, 200)
                        ));
                    }
                    // What the library makes of a secret is all secret.
                    let excepted =
                        UNMARKED.iter().any(|it| it.0 == builtin.package && it.1 == builtin.name);
                    if !builtin.package.is_empty()
                        && !excepted
                        && !call.contains("Return[s]")
                        && unmarked(value)
                    {
                        leaks.push(format!(
                            "{call}: gives text that is not marked: {}",
                            print::short(value, 200)
                        ));
                    }
                }
                Err(failure) => {
                    text.push_str(&failure.to_string());
                    text.push_str(&format!("{failure:?}"));
                    if let FailureKind::Panic(value) = &failure.kind
                        && in_the_open(value)
                    {
                        leaks.push(format!("{call}: panics with it unmarked"));
                    }
                }
            }
            if text.to_lowercase().contains(MARK) {
                let at = text.to_lowercase().find(MARK).unwrap_or(0);
                let start = text.floor_char_boundary(at.saturating_sub(60));
                let end = text.floor_char_boundary(at + 60);
                leaks.push(format!("{call}: shows it: …{}…", &text[start..end]));
            }
        }
    }
    assert!(ran > 500 && values > 150, "only {ran} calls ran, {values} gave a value");
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn a_template_that_is_secret_is_not_told_by_its_mistakes() {
    for text in [format!("{{{{{MARK}-x}}}}"), format!("{{{{{MARK}"), format!("{{{{a.{MARK}}}}}")] {
        let source = "Main(s) { return: Template(template: s, args: (a: 1), withString: Return, withArg: Return) }";
        let program = support::link(&[("case/main.ko", "case", source)]).unwrap();
        let entry = Entry {
            function: support::main(),
            arguments: vec![(Some("s".into()), Value::string(text).into_secret())],
            selection: None,
        };
        let failure = run(program, entry, RunOptions::default()).outcome.unwrap_err();
        assert!(!failure.to_string().contains(MARK), "{failure}");
    }
}
