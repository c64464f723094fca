--- Where the memory of the server is, query by query, in a scratch window.
local ko = require('ko')

local M = {}

--- Asks the server of the current buffer and shows its answer.
function M.open()
  local client = ko.client(0)
  if client == nil then
    return
  end
  ko.ask(client, 'ko/memory', vim.empty_dict(), 0, function(answer)
    if answer == nil then
      return
    end
    vim.cmd('botright new')
    local buffer = vim.api.nvim_get_current_buf()
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split((answer.text:gsub('\n$', '')), '\n'))
    vim.bo[buffer].buftype = 'nofile'
    vim.bo[buffer].bufhidden = 'wipe'
    vim.bo[buffer].modifiable = false
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Close the window' })
  end)
end

return M
