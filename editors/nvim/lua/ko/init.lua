--- What the other modules share: the client of a buffer, messages, the server's restart.
local M = {}

--- Says something to the user.
---@param text string
---@param level? integer one of `vim.log.levels`
function M.say(text, level)
  vim.notify('Ko: ' .. text, level or vim.log.levels.INFO)
end

--- The client that looks after a buffer; says so when there is none.
---@param buffer integer 0 for the current one
---@param client_id? integer
---@return vim.lsp.Client?
function M.client(buffer, client_id)
  local client = client_id and vim.lsp.get_client_by_id(client_id)
    or vim.lsp.get_clients({ bufnr = buffer, name = 'ko' })[1]
  if client == nil then
    M.say('no server is attached to this buffer; see :checkhealth ko', vim.log.levels.ERROR)
  end
  return client
end

--- Asks the server; the answer goes to `done`, an error to the user.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param buffer integer
---@param done fun(answer: any)
---@return integer? id of the request, for cancelling it
function M.ask(client, method, params, buffer, done)
  local sent, id = client:request(method, params, function(err, answer)
    if err then
      M.say(err.message or vim.inspect(err), vim.log.levels.ERROR)
    else
      done(answer ~= vim.NIL and answer or nil)
    end
  end, buffer)
  if not sent then
    M.say('the server is gone; use :Ko restart', vim.log.levels.ERROR)
  end
  return sent and id or nil
end

--- Stops the server and starts it anew for all buffers that it had.
function M.restart()
  local buffers = {}
  local clients = vim.lsp.get_clients({ name = 'ko' })
  for _, client in ipairs(clients) do
    vim.list_extend(buffers, vim.tbl_keys(client.attached_buffers))
    client:stop()
  end
  local stopped = vim.wait(3000, function()
    return #vim.lsp.get_clients({ name = 'ko' }) == 0
  end, 20)
  if not stopped then
    for _, client in ipairs(vim.lsp.get_clients({ name = 'ko' })) do
      client:stop(true)
    end
  end
  local config = vim.lsp.config.ko
  for _, buffer in ipairs(#buffers > 0 and buffers or { vim.api.nvim_get_current_buf() }) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == 'ko' then
      local start = vim.deepcopy(config)
      start.name = 'ko'
      start.root_dir = vim.fs.root(buffer, config.root_markers or {})
      vim.lsp.start(start, { bufnr = buffer })
    end
  end
end

return M
