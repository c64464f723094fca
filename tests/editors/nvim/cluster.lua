-- A cluster in Neovim: a real control plane, chosen by `:KoConnect`, shown in the statusline, and run on.
local tools = require('tools')

local M = {}

--- Starts the control plane that KO_CONTROL_PLANE names; it ends with this process, whose end closes its input.
local function start()
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, 'p')
  local said = ''
  local process = vim.system({ vim.env.KO_CONTROL_PLANE, '-exit-on-stdin-eof', '-dir', folder .. '/state' }, {
    stdin = true,
    stderr = false,
    stdout = function(_, data)
      said = said .. (data or '')
    end,
  })
  tools.eventually(function()
    assert(said:find('\n', 1, true), 'the control plane is not ready')
  end, 60000)
  return vim.json.decode(said:match('^[^\n]*')), process
end

--- Answers the next question with its line `wanted`; returns what was asked.
local function answering(wanted, work)
  local select, asked = vim.ui.select, nil
  vim.ui.select = function(items, options, done)
    asked = { items = items, prompt = options.prompt, format = options.format_item }
    for index, item in ipairs(items) do
      local text = options.format_item and options.format_item(item) or item
      if text:find(wanted, 1, true) then
        return done(item, index)
      end
    end
    done(nil, nil)
  end
  local ok, problem = pcall(work, function()
    return asked
  end)
  vim.ui.select = select
  assert(ok, problem)
end

local function whole_story()
  local ready, process = start()
  local ok, problem = pcall(function()
    local cluster = require('ko.cluster')
    local buffer = tools.open('shop.ko')
    assert(cluster.status() == '', 'connected before anybody asked: ' .. cluster.status())
    vim.g.ko_kubeconfig = ready.kubeconfig
    assert(vim.tbl_contains(vim.fn.getcompletion('KoConnect ', 'cmdline'), 'viewer'), 'contexts are not completed')
    local heard = {}
    local listener = vim.api.nvim_create_autocmd('User', {
      pattern = 'KoClusterStatus',
      callback = function(event)
        table.insert(heard, event.data.state)
      end,
    })
    answering('admin', function(asked)
      vim.cmd('KoConnect')
      tools.eventually(function()
        assert(asked(), 'no context was offered')
        assert(cluster.status() == 'ko:admin', cluster.status())
      end)
      tools.contains_all(asked().format(asked().items[1]), { 'https://127.0.0.1' })
    end)
    assert(vim.deep_equal(heard, { 'connecting', 'connected' }), vim.inspect(heard))
    vim.api.nvim_del_autocmd(listener)
    -- A program that writes: refused first, then agreed to.
    local text = { 'Make() { return: CreateNamespace(namespace: "from-neovim") }' }
    vim.api.nvim_buf_set_lines(buffer, -1, -1, false, text)
    local run = require('ko.run')
    for _, answer in ipairs({ 'No', 'Run' }) do
      run.last = nil
      answering(answer, function(asked)
        vim.cmd('Ko run-on-cluster Make')
        tools.eventually(function()
          assert(asked(), 'nobody was asked')
          assert(answer == 'No' or run.last, 'it has not run')
        end)
        tools.contains_all(asked().prompt, { 'admin', 'CreateNamespace (1)' })
      end)
    end
    assert(run.last.status == 'succeeded', vim.inspect(run.last))
    vim.cmd('KoDisconnect')
    tools.eventually(function()
      assert(cluster.status() == '', cluster.status())
    end)
  end)
  vim.g.ko_kubeconfig = nil
  -- Its input ends, and so does it.
  process:write(nil)
  assert(ok, problem)
end

function M.cases()
  if not vim.env.KO_CONTROL_PLANE then
    io.stdout:write('SKIPPED the cluster: KO_CONTROL_PLANE names no control plane; see cargo xtask test --only cluster\n')
    return {}
  end
  return { { name = ':KoConnect, the statusline, runs on a cluster', run = whole_story } }
end

return M
