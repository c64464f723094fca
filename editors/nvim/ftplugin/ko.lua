if vim.b.did_ftplugin then
  return
end
vim.b.did_ftplugin = 1

vim.bo.commentstring = '// %s'
vim.bo.comments = 's1:/*,mb:*,ex:*/,://'
-- The language is written with tabs.
vim.bo.expandtab = false
vim.bo.tabstop = 4
vim.bo.shiftwidth = 4
vim.bo.suffixesadd = '.ko'
vim.b.undo_ftplugin = 'setlocal commentstring< comments< expandtab< tabstop< shiftwidth< suffixesadd<'

-- Colours by the tree, if its parser is on the runtime path; else those of syntax/ko.vim.
pcall(vim.treesitter.start, 0, 'ko')
vim.b.undo_ftplugin = vim.b.undo_ftplugin .. ' | call v:lua.vim.treesitter.stop()'
