//! Whole programs without effects, at random: every step has a type, so that nearly all of them run to the end.

use std::fmt::Write;

use proptest::prelude::*;

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Bool,
    Text,
    /// Of integers, or Empty.
    Ints,
    /// `(n: Int, text: Text, more: Ints)`.
    Record,
    /// A function of one integer that gives one.
    Function,
}

use Kind::{Bool, Function, Int, Ints, Record, Text};

/// A way to make a step: its kind, those of its operands, and its formula with `{0}`, `{1}`, … for them.
const WAYS: &[(Kind, &[Kind], &str)] = &[
    (Int, &[Int, Int], "Sum({0}, {1})"),
    (Int, &[Int, Int], "Prod({0}, {1}, -3)"),
    (Int, &[Int], "Ratio({0}, 7)"),
    (Int, &[Int, Int], "Moduli({0}, {1})"),
    (Int, &[Int], "Negative({0})"),
    (Int, &[Ints], "Len({0})"),
    (Int, &[Record], "{0}.n"),
    (Int, &[Ints, Int], "Pick(either: Take({0}).first, or: {1})"),
    (Int, &[Function, Int], "{0}({1})"),
    (Int, &[Function, Int], "Invoke({0}[{1}])"),
    (Int, &[Bool, Int, Int], "Yield(if: {0}, then: {1}, else: {2})"),
    (Int, &[Bool, Function, Int, Int], "Branch(if: {0}, then: {1}[{2}], else: Return[{3}])"),
    (Int, &[Int], "Loop(start: 0, step: Inc, stop: Reached[least: Moduli({0}, 20)])"),
    (Int, &[Int], "Factorial(Moduli({0}, 9))"),
    (Int, &[Function, Int], "Spin({0}[{1}]).Wait()"),
    (Int, &[Function, Int], "Parallel({0}[{1}])"),
    (Int, &[Int], "Recover(invoke: Panic[{0}], panic: Return)"),
    (Int, &[Ints, Int], "Range(over: {0}, start: {1}, with: Collect).residue"),
    (Int, &[Int], "Pick(either: Grow(Moduli({0}, 4)).left.value, or: {0})"),
    (Int, &[Int], "Remembered({0})"),
    (Int, &[Bool, Int, Text], "Len(Yield(if: {0}, then: {1}, else: {2}))"),
    (Int, &[Bool, Int, Ints], "Len(Yield(if: {0}, then: {1}, else: {2}))"),
    (Bool, &[Int], "IsEven(Moduli({0}, 9))"),
    (Bool, &[Int, Int], "Less({0}, {1})"),
    (Bool, &[Int, Int], "Equal({0}, {1})"),
    (Bool, &[Record, Record], "Equal({0}, {1})"),
    (Bool, &[Function, Function], "Equal({0}, {1})"),
    (Bool, &[Ints, Ints], "Equal(Merge({0}), Merge({1}))"),
    (Bool, &[Bool, Bool], "And({0}, Not({1}))"),
    (Bool, &[Ints], "Have({0})"),
    (
        Text,
        &[Text, Text],
        "Take(Format(format: \"%%-%%\", args: ({0}, {1}), withString: Return, withArg: Return)).first",
    ),
    (Text, &[Record], "{0}.text"),
    (Text, &[Record], "Hash({0})"),
    (Text, &[Int], "String(Sum(65, Moduli({0}, 26)))"),
    (Ints, &[Int, Int], "({0}, {1})"),
    (Ints, &[Ints, Int], "Merge({0}, {1})"),
    (Ints, &[Int], "Countdown(n: Moduli({0}, 5))"),
    (Ints, &[Ints], "Reversed(list: {0})"),
    (Ints, &[Ints], "Take({0}).remainder"),
    (Ints, &[Ints, Int], "Range(over: {0}, start: {1}, with: Collect).image"),
    (Ints, &[Ints, Function], "Map(over: {0}, with: {1})"),
    (Ints, &[Ints, Int], "Filter(over: {0}, than: {1})"),
    (Ints, &[Ints], "Sort(over: {0}, less: Smaller)"),
    (Ints, &[Record], "{0}.more"),
    (Record, &[Int, Text, Ints], "(n: {0}, text: {1}, more: {2})"),
    (Record, &[Int, Text, Ints], "(more: {2}, _x: {0}, text: {1}, n: {0})"),
    (Record, &[Record, Int], "(n: {1}, text: {0}.text, more: {0}.more)"),
    (Record, &[Bool, Record, Record], "Yield(if: {0}, then: {1}, else: {2})"),
    (Function, &[Int], "AddTo[by: {0}]"),
    (Function, &[Function, Function], "Compose[f: {0}, g: {1}]"),
    (Function, &[Bool, Function], "Yield(if: {0}, then: {1}, else: Inc)"),
];

