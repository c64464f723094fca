; What folds. A list of terms folds by its brackets, a run of comments or imports as a whole.

[
  (body)
  (parameters)
  (arguments)
  (block_comment)
] @fold

(line_comment)+ @fold

(import)+ @fold
