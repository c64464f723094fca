--- Runs functions in the sandbox, or on the cluster that the editor is connected to, and shows how they go.
local ko = require('ko')

local M = {}

---@class ko.Run
---@field client vim.lsp.Client
---@field request integer
---@field lines string[]

---@type table<string, ko.Run> by run id
local running = {}
local count = 0

--- Starts a run after asking for its arguments.
---@param target { uri?: string, name?: string, lines?: [integer, integer], client_id?: integer, mode?: 'sandbox'|'cluster' } by default the function around the cursor
function M.start(target)
  local buffer = target.uri and vim.uri_to_bufnr(target.uri) or vim.api.nvim_get_current_buf()
  local client = ko.client(buffer, target.client_id)
  if client == nil then
    return
  end
  local selection
  if target.lines then
    local first, last = unpack(target.lines)
    selection = { start = { line = first - 1, character = 0 }, ['end'] = { line = last, character = 0 } }
  end
  local document = { uri = vim.uri_from_bufnr(buffer) }
  if target.name then
    M.ask_arguments(client, buffer, { textDocument = document, ['function'] = target.name, selection = selection }, target.mode)
    return
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  ko.ask(client, 'ko/graph', { textDocument = document, position = position }, buffer, function(graph)
    if graph == nil then
      ko.say('the cursor is not in a function', vim.log.levels.WARN)
      return
    end
    M.ask_arguments(client, buffer, { textDocument = document, ['function'] = graph['function'], selection = selection }, target.mode)
  end)
end

--- Asks for one argument after the other, then runs.
---@param client vim.lsp.Client
---@param buffer integer
---@param target table parameters of `ko/functionArguments`
---@param mode? 'sandbox'|'cluster'
function M.ask_arguments(client, buffer, target, mode)
  ko.ask(client, 'ko/functionArguments', target, buffer, function(missing)
    local values = vim.empty_dict()
    local function ask(index)
      local argument = (missing or {})[index]
      if argument == nil then
        M.run(client, buffer, target, values, { mode = mode })
        return
      end
      local prompt = ('%s: %s = '):format(target['function'], argument.name)
      vim.ui.input({ prompt = prompt, default = argument.last }, function(value)
        if value == nil then
          return
        end
        if value ~= '' then
          values[argument.name] = value
        end
        ask(index + 1)
      end)
    end
    ask(1)
  end)
end

--- Runs and says how it ended.
---@param client vim.lsp.Client
---@param buffer integer
---@param target table
---@param values table<string, string>
---@param how? { mode?: 'sandbox'|'cluster', agreement?: string }
function M.run(client, buffer, target, values, how)
  count = count + 1
  local id = ('nvim-%d-%d'):format(vim.fn.getpid(), count)
  local params = vim.tbl_extend('force', target, {
    arguments = values,
    mode = how and how.mode or 'sandbox',
    agreement = how and how.agreement or nil,
    runId = id,
  })
  local run = { client = client, lines = {} }
  running[id] = run
  ko.say(('running %s …'):format(target['function']))
  local _, request = client:request('ko/run', params, function(err, result)
    running[id] = nil
    if err then
      ko.say(err.message, vim.log.levels.ERROR)
      return
    end
    if result.status == 'confirm' then
      M.confirm(result.confirm, function()
        M.run(client, buffer, target, values, { mode = how and how.mode, agreement = result.confirm.agreement })
      end)
      return
    end
    M.report(target['function'], result, run.lines)
  end, buffer)
  run.request = request
end

--- Asks whether a program may write to a cluster what it would; nothing was sent before.
---@param confirm table what the server says that it would write
---@param agreed fun()
function M.confirm(confirm, agreed)
  local yes = confirm.destructive and 'Run, and remove objects' or 'Run'
  vim.ui.select({ 'No', yes }, {
    prompt = ('This would write to %s (%s): %s'):format(confirm.context, confirm.server, confirm.summary),
    kind = 'ko.confirm',
  }, function(_, index)
    if index == 2 then
      agreed()
    else
      ko.say('nothing was sent')
    end
  end)
end

--- Shows the end of a run.
---@param name string
---@param result table
---@param lines string[] what the program wrote
function M.report(name, result, lines)
  local text = { ('%s %s: %d steps, %d ms'):format(name, result.status, result.steps.run, result.durationMs) }
  vim.list_extend(text, lines)
  if result.error and result.error ~= vim.NIL then
    table.insert(text, result.error.message)
    for _, call in ipairs(result.error.trace or {}) do
      table.insert(text, '  in ' .. call)
    end
  end
  for _, warning in ipairs(result.warnings or {}) do
    table.insert(text, 'warning of the server: ' .. warning)
  end
  if result.value and result.value ~= vim.NIL then
    table.insert(text, result.value)
  end
  M.last = result
  ko.say(table.concat(text, '\n'), result.status == 'failed' and vim.log.levels.ERROR or vim.log.levels.INFO)
end

--- Takes `ko/runEvent`.
---@param event table
function M.on_event(event)
  local run = running[event.runId]
  if run == nil then
    return
  end
  if event.event == 'output' and event.output then
    vim.list_extend(run.lines, vim.split(vim.trim(event.output), '\n'))
  elseif event.node and (event.event == 'started' or event.event == 'progress') then
    local text = ('Ko: %s: %s %s'):format(event['function'], event.node, event.output or '')
    vim.api.nvim_echo({ { vim.trim(text) } }, false, {})
  end
end

--- Cancels all runs.
function M.cancel()
  for _, run in pairs(running) do
    run.client:cancel_request(run.request)
  end
end

--- Empties the sandbox.
function M.reset()
  local client = ko.client(0)
  if client then
    ko.ask(client, 'ko/resetSandbox', vim.empty_dict(), 0, function()
      ko.say('the sandbox is empty again')
    end)
  end
end

return M
