; Links, names of authors and the like within comments, for editors that have the `comment` grammar.

([
  (line_comment)
  (block_comment)
] @injection.content
  (#set! injection.language "comment"))
