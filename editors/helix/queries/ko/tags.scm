; The functions of a file with their comments, and what they call.

((line_comment)* @doc
  .
  (function
    name: (identifier) @name) @definition.function
  (#strip! @doc "^//\\s*")
  (#select-adjacent! @doc @definition.function))

(call
  function: (identifier) @name) @reference.call

(augmentation
  function: (identifier) @name) @reference.call

(call
  function: (selection
    field: (identifier) @name)) @reference.call

(augmentation
  function: (selection
    field: (identifier) @name)) @reference.call
