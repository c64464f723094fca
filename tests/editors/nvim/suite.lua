-- Entry of the suite inside Neovim: runs all cases, reports one line each, quits with 0 or 1.
local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
package.path = here .. '/?.lua;' .. package.path

local failed, count = 0, 0

local function say(line)
  io.stdout:write(line, '\n')
end

local function main()
  local expected = vim.json.decode(table.concat(vim.fn.readfile(here .. '/../expected.json'), '\n'))
  local cases = require('shared').cases(expected)
  vim.list_extend(cases, require('own').cases(expected))
  vim.list_extend(cases, require('cluster').cases())
  for _, case in ipairs(cases) do
    local ok, problem = xpcall(case.run, debug.traceback)
    count = count + 1
    failed = failed + (ok and 0 or 1)
    say((ok and 'ok ' or 'not ok ') .. case.name)
    if not ok then
      say('  ' .. tostring(problem):gsub('\n', '\n  '))
    end
  end
  say(('%d passed, %d failed'):format(count - failed, failed))
end

-- An error that gets out of here would leave Neovim waiting for keys.
local ok, problem = xpcall(main, debug.traceback)
if not ok then
  say(tostring(problem))
end
vim.cmd(ok and failed == 0 and count > 0 and 'qa!' or 'cq!')
