-- Goes before every script. ARGV[1] names the server process that the caller believes to talk to.
local order, lines, claim = KEYS[1], KEYS[2], KEYS[3]
local STATE, SIZE, REVISION = '#state', '#size', '#revision'
-- A builder that shows no life for this long is dead.
local CLAIM_MS = 15000
-- What a board is made of. One of another layout is not ready: a Redis outlives the processes it serves.
local LAYOUT = '2'
local READY = 'ready:' .. LAYOUT .. ':' .. ARGV[1]
local BUILDING = 'building:' .. LAYOUT .. ':' .. ARGV[1] .. ':'

-- A state names the process that wrote it, so after a restart, a failover or a restored snapshot no
-- board is whole. The size tells a board whose sorted set was evicted.
local function whole(state, size)
  return state == READY and tonumber(size) == redis.call('ZCARD', order)
end

-- Every write to a board raises its revision. A board that is made anew begins with the microseconds since
-- 1970, past all revisions it had before: equal revisions are equal boards.
local function first_revision()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- "version:time" of a line; the time is empty where the line is absent.
local function parts(line)
  local colon = string.find(line, ':', 1, true)
  return string.sub(line, 1, colon - 1), string.sub(line, colon + 1)
end

-- Members and scores of a window in one text. Scores stay the text Redis made of them: Lua's own
-- would lose digits.
local function window(first, last)
  return table.concat(redis.call('ZRANGE', order, first, last, 'WITHSCORES'), ' ')
end

local function better_than(score)
  return redis.call('ZCOUNT', order, '-inf', '(' .. score)
end

-- Account, version, time and score of a line, unless it is absent.
local function add_line(answer, account, line)
  local version, time = parts(line)
  if time == '' then return end
  local at = #answer
  answer[at + 1], answer[at + 2], answer[at + 3] = account, version, time
  answer[at + 4] = redis.call('ZSCORE', order, time .. account)
end
