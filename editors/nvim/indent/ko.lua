-- Indentation while typing: one level for each line on which brackets are open, as the formatter has it.
if vim.b.did_indent then
  return
end
vim.b.did_indent = 1

vim.bo.autoindent = true
vim.bo.smartindent = false
vim.bo.indentexpr = "v:lua.require'ko.indent'.level(v:lnum)"
vim.bo.indentkeys = '0},0),0],!^F,o,O'
vim.b.undo_indent = 'setlocal autoindent< smartindent< indentexpr< indentkeys<'
