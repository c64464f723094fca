--- A text of the server about a buffer, its syntax tree or its circuits, in a scratch window that follows the edits and the
--- cursor of the buffer; and its own cursor marks the text.
local ko = require('ko')

local M = {}

local DELAY_MS = 150
local namespace = vim.api.nvim_create_namespace('ko.side_view')
local group = vim.api.nvim_create_augroup('ko.side_view', { clear = true })

--- What there is to see, by the filetype of the window: the request of the server.
local requests = { kosyntax = 'ko/syntaxTree', kolowered = 'ko/lowered' }

---@class ko.SideText
---@field version integer version of the document
---@field text string a line for each part of the document
---@field ranges lsp.Range[] where each line stands in the document

--- Shows the text of this kind about the current buffer beside it.
---@param kind 'kosyntax'|'kolowered'
function M.open(kind)
  local source = vim.api.nvim_get_current_buf()
  if ko.client(source) == nil then
    return
  end
  local buffer = M.window(source, kind)
  local timer = assert(vim.uv.new_timer())
  vim.api.nvim_clear_autocmds({ group = group })
  local function follow()
    timer:start(DELAY_MS, 0, vim.schedule_wrap(function()
      M.refresh(source, buffer)
    end))
  end
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI', 'TextChangedP' }, { group = group, buffer = source, callback = follow })
  vim.api.nvim_create_autocmd({ 'CursorMoved', 'CursorMovedI' }, {
    group = group,
    buffer = source,
    callback = function()
      M.mark_line(source, buffer)
    end,
  })
  vim.api.nvim_create_autocmd('CursorMoved', {
    group = group,
    buffer = buffer,
    callback = function()
      M.mark_text(source, buffer)
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = buffer,
    callback = function()
      timer:stop()
      vim.api.nvim_clear_autocmds({ group = group })
      if vim.api.nvim_buf_is_valid(source) then
        vim.api.nvim_buf_clear_namespace(source, namespace, 0, -1)
      end
    end,
  })
  vim.keymap.set('n', '<CR>', function()
    local tree = vim.b[buffer].ko_side_view
    local range = tree and tree.ranges[vim.api.nvim_win_get_cursor(0)[1]]
    if range then
      require('ko.graph').jump(source, range, tree.encoding)
    end
  end, { buffer = buffer, desc = 'Go to the text' })
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Close the window' })
  M.refresh(source, buffer)
end

--- Asks for the text about `source` and shows it in `buffer`.
---@param source integer
---@param buffer integer
function M.refresh(source, buffer)
  if not (vim.api.nvim_buf_is_valid(source) and vim.api.nvim_buf_is_valid(buffer)) then
    return
  end
  local client = vim.lsp.get_clients({ bufnr = source, name = 'ko' })[1]
  if client == nil then
    return
  end
  local params = { textDocument = { uri = vim.uri_from_bufnr(source) } }
  ko.ask(client, requests[vim.bo[buffer].filetype], params, source, function(answer)
    if answer == nil or not vim.api.nvim_buf_is_valid(buffer) then
      return
    end
    vim.bo[buffer].modifiable = true
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split((answer.text:gsub('\n$', '')), '\n'))
    vim.bo[buffer].modifiable = false
    vim.b[buffer].ko_side_view = { ranges = answer.ranges, encoding = client.offset_encoding }
    M.mark_line(source, buffer)
  end)
end

--- Marks the innermost line of the text around the cursor of the source, and shows it.
---@param source integer
---@param buffer integer
function M.mark_line(source, buffer)
  local from, to = vim.fn.bufwinid(source), vim.fn.bufwinid(buffer)
  local tree = vim.b[buffer].ko_side_view
  if from == -1 or to == -1 or tree == nil then
    return
  end
  local line, column = unpack(vim.api.nvim_win_get_cursor(from))
  local text = vim.api.nvim_buf_get_lines(source, line - 1, line, false)[1] or ''
  local at = { line - 1, vim.str_utfindex(text, tree.encoding, math.min(column, #text), false) }
  local function before(a, b)
    return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2])
  end
  local found, from_here, to_here
  for index, range in ipairs(tree.ranges) do
    local start, stop = { range.start.line, range.start.character }, { range['end'].line, range['end'].character }
    local inner = not found or (not before(start, from_here) and not before(to_here, stop))
    if inner and not before(at, start) and before(at, stop) then
      found, from_here, to_here = index, start, stop
    end
  end
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  if found and found <= vim.api.nvim_buf_line_count(buffer) then
    vim.api.nvim_buf_set_extmark(buffer, namespace, found - 1, 0, { line_hl_group = 'Visual' })
    if vim.api.nvim_get_current_win() ~= to then
      vim.api.nvim_win_set_cursor(to, { found, 0 })
    end
  end
end

--- Marks the text of the line that the cursor is on.
---@param source integer
---@param buffer integer
function M.mark_text(source, buffer)
  local tree = vim.b[buffer].ko_side_view
  vim.api.nvim_buf_clear_namespace(source, namespace, 0, -1)
  local range = tree and vim.api.nvim_get_current_buf() == buffer and tree.ranges[vim.api.nvim_win_get_cursor(0)[1]]
  if not range then
    return
  end
  local function byte(position)
    local text = vim.api.nvim_buf_get_lines(source, position.line, position.line + 1, false)[1] or ''
    return { position.line, vim.str_byteindex(text, tree.encoding, position.character, false) }
  end
  vim.hl.range(source, namespace, 'Visual', byte(range.start), byte(range['end']))
end

--- The buffer of the text, in a window beside the source; the cursor stays where it is.
---@param source integer
---@param kind string
---@return integer buffer
function M.window(source, kind)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local buffer = vim.api.nvim_win_get_buf(window)
    if requests[vim.bo[buffer].filetype] then
      vim.api.nvim_win_close(window, true)
    end
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].filetype = kind
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modifiable = false
  vim.b[buffer].ko_source = source
  local window = vim.api.nvim_open_win(buffer, false, { split = 'right' })
  vim.wo[window].wrap = false
  vim.wo[window].number = false
  return buffer
end

return M
