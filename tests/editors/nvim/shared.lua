-- The checks of expected.json, as Neovim sees them.
local tools = require('tools')

local M = {}
local kinds = {}

--- One case per check.
function M.cases(expected)
  return vim.tbl_map(function(check)
    return {
      name = check.name,
      run = function()
        kinds[check.kind](check, tools.open(check.file))
      end,
    }
  end, expected.checks)
end

function kinds.diagnostics(check, buffer, client)
  -- A file without errors looks like one that has not been checked yet: this answer comes after the first check.
  tools.ask(buffer, client, 'textDocument/documentSymbol')
  tools.eventually(function()
    local found = vim.diagnostic.get(buffer)
    local shown = table.concat(vim.tbl_map(function(each)
      return ('%d: %s'):format(each.lnum + 1, each.message)
    end, found), '\n')
    assert(#found == #check.expect, 'diagnostics:\n' .. shown)
    for _, wanted in ipairs(check.expect) do
      local line, column = tools.find(buffer, wanted.text)
      local here = vim.tbl_filter(function(each)
        return each.lnum == line and each.col == column and each.end_lnum == line and each.end_col == column + #wanted.text
      end, found)[1]
      assert(here, ('nothing exactly at %s:\n%s'):format(wanted.text, shown))
      assert(here.severity == vim.diagnostic.severity[wanted.severity:upper()], 'severity of ' .. here.message)
      tools.contains_all(here.message, wanted.message)
    end
  end)
end

function kinds.hover(check, buffer, client)
  tools.go(buffer, check.at)
  tools.eventually(function()
    local hover = tools.ask(buffer, client, 'textDocument/hover')
    assert(hover, 'no hover')
    tools.contains_all(hover.contents.value or vim.inspect(hover.contents), check.expect)
  end)
end

function kinds.completion(check, buffer, client)
  tools.go(buffer, check.at)
  tools.eventually(function()
    local answer = tools.ask(buffer, client, 'textDocument/completion')
    assert(answer, 'no completion')
    local labels = vim.tbl_map(function(item)
      return item.label
    end, answer.items or answer)
    for _, wanted in ipairs(check.expect) do
      assert(vim.list_contains(labels, wanted), wanted .. ' is not among ' .. table.concat(vim.list_slice(labels, 1, 40), ', '))
    end
    if check.import then
      local item = vim.iter(answer.items or answer):find(function(each)
        return each.label == check.import.label
      end)
      local edits = item.additionalTextEdits
      if not edits then
        edits = client:request_sync('completionItem/resolve', item, 5000, buffer).result.additionalTextEdits
      end
      tools.contains_all(edits[1].newText, { check.import.text })
    end
  end)
end

function kinds.signature(check, buffer, client)
  tools.go(buffer, check.at)
  tools.eventually(function()
    local help = tools.ask(buffer, client, 'textDocument/signatureHelp')
    assert(help and help.signatures[1], 'no signature')
    local signature = help.signatures[1]
    assert(vim.startswith(signature.label, check.expect.label), signature.label)
    local active = signature.parameters[(signature.activeParameter or help.activeParameter) + 1].label
    local text = type(active) == 'table' and signature.label:sub(active[1] + 1, active[2]) or active
    assert(vim.startswith(text, check.expect.active), text)
  end)
end

function kinds.hints(check, buffer)
  vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  tools.eventually(function()
    local shown = vim.iter(vim.lsp.inlay_hint.get({ bufnr = buffer })):map(function(each)
      local label = each.inlay_hint.label
      if type(label) == 'string' then
        return label
      end
      return table.concat(vim.tbl_map(function(part)
        return part.value
      end, label))
    end):totable()
    for _, wanted in ipairs(check.expect) do
      assert(vim.list_contains(shown, wanted), wanted .. ' is not among ' .. table.concat(shown, ' '))
    end
  end)
end

function kinds.folds(check, buffer, client)
  tools.eventually(function()
    local found = tools.ask(buffer, client, 'textDocument/foldingRange') or {}
    for _, wanted in ipairs(check.expect) do
      assert(vim.iter(found):any(function(fold)
        return fold.startLine == wanted[1] and fold.endLine >= wanted[2]
      end), vim.inspect(found))
    end
  end)
end

function kinds.grow(check, buffer, client)
  tools.go(buffer, check.at)
  local cursor = vim.api.nvim_win_get_cursor(0)
  tools.eventually(function()
    local answer = client:request_sync('textDocument/selectionRange', {
      textDocument = { uri = vim.uri_from_bufnr(buffer) },
      positions = { { line = cursor[1] - 1, character = cursor[2] } },
    }, 5000, buffer).result
    local shown, at = {}, answer[1]
    -- The last range is the file, which ends behind the last line that Neovim has.
    while at and at.range['end'].line < vim.api.nvim_buf_line_count(buffer) do
      local range = at.range
      local lines = vim.api.nvim_buf_get_text(buffer, range.start.line, range.start.character, range['end'].line, range['end'].character, {})
      table.insert(shown, table.concat(lines, '\n'))
      at = at.parent
    end
    for _, wanted in ipairs(check.expect) do
      assert(vim.list_contains(shown, wanted), vim.inspect(shown))
    end
  end)
end

function kinds.fix(check, buffer, client)
  tools.go(buffer, check.at)
  local function fits(action)
    return vim.iter(check.title):all(function(part)
      return action.title:lower():find(part:lower(), 1, true) ~= nil
    end)
  end
  tools.eventually(function()
    local titles = {}
    vim.lsp.buf.code_action({
      apply = true,
      filter = function(action)
        table.insert(titles, action.title)
        return fits(action)
      end,
    })
    local changed = vim.wait(1500, function()
      return vim.list_contains(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), check.line)
    end, 20)
    assert(changed, 'offered: ' .. table.concat(titles, ', '))
  end)
  local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  for _, part in ipairs(check.gone or {}) do
    assert(not text:find(part, 1, true), text)
  end
  assert(client:is_stopped() == false)
