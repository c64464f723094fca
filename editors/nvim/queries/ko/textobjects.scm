; Text objects, in the capture names of nvim-treesitter-textobjects.

(function) @function.outer

(function
  body: (body
    .
    "{"
    _+ @function.inner
    "}"))

(call) @call.outer

(call
  arguments: (arguments
    .
    "("
    _+ @call.inner
    ")"))

(parameters
  (parameter) @parameter.inner @parameter.outer)

(arguments
  [
    (argument)
    (value)
  ] @parameter.inner @parameter.outer)

(step) @statement.outer

(step
  label: (_) @assignment.lhs
  value: (_) @assignment.rhs @assignment.inner) @assignment.outer

(argument
  label: (_) @assignment.lhs
  value: (_) @assignment.rhs @assignment.inner) @assignment.outer

((step
  label: (identifier) @_label
  value: (_) @return.inner) @return.outer
  (#eq? @_label "return"))

[
  (line_comment)
  (block_comment)
] @comment.outer

[
  (integer)
  (float)
] @number.inner
