-- Start-up of the suite: the plugin as a user installs it, with the program under test on PATH.
local repository = assert(vim.env.KO_REPOSITORY, 'KO_REPOSITORY is not set')
local program = assert(vim.env.KO_PROGRAM, 'KO_PROGRAM is not set')

vim.env.PATH = vim.fs.dirname(program) .. ':' .. vim.env.PATH
vim.opt.runtimepath:append(repository .. '/editors/nvim')
vim.opt.swapfile = false
vim.cmd('filetype plugin on')
vim.cmd('syntax on')
