//! Calls are written in another way, or run in another order.

use expect_test::expect;

use super::{super::Kind, check};

#[test]
fn arguments_get_and_lose_their_names() {
    check(
        Kind::Rewrite,
        "G(size?, unit) { return: (size, unit) }\nF(x) { return: G$0(x) }",
        expect![[r#"
        Name the argument `size`
          G(size?, unit) { return: (size, unit) }
          F(x) { return: G(size: x) }
        Run the steps of `G` at the same time, with `Parallel`
          G(size?, unit) { return: (size, unit) }
          F(x) { return: Parallel(G[x]) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "F(x) { return: Sum(1, $0x) }",
        expect![[r#"
        Name the arguments `value`
          F(x) { return: Sum(value: 1, value: x) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "F(x) { return: Len(val$0ue: x) }",
        expect![[r#"
        Pass `value` without its name
          F(x) { return: Len(x) }
    "#]],
    );
    // Nothing takes an argument without a name; a structure has no names to give.
    check(Kind::Rewrite, "F(x) { return: Show$0(x) }\nG(x) { return: (x) }", expect![[""]]);
    check(Kind::Rewrite, "F(x) { return: ($0x) }", expect![[""]]);
}

#[test]
fn a_step_is_ordered_after_another() {
    check(
        Kind::Rewrite,
        "F(ns) {\n\tgone: DeletePods(namespace: ns, pods: ListPods(namespace: ns))\n\tmade$0: CreateConfigMap(\n\t\tnamespace: ns\n\t\tconfigMap: (metadata: (name: \"a\")) // the map\n\t)\n\tshown: Show(made)\n\treturn: 1\n}\n",
        expect![[r#"
            Run `CreateConfigMap` after `gone`
              F(ns) {
              	gone: DeletePods(namespace: ns, pods: ListPods(namespace: ns))
              	made: CreateConfigMap(
              		namespace: ns
              		configMap: (metadata: (name: "a")) // the map
              		_after: gone
              	)
              	shown: Show(made)
              	return: 1
              }
        "#]],
    );
    check(
        Kind::Rewrite,
        "G(x?) { return: Show(x) }\nF() { a: Show(1), b$0: G(2), c: G(b), return: 3 }",
        expect![[r#"
        Run `G` after `a`
          G(x?) { return: Show(x) }
          F() { a: Show(1), b: G(x: 2, _after: a), c: G(b), return: 3 }
    "#]],
    );
}

#[test]
fn steps_at_the_same_time() {
    check(
        Kind::Rewrite,
        "G(a) { return: a }\nF(x) { return: G$0(a: x) }",
        expect![[r#"
        Run the steps of `G` at the same time, with `Parallel`
          G(a) { return: a }
          F(x) { return: Parallel(G[a: x]) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nF() { return: G$0().x }",
        expect![[r#"
        Run the steps of `G` at the same time, with `Parallel`
          G() { return: 1 }
          F() { return: Parallel(G).x }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G(a) { return: a }\nF(x) { return: Parallel(G$0[a: x]) }",
        expect![[r#"
        Name the argument `value`
          G(a) { return: a }
          F(x) { return: Parallel(value: G[a: x]) }
        Run the steps one by one, without `Parallel`
          G(a) { return: a }
          F(x) { return: G(a: x) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nF() { return: Parallel(G$0) }",
        expect![[r#"
        Name the argument `value`
          G() { return: 1 }
          F() { return: Parallel(value: G) }
        Run the steps one by one, without `Parallel`
          G() { return: 1 }
          F() { return: G() }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nParallel(x?) { return: x }\nF() { return: G$0() }",
        expect![[""]],
    );
}
