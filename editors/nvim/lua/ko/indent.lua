-- How far a line is indented. It looks at brackets only, so that it works in what does not parse yet.
local M = {}

local closers = { [')'] = true, [']'] = true, ['}'] = true }
local openers = { ['('] = true, ['['] = true, ['{'] = true }

--- Finds the end of a string, raw string or comment that begins at `at`, if one does; `inside` is what the next line
--- starts in, if it goes on there.
local function skip(line, at)
  local two = line:sub(at, at + 1)
  if two == '//' then
    return #line + 1
  elseif two == '/*' then
    local _, stop = line:find('*/', at + 2, true)
    return stop and stop + 1 or #line + 1, not stop and '*/' or nil
  elseif line:sub(at, at) == '`' then
    local _, stop = line:find('`', at + 1, true)
    return stop and stop + 1 or #line + 1, not stop and '`' or nil
  elseif line:sub(at, at) == '"' then
    local place = at + 1
    while place <= #line do
      local char = line:sub(place, place)
      if char == '\\' then
        place = place + 1
      elseif char == '"' then
        return place + 1
      end
      place = place + 1
    end
    return #line + 1
  end
end

--- The lines on which the brackets open before line `number` were opened, outermost first; and what the line starts in,
--- a comment or raw string, if anything.
local function open_brackets(buffer, number)
  local open, inside = {}, nil
  for index, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, number - 1, false)) do
    local at = 1
    if inside then
      local _, stop = line:find(inside, 1, true)
      at = stop and stop + 1 or #line + 1
      if stop then
        inside = nil
      end
    end
    while at <= #line do
      local char = line:sub(at, at)
      local behind, goes_on = skip(line, at)
      if behind then
        at, inside = behind, goes_on
      else
        if openers[char] then
          table.insert(open, index)
        elseif closers[char] then
          table.remove(open)
        end
        at = at + 1
      end
    end
  end
  return open, inside
end

--- The columns that line `number`, from 1, is indented by; -1 to leave it. For 'indentexpr'.
function M.level(number)
  local open, inside = open_brackets(0, number)
  if inside then
    return -1
  end
  local line = vim.fn.getline(number)
  local first
  for _ in line:match('^%s*([%)%]}]*)'):gmatch('.') do
    first = table.remove(open)
  end
  -- A bracket stands below the beginning of the line that opened it, even while others of that line are still open.
  while first and open[#open] == first do
    table.remove(open)
  end
  local level, last = 0, nil
  for _, opened in ipairs(open) do
    if opened ~= last then
      level = level + 1
    end
    last = opened
  end
  return level * vim.fn.shiftwidth()
end

return M
