; One level for each bracket that is open at the end of a line.

[
  (body)
  (parameters)
  (arguments)
] @indent.begin

[
  ")"
  "]"
  "}"
] @indent.branch @indent.end

[
  (block_comment)
  (raw_string)
] @indent.ignore

(ERROR) @indent.auto
