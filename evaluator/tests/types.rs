//! What the checker says about a step is true of every value that the step has when it runs.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::io::Write as _;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use ko_evaluator::{
    event::{Event, FrameId, Observer, Outcome},
    print,
    run::{Entry, Limits, RunOptions, run},
    value::Value,
    vtype,
};
use ko_queries::{
    FileId, RootDatabase,
    circuit::{StepId, StepKind},
    items::find_function,
    program::FunctionId,
    types::{Type, inferred},
};
use ko_schema::Schema;

/// Keeps the values of all steps.
#[derive(Default)]
struct Values(Mutex<Vec<(FrameId, FunctionId, StepId, Value)>>);

impl Observer for Values {
    fn event(&self, event: Event) {
        if let Event::StepFinished {
            frame, function, step, outcome: Outcome::Value(value), ..
        } = event
        {
            self.0.lock().unwrap().push((frame, function, step, value));
        }
    }
}

/// Whether the value is one of those that the type says.
fn contains(ty: &Type, value: &Value) -> bool {
    match ty {
        Type::Unknown | Type::Any | Type::Var(_) | Type::Deferred(_) | Type::Schema(_) => true,
        Type::Never => false,
        Type::Empty => value.is_empty(),
        Type::Optional(it) => value.is_empty() || contains(it, value),
        Type::Union(list) => list.iter().any(|it| contains(it, value)),
        Type::Named(_) => matches!(value, Value::Opaque(_) | Value::Blob(_)),
        Type::Sequence(it) => match value {
            Value::Sequence(_) => value.elements().iter().all(|element| contains(it, element)),
            _ => value.is_empty(),
        },
        Type::Structure(fields) => match value {
            Value::Structure(structure) => {
                let known = |name: &str| fields.field(name).is_some();
                fields.iter().all(|(name, ty)| contains(ty, value.field(name)))
                    && structure.fields().iter().all(|it| it.value.is_empty() || known(&it.name))
            }
            _ => false,
        },
        Type::Map(it) => match value {
            Value::Structure(structure) => {
                structure.fields().iter().all(|field| contains(it, &field.value))
            }
            _ => false,
        },
        Type::Variety(_) => matches!(value, Value::Variety(_)),
        // Elements keep their own width: an integer of fewer bits is among those of more.
        Type::Int(_) | Type::Uint(_) | Type::Float32 | Type::Float64 => {
            let actual = type_name(value);
            let (family, bits) = split(&ty.to_string());
            let (actual_family, actual_bits) = split(&actual);
            family == actual_family && actual_bits <= bits
        }
        Type::Bool | Type::String => type_name(value) == ty.to_string(),
    }
}

fn type_name(value: &Value) -> String {
    print::short_type(&vtype::Type::of(value), 200).to_string()
}

/// `Int64` as its name and its number of bits.
fn split(name: &str) -> (String, u32) {
    let letters = name.trim_end_matches(|it: char| it.is_ascii_digit());
    (letters.to_owned(), name[letters.len()..].parse().unwrap_or(0))
}

/// How many values were compared to more than "unknown".
#[derive(Default)]
struct Compared {
    /// Of functions without parameters.
    closed: usize,
    /// Of calls whose arguments are what the function asks of its parameters.
    called: usize,
}

/// Runs `Main` of the package `case` and compares the value of every step of every call with its type. Types of steps
/// that depend on parameters are what they are with the arguments that the function asks for, so calls that give
/// something else are left out.
fn check(name: &str, files: &[(String, String)], wrong: &mut Vec<String>, compared: &mut Compared) {
    support::with_room(|| {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        for ((package, text), id) in files.iter().zip(0..) {
            db.set_file(FileId(id), &format!("{id}.ko"), package, text.as_str().into());
        }
        let Ok(program) = ko_queries::program(&db, &[support::main()]) else { return };
        let program = Arc::new(program);
        let values = Arc::new(Values::default());
        let limits = Limits { time: Some(Duration::from_secs(5)), ..Limits::default() };
        let options = RunOptions { observer: values.clone(), limits, ..RunOptions::default() };
        run(program.clone(), Entry::function(support::main()), options);
        let mut frames: BTreeMap<u64, (FunctionId, Vec<(StepId, Value)>)> = BTreeMap::new();
        for (frame, function, step, value) in std::mem::take(&mut *values.0.lock().unwrap()) {
            let frame = frames.entry(frame.0).or_insert_with(|| (function, Vec::new()));
            frame.1.push((step, value));
        }
        for (function, values) in frames.into_values() {
            let circuit = &program.function(function).circuit;
            let Some(function) = find_function(&db, &circuit.key) else { continue };
            let inferred = inferred(&db, function).unwrap();
            let fits =
                |step: StepId, value: &Value| contains(&inferred.steps[step.0 as usize], value);
            let is_param = |step: StepId| matches!(circuit.step(step).kind, StepKind::Param(_));
            if values.iter().any(|it| is_param(it.0) && !fits(it.0, &it.1)) {
                continue;
            }
            for (step, value) in &values {
                let ty = &inferred.steps[step.0 as usize];
                let known = usize::from(*ty != Type::Unknown && !ty.is_blocked());
                match circuit.params.is_empty() {
                    true => compared.closed += known,
                    false => compared.called += known,
                }
                if !fits(*step, value) {
                    let (actual, key) = (type_name(value), &circuit.key.name);
                    wrong.push(format!("{name}: step {} of {key}: {ty}, not {actual}", step.0));
                }
            }
        }
    });
}

