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
