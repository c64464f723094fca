//! Package `redblack/fast`: left-leaning red-black trees (R. Sedgewick, 2008) of structures (value, color, left, right).

use super::{Call, Gate};
use crate::{machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] =
    &[("Find", find), ("GoFind", find), ("GoInsert", insert), ("Insert", insert)];

const RED: i64 = 1;
const BLACK: i64 = 2;

/// A node taken apart. Trees of any shape may come in, since a program can make such structures itself: what is missing is
/// Empty.
#[derive(Clone)]
struct Node {
    value: Value,
    color: i64,
    left: Value,
    right: Value,
}

impl Node {
    /// The node that a structure is; none for the empty tree.
    fn of(tree: &Value) -> Option<Node> {
        match tree {
            Value::Structure(_) => Some(Node {
                value: tree.field("value").clone(),
                color: tree.field("color").as_int().unwrap_or(BLACK),
                left: tree.field("left").clone(),
                right: tree.field("right").clone(),
            }),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        let children = [("left", self.left), ("right", self.right)];
        Value::structure(
            [("value", self.value), ("color", Value::int(self.color))]
                .into_iter()
                .chain(children.into_iter().filter(|(_, child)| !child.is_empty())),
        )
    }

    fn painted(self, color: i64) -> Node {
        Node { color, ..self }
    }

    /// The same values in the same order, with no red node on the right alone, nor two in a row.
    fn balanced(mut self) -> Node {
        if is_red(&self.right)
            && !is_red(&self.left)
            && let Some(right) = Node::of(&self.right)
        {
            let left = Node { right: right.left, color: RED, ..self.clone() };
            self = Node {
                value: right.value,
                color: self.color,
                left: left.into_value(),
                right: right.right,
            };
        }
        if is_red(&self.left)
            && is_red(self.left.field("left"))
            && let Some(left) = Node::of(&self.left)
        {
            let right = Node { left: left.right, color: RED, ..self.clone() };
            self = Node {
                value: left.value,
                color: self.color,
                left: left.left,
                right: right.into_value(),
            };
        }
        if is_red(&self.left)
            && is_red(&self.right)
            && let (Some(left), Some(right)) = (Node::of(&self.left), Node::of(&self.right))
        {
            self.color = RED;
            self.left = left.painted(BLACK).into_value();
            self.right = right.painted(BLACK).into_value();
        }
        self
    }
}

fn is_red(tree: &Value) -> bool {
    tree.field("color").as_int() == Some(RED)
}

/// Where a value is, seen from another one.
enum Side {
    Left,
    Same,
    Right,
}

fn compare(call: &mut Call<'_, '_>, less: &Value, value: &Value, other: &Value) -> Outcome<Side> {
    let mut before = |left: &Value, right: &Value| -> Outcome<bool> {
        call.machine.tick()?;
        let mut arguments = [(Some("left"), left.clone()), (Some("right"), right.clone())];
        match call.call("Less", less, &mut arguments)? {
            Value::Bool(before) => Ok(before),
            other => call.wrong("Less", "a function that returns a Bool", &other),
        }
    };
    if before(value, other)? {
        return Ok(Side::Left);
    }
    Ok(if before(other, value)? { Side::Right } else { Side::Same })
}

fn insert(call: &mut Call<'_, '_>) -> Outcome {
    let (tree, value, less) = (call.take("node"), call.take("value"), call.take("Less"));
    if value.is_empty() {
        return call.fail("needs an argument `value`");
    }
    // The nodes on the way down, with the side that it goes on; they are put together again on the way up.
    let mut way = Vec::new();
    let mut rest = tree;
    let mut node = loop {
        let Some(mut node) = Node::of(&rest) else {
            if !rest.is_empty() {
                return call.wrong("node", "a tree", &rest);
            }
            break Node { value, color: RED, left: Value::Empty, right: Value::Empty };
        };
        let side = compare(call, &less, &value, &node.value)?;
        rest = match side {
            Side::Same => break Node { value, ..node },
            Side::Left => std::mem::take(&mut node.left),
            Side::Right => std::mem::take(&mut node.right),
        };
        way.push((node, side));
    };
    while let Some((above, side)) = way.pop() {
        let below = node.into_value();
        node = match side {
            Side::Left => Node { left: below, ..above },
            _ => Node { right: below, ..above },
        }
        .balanced();
    }
    Ok(node.painted(BLACK).into_value())
}

fn find(call: &mut Call<'_, '_>) -> Outcome {
    let (mut tree, value, less) = (call.take("node"), call.take("value"), call.take("Less"));
    while let Some(node) = Node::of(&tree) {
        tree = match compare(call, &less, &value, &node.value)? {
            Side::Same => return Ok(node.value),
            Side::Left => node.left,
            Side::Right => node.right,
        };
    }
    if !tree.is_empty() {
        return call.wrong("node", "a tree", &tree);
    }
    Ok(Value::Empty)
}
