-- The language server, for `vim.lsp.enable('ko')`. Override parts of it in `after/lsp/ko.lua` or with `vim.lsp.config`.

---@type vim.lsp.Config
return {
  cmd = { 'ko', 'lsp' },
  filetypes = { 'ko' },
  root_markers = { 'ko.toml', '.git' },
  -- A single file is a package of its own folder.
  workspace_required = false,
  init_options = { ko = { lenses = true, renames = true, commands = true, references = true, virtualDocuments = true } },
  handlers = {
    ['ko/runEvent'] = function(_, event)
      require('ko.run').on_event(event)
    end,
    ['ko/clusterStatus'] = function(_, status, context)
      require('ko.cluster').on_status(status, context.client_id)
    end,
  },
}
