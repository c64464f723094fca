; Text objects, in the capture names of Helix.

(function
  body: (_) @function.inside) @function.around

(parameters
  (parameter) @parameter.inside @parameter.around)

(arguments
  [
    (argument)
    (value)
  ] @parameter.inside @parameter.around)

(step
  value: (_) @entry.inside) @entry.around

[
  (line_comment)
  (block_comment)
] @comment.inside

(line_comment)+ @comment.around

(block_comment) @comment.around
