vim.filetype.add({ extension = { ko = 'ko' } })
