//! What types and schemes have on the heap.

use std::mem;

use super::{
    Alternatives, Callee, Deferred, Equation, Fields, Node, Op, System, Type, Varieties, Variety,
};
use crate::{
    memory::{HeapSize, shared},
    types::{
        Demand, Inferred, Origin, ParamScheme, Scheme, TypeError,
        errors::{At, Suggestion},
    },
};

impl HeapSize for Type {
    fn heap_size(&self) -> usize {
        match self {
            Type::Optional(it) | Type::Sequence(it) | Type::Map(it) => it.heap_size(),
            Type::Structure(it) => it.heap_size(),
            Type::Variety(it) => it.heap_size(),
            Type::Union(it) => it.heap_size(),
            Type::Schema(it) => it.name.heap_size(),
            Type::Var(it) => it.heap_size(),
            Type::Deferred(it) => it.heap_size(),
            _ => 0,
        }
    }
}

impl HeapSize for Node {
    fn heap_size(&self) -> usize {
        shared(&self.0, || mem::size_of_val(&*self.0) + self.0.1.heap_size())
    }
}

impl HeapSize for Fields {
    fn heap_size(&self) -> usize {
        shared(&self.0, || mem::size_of_val(&*self.0) + self.0.1.heap_size())
    }
}

impl HeapSize for Varieties {
    fn heap_size(&self) -> usize {
        shared(&self.0, || mem::size_of_val(&*self.0) + self.0.1.heap_size())
    }
}

impl HeapSize for Variety {
    fn heap_size(&self) -> usize {
        let callee = match &self.callee {
            Callee::Function(key) => key.heap_size(),
            Callee::Builtin(name) => name.heap_size(),
            Callee::Native(node) => node.heap_size(),
            Callee::Gate(_) | Callee::Join => 0,
        };
        callee + self.fixed.heap_size()
    }
}

impl HeapSize for Deferred {
    fn heap_size(&self) -> usize {
        shared(&self.0, || {
            let op = match self.op() {
                Op::Augment(it, args) => it.heap_size() + args.heap_size(),
                Op::Group(parts) | Op::Either(parts) => parts.heap_size(),
                Op::Builtin(name, args) => name.heap_size() + args.heap_size(),
                Op::Recursion(system, args) => system.heap_size() + args.heap_size(),
                // A name beside them is too short to count.
                other => other.operands().into_iter().map(HeapSize::heap_size).sum(),
            };
            mem::size_of_val(&*self.0) + op
        })
    }
}

impl HeapSize for System {
    fn heap_size(&self) -> usize {
        self.name.heap_size() + self.equations.heap_size()
    }
}

impl HeapSize for Equation {
    fn heap_size(&self) -> usize {
        self.name.heap_size() + self.parts.heap_size()
    }
}

impl HeapSize for Alternatives {
    fn heap_size(&self) -> usize {
        shared(&self.0, || mem::size_of_val(&*self.0) + self.0.1.heap_size())
    }
}

impl HeapSize for Inferred {
    fn heap_size(&self) -> usize {
        let Inferred { scheme, steps, expected, uses, errors } = self;
        let types = scheme.heap_size() + steps.heap_size() + expected.heap_size();
        types + uses.heap_size() + errors.heap_size()
    }
}

impl HeapSize for At {
    fn heap_size(&self) -> usize {
        0
    }
}

impl HeapSize for Scheme {
    fn heap_size(&self) -> usize {
        self.params.heap_size() + self.result.heap_size()
    }
}

impl HeapSize for ParamScheme {
    fn heap_size(&self) -> usize {
        self.name.heap_size() + self.demanded.heap_size() + self.demands.heap_size()
    }
}

impl HeapSize for Demand {
    fn heap_size(&self) -> usize {
        match self {
            Demand::Each(it) => mem::size_of::<Demand>() + it.heap_size(),
            Demand::Field(path, it) => path.heap_size() + mem::size_of::<Demand>() + it.heap_size(),
            _ => 0,
        }
    }
}

impl HeapSize for TypeError {
    fn heap_size(&self) -> usize {
        let related = self.related.capacity() * mem::size_of::<(At, String)>();
        let texts = self.related.iter().map(|it| it.1.heap_size()).sum::<usize>();
        let suggestions = self.suggestion.capacity() * mem::size_of::<Suggestion>();
        self.message.heap_size() + related + texts + suggestions + self.origin.heap_size()
    }
}

impl HeapSize for Origin {
    fn heap_size(&self) -> usize {
        self.function.heap_size() + self.path.heap_size() + self.rename.heap_size()
    }
}
