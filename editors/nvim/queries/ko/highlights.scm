; Colours, in the capture names of Neovim. No two patterns match the same node, so it does not matter whether an editor
; lets the first or the last one win. The parser knows no names: what an identifier stands for is up to the server.

; Imports

(import
  [
    "import"
    "use"
    "as"
  ] @keyword.import)

(import
  path: [
    (string)
    (raw_string)
  ] @string.special.path)

(import
  alias: (identifier) @module)

; Functions

(function
  name: (identifier) @function)

(parameter
  name: (identifier) @variable.parameter)

(parameter
  monadic: "?" @operator)

(call
  function: (identifier) @function.call)

(augmentation
  function: (identifier) @function.call)

(call
  function: (selection
    field: (identifier) @function.call))

(augmentation
  function: (selection
    field: (identifier) @function.call))

; Labels

((step
  label: (identifier) @keyword.return)
  (#eq? @keyword.return "return"))

((step
  label: (identifier) @variable)
  (#not-eq? @variable "return"))

(argument
  label: (identifier) @property)

; Values

((step
  value: (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((step
  value: (identifier) @boolean)
  (#any-of? @boolean "true" "false"))

((argument
  value: (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((argument
  value: (identifier) @boolean)
  (#any-of? @boolean "true" "false"))

((arguments
  (identifier) @variable)
  (#not-any-of? @variable "true" "false"))

((arguments
  (identifier) @boolean)
  (#any-of? @boolean "true" "false"))

(selection
  value: (identifier) @variable)

(step
  value: (selection
    field: (identifier) @variable.member))

(argument
  value: (selection
    field: (identifier) @variable.member))

(arguments
  (selection
    field: (identifier) @variable.member))

(selection
  value: (selection
    field: (identifier) @variable.member))

(integer) @number

(float) @number.float

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

(escape_sequence) @string.escape

[
  (line_comment)
  (block_comment)
] @comment @spell

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
