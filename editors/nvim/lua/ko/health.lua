--- `:checkhealth ko`
local M = {}

function M.check()
  vim.health.start('Ko')
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok('Neovim is new enough')
  else
    vim.health.error('Neovim 0.11 or newer is needed')
    return
  end
  local config = vim.lsp.config.ko
  local command = config and type(config.cmd) == 'table' and config.cmd[1]
  if not command then
    vim.health.error('there is no configuration of the server', { 'put the folder of the plugin on the runtime path' })
  elseif vim.fn.executable(command) == 1 then
    local version = vim.system({ command, '--version' }, { text = true }):wait(5000)
    if version.code == 0 then
      vim.health.ok(('%s is %s'):format(vim.fn.exepath(command), vim.trim(version.stdout or '')))
    else
      vim.health.error(('%s --version does not work'):format(command), { vim.trim(version.stderr or '') })
    end
  else
    vim.health.error(('the program %s is not on PATH'):format(command), {
      'install ko, or name it: vim.lsp.config("ko", { cmd = { "/path/to/ko", "lsp" } })',
    })
  end
  if vim.treesitter.language.add('ko') then
    vim.health.ok('the tree-sitter parser is there')
  else
    vim.health.info('no tree-sitter parser: colours come from syntax/ko.vim, see :help ko-treesitter')
  end
  local clients = vim.lsp.get_clients({ name = 'ko' })
  if #clients == 0 then
    vim.health.info('no server is running; open a file *.ko')
  end
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    vim.health.ok(('server %d runs for %d buffer(s) below %s'):format(client.id, count, client.root_dir or 'no root'))
  end
end

return M
