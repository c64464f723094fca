//! Ko source text to a lossless syntax tree, typed AST and syntax errors.
