-- Defines `:Ko`, the handlers of the code lenses, and starts the server for Ko files.

if vim.g.loaded_ko then
  return
end
vim.g.loaded_ko = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('The Ko plugin needs Neovim 0.11 or newer.', vim.log.levels.ERROR)
  return
end

---@type table<string, fun(arguments: string[], lines: [integer, integer]?)>
local subcommands = {
  graph = function(arguments)
    require('ko.graph').open({ name = arguments[1] })
  end,
  run = function(arguments, lines)
    require('ko.run').start({ name = arguments[1], lines = lines })
  end,
  ['run-on-cluster'] = function(arguments, lines)
    require('ko.run').start({ name = arguments[1], lines = lines, mode = 'cluster' })
  end,
  cancel = function()
    require('ko.run').cancel()
  end,
  restart = function()
    require('ko').restart()
  end,
  reset = function()
    require('ko.run').reset()
  end,
  memory = function()
    require('ko.memory').open()
  end,
}

vim.api.nvim_create_user_command('Ko', function(command)
  local arguments = vim.list_slice(command.fargs, 2)
  local run = subcommands[command.fargs[1]]
  if run == nil then
    local names = vim.tbl_keys(subcommands)
    table.sort(names)
    vim.notify(('Ko: there is no %s; use one of %s'):format(command.fargs[1], table.concat(names, ', ')), vim.log.levels.ERROR)
    return
  end
  run(arguments, command.range > 0 and { command.line1, command.line2 } or nil)
end, {
  nargs = '+',
  range = true,
  desc = 'Graph, runs and server of Ko',
  complete = function(lead, line)
    -- Only the subcommand is completed; names of functions are known to the server alone.
    if line:match('^%S*Ko%s+%S+%s') then
      return {}
    end
    local names = vim.tbl_filter(function(name)
      return vim.startswith(name, lead)
    end, vim.tbl_keys(subcommands))
    table.sort(names)
    return names
  end,
})

vim.api.nvim_create_user_command('KoConnect', function(command)
  require('ko.cluster').connect(command.fargs[1])
end, {
  nargs = '?',
  desc = 'Connect to a cluster, instead of the one before',
  complete = function(lead)
    return require('ko.cluster').complete(lead)
  end,
})

vim.api.nvim_create_user_command('KoDisconnect', function()
  require('ko.cluster').disconnect()
end, { desc = 'Go back to the built-in schema' })

vim.api.nvim_create_user_command('KoSyntaxTree', function()
  require('ko.side_view').open('kosyntax')
end, { desc = 'The syntax tree of the buffer, beside it' })

vim.api.nvim_create_user_command('KoLowered', function()
  require('ko.side_view').open('kolowered')
end, { desc = 'The circuits of the buffer, beside it' })

vim.lsp.commands['ko.showGraph'] = function(command, context)
  local uri, name = unpack(command.arguments or {})
  require('ko.graph').open({ uri = uri, name = name, client_id = context.client_id })
end
-- The lens that counts the uses of a function: they go into the location list.
vim.lsp.commands['ko.showReferences'] = function(command, context)
  local client = assert(vim.lsp.get_client_by_id(context.client_id))
  local places = (command.arguments or {})[3] or {}
  local items = vim.lsp.util.locations_to_items(places, client.offset_encoding)
  vim.fn.setloclist(0, {}, ' ', { title = command.title, items = items })
  if #items > 0 then
    vim.cmd.lopen()
  end
end
vim.lsp.commands['ko.runInSandbox'] = function(command, context)
  local uri, name = unpack(command.arguments or {})
  require('ko.run').start({ uri = uri, name = name, client_id = context.client_id })
end
-- Code actions that have made something let the user choose its name.
vim.lsp.commands['ko.rename'] = function(command, context)
  local uri, position = unpack(command.arguments or {})
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client and position then
    local here = { start = position, ['end'] = position }
    vim.lsp.util.show_document({ uri = uri, range = here }, client.offset_encoding, { focus = true })
    vim.lsp.buf.rename(nil, { name = 'ko' })
  end
end

-- Calls that change the cluster stand out, and those that remove something more so. `default` leaves colours alone that a
-- colour scheme or the user has set.
local function colours()
  vim.api.nvim_set_hl(0, '@lsp.mod.write.ko', { default = true, link = 'Changed' })
  vim.api.nvim_set_hl(0, '@lsp.mod.destructive.ko', { default = true, link = 'Removed' })
end
colours()
vim.api.nvim_create_autocmd('ColorScheme', { group = vim.api.nvim_create_augroup('ko.colours', { clear = true }), callback = colours })

-- The library, and the pages of builtins and of the schema: the server has their texts.
vim.api.nvim_create_autocmd('BufReadCmd', {
  group = vim.api.nvim_create_augroup('ko.virtual_documents', { clear = true }),
  pattern = { 'ko-library://*', 'ko-schema://*' },
  callback = function(event)
    require('ko.virtual_document').read(event.buf, event.match)
  end,
})

-- `vim.g.ko_enable = false` leaves the server to the user's own configuration.
if vim.g.ko_enable ~= false then
  vim.lsp.enable('ko')
end
