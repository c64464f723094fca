--- The graph of a function as text in a scratch window; <CR> on a line goes to the step, <Tab> shows what is folded into it.
local ko = require('ko')

local M = {}

---@class ko.GraphLine
---@field line integer zero-based line of the picture
---@field range lsp.Range where the step is written
---@field node? string the node of the graph, for `expand`
---@field folded? integer how many calls are folded into it

---@class ko.GraphText
---@field text string
---@field lines ko.GraphLine[]

--- Opens, or draws again, the picture of a function.
---@param target { uri?: string, name?: string, client_id?: integer, position?: lsp.Position, expanded?: table<string, true>, node?: string } by default the function around the cursor
function M.open(target)
  local source = target.uri and vim.uri_to_bufnr(target.uri) or vim.api.nvim_get_current_buf()
  local client = ko.client(source, target.client_id)
  if client == nil then
    return
  end
  local params = { textDocument = { uri = vim.uri_from_bufnr(source) } }
  if target.name then
    params['function'] = target.name
  else
    params.position = target.position or vim.lsp.util.make_position_params(0, client.offset_encoding).position
  end
  local expanded = target.expanded or {}
  if next(expanded) then
    params.expand = vim.tbl_keys(expanded)
  end
  ko.ask(client, 'ko/graphText', params, source, function(answer)
    if answer == nil then
      ko.say(target.name and ('there is no function %s'):format(target.name) or 'the cursor is not in a function', vim.log.levels.WARN)
      return
    end
    local buffer = M.show(answer, source, client.offset_encoding, target.node)
    M.map_unfold(buffer, answer, expanded, function(node)
      M.open({
        uri = params.textDocument.uri,
        name = target.name,
        client_id = client.id,
        position = params.position,
        expanded = expanded,
        node = node,
      })
    end)
  end)
end

--- Lets <Tab> show what is folded into the node of a line of a large graph, or fold it again.
---@param buffer integer
---@param answer ko.GraphText
---@param expanded table<string, true> the nodes that are shown unfolded; changed in place
---@param again fun(node: string) draws the graph anew, with the cursor on this node
function M.map_unfold(buffer, answer, expanded, again)
  vim.keymap.set('n', '<Tab>', function()
    local line = vim.api.nvim_win_get_cursor(0)[1]
    for _, each in ipairs(answer.lines) do
      if each.line == line - 1 and each.node then
        if expanded[each.node] then
          expanded[each.node] = nil
        elseif (each.folded or 0) > 0 then
          expanded[each.node] = true
        else
          ko.say('nothing is folded into this step')
          return
        end
        again(each.node)
        return
      end
    end
    ko.say('there is no step on this line')
  end, { buffer = buffer, desc = 'Unfold the step, or fold it again' })
end

--- Shows a picture beside the source.
---@param answer ko.GraphText
---@param source integer buffer that the ranges are about
---@param encoding string position encoding of the client
---@param node? string where the cursor goes
---@return integer buffer
function M.show(answer, source, encoding, node)
  local buffer, window = M.window()
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split((answer.text:gsub('\n+$', '')), '\n'))
  vim.bo[buffer].modifiable = false
  local places = {}
  for _, each in ipairs(answer.lines) do
    places[each.line] = each.range
  end
  vim.keymap.set('n', '<CR>', function()
    local range = places[vim.api.nvim_win_get_cursor(0)[1] - 1]
    if range == nil then
      ko.say('there is no step on this line')
      return
    end
    M.jump(source, range, encoding)
  end, { buffer = buffer, desc = 'Go to the step' })
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Close the graph' })
  local line = 0
  for _, each in ipairs(answer.lines) do
    if node ~= nil and each.node == node then
      line = each.line
      break
    end
  end
  vim.api.nvim_win_set_cursor(window, { line + 1, 0 })
  return buffer
end

--- The buffer of the picture and a window with it, made if need be.
---@return integer buffer
---@return integer window
function M.window()
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local buffer = vim.api.nvim_win_get_buf(window)
    if vim.bo[buffer].filetype == 'kograph' then
      vim.api.nvim_set_current_win(window)
      return buffer, window
    end
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].filetype = 'kograph'
  vim.bo[buffer].bufhidden = 'wipe'
  local window = vim.api.nvim_open_win(buffer, true, { split = 'right' })
  vim.wo[window].wrap = false
  vim.wo[window].number = false
  vim.wo[window].cursorline = true
  return buffer, window
end

--- Goes to a place in the source, in the window that shows it.
---@param source integer
---@param range lsp.Range
---@param encoding string
function M.jump(source, range, encoding)
  local window = vim.fn.bufwinid(source)
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
  end
  local location = { uri = vim.uri_from_bufnr(source), range = range }
  vim.lsp.util.show_document(location, encoding, { reuse_win = true, focus = true })
end

return M
