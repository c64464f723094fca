; Names and where they hold: a function sees its own parameters and steps.

(source_file) @local.scope

((function) @local.scope
  (#set! local.scope-inherits false))

(parameter
  name: (identifier) @local.definition.variable.parameter)

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