#[test]
fn values_of_the_vectors_have_the_types_that_the_checker_says() {
    let (mut wrong, mut compared) = (Vec::new(), Compared::default());
    for line in include_str!("vectors.txt").lines() {
        let Some(formula) = line.split(" => ").next().filter(|it| !it.trim().is_empty()) else {
            continue;
        };
        let text = format!("Main() {{ return: {formula}\n}}");
        check(formula, &[("case".to_owned(), text)], &mut wrong, &mut compared);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared.closed > 50, "only {} values were compared", compared.closed);
}

/// Generic functions, folds, optional and repeated values: what makes types hard.
const PROGRAM: &str = r#"
Main() {
  a: Pick(either: Empty(), or: 1)
  b: Map(over: (1, 2), with: double)
  c: Map(over: ("a", "b"), with: wrap)
  d: Range(over: (1, 2), with: sum(carry, elem) { return: (emit: "x", carry: Sum(carry, elem)) }, start: 0)
  e: Branch(if: true, then: Return["a"], else: Return["b"])
  g: Switch(case: Nothing, case: Return[2], otherwise: Return[3])
  h: Loop(start: 0, step: Inc, stop: stop(n?) { return: Equal(n, 5) })
  i: Spin(Return[true]).Wait()
  j: When(have: Yield(if: true, then: 1), then: wrap)
  k: Sort(over: (3, 1), less: less(left, right) { return: Less(left, right) })
  l: Take((1, 2))
  m: Merge((1, 2), 3)
  n: ((a: 1), (b: "x"), (a: (1, 2)))
  o: Take(n).first.a
  p: (x: Empty(), x: 1, y: 2, y: 3)
  q: (Int8(1), 2)
  r: Take(q).first
  s: All(a: 1, b: Empty())
  t: All(a: 1, b: 2)
  u: Format(format: "%%-%%", args: ("a", "b"), withString: Return, withArg: Return)
  v: Profile(Return[1]).returns
  w: fac(n: 5)
  x: Recover(invoke: Panic[code: 3], panic: Return)
  y: (1, Yield(if: false, then: 2))
  z: Merge(Yield(if: false, then: 2), (), (a: 1))
  aa: even(n: 7)
  ab: Range(over: Empty(), with: sum, start: "s")
  ac: Yield(if: false, then: (1, 2), else: 1)
  ad: collect(n: 3)
  ae: Take(1)
  return: (a: a, o: o, w: w)
}
Map(over, with) { return: Range(over: over, with: apply[with: with]).image }
apply(elem, with) { return: (emit: with(elem)) }
double(n?) { return: Prod(n, 2) }
wrap(it?) { return: (it: it) }
fac(n) { return: Branch(if: Less(n, 2), then: Return[1], else: facNext[n: n]) }
facNext(n) { return: Prod(n, fac(n: Sum(n, -1))) }
even(n) { return: Branch(if: Equal(n, 0), then: Return[true], else: odd[n: Sum(n, -1)]) }
odd(n) { return: Branch(if: Equal(n, 0), then: Return[false], else: even[n: Sum(n, -1)]) }
collect(n, all) { return: Branch(if: Equal(n, 0), then: Return[all], else: collect[n: Sum(n, -1), all: Merge(all, n)]) }
"#;

#[test]
fn values_of_generic_functions_have_the_types_that_the_checker_says() {
    let (mut wrong, mut compared) = (Vec::new(), Compared::default());
    let files = [("case".to_owned(), PROGRAM.to_owned())];
    check("program", &files, &mut wrong, &mut compared);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let Compared { closed, called } = compared;
    assert!(closed > 100 && called > 100, "{closed} and {called} values were compared");
}

#[test]
fn values_of_the_conformance_cases_have_the_types_that_the_checker_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the conformance cases are not at {}",
            root.display()
        );
        return;
    }
    let (mut wrong, mut compared, mut cases) = (Vec::new(), Compared::default(), 0);
    let mut folders: Vec<PathBuf> = vec![root];
    while let Some(folder) = folders.pop() {
        if folder.join("src").is_dir() {
            let mut files = Vec::new();
            collect(&folder.join("src"), &folder.join("src"), &mut files);
            check(&folder.display().to_string(), &files, &mut wrong, &mut compared);
            cases += 1;
            continue;
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "ko") {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                let files = [("case".to_owned(), text)];
                check(&path.display().to_string(), &files, &mut wrong, &mut compared);
                cases += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let Compared { closed, called } = compared;
    assert!(
        cases > 300 && closed > 1000 && called > 300,
        "{closed} and {called} values of {cases} cases were compared"
    );
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|it| it == "ko") {
            let package = folder.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.push((package, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 150, ..Default::default() })]

    #[test]
    fn values_of_programs_at_random_have_the_types_that_the_checker_says(
        source in support::programs::programs()
    ) {
        let (mut wrong, mut compared) = (Vec::new(), Compared::default());
        check("program", &[("case".to_owned(), source.clone())], &mut wrong, &mut compared);
        proptest::prop_assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), source);
        proptest::prop_assert!(compared.closed > 6, "only {} values were compared", compared.closed);
    }
}
