//! The builtins that need no import, and those of the builtin packages of the language (specification §7.1, §7.2).

use super::super::BuiltinInfo;
use super::{maybe, monadic, optional, required};

/// Declares the ids and the table together, so that neither can lack an entry of the other.
macro_rules! builtins {
    ($(
        $id:ident = $package:literal $name:literal
        ($($param:expr),* $(; $any:ident)?) $signature:literal
        $doc:literal
        { $($expression:literal => $printed:literal),* $(,)? }
    )*) => {
        /// A builtin. What each does is in its entry of [`BUILTINS`](super::BUILTINS).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum BuiltinId {
            $(#[doc = $doc] $id,)*
            /// A gate of a library package: the entry of the table at this index.
            Library(u16),
        }

        /// Where an entry stands.
        enum Position {
            $($id,)*
        }

        impl BuiltinId {
            /// Where its entry stands in the table.
            pub fn index(self) -> usize {
                match self {
                    $(BuiltinId::$id => Position::$id as usize,)*
                    BuiltinId::Library(index) => usize::from(index),
                }
            }
        }

        /// These builtins, in the order of their ids.
        pub(super) static ROOT: &[BuiltinInfo] = &[$(
            BuiltinInfo {
                id: BuiltinId::$id,
                name: $name,
                package: $package,
                params: &[$($param),*],
                any_arguments: builtins!(@any $($any)?),
                signature: $signature,
                doc: $doc,
                examples: &[$(($expression, $printed)),*],
            },
        )*];
    };
    (@any) => { false };
    (@any any) => { true };
}