end

--- Goes where a request leads, as the key for it does.
local function goes(method, check, buffer, client)
  tools.go(buffer, check.at)
  local location
  tools.eventually(function()
    local found = tools.ask(buffer, client, method)
    location = found and (vim.islist(found) and found[1] or found)
    assert(location, 'it leads nowhere')
  end)
  local range = location.targetSelectionRange or location.range
  if check.expect.text then
    assert(range.start.line == tools.find(buffer, check.expect.text), vim.inspect(location))
    return
  end
  -- A document that is in no file: it is shown, has the line, cannot be changed, and the server answers in it.
  assert(vim.lsp.util.show_document(location, client.offset_encoding, { focus = true }))
  local shown = vim.api.nvim_get_current_buf()
  assert(vim.api.nvim_buf_get_name(shown):gsub(':///', ':/') == check.expect.uri, vim.api.nvim_buf_get_name(shown))
  assert(vim.bo[shown].filetype == 'ko' and not vim.bo[shown].modifiable)
  assert(vim.api.nvim_win_get_cursor(0)[1] == range.start.line + 1)
  tools.contains_all(vim.api.nvim_get_current_line(), { check.expect.line })
  local here = vim.lsp.get_clients({ bufnr = shown, name = 'ko' })
  assert(#here == 1 and here[1].id == client.id, 'another server')
  assert(tools.ask(shown, client, 'textDocument/hover'), 'no hover')
  assert(#tools.ask(shown, client, 'textDocument/documentSymbol') > 0, 'no outline')
end

function kinds.definition(check, buffer, client)
  goes('textDocument/definition', check, buffer, client)
end

function kinds.typeDefinition(check, buffer, client)
  goes('textDocument/typeDefinition', check, buffer, client)
end

function kinds.callers(check, buffer, client)
  tools.go(buffer, check.at)
  local item
  tools.eventually(function()
    item = (tools.ask(buffer, client, 'textDocument/prepareCallHierarchy') or {})[1]
    assert(item, 'no call hierarchy')
  end)
  local calls = client:request_sync('callHierarchy/incomingCalls', { item = item }, 10000, buffer).result
  local names = vim.tbl_map(function(call)
    return call.from.name
  end, calls)
  assert(vim.deep_equal(names, check.expect), vim.inspect(names))
end

function kinds.links(check, buffer, client)
  tools.eventually(function()
    local targets = vim.tbl_map(function(link)
      return (link.target:gsub(':///', ':/'))
    end, tools.ask(buffer, client, 'textDocument/documentLink') or {})
    for _, wanted in ipairs(check.expect) do
      assert(vim.list_contains(targets, wanted), vim.inspect(targets))
    end
  end)
end

function kinds.tokens(check, buffer)
  tools.eventually(function()
    for _, wanted in ipairs(check.tokens) do
      local line, column = tools.find(buffer, wanted.text)
      local token = (vim.lsp.semantic_tokens.get_at_pos(buffer, line, column) or {})[1]
      assert(token and token.modifiers[wanted.modifier], wanted.text .. ': ' .. vim.inspect(token))
    end
  end)
  -- Also to the eye.
  local function colour(text)
    local line, column = tools.find(buffer, text)
    local shown = {}
    for _, token in ipairs(vim.inspect_pos(buffer, line, column, { semantic_tokens = true }).semantic_tokens) do
      shown[token.opts.hl_group_link or token.opts.hl_group] = true
    end
    return shown
  end
  for _, wanted in ipairs(check.tokens) do
    local group = ({ write = 'Changed', destructive = 'Removed' })[wanted.modifier]
    tools.eventually(function()
      -- Colours are given to what is drawn.
      tools.go(buffer, { text = wanted.text, offset = 0 })
      vim.cmd('redraw!')
      local shown = colour(wanted.text)
      assert(group == nil or shown[group], wanted.text .. ': ' .. vim.inspect(shown))
    end)
  end
end

function kinds.lenses(check, buffer, client)
  tools.eventually(function()
    local found = tools.ask(buffer, client, 'textDocument/codeLens') or {}
    local shown = vim.tbl_map(function(lens)
      local command = lens.command or client:request_sync('codeLens/resolve', lens, 5000, buffer).result.command
      assert(vim.lsp.commands[command.command], 'no handler of ' .. command.command)
      -- What is counted is in the title.
      return ('%s %s'):format(command.command, command.command == 'ko.showReferences' and command.title or command.arguments[2])
    end, found)
    for _, wanted in ipairs(check.commands) do
      local name = ('%s %s'):format(wanted.command, wanted['function'] or wanted.title)
      assert(vim.list_contains(shown, name), name .. ' is not among ' .. table.concat(shown, ', '))
    end
  end)
end

return M
