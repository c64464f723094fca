--- The cluster of the editor: `:KoConnect`, `:KoDisconnect`, and how it stands for the statusline. Nothing here connects by
--- itself, and a change of the state is never more than the text of `status()`.
local ko = require('ko')

local M = {}

---@class ko.ClusterStatus
---@field state 'offline'|'connecting'|'connected'|'stale'|'signedOut'|'forbidden'
---@field context? string
---@field server? string
---@field message string
---@field waysOut { action: string, title: string }[]

--- How it stands with each server, by the id of its client.
---@type table<integer, ko.ClusterStatus>
local statuses = {}

local labels = {
  offline = 'offline',
  connecting = 'connecting',
  stale = 'not heard',
  signedOut = 'signed out',
  forbidden = 'built-in schema',
}

--- The client of a buffer, or any one: a cluster can be chosen from anywhere.
---@param buffer? integer
---@return vim.lsp.Client?
local function client_of(buffer)
  return vim.lsp.get_clients({ bufnr = buffer or 0, name = 'ko' })[1] or vim.lsp.get_clients({ name = 'ko' })[1]
end

--- Takes `ko/clusterStatus`.
---@param status ko.ClusterStatus
---@param client_id integer
function M.on_status(status, client_id)
  statuses[client_id] = status
  vim.api.nvim_exec_autocmds('User', { pattern = 'KoClusterStatus', modeline = false, data = status })
  vim.cmd.redrawstatus({ bang = true })
end

--- What the server last said; nothing if it is connected to nothing.
---@param buffer? integer
---@return ko.ClusterStatus?
function M.get(buffer)
  local client = client_of(buffer)
  return client and statuses[client.id] or nil
end

--- A few words for the statusline: the context, and what is wrong if something is. Empty without a cluster.
---@param buffer? integer
---@return string
function M.status(buffer)
  local status = M.get(buffer)
  if status == nil or status.state == 'offline' then
    return ''
  end
  local label = labels[status.state]
  return 'ko:' .. (status.context or '?') .. (label and (' (%s)'):format(label) or '')
end

--- The file that the user has named instead of the usual one.
---@return string?
local function kubeconfig()
  return vim.g.ko_kubeconfig and vim.fs.normalize(vim.g.ko_kubeconfig) or nil
end

--- The second half of a line of the list.
---@param context table
---@return string
local function describe(context)
  local parts = { context.server, context.user }
  if context.namespace then
    table.insert(parts, context.namespace)
  end
  if context.impersonates then
    table.insert(parts, 'as ' .. context.impersonates)
  end
  if context.insecure then
    table.insert(parts, 'certificate unchecked')
  end
  if context.plugin then
    table.insert(parts, 'signs in with ' .. context.plugin.command)
  end
  return table.concat(parts, ' · ')
end

--- Connects to a context; lets the user choose one if none is named.
---@param name? string
function M.connect(name)
  local client = client_of()
  if client == nil then
    ko.client(0)
    return
  end
  if name then
    M.send(client, { context = name, kubeconfig = kubeconfig() })
    return
  end
  ko.ask(client, 'ko/clusterContexts', { kubeconfig = kubeconfig() or vim.NIL }, 0, function(answer)
    if answer == nil or #answer.contexts == 0 then
      ko.say('the kubeconfig has no contexts', vim.log.levels.WARN)
      return
    end
    vim.ui.select(answer.contexts, {
      prompt = 'Connect to cluster:',
      kind = 'ko.context',
      format_item = function(context)
        return ('%s  %s'):format(context.name, describe(context))
      end,
    }, function(context)
      if context then
        M.send(client, { context = context.name, kubeconfig = kubeconfig() })
      end
    end)
  end)
end

--- Sends the order, and asks for the consent that it may want.
---@param client vim.lsp.Client
---@param params table parameters of `ko/connect`
function M.send(client, params)
  ko.ask(client, 'ko/connect', params, 0, function(answer)
    if answer == nil then
      return
    end
    if answer.outcome ~= 'consent' then
      local status = answer.status
      statuses[client.id] = status
      local level = status.state == 'connected' and vim.log.levels.INFO or vim.log.levels.WARN
      ko.say(status.message, level)
      return
    end
    local plugin = answer.plugin
    local command = table.concat(vim.list_extend({ plugin.command }, plugin.arguments), ' ')
    vim.ui.select({ 'No', 'Run it, now and from now on' }, {
      prompt = ('Signing in to %s runs a program: %s'):format(params.context, command),
      kind = 'ko.consent',
    }, function(_, index)
      if index == 2 then
        local agreed = { command = plugin.command, arguments = plugin.arguments }
        M.send(client, vim.tbl_extend('force', params, { agreedPlugin = agreed }))
      end
    end)
  end)
end

--- Goes back to the built-in schema.
function M.disconnect()
  local client = client_of()
  if client then
    ko.ask(client, 'ko/disconnect', vim.empty_dict(), 0, function(status)
      statuses[client.id] = status
      ko.say('disconnected')
    end)
  end
end

--- The names of the contexts, for the completion of `:KoConnect`.
---@param lead string
---@return string[]
function M.complete(lead)
  local client = client_of()
  local answer = client and client:request_sync('ko/clusterContexts', { kubeconfig = kubeconfig() or vim.NIL }, 1000, 0)
  local contexts = answer and answer.result and answer.result.contexts or {}
  local names = vim.tbl_map(function(context)
    return context.name
  end, contexts)
  return vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, names)
end

return M
