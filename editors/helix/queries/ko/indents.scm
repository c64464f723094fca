; One level for each bracket that is open at the end of a line.

[
  (body)
  (parameters)
  (arguments)
] @indent

[
  ")"
  "]"
  "}"
] @outdent
