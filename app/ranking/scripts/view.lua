-- ARGV[2] boards below this many lines are shown whole; [3] lines a window; [4] lines above the caller;
-- [5] the revision at which the caller has read the board before, or nothing; [6] how many of the accounts
-- are wanted even then; [7...] the accounts, those first. Answers size, revision and first lines, unless they
-- are known, then of each wanted account: nothing without a line, else version, 0-based position and, unless
-- the board is shown whole, the lines around the account and the number of lines better than the first of these.
local held = redis.call('HMGET', lines, STATE, SIZE, REVISION)
if not whole(held[1], held[2]) then return false end

local wide, above = tonumber(ARGV[3]), tonumber(ARGV[4])
local size, revision = tonumber(held[2]), held[3]
local is_small = size < tonumber(ARGV[2])
local is_known = revision == ARGV[5]

local function around(line, account)
  local version, time = parts(line)
  if time == '' then return false end
  local position = redis.call('ZRANK', order, time .. account)
  if is_small then return {version, position} end
  local first = math.max(0, position - above)
  local nearby = redis.call('ZRANGE', order, first, first + wide - 1, 'WITHSCORES')
  return {version, position, table.concat(nearby, ' '), better_than(nearby[2])}
end

local answer = {size, revision, not is_known and window(0, is_small and -1 or wide - 1)}
for at = 7, is_known and 6 + ARGV[6] or #ARGV do
  local line = redis.call('HGET', lines, ARGV[at])
  answer[at - 3] = line and around(line, ARGV[at])
end
return answer
