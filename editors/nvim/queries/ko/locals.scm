; Names and where they hold (specification, section 3). A function sees its own parameters and steps, not those around
; it; the names of functions, inline ones included, hold in the whole file.

(source_file) @local.scope

((function) @local.scope
  (#set! local.scope-inherits false))

(import
  alias: (identifier) @local.definition.import
  (#set! definition.import.scope "global"))

(function
  name: (identifier) @local.definition.function
  (#set! definition.function.scope "global"))

(parameter
  name: (identifier) @local.definition.parameter)

(step
  label: (identifier) @local.definition.var)

((step
  value: (identifier) @local.reference)
  (#not-any-of? @local.reference "true" "false"))

((argument
  value: (identifier) @local.reference)
  (#not-any-of? @local.reference "true" "false"))

((arguments
  (identifier) @local.reference)
  (#not-any-of? @local.reference "true" "false"))

(selection
  value: (identifier) @local.reference)

(call
  function: (identifier) @local.reference)

(augmentation
  function: (identifier) @local.reference)