const COMMON: &str = "\
Reached(n?, least) { return: Not(Less(n, least)) }
Factorial(n?) { return: Branch(if: Less(n, 2), then: Return[1], else: Product[n]) }
Product(n?) { return: Prod(n, Factorial(Sum(n, -1))) }
Collect(carry, elem) { return: (emit: Sum(carry, elem), carry: Sum(carry, 1)) }
Map(over, with) { return: Range(over: over, with: Apply[with: with]).image }
Apply(elem, with) { return: (emit: with(elem)) }
Filter(over, than) { return: Range(over: over, with: Larger[than: than]).image }
Larger(elem, than) { return: (emit: Yield(if: Less(than, elem), then: elem)) }
Smaller(left, right) { return: Less(left, right) }
AddTo(n?, by) { return: Sum(n, by) }
Compose(x?, f, g) { return: f(g(x)) }
Countdown(n, found) { return: Branch(if: Less(n, 1), then: Return[found], else: Countdown[n: Sum(n, -1), found: Merge(found, n)]) }
Reversed(list, reversed) { return: When(have: Take(list), then: ReversedRest[reversed: reversed], else: Return[reversed]) }
ReversedRest(taken?, reversed) { return: Reversed(list: taken.remainder, reversed: Merge(taken.first, reversed)) }
Grow(n?) { return: Branch(if: Less(0, n), then: GrowNode[n]) }
GrowNode(n?) { return: (value: n, left: Grow(Sum(n, -1)), right: Grow(Sum(n, -2))) }
IsEven(n?) { return: Branch(if: Less(n, 1), then: Return[true], else: IsOdd[Sum(n, -1)]) }
IsOdd(n?) { return: Branch(if: Less(n, 1), then: Return[false], else: IsEven[Sum(n, -1)]) }
Remembered(x?) { m: Memory(), a: m.Remember(key: \"k\", value: x), return: m.Recall(key: \"k\", otherwise: 0, _after: a) }
";

/// A program whose `Main` calls `Body`, which returns the last of each kind of value.
pub(crate) fn programs() -> impl Strategy<Value = String> {
    let operands = prop::collection::vec(any::<prop::sample::Index>(), 4);
    let step = (any::<prop::sample::Index>(), operands);
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let mut kinds = vec![Int, Bool, Text, Ints, Record, Function];
        let mut body = String::from(
            "  s0: 3\n  s1: true\n  s2: \"ab\"\n  s3: (5, 1, 4)\n  s4: (n: 1, text: \"t\", more: (2, 3))\n  s5: AddTo[by: 2]\n",
        );
        for (way, operands) in &steps {
            let (kind, needed, formula) = WAYS[way.index(WAYS.len())];
            let mut formula = formula.to_owned();
            for (place, needed) in needed.iter().enumerate() {
                let of_kind: Vec<usize> =
                    (0..kinds.len()).filter(|index| kinds[*index] == *needed).collect();
                let chosen = of_kind[operands[place].index(of_kind.len())];
                formula = formula.replace(&format!("{{{place}}}"), &format!("s{chosen}"));
            }
            let _ = writeln!(body, "  s{}: {formula}", kinds.len());
            kinds.push(kind);
        }
        let last = |kind: Kind| kinds.iter().rposition(|it| *it == kind).unwrap_or(0);
        format!(
            "Main() {{ return: Body() }}\nBody() {{\n{body}  return: (a: s{}, b: s{}, c: s{}, d: s{}, e: s{}, f: s{})\n}}\n{COMMON}",
            last(Int), last(Bool), last(Text), last(Ints), last(Record), last(Function)
        )
    })
}
