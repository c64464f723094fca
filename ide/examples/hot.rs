//! scratch
use ko_ide::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;
fn block(at: usize) -> String {
    let mut t = format!(
        "// Deploys the part {at} of the shop, with what it needs.\nDeploy{at}(namespace, name, replicas) {{\n  labels: (app: name, part: \"p{at}\")\n  container: (name: name, image: \"shop/p{at}:1\", args: (\"-v\", name))\n  template: (metadata: (labels: labels), spec: (containers: container))\n  made: CreateDeployment(namespace: namespace, deployment: (metadata: (name: name, labels: labels), spec: (replicas: replicas, selector: (matchLabels: labels), template: template)))\n"
    );
    if at > 0 {
        t += &format!(
            "  before: Deploy{}(namespace: namespace, name: name, replicas: replicas)\n  return: (made: made.metadata.name, before: before.made)\n",
            at - 1
        )
    } else {
        t += "  before: name\n  return: (made: made.metadata.name, before: before)\n"
    }
    t + "}\n\n"
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let lines: usize = a[1].parse().unwrap();
    let rounds: usize = a[2].parse().unwrap();
    let what = a[3].clone();
    let mut text = String::new();
    if what.contains('C') {
        for i in 0..lines {
            text += &match i {
                0 => "F0(x) { return: (value: x, n: 1) }\n".to_owned(),
                _ if i == lines / 2 => {
                    format!("F{i}(x) {{ r: F{}(x: x), note: , return: r }}\n", i - 1)
                }
                _ => format!("F{i}(x) {{ return: F{}(x: x) }}\n", i - 1),
            }
        }
    } else {
        for i in 0..lines / 10 {
            let mut b = block(i);
            if i == lines / 20 {
                b = b.replace("  return", "  note: \n  return")
            }
            text += &b
        }
    }
    let at = text.find("note: ").unwrap() + 6;
    let events = what.contains('e');
    std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || {
            let log: Arc<Mutex<Vec<(u8, salsa::DatabaseKeyIndex)>>> = Arc::default();
            let l = log.clone();
            let mut db = if events {
                RootDatabase::with_events(ko_schema::Schema::builtin().clone(), move |e| {
                    match e.kind {
                        salsa::EventKind::WillExecute { database_key } => {
                            l.lock().unwrap().push((0, database_key))
                        }
                        salsa::EventKind::DidValidateMemoizedValue { database_key } => {
                            l.lock().unwrap().push((1, database_key))
                        }
                        _ => {}
                    }
                })
            } else {
                RootDatabase::new(ko_schema::Schema::builtin().clone())
            };
            let f = FileId(0);
            db.set_file(f, "main.ko", "b", text.as_str().into());
            let s = Instant::now();
            let d = diagnostics(&db, f);
            println!("first {:?} {}", s.elapsed(), d.len());
            let mut times: BTreeMap<&str, Vec<std::time::Duration>> = BTreeMap::new();
            macro_rules! time {
                ($n:literal, $e:expr) => {{
                    let s = Instant::now();
                    std::hint::black_box($e);
                    times.entry($n).or_default().push(s.elapsed());
                }};
            }
            for round in 0..rounds {
                for i in 1..=10 {
                    let t = format!("{}{}{}", &text[..at], &"deployment"[..i], &text[at..]);
                    log.lock().unwrap().clear();
                    time!("set", db.set_file(f, "main.ko", "b", t.as_str().into()));
                    if what.contains('c') {
                        time!(
                            "completion",
                            completion(
                                &db,
                                FilePosition { file: f, offset: ((at + i) as u32).into() },
                                CompletionConfig::default()
                            )
                        );
                    }
                    if what.contains('d') {
                        time!("diagnostics", diagnostics(&db, f));
                    }
                    if what.contains('t') {
                        time!("tokens", semantic_tokens(&db, f));
                    }
                    if what.contains('h') {
                        time!(
                            "hover",
                            hover(
                                &db,
                                FilePosition {
                                    file: f,
                                    offset: (text[..at]
                                        .rfind("\nD")
                                        .or(text[..at].rfind("\nF"))
                                        .unwrap()
                                        as u32
                                        + 2)
                                    .into()
                                }
                            )
                        );
                    }
                    if events && round + 1 == rounds && i == 5 {
                        let mut counts: BTreeMap<(u8, String), u32> = BTreeMap::new();
                        for (k, key) in log.lock().unwrap().iter() {
                            use salsa::Database as _;
                            *counts
                                .entry((
                                    *k,
                                    db.ingredient_debug_name(key.ingredient_index()).into_owned(),
                                ))
                                .or_default() += 1;
                        }
                        for ((k, n), c) in counts {
                            println!("{} {n} {c}", ["run", "valid"][k as usize]);
                        }
                    }
                }
            }
            for (n, mut v) in times {
                v.sort();
                println!(
                    "{n} min {:?} p50 {:?} p95 {:?}",
                    v[0],
                    v[v.len() / 2],
                    v[v.len() * 95 / 100]
                );
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
