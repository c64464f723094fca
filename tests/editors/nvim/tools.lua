-- Small helpers of the suite: buffers, places, waiting.
local M = {}

--- Whether a client has ever been attached: if not, each further wait for one is short.
local hopeless = false

--- Opens a file of the fixture afresh and waits for its client.
function M.open(file)
  vim.cmd('silent only!')
  vim.cmd.edit({ file, bang = true })
  local buffer = vim.api.nvim_get_current_buf()
  local client
  local limit = hopeless and 100 or 15000
  hopeless = true
  M.eventually(function()
    client = vim.lsp.get_clients({ bufnr = buffer, name = 'ko' })[1]
    assert(client and client.initialized, 'no client is attached to ' .. file)
  end, limit)
  hopeless = false
  return buffer, client
end

--- Tries until `check` does not fail any more; its last error if it always does.
function M.eventually(check, limit)
  local problem
  local done = vim.wait(limit or 20000, function()
    local ok, message = pcall(check)
    problem = message
    return ok
  end, 20)
  if not done then
    error(problem, 2)
  end
end

--- Line and byte column, both from 0, where a text stands for the first time.
function M.find(buffer, text)
  for index, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      return index - 1, column - 1
    end
  end
  error('there is no ' .. text)
end

--- Puts the cursor to a place as expected.json writes it.
function M.go(buffer, at)
  local line, column = M.find(buffer, at.text)
  -- The offset counts characters; the first of a curly quote has three bytes.
  local bytes = vim.str_byteindex(at.text, 'utf-32', at.offset)
  vim.api.nvim_win_set_cursor(0, { line + 1, column + bytes })
end

--- The answer of the client to a request at the cursor.
function M.ask(buffer, client, method, extra)
  local params = vim.tbl_extend('force', vim.lsp.util.make_position_params(0, client.offset_encoding), extra or {})
  local answer = client:request_sync(method, params, 10000, buffer)
  assert(answer, method .. ' was not answered')
  assert(not answer.err, answer.err and answer.err.message)
  return answer.result
end

--- Fails unless `text` contains all of `parts`.
function M.contains_all(text, parts)
  for _, part in ipairs(parts) do
    assert(text:lower():find(part:lower(), 1, true), ('“%s” is missing in: %s'):format(part, text))
  end
end

return M
