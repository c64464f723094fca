--- Documents that are in no file: `ko-library://` is the library, `ko-schema://` has a page for each kind of Kubernetes.
--- The server has their texts, and answers in them as in any file.
local ko = require('ko')

local M = {}

--- How long the server may take for a text.
local PATIENCE_MS = 5000

--- Fills a buffer with the document at an address.
---@param buffer integer
---@param uri string
function M.read(buffer, uri)
  -- The one that sent us here, if the buffer that we come from has one.
  local from = vim.fn.bufnr('#')
  local client = (from > 0 and vim.lsp.get_clients({ bufnr = from, name = 'ko' })[1])
    or vim.lsp.get_clients({ name = 'ko' })[1]
  if client == nil then
    ko.say('no server is running that could say what is in ' .. uri, vim.log.levels.ERROR)
    return
  end
  local answer, problem = client:request_sync('ko/virtualDocument', { uri = uri }, PATIENCE_MS, buffer)
  local document = answer and answer.result
  if document == nil or document == vim.NIL then
    ko.say((answer and answer.err and answer.err.message) or problem or 'no answer', vim.log.levels.ERROR)
    return
  end
  vim.bo[buffer].modifiable = true
  vim.bo[buffer].readonly = false
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split((document.text:gsub('\n$', '')), '\n'))
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].buftype = 'nowrite'
  vim.bo[buffer].modified = false
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].readonly = true
  -- The same server also for what the filetype sets up: its folder is not that of this address.
  vim.lsp.buf_attach_client(buffer, client.id)
  vim.bo[buffer].filetype = document.languageId
end

return M
