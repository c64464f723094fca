-- What the plugin adds: filetype, `:Ko`, help, health.
local tools = require('tools')

local M = {}

local function filetype()
  local buffer = tools.open('shop.ko')
  assert(vim.bo[buffer].filetype == 'ko')
  assert(vim.bo[buffer].commentstring == '// %s')
  local line, column = tools.find(buffer, 'return')
  local id = vim.fn.synID(line + 1, column + 1, 1)
  assert(vim.fn.synIDattr(id, 'name') == 'koReturn', vim.fn.synIDattr(id, 'name'))
end

--- With the parser on the runtime path the plugin colours by its tree.
local function tree_sitter()
  vim.cmd('silent checkhealth ko')
  tools.contains_all(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'), { 'no tree-sitter parser' })
  vim.opt.runtimepath:append(assert(vim.env.KO_PARSER, 'KO_PARSER is not set'))
  -- Opened anew, as in a session that has the parser from the start.
  vim.cmd('silent! bwipeout! shop.ko')
  local buffer = tools.open('shop.ko')
  assert(vim.treesitter.highlighter.active[buffer], 'the tree does not colour')
  local tree = vim.treesitter.get_parser(buffer, 'ko'):parse(true)[1]
  assert(not tree:root():has_error(), 'there is an error in the tree')
  for _, name in ipairs({ 'highlights', 'folds', 'locals', 'indents', 'textobjects', 'injections' }) do
    assert(vim.treesitter.query.get('ko', name), name)
  end
  local function capture(text, expected)
    local line, column = tools.find(buffer, text)
    local captures = vim.treesitter.get_captures_at_pos(buffer, line, column)
    local last = captures[#captures] or {}
    assert(last.capture == expected, ('%s is %s'):format(text, tostring(last.capture)))
  end
  capture('StartShop()', 'function')
  capture('return:', 'keyword.return')
  capture('CreateNamespace(', 'function.call')
  capture('"app=shop"', 'string')
  vim.wo.foldmethod = 'expr'
  vim.wo.foldexpr = 'v:lua.vim.treesitter.foldexpr()'
  vim.cmd('normal! zx')
  local first = tools.find(buffer, 'StartShop()') + 1
  local last = tools.find(buffer, 'return:') + 2
  local levels = { vim.fn.foldlevel(first), vim.fn.foldlevel(last), vim.fn.foldlevel(last + 1) }
  assert(vim.deep_equal(levels, { 1, 1, 0 }), vim.inspect(levels))
  vim.wo.foldmethod = 'manual'
  vim.cmd('silent checkhealth ko')
  tools.contains_all(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'), { 'the tree-sitter parser is there' })
end

local function graph(expected)
  local buffer = tools.open(expected.file)
  vim.cmd('Ko graph ' .. expected['function'])
  tools.eventually(function()
    assert(vim.bo.filetype == 'kograph', 'no graph window')
  end)
  local picture = vim.api.nvim_get_current_buf()
  local text = table.concat(vim.api.nvim_buf_get_lines(picture, 0, -1, false), '\n')
  tools.contains_all(text, expected.labels)
  -- <CR> on a line of the picture goes to the step that is written there.
  local label = expected.labels[#expected.labels]
  local line = tools.find(picture, label)
  vim.api.nvim_win_set_cursor(0, { line + 1, 0 })
  vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'xt', false)
  assert(vim.api.nvim_get_current_buf() == buffer, 'the cursor is not in the source')
  local target = tools.find(buffer, label .. ':')
  local here = vim.api.nvim_win_get_cursor(0)[1] - 1
  assert(here == target, ('cursor in line %d instead of %d'):format(here + 1, target + 1))
end

local function graph_at_cursor(expected)
  local buffer = tools.open(expected.file)
  tools.go(buffer, { text = expected.labels[1] .. ':', offset = 0 })
  vim.cmd('Ko graph')
  tools.eventually(function()
    assert(vim.bo.filetype == 'kograph', 'no graph window')
  end)
  vim.cmd('normal q')
end

--- <Tab> on a step of a large graph shows what is folded into it, and folds it again.
local function unfold()
  local folder = vim.fs.dirname(vim.api.nvim_buf_get_name((tools.open('shop.ko'))))
  local file = vim.fs.joinpath(folder, 'large.ko')
  local text = { 'Large(x) {' }
  for at = 0, 330 do
    local before = at == 0 and 'x' or ('s%d'):format(at - 1)
    table.insert(text, ('\ts%d: Merge(Merge(Merge(%s), 1), Merge(%s))'):format(at, before, before))
  end
  vim.list_extend(text, { '\treturn: s330', '}' })
  vim.fn.writefile(text, file)
  local source = tools.open(file)
  tools.go(source, { text = 's0:', offset = 0 })
  vim.cmd('Ko graph')
  tools.eventually(function()
    assert(vim.bo.filetype == 'kograph', 'no graph window')
  end)
  local picture = vim.api.nvim_get_current_buf()
  local function lines()
    return vim.api.nvim_buf_get_lines(picture, 0, -1, false)
  end
  local first = lines()
  local line = tools.find(picture, '+')
  vim.api.nvim_win_set_cursor(0, { line + 1, 0 })
  local tab = vim.keycode('<Tab>')
  vim.api.nvim_feedkeys(tab, 'xt', false)
  tools.eventually(function()
    assert(#lines() > #first, 'nothing is unfolded')
  end)
  vim.api.nvim_feedkeys(tab, 'xt', false)
  tools.eventually(function()
    assert(vim.deep_equal(lines(), first), 'it is not folded again')
  end)
  vim.cmd('normal q')
  vim.cmd('silent! bwipeout! ' .. vim.fn.fnameescape(file))
  vim.fn.delete(file)
end

local function run(file, wanted)
  tools.open(file)
  local runs = require('ko.run')
  runs.last = nil
  vim.cmd('Ko run ' .. wanted['function'])
  tools.eventually(function()
    assert(runs.last, 'the run does not end')
  end)
  assert(runs.last.status == wanted.status, vim.inspect(runs.last))
  if wanted.value then
    tools.contains_all(runs.last.value or '', { wanted.value })
  end
end

local function lens_handler(expected)
  local buffer, client = tools.open(expected.file)
  vim.lsp.commands['ko.showGraph'](
    { arguments = { vim.uri_from_bufnr(buffer), expected['function'] } },
    { bufnr = buffer, client_id = client.id }
  )
  tools.eventually(function()
    assert(vim.bo.filetype == 'kograph', 'no graph window')
  end)
end

local function restart()
  local buffer, client = tools.open('shop.ko')
  vim.cmd('Ko restart')
  tools.eventually(function()
    local new = vim.lsp.get_clients({ bufnr = buffer, name = 'ko' })[1]
    assert(new and new.initialized and new.id ~= client.id, 'no new client')
  end)
end

local function health()
  vim.cmd('silent checkhealth ko')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  tools.contains_all(text, { 'Neovim is new enough', ' is ko ' })
  assert(not text:find('ERROR'), text)
end

local function help()
  local doc = vim.env.KO_REPOSITORY .. '/editors/nvim/doc'
  local copy = vim.fn.tempname()
  vim.fn.mkdir(copy .. '/doc', 'p')
  vim.fn.writefile(vim.fn.readfile(doc .. '/ko.txt'), copy .. '/doc/ko.txt')
  vim.cmd.helptags(copy .. '/doc')
  local tags = table.concat(vim.fn.readfile(copy .. '/doc/tags'), '\n')
  tools.contains_all(tags, { 'ko-setup', ':Ko', 'ko-graph', 'g:ko_enable' })
end

--- Types a function without any indentation of its own: the layout is that of the formatter.
local function indentation()
  vim.cmd('silent only!')
  vim.cmd('enew!')
  vim.bo.filetype = 'ko'
  local typed = 'iF(a) {\rx: (\rp: 1 // {\rq: G(\r"}"\r)\r)\ry: /* ( */ 2\rreturn: H(Z(\rx\r))\r}\rG() { return: 1 }'
  vim.api.nvim_feedkeys(vim.keycode(typed:gsub('\r', '<CR>') .. '<Esc>'), 'xt', false)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  local wanted = 'F(a) {\n\tx: (\n\t\tp: 1 // {\n\t\tq: G(\n\t\t\t"}"\n\t\t)\n\t)\n\ty: /* ( */ 2\n\treturn: H(Z(\n\t\tx\n\t))\n}\nG() { return: 1 }'
  assert(text == wanted, text)
  -- As a whole too: `=` leaves it as it is.
  vim.cmd('normal gg=G')
  text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  assert(text == wanted, text)
  vim.bo.modified = false
end

local function unknown_subcommand()
  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  vim.cmd('Ko nonsense')
  vim.notify = notify
  tools.contains_all(said, { 'nonsense', 'graph', 'run' })
end

--- The tree follows edits and the cursor of the source, and marks the text of its own cursor.
local function syntax_tree(file)
  vim.cmd('silent only!')
  local source = tools.open(file)
  local window = vim.api.nvim_get_current_win()
  vim.cmd('KoSyntaxTree')
  local tree
  for _, other in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.bo[vim.api.nvim_win_get_buf(other)].filetype == 'kosyntax' then
      tree = other
    end
  end
  assert(tree and vim.api.nvim_get_current_win() == window, 'no tree beside the source')
  local buffer = vim.api.nvim_win_get_buf(tree)
  local function text()
    return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  end
  tools.eventually(function()
    tools.contains_all(text(), { 'SOURCE_FILE@0', 'name: IDENT@' })
  end)
  assert(not vim.bo[buffer].modifiable, 'the tree can be edited')
  vim.api.nvim_buf_set_lines(source, 0, 0, false, { '/* é */ Fresh() { return: 1 }' })
  vim.api.nvim_exec_autocmds('TextChanged', { buffer = source })
  tools.eventually(function()
    tools.contains_all(text(), { 'name: IDENT@9..14 "Fresh"' })
  end)
  vim.api.nvim_win_set_cursor(window, { 1, 11 })
  vim.api.nvim_exec_autocmds('CursorMoved', { buffer = source })
  local here = vim.api.nvim_buf_get_lines(buffer, vim.api.nvim_win_get_cursor(tree)[1] - 1, -1, false)[1]
  tools.contains_all(here, { '"Fresh"' })
  vim.api.nvim_set_current_win(tree)
  vim.api.nvim_exec_autocmds('CursorMoved', { buffer = buffer })
  local marks = vim.api.nvim_buf_get_extmarks(source, vim.api.nvim_get_namespaces()['ko.side_view'], 0, -1, { details = true })
  assert(#marks == 1 and marks[1][3] == 9 and marks[1][4].end_col == 14, vim.inspect(marks))
  vim.cmd('normal q')
  assert(vim.api.nvim_get_current_win() == window, 'the tree is not closed')
  vim.cmd('silent undo')
  vim.bo[source].modified = false
end

--- The circuits are lines in the order of the run; the innermost step around the cursor is shown.
local function lowered(file)
  vim.cmd('silent only!')
  local source = tools.open(file)
  local window = vim.api.nvim_get_current_win()
  vim.cmd('KoLowered')
  local view
  for _, other in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.bo[vim.api.nvim_win_get_buf(other)].filetype == 'kolowered' then
      view = other
    end
  end
  assert(view, 'no circuits beside the source')
  local buffer = vim.api.nvim_win_get_buf(view)
  tools.eventually(function()
    local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
    tools.contains_all(text, { 'StartShop()', 'CreateNamespace(namespace: %', '[write]' })
  end)
  tools.go(source, { text = 'namespace.metadata.name', offset = 3 })
  vim.api.nvim_exec_autocmds('CursorMoved', { buffer = source })
  local here = vim.api.nvim_buf_get_lines(buffer, vim.api.nvim_win_get_cursor(view)[1] - 1, -1, false)[1]
  tools.contains_all(here, { 'namespace.metadata.name' })
  vim.api.nvim_set_current_win(view)
  vim.cmd('normal q')
  assert(vim.api.nvim_get_current_win() == window, 'the circuits are not closed')
end

--- A code action makes a step, and the user chooses its name.
local function extract(file)
  local source = tools.open(file)
  local input = vim.ui.input
  local asked
  vim.ui.input = function(options, done)
    asked = options.default
    done('emptied')
  end
  tools.go(source, { text = 'Len(deleted)', offset = 1 })
  tools.eventually(function()
    vim.lsp.buf.code_action({
      apply = true,
      context = { only = { 'refactor.extract' }, diagnostics = {} },
      filter = function(action)
        return action.title:find('Extract into step', 1, true) ~= nil
      end,
    })
    local named = vim.wait(3000, function()
      local lines = vim.api.nvim_buf_get_lines(source, 0, -1, false)
      return vim.list_contains(lines, '\temptied: Len(deleted)') and vim.list_contains(lines, '\treturn: emptied')
    end, 20)
    assert(named, table.concat(vim.api.nvim_buf_get_lines(source, 0, -1, false), '\n'))
  end)
  vim.ui.input = input
  assert(asked == 'len', tostring(asked))
  vim.cmd('edit!')
end

--- The cases, in order.
function M.cases(expected)
  local cases = {
    { name = 'filetype, comments and colours', run = filetype },
    { name = 'lines are indented while typing', run = indentation },
    {
      name = ':Ko graph draws a function, <CR> goes to a step',
      run = function()
        graph(expected.graph)
      end,
    },
    {
      name = ':Ko graph draws the function around the cursor',
      run = function()
        graph_at_cursor(expected.graph)
      end,
    },
    { name = '<Tab> unfolds a step of a large graph', run = unfold },
    {
      name = 'the lens opens the graph',
      run = function()
        lens_handler(expected.graph)
      end,
    },
    {
      name = ':KoSyntaxTree follows edits and the cursor',
      run = function()
        syntax_tree(expected.graph.file)
      end,
    },
    {
      name = ':KoLowered shows the circuits and follows the cursor',
      run = function()
        lowered(expected.graph.file)
      end,
    },
    {
      name = 'a step that a code action makes gets the name that the user chooses',
      run = function()
        extract(expected.graph.file)
      end,
    },
    { name = ':Ko says which subcommands there are', run = unknown_subcommand },
    { name = ':Ko restart starts a new server', run = restart },
    { name = ':checkhealth ko', run = health },
    { name = ':help ko', run = help },
    { name = 'the tree-sitter parser colours and folds', run = tree_sitter },
  }
  for index, wanted in ipairs(expected.runs) do
    table.insert(cases, {
      name = ('run %d: %s'):format(index, wanted['function']),
      run = function()
        run(expected.graph.file, wanted)
      end,
    })
  end
  return cases
end

return M
