; Colours, in the capture names of Helix; the patterns are those of editors/tree-sitter-ko/queries/highlights.scm.

; Imports

(import
  [
    "import"
    "use"
    "as"
  ] @keyword.control.import)

(import
  path: [
    (string)
    (raw_string)
  ] @string.special.path)

(import
  alias: (identifier) @namespace)

; Functions

(function
  name: (identifier) @function)

(parameter
  name: (identifier) @variable.parameter)

(parameter
  monadic: "?" @operator)

(call
  function: (identifier) @function)

(augmentation
  function: (identifier) @function)

(call
  function: (selection
    field: (identifier) @function))

(augmentation
  function: (selection
    field: (identifier) @function))

; Labels

((step
  label: (identifier) @keyword.control.return)
  (#eq? @keyword.control.return "return"))

((step
  label: (identifier) @variable)
  (#not-eq? @variable "return"))

(argument
  label: (identifier) @variable.other.member)

; Values

((step
  value: (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((step
  value: (identifier) @constant.builtin.boolean)
  (#any-of? @constant.builtin.boolean "true" "false"))

((argument
  value: (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((argument
  value: (identifier) @constant.builtin.boolean)
  (#any-of? @constant.builtin.boolean "true" "false"))

((arguments
  (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((arguments
  (identifier) @constant.builtin.boolean)
  (#any-of? @constant.builtin.boolean "true" "false"))

(selection
  value: (identifier) @variable)

(step
  value: (selection
    field: (identifier) @variable.other.member))

(argument
  value: (selection
    field: (identifier) @variable.other.member))

(arguments
  (selection
    field: (identifier) @variable.other.member))

(selection
  value: (selection
    field: (identifier) @variable.other.member))

(integer) @constant.numeric.integer

(float) @constant.numeric.float

(step
  value: [
    (string)
    (raw_string)
  ] @string)

(argument
  value: [
    (string)
    (raw_string)
  ] @string)

(arguments
  [
    (string)
    (raw_string)
  ] @string)

(escape_sequence) @constant.character.escape

[
  (line_comment)
  (block_comment)
] @comment

; Punctuation

[
  ","
  ";"
  ":"
] @punctuation.delimiter

(selection
  "." @punctuation.delimiter)

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket
