use std::{
    io,
    sync::{Arc, Mutex},
};

use ko_queries::{FileId, FunctionKey, RootDatabase, program::Program};
use ko_schema::Schema;

use super::*;
use crate::{
    event::NoObserver,
    run::{Entry, RunOptions, run},
    value::Value,
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn program(text: &str) -> Arc<Program> {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(0), "a.ko", "p", text.into());
    Arc::new(ko_queries::link::program(&db, &[main()]).unwrap())
}

fn main() -> FunctionKey {
    FunctionKey { package: "p".into(), name: "Main".into() }
}

fn journal(text: &str, arguments: Vec<(Option<ecow::EcoString>, Value)>) -> Vec<Record> {
    let program = program(text);
    let lines = Lines::default();
    let header = Header { function: "Main".to_owned(), ..Header::default() };
    let journal = Arc::new(Journal::new(
        program.clone(),
        None,
        Arc::new(NoObserver),
        Box::new(lines.clone()),
        header,
    ));
    let entry = Entry { arguments, ..Entry::function(main()) };
    let result =
        run(program, entry, RunOptions { observer: journal.clone(), ..RunOptions::default() });
    journal.finish(&result).unwrap();
    let bytes = lines.0.lock().unwrap().clone();
    read(bytes.as_slice()).unwrap()
}

fn steps(records: &[Record]) -> Vec<String> {
    let mut lines = Vec::new();
    for record in records {
        if let Record::Step(step) = record {
            let label = step.label.as_deref().unwrap_or("-");
            let calls = step.calls.as_deref().unwrap_or("-");
            lines.push(format!(
                "{}/{} {label} {calls} {}:{} {:?} {}",
                step.function, step.frame, step.line, step.column, step.outcome, step.text
            ));
        }
    }
    lines
}

#[test]
fn steps_calls_and_output_are_recorded() {
    let records = journal(
        "Main() {\n\ta: Twice(21)\n\tb: Println(\"hello\")\n\treturn: a\n}\nTwice(n?) {\n\treturn: Sum(n, n)\n}\n",
        Vec::new(),
    );
    assert!(matches!(&records[0], Record::Run(header) if header.function == "Main"));
    assert_eq!(
        steps(&records),
        [
            "1/1 return Sum 7:10 Value 42",
            "0/0 a Twice 2:5 Value 42",
            "0/0 b Println 3:5 Value \"hello\\n\""
        ]
    );
    assert!(records.contains(&Record::Output { text: "hello\n".to_owned(), error: false }));
    assert!(records.iter().any(|it| matches!(it, Record::Call { frame: 1, caller: Some(0), .. })));
    let Some(Record::End(end)) = records.last() else { panic!("no end") };
    assert_eq!((end.outcome, end.text.as_str()), (Outcome::Value, "42"));
}

#[test]
fn a_failure_has_its_place() {
    let records = journal("Main() {\n\treturn: Ratio(1, 0)\n}\n", Vec::new());
    assert!(steps(&records)[0].starts_with("0/0 return Ratio 2:10 Failed "));
    let Some(Record::End(end)) = records.last() else { panic!("no end") };
    assert_eq!((end.outcome, end.at.as_deref()), (Outcome::Failed, Some("a.ko:2:10")));
}

#[test]
fn secrets_are_not_written() {
    let secret = Value::string("hunter2").into_secret();
    let text = "Main(s) {\n\ta: (x: s)\n\tb: Show(a)\n\treturn: Panic(b)\n}\n";
    let records = journal(text, vec![(Some("s".into()), secret)]);
    let all = serde_json::to_string(&records).unwrap();
    assert!(all.contains("<secret>") && !all.contains("hunter2"), "{all}");
}

#[test]
fn a_journal_does_not_grow_without_end() {
    let text = "Main() {\n\treturn: Loop(start: 0, step: Next, stop: Done)\n}\nNext(carry?) {\n\treturn: Sum(carry, 1)\n}\nDone(carry?) {\n\treturn: Equal(carry, 30000)\n}\n";
    let records = journal(text, Vec::new());
    assert!(records.len() <= MAX_RECORDS + 10, "{}", records.len());
    let omitted = records.iter().find_map(|it| match it {
        Record::Omitted { records } => Some(*records),
        _ => None,
    });
    assert!(omitted.is_some_and(|it| it > 10_000), "{omitted:?}");
    assert!(matches!(records.last(), Some(Record::End(end)) if end.outcome == Outcome::Value));
}

#[test]
fn half_a_journal_can_be_read() {
    let text = "{\"kind\":\"output\",\"text\":\"a\",\"error\":false}\nnonsense\n{\"kind\":\"fromTheFuture\",\"x\":1}\n{\"kind\":\"out";
    let records = read(text.as_bytes()).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1], Record::Unknown);
    let long = format!("{}\n{text}", "x".repeat(200_000));
    assert_eq!(read(long.as_bytes()).unwrap(), records);
}