builtins! {
    All = "" "All" (; any) "All(...): *(...)"
    "The structure of its arguments if there is at least one and none of them is empty; otherwise empty."
    { "All(a: 1, b: 2)" => "(a: 1, b: 2)", "All(a: 1, b: Empty())" => "empty" }

    And = "" "And" (maybe("series", "Booleans.")) "And(series?: (Bool)): Bool"
    "Whether all of its arguments are true. Of no argument it is true."
    { "And(true, false)" => "false", "And()" => "true" }

    Or = "" "Or" (maybe("series", "Booleans.")) "Or(series?: (Bool)): Bool"
    "Whether at least one of its arguments is true. Of no argument it is false."
    { "Or(true, false)" => "true", "Or()" => "false" }

    Xor = "" "Xor" (maybe("series", "Booleans.")) "Xor(series?: (Bool)): Bool"
    "Whether an odd number of its arguments is true. Of no argument it is false."
    { "Xor(true, true)" => "false", "Xor(true, true, true)" => "true" }

    Not = "" "Not" (monadic("bool", "The value to negate; false if it is missing.")) "Not(bool?: Bool): Bool"
    "The other Boolean."
    { "Not(true)" => "false" }

    Bool = "" "Bool" (monadic("value", "A Bool.")) "Bool(value?: Bool): Bool"
    "Its argument, which must be a Bool."
    { "Bool(true)" => "true" }

    String = "" "String" (monadic("value", "A string, or the number of a character.")) "String(value?: String): String"
    "A string as it is, or the character with a given code point. Numbers are not written out by it: see Format and the gates of strings."
    { "String(\"a\")" => "\"a\"", "String(65)" => "\"A\"" }

    Int8 = "" "Int8" (monadic("value", "Any number.")) "Int8(value?: Number): Int8"
    "The number as an integer of 8 bits with sign. Larger ones wrap around; fractions are cut off."
    { "Int8(300)" => "44" }

    Int16 = "" "Int16" (monadic("value", "Any number.")) "Int16(value?: Number): Int16"
    "The number as an integer of 16 bits with sign. Larger ones wrap around; fractions are cut off."
    { "Int16(40000)" => "-25536" }

    Int32 = "" "Int32" (monadic("value", "Any number.")) "Int32(value?: Number): Int32"
    "The number as an integer of 32 bits with sign. Larger ones wrap around; fractions are cut off."
    { "Int32(7)" => "7" }

    Int64 = "" "Int64" (monadic("value", "Any number.")) "Int64(value?: Number): Int64"
    "The number as an integer of 64 bits with sign, the type of integers in the text. Fractions are cut off."
    { "Int64(-1.9)" => "-1" }

    Uint8 = "" "Uint8" (monadic("value", "Any number.")) "Uint8(value?: Number): Uint8"
    "The number as an integer of 8 bits without sign. Others wrap around; fractions are cut off."
    { "Uint8(-1)" => "255" }

    Uint16 = "" "Uint16" (monadic("value", "Any number.")) "Uint16(value?: Number): Uint16"
    "The number as an integer of 16 bits without sign. Others wrap around; fractions are cut off."
    { "Uint16(65536)" => "0" }

    Uint32 = "" "Uint32" (monadic("value", "Any number.")) "Uint32(value?: Number): Uint32"
    "The number as an integer of 32 bits without sign. Others wrap around; fractions are cut off."
    { "Uint32(7)" => "7" }

    Uint64 = "" "Uint64" (monadic("value", "Any number.")) "Uint64(value?: Number): Uint64"
    "The number as an integer of 64 bits without sign. Negative ones wrap around; fractions are cut off."
    { "Uint64(-1)" => "18446744073709551615" }

    Float32 = "" "Float32" (monadic("value", "Any number.")) "Float32(value?: Number): Float32"
    "The number as a floating-point number of 32 bits, rounded."
    { "Float32(0.5)" => "0.5" }

    Float64 = "" "Float64" (monadic("value", "Any number.")) "Float64(value?: Number): Float64"
    "The number as a floating-point number of 64 bits, the type of fractions in the text."
    { "Float64(2)" => "2" }

    Equal = "" "Equal" (maybe("value", "The values to compare.")) "Equal(value?: (T)): Bool"
    "Whether all of its arguments are equal. True for one and for none. Structures are equal if their fields are, in any order; functions if they are the same function with equal arguments."
    { "Equal(1, 1)" => "true", "Equal((a: 1, b: 2), (b: 2, a: 1))" => "true", "Equal(\"a\", \"b\")" => "false" }

    Hash = "" "Hash" (; any) "Hash(...): String"
    "Seven characters that depend on the value. Different values may have the same."
    {}

    Len = "" "Len" (maybe("value", "A sequence.")) "Len(value?: (T)): Int64"
    "The number of elements of a sequence. A value that is no sequence counts as one element, empty as none; the length of a string is not counted."
    { "Len(1, 2, 3)" => "3", "Len()" => "0", "Len(\"abc\")" => "1" }

    Less = "" "Less" (monadic("value", "Integers, at least one.")) "Less(value?: (Integer)): Bool"
    "Whether each of the integers is less than the next."
    { "Less(1, 2, 3)" => "true", "Less(2, 2)" => "false" }

    Sum = "" "Sum" (monadic("value", "Integers, at least one.")) "Sum(value?: (Integer)): Integer"
    "The sum of integers. It wraps around on overflow."
    { "Sum(1, 2, 3)" => "6" }

    Prod = "" "Prod" (monadic("value", "Integers, at least one.")) "Prod(value?: (Integer)): Integer"
    "The product of integers. It wraps around on overflow."
    { "Prod(2, 3, 4)" => "24" }

    Ratio = "" "Ratio" (monadic("value", "Integers, at least one; none but the first may be zero.")) "Ratio(value?: (Integer)): Integer"
    "The first integer divided by the others, one after the other, cut off towards zero."
    { "Ratio(7, 2)" => "3", "Ratio(-7, 2)" => "-3" }

    Moduli = "" "Moduli" (monadic("value", "Integers, at least one; none but the first may be zero.")) "Moduli(value?: (Integer)): Integer"
    "What remains of the first integer when it is divided by the second, and so on. It has the sign of the first."
    { "Moduli(7, 4)" => "3", "Moduli(-7, 4)" => "-3" }

    Negative = "" "Negative" (monadic("value", "One integer.")) "Negative(value?: Integer): Integer"
    "The integer with the other sign."
    { "Negative(3)" => "-3" }

    Merge = "" "Merge" (maybe("value", "Sequences; other values count as sequences of one.")) "Merge(value?: ((T))): (T)"
    "One sequence of the elements of all of its arguments."
    { "Merge((1, 2), 3)" => "(1, 2, 3)", "Merge()" => "empty" }

    Take = "" "Take" (monadic("from", "A sequence.")) "Take(from?: (T)): *(first: T, remainder: (T))"
    "The first element of a sequence, and the others; empty if there is none."
    { "Take(1, 2, 3)" => "(first: 1, remainder: (2, 3))", "Take()" => "empty" }

    Range = "" "Range" (
        optional("over", "The elements."),
        required("with", "Called with carry and elem for each element. Of the structure it returns, emit is collected, and carry goes to the next call."),
        optional("start", "What the first call gets as carry."),
        optional("stop", "Called with carry after each element; ends the loop when it returns true.")
    ) "Range(over: (T), with: Variety, start: U, stop: Variety): (image: (V), residue: U)"
    "Calls a function for each element of a sequence. The field image of the result has what the calls emitted, residue the carry of the last one."
    {
        "Range(over: (1, 2, 3), with: double(elem) { return: (emit: Prod(2, elem)) }).image" => "(2, 4, 6)",
        "Range(start: 0, over: (1, 2, 3), with: add(carry, elem) { return: (carry: Sum(carry, elem)) }).residue" => "6",
    }

    Loop = "" "Loop" (
        optional("start", "What the first call gets."),
        required("step", "Called with the last value; returns the next. At least once."),
        optional("stop", "Called with each value; ends the loop when it returns true. Without it the loop never ends.")
    ) "Loop(start: T, step: Variety, stop: Variety): T"
    "Calls a function with what it returned the last time, until another one says stop. Returns the last value."
    { "Loop(start: 1, step: double(n?) { return: Prod(2, n) }, stop: large(n?) { return: Less(100, n) })" => "128" }

    Sort = "" "Sort" (
        optional("over", "The elements."),
        required("less", "Called with left and right; says whether left comes before right.")
    ) "Sort(over: (T), less: Variety): (T)"
    "The elements of a sequence in order. Elements of which neither is before the other keep their order."
    { "Sort(over: (3, 1, 2), less: before(left, right) { return: Less(left, right) })" => "(1, 2, 3)" }

    Yield = "" "Yield" (
        required("if", "A Bool."),
        optional("then", "The result if it is true."),
        optional("else", "The result if it is false.")
    ) "Yield(if: Bool, then: T, else: U): *U(T, U)"
    "One of two values. Both are computed before; see Branch, which calls only one of two functions."
    { "Yield(if: true, then: 1, else: 2)" => "1", "Yield(if: false, then: 1)" => "empty" }

    When = "" "When" (
        maybe("have", "Anything, or nothing."),
        optional("then", "Called with have as its unlabelled argument, if have is not empty."),
        optional("else", "Called without arguments, if have is empty.")
    ) "When(have?: T, then: Variety, else: Variety): U"
    "Calls one of two functions, depending on whether a value is there. A missing function gives the empty value."
    {
        "When(have: 1, then: more(n?) { return: Sum(n, 1) })" => "2",
        "When(have: Empty(), else: Return[\"none\"])" => "\"none\"",
    }

    Panic = "" "Panic" (; any) "Panic(...): Empty"
    "Stops with a value, which the nearest Recover gets. Without one the program ends."
    {}

    Recover = "" "Recover" (
        required("invoke", "The function to call."),
        required("panic", "Called with the value of the panic as its unlabelled argument.")
    ) "Recover(invoke: Variety, panic: Variety): T"
    "Calls a function; if that panics, calls another one. Only panics are caught, not errors such as a wrong type."
    { "Recover(invoke: fail() { return: Panic(\"no\") }, panic: Return)" => "\"no\"" }

    Spin = "" "Spin" (monadic("value", "The function to call.")) "Spin(value?: Variety): (Wait: Variety)"
    "Starts a function, without arguments, beside the rest of the program. Wait() of the result waits for it and returns its result or panics as it did."
    { "Spin(Return[1]).Wait()" => "1" }

    Parallel = "" "Parallel" (monadic("value", "The function to call.")) "Parallel(value?: Variety): T"
    "Calls a function, without arguments, and runs those of its steps at the same time that do not need each other."
    { "Parallel(both() { a: 1, b: 2, return: Sum(a, b) })" => "3" }

    Sequential = "" "Sequential" (monadic("value", "The function to call.")) "Sequential(value?: Variety): T"
    "Calls a function, without arguments, and runs its steps one by one."
    { "Sequential(both() { a: 1, b: 2, return: Sum(a, b) })" => "3" }

    Hang = "" "Hang" () "Hang(): Empty"
    "Never returns."
    {}

    Memory = "" "Memory" () "Memory(): (name: String, Remember: Variety, Recall: Variety, Flush: Variety)"
    "A new store of values by key, the only thing in the language that changes. Remember(key, value) stores and returns what was there; an empty value removes. Recall(key, otherwise) finds. Flush() returns all as a sequence of (key, value), and keeps them."
    { "used() { m: Memory(), put: m.Remember(key: 1, value: \"one\"), return: m.Recall(key: 1, _after: put) }()" => "\"one\"" }

    Profile = "" "Profile" (monadic("value", "The function to call.")) "Profile(value?: Variety): (returns: T, duration: Int64)"
    "Calls a function, without arguments, and returns its result and how many nanoseconds that took."
    { "Profile(Return[1]).returns" => "1" }

    Show = "" "Show" (; any) "Show(...): T"
    "Prints its argument on a line of standard output, and returns it."
    { "Show(1)" => "1" }

    ShowType = "" "ShowType" (; any) "ShowType(...): T"
    "Prints the type of its argument on a line of standard output, and returns the argument."
    { "ShowType(1)" => "1" }

    Peek = "" "Peek" (; any) "Peek(...): T"
    "Prints its argument with the calls that led here, on standard error, and returns it."
    { "Peek(1)" => "1" }

    PeekType = "" "PeekType" (; any) "PeekType(...): T"
    "Prints the type of its argument with the calls that led here, on standard error, and returns the argument."
    { "PeekType(1)" => "1" }

    Print = "" "Print" (maybe("string", "Strings.")) "Print(string?: (String)): String"
    "Writes strings to standard output one after the other, and returns what it wrote."
    {}

    Println = "" "Println" (maybe("string", "Strings.")) "Println(string?: (String)): String"
    "Writes strings and the end of a line to standard output, and returns what it wrote."
    {}

    Format = "" "Format" (
        required("format", "Text with %% where an argument goes."),
        optional("args", "As many values as there are gaps."),
        optional("withString", "Called with each piece of the text, as its unlabelled argument."),
        optional("withArg", "Called with each argument, as its unlabelled argument.")
    ) "Format(format: String, args: (T), withString: Variety, withArg: Variety): (U)"
    "Cuts a text at the marks %% and returns the pieces and the arguments in turn, each after a function of yours has seen it."
    { "Format(format: \"a %% b\", args: \"x\", withString: Return, withArg: Return)" => "(\"a \", \"x\", \" b\")" }

    Template = "" "Template" (
        required("template", "Text with {{name}} or {{name.field}} where a value goes."),
        optional("args", "A structure with the values."),
        optional("withString", "Called with each piece of the text that is not empty, as its unlabelled argument."),
        optional("withArg", "Called with each value, as its unlabelled argument.")
    ) "Template(template: String, args: (...), withString: Variety, withArg: Variety): (U)"
    "Like Format, with names in the gaps, which select from a structure."
    { "Template(template: \"hi {{name}}\", args: (name: \"Ann\"), withString: Return, withArg: Return)" => "(\"hi \", \"Ann\")" }

    Placeholder = "" "Placeholder" () "Placeholder(): Empty"
    "Stands for what is not written yet. A program that reaches it ends with an error."
    {}

    IntegerEqual = "integer" "Equal" (monadic("value", "Integers, at least one.")) "Equal(value?: (Integer)): Bool"
    "Whether all of its arguments, which must be integers, are equal."
    {}

    IntegerLess = "integer" "Less" (monadic("value", "Integers, at least one.")) "Less(value?: (Integer)): Bool"
    "As Less without package: whether each of the integers is less than the next."
    {}

    IntegerSum = "integer" "Sum" (monadic("value", "Integers, at least one.")) "Sum(value?: (Integer)): Integer"
    "As Sum without package: the sum of integers."
    {}

    IntegerProd = "integer" "Prod" (monadic("value", "Integers, at least one.")) "Prod(value?: (Integer)): Integer"
    "As Prod without package: the product of integers."
    {}

    IntegerRatio = "integer" "Ratio" (monadic("value", "Integers, at least one; none but the first may be zero.")) "Ratio(value?: (Integer)): Integer"
    "As Ratio without package: the first integer divided by the others."
    {}

    IntegerModuli = "integer" "Moduli" (monadic("value", "Integers, at least one; none but the first may be zero.")) "Moduli(value?: (Integer)): Integer"
    "As Moduli without package: what remains of a division."
    {}

    IntegerNegative = "integer" "Negative" (monadic("value", "One integer.")) "Negative(value?: Integer): Integer"
    "As Negative without package: the integer with the other sign."
    {}

    CircuitPkgPath = "circuit" "PkgPath" () "PkgPath(): String"
    "The path of the package of the function that calls it."
    {}
}
