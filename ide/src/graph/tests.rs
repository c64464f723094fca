use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;

fn draw(source: &str, function: &str) -> Graph {
    let fixture = Fixture::new(source);
    crate::graph(&fixture.db, fixture.file, function).unwrap()
}

/// Nodes and lines, one a line, without places.
fn check(source: &str, function: &str, expect: Expect) {
    let graph = draw(source, function);
    let mut out = String::new();
    for node in &graph.nodes {
        let effect = node.effect.map(|it| format!(" [{}]", it.name())).unwrap_or_default();
        out.push_str(&format!(
            "{} {} | {} | {}{effect}",
            node.kind.name(),
            node.id,
            node.label,
            node.detail
        ));
        out.push_str(&format!(" | {}\n", node.arguments.join("; ")));
    }
    for edge in &graph.edges {
        let arrow = if edge.after { "-after->" } else { "->" };
        let label = edge.label.as_deref().unwrap_or("-");
        out.push_str(&format!(
            "{} {arrow} {} {label} | {}\n",
            edge.from,
            edge.to,
            edge.values.join("; ")
        ));
    }
    expect.assert_eq(&out);
}

const EXAMPLE: &str = include_str!("../../../examples/cockroachdb/cockroachdb.ko");

#[test]
fn the_example_is_what_a_person_would_draw() {
    check(
        EXAMPLE,
        "StartCockroachDB",
        expect![[r#"
        argument argument:ns | ns? | argument | 
        gate namespace | namespace | CreateNamespace [write] | 
        call nodes | nodes | startCockroachDBNodes [write] | 
        call running | running | waitForCockroachDBPodsReady [read] | 
        call initJob | initJob | initCockroachDB [write] | 
        call initDone | initDone | waitForCockroachDBInitDone [read] | 
        call ready | ready | waitForCockroachDBServing [read] | 
        result return | return | namespace, sqlService, sqlPort, pods, readyReplicas | sqlPort: 26257
        argument:ns -> namespace namespace | namespace: ns
        namespace -> nodes ns | ns: namespace.metadata.name
        argument:ns -> running - | ns: ns
        nodes -> running replicas | replicas: nodes.statefulSet.spec.replicas; after_: nodes
        argument:ns -> initJob - | ns: ns
        running -after-> initJob - | after_: running
        argument:ns -> initDone - | ns: ns
        initJob -> initDone jobName | jobName: initJob.metadata.name
        argument:ns -> ready - | ns: ns
        nodes -> ready name | name: nodes.statefulSet.metadata.name
        initDone -after-> ready - | after_: initDone
        namespace -> return - | namespace: namespace.metadata.name
        nodes -> return sqlService | sqlService: nodes.publicService.metadata.name
        running -> return pods | pods: running
        ready -> return readyReplicas | readyReplicas: ready.status.readyReplicas
    "#]],
    );
}

#[test]
fn a_gate_that_is_the_result() {
    check(
        EXAMPLE,
        "waitForCockroachDBPodsReady",
        expect![[r#"
        argument argument:ns | ns | argument | 
        argument argument:replicas | replicas | argument | 
        gate return:value | WaitForPodsByLabelSelector |  [read] | labelSelector: "app=cockroachdb,component=node"; condition: "Running"; timeout: "10m"
        result return | return |  | 
        argument:ns -> return:value namespace | namespace: ns
        argument:replicas -> return:value count | count: replicas
        return:value -> return - | WaitForPodsByLabelSelector
    "#]],
    );
}

#[test]
fn mistakes_are_nodes_and_the_rest_is_drawn() {
    check(
        "F(ns) {\n  a: ListPods(namespace: ns)\n  b: unknown(a)\n  c:\n  return: (x: a, y: b, z: c)\n}",
        "F",
        expect![[r#"
            argument argument:ns | ns | argument | 
            gate a | a | ListPods [read] | 
            error b | b | unknown(a) | 
            error c | c | mistake | 
            result return | return | x, y, z | 
            argument:ns -> a namespace | namespace: ns
            a -> b - | a
            a -> return x | x: a
            b -> return y | y: b
            c -> return z | z: c
        "#]],
    );
}

#[test]
fn nested_steps() {
    check(
        "Run(ns) {\n  pods: ListPods(namespace: ns, after: CreateNamespace(namespace: ns))\n  gone: DeletePods(namespace: helper(), pods: pods)\n  done: (after_: gone, msg: (deleted: true))\n  unused: \"text\"\n  twice: (DeletePods(namespace: ns), DeletePods(namespace: ns))\n  return: Show(done.msg)\n}\nhelper() { return: \"x\" }",
        "Run",
        expect![[r#"
            argument argument:ns | ns | argument | 
            gate pods/after | CreateNamespace |  [write] | 
            gate pods | pods | ListPods [read] | 
            gate gone | gone | DeletePods [destructive] | namespace: helper()
            structure done | done | msg | msg: (deleted: true)
            literal unused | unused | "text" | 
            gate twice/1 | DeletePods |  [destructive] | 
            gate twice/2 | DeletePods |  [destructive] | 
            structure twice | twice | 2 values | 
            result return | return | Show(done.msg) | 
            argument:ns -> pods/after namespace | namespace: ns
            argument:ns -> pods namespace | namespace: ns
            pods/after -after-> pods - | after: CreateNamespace
            pods -> gone - | pods: pods
            gone -after-> done - | after_: gone
            argument:ns -> twice/1 namespace | namespace: ns
            argument:ns -> twice/2 namespace | namespace: ns
            twice/1 -> twice - | DeletePods
            twice/2 -> twice - | DeletePods
            done -> return - | done.msg
        "#]],
    );
}

#[test]
fn aliases_and_functions_as_values() {
    check(
        "F(x?, f) {\n  y: x\n  g: Range[with: h(carry, elem) { return: elem }]\n  r: g(over: y)\n  s: f(r.image.deep)\n  t: s.a\n  return: t.b\n}",
        "F",
        expect![[r#"
            argument argument:x | x? | argument | 
            argument argument:f | f | argument | 
            call g | g | Range | with: h(carry, elem) { return: elem }
            call r | r | Range | 
            call s | s | f(r.image.deep) | 
            result return | return | t.b | 
            g -> r - | g
            argument:x -> r over | over: x
            argument:f -> s - | f
            r -> s - | r.image.deep
            s -> return - | s.a.b
        "#]],
    );
}

#[test]
fn ids_survive_edits_elsewhere() {
    let ids =
        |source: &str| draw(source, "F").nodes.into_iter().map(|it| it.id).collect::<Vec<_>>();
    let before = ids("F(ns) { a: G(x: ListPods()), return: a }\nG(x) { return: ListPods() }");
    let after = ids(
        "G(x) { return: ListPods() }\n// More.\nF(ns) { new: ListNodes(), a: G(x: ListPods()), return: a }",
    );
    assert_eq!(before, ["argument:ns", "a/x", "a", "return"]);
    assert!(before.iter().all(|it| after.contains(it)), "{after:?}");
}

#[test]
fn steps_lead_to_their_nodes() {
    let fixture = Fixture::new(EXAMPLE);
    let graph = crate::graph(&fixture.db, fixture.file, "StartCockroachDB").unwrap();
    let source = crate::source::Source::new(&fixture.db, fixture.file).unwrap();
    let scope = source.scope_named("StartCockroachDB").unwrap();
    for (label, step) in &scope.circuit().labels {
        assert_eq!(node_of_step(&graph, *step), Some(label.as_str()));
    }
    for step in scope.circuit().ids() {
        assert!(node_of_step(&graph, step).is_some(), "{step:?}");
    }
    assert_eq!(node_of_step(&graph, StepId(9_999)), None);
    for node in graph.nodes.iter().filter(|it| it.kind != NodeKind::Argument) {
        assert!(fixture.slice(node.range).starts_with(&node.label), "{}", node.id);
    }
}

#[test]
fn as_text() {
    let graph = draw(EXAMPLE, "StartCockroachDB");
    let picture = text(&graph);
    expect![[r#"
        ○         ns?        argument
        │
        ├─◆       namespace  CreateNamespace [write]
        │ │         namespace: ns
        │ ├─●     nodes      startCockroachDBNodes [write]
        │ │ │       ns: namespace.metadata.name
        ├─│─┼─●   running    waitForCockroachDBPodsReady [read]
        │ │ │ │     ns: ns, replicas: nodes.statefulSet.spec.replicas, after_: nodes
        ├─│─│─┼─● initJob    initCockroachDB [write]
        │ │ │ │ │   ns: ns, after_: running
        ├─│─│─│─● initDone   waitForCockroachDBInitDone [read]
        │ │ │ │ │   ns: ns, jobName: initJob.metadata.name
        ╰─│─┼─│─● ready      waitForCockroachDBServing [read]
          │ │ │ │   ns: ns, name: nodes.statefulSet.metadata.name, after_: initDone
          ╰─┴─┴─◎ return     namespace, sqlService, sqlPort, pods, readyReplicas
                    namespace: namespace.metadata.name, sqlService: nodes.publicService…
    "#]]
    .assert_eq(&picture.text);
    assert!(picture.text.lines().all(|line| line.chars().count() <= 80));
    assert_eq!(picture.lines.len(), picture.text.lines().count());
    assert_eq!(picture.lines.first().map(|it| it.range), Some(graph.nodes[0].range));
}

const SMALL: &str =
    "F(ns) { a: ListPods(namespace: ns), b: DeletePods(pods: a, after: \"<&\\\"\"), return: b }";

#[test]
fn as_json() {
    let graph = draw(SMALL, "F");
    let value = json(&graph, &|range| serde_json::json!(u32::from(range.start())));
    expect![[r#"
        {
          "function": "F",
          "width": 147,
          "height": 356,
          "nodes": [
            {
              "id": "argument:ns",
              "label": "ns",
              "detail": "argument",
              "arguments": [],
              "kind": "argument",
              "range": 2,
              "x": 24,
              "y": 24,
              "width": 99,
              "height": 46
            },
            {
              "id": "a",
              "label": "a",
              "detail": "ListPods",
              "arguments": [],
              "kind": "gate",
              "effect": "read",
              "range": 8,
              "x": 33,
              "y": 116,
              "width": 81,
              "height": 46
            },
            {
              "id": "b",
              "label": "b",
              "detail": "DeletePods",
              "arguments": [
                "after: \"<&\\\"\""
              ],
              "kind": "gate",
              "effect": "destructive",
              "range": 36,
              "x": 26.5,
              "y": 208,
              "width": 94,
              "height": 46
            },
            {
              "id": "return",
              "label": "return",
              "detail": "",
              "arguments": [],
              "kind": "result",
              "range": 75,
              "x": 37.5,
              "y": 300,
              "width": 72,
              "height": 32
            }
          ],
          "edges": [
            {
              "from": "argument:ns",
              "to": "a",
              "label": "namespace",
              "values": [
                "namespace: ns"
              ],
              "after": false,
              "points": [
                [
                  73.5,
                  70
                ],
                [
                  73.5,
                  116
                ]
              ]
            },
            {
              "from": "a",
              "to": "b",
              "label": "pods",
              "values": [
                "pods: a"
              ],
              "after": false,
              "points": [
                [
                  73.5,
                  162
                ],
                [
                  73.5,
                  208
                ]
              ]
            },
            {
              "from": "b",
              "to": "return",
              "values": [
                "b"
              ],
              "after": false,
              "points": [
                [
                  73.5,
                  254
                ],
                [
                  73.5,
                  300
                ]
              ]
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn as_dot_and_mermaid() {
    let graph = draw(SMALL, "F");
    expect![[r#"
        digraph "F" {
          node [shape=box, style=rounded, fontname="sans-serif"];
          "argument:ns" [label="ns\nargument", shape=ellipse];
          "a" [label="a\nListPods\n(read)", style="rounded,bold"];
          "b" [label="b\nDeletePods\n(destructive)", style="rounded,bold"];
          "return" [label="return", peripheries=2];
          "argument:ns" -> "a" [label="namespace"];
          "a" -> "b" [label="pods"];
          "b" -> "return";
        }
    "#]]
    .assert_eq(&dot(&graph));
    expect![[r#"
        flowchart TB
          n0(["ns<br/>argument"])
          n1["a<br/>ListPods<br/>(read)"]
          n2["b<br/>DeletePods<br/>(destructive)"]
          n3[["return"]]
          n0 -->|"namespace"| n1
          n1 -->|"pods"| n2
          n2 --> n3
    "#]]
    .assert_eq(&mermaid(&graph));
}

#[test]
fn as_a_picture() {
    let graph = draw(SMALL, "F");
    for theme in [Theme::Light, Theme::Dark] {
        let picture = svg(&graph, theme);
        assert_eq!(picture, svg(&graph, theme), "the same every time");
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert!(picture.contains("<title id=\"title\">Graph of the function F</title>"));
        assert!(picture.contains("DeletePods (destructive)"), "said in words, too");
        assert!(picture.contains("&lt;&amp;") && !picture.contains("\"<&"));
        let (open, close) = (picture.matches("<g").count(), picture.matches("</g>").count());
        assert_eq!(open, close);
    }
}

#[test]
fn a_large_function_is_drawn() {
    let mut source = String::from("F(ns) {\n");
    for at in 0..500 {
        source.push_str(&format!("s{at}: ListPods(namespace: ns, after: s{})\n", (at - 3).max(0)));
    }
    source.push_str("return: s499 }");
    let source =
        source.replace("s0: ListPods(namespace: ns, after: s0)", "s0: ListPods(namespace: ns)");
    let graph = draw(&source, "F");
    assert_eq!(graph.nodes.len(), 502);
    let _ = svg(&graph, Theme::Light);
    assert!(text(&graph).text.lines().count() >= 502);
}

/// A function of `count` steps in a chain, whose last one is returned beside a step that two others use.
fn chain(count: usize) -> String {
    let mut text = "Main(n) {\n  both: Sum(n, 1)\n  s0: Sum(both, 0)\n".to_owned();
    for at in 1..count {
        text.push_str(&format!("  s{at}: Sum(s{}, {at})\n", at - 1));
    }
    text.push_str(&format!("  other: Sum(both, 2)\n  return: Sum(s{}, other)\n}}", count - 1));
    text
}

fn view(source: &str, view: &View) -> Graph {
    let fixture = Fixture::new(source);
    crate::graph_view(&fixture.db, fixture.file, "Main", view).unwrap()
}

fn ids(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.id.as_str()).collect()
}

#[test]
fn a_graph_of_usual_size_is_drawn_whole() {
    let graph = view(&chain(200), &View::default());
    assert_eq!(graph, view(&chain(200), &View::all()));
    assert!(graph.nodes.iter().all(|node| node.folded.is_empty()));
}

#[test]
fn calls_of_a_large_graph_are_folded_into_what_uses_them() {
    let graph = view(&chain(2000), &View::default());
    assert!((200..=300).contains(&graph.nodes.len()), "{}", graph.nodes.len());
    let deepest = graph.nodes.iter().find(|node| !node.folded.is_empty()).unwrap();
    let hidden: usize = graph.nodes.iter().map(|node| node.folded.len()).sum();
    assert_eq!(hidden + graph.nodes.len(), view(&chain(2000), &View::all()).nodes.len());
    assert!(deepest.detail.ends_with(&format!("+{}", deepest.folded.len())), "{deepest:?}");
    assert!(
        graph.edges.iter().all(|it| graph.node(&it.from).is_some() && graph.node(&it.to).is_some())
    );
}

#[test]
fn what_is_folded_shows_when_it_is_expanded() {
    let source = "Main(n) { a: Sum(n, 1), b: Sum(a, 1), c: Sum(a, 2), d: Sum(b, c), e: Sum(d, 1), unused: Sum(n, 3), return: Sum(e, n) }";
    let at = |depth, expand: &[&str]| {
        let expand = expand.iter().map(|it| (*it).to_owned()).collect();
        view(source, &View { depth: Some(depth), expand })
    };
    let graph = at(0, &[]);
    assert_eq!(ids(&graph), ["argument:n", "unused", "return"]);
    assert_eq!(graph.node("return").unwrap().folded, ["a", "b", "c", "d", "e"]);
    assert_eq!(ids(&at(0, &["return"])), ["argument:n", "e", "unused", "return"]);
    // The diamond of `b` and `c` belongs to `d`, with `a` at its other end.
    let graph = at(0, &["return", "e", "d"]);
    assert_eq!(ids(&graph), ["argument:n", "a", "b", "c", "d", "e", "unused", "return"]);
    let graph = at(2, &[]);
    assert_eq!(ids(&graph), ["argument:n", "d", "e", "unused", "return"]);
    assert_eq!(graph.node("d").unwrap().folded, ["a", "b", "c"]);
    assert_eq!(at(9, &[]), view(source, &View::all()));
}

#[test]
fn a_folded_node_warns_of_all_that_is_in_it() {
    let source = "Main(ns) { p: ListPods(namespace: ns), d: DeletePods(namespace: ns, pods: p), return: Len(d) }";
    let graph = view(source, &View { depth: Some(0), ..View::default() });
    assert_eq!(graph.node("return").unwrap().effect, Some(Effect::Destructive));
    assert!(node_of_step(&graph, ko_queries::circuit::StepId(1)).is_some());
}
