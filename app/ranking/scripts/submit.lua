-- ARGV[2] the token of the builder, or nothing; then account, version, minus the score, time or nothing.
-- Answers 0 nothing written, 1 written, 2 written and yet the board needs building.
local MISSED_FOR_S = 3600

local wanted = {STATE, SIZE}
for i = 3, #ARGV, 4 do wanted[(i + 9) / 4] = ARGV[i] end
local held = redis.call('HMGET', lines, unpack(wanted))
local state, size = held[1] or '', tonumber(held[2])
local token, answer = ARGV[2], 1

if token ~= '' then
  if state ~= BUILDING .. token then return 0 end
  redis.call('SET', claim, token, 'PX', CLAIM_MS)
elseif state == READY then
  if not whole(state, size) then answer = 2 end
elseif string.sub(state, 1, #BUILDING) == BUILDING then
  if redis.call('EXISTS', claim) == 0 then answer = 2 end
else
  -- The board misses a write from here on. The trace keeps a delayed `open`, and a server that was
  -- primary before and becomes it again, from taking what it has for whole.
  redis.call('UNLINK', order, lines)
  redis.call('HSET', lines, STATE, 'missed')
  redis.call('EXPIRE', lines, MISSED_FOR_S)
  return 0
end

local gone, ranked, stored = {}, {}, {}
local goners, rankers, storers = 0, 0, 0
local before = size
for i = 3, #ARGV, 4 do
  local account, version, score, time = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local line = held[(i + 9) / 4]
  local old_version, old_time = nil, ''
  if line then old_version, old_time = parts(line) end
  if not line or tonumber(version) > tonumber(old_version) then
    if old_time ~= '' then
      size = size - 1
      if old_time ~= time then
        goners = goners + 1
        gone[goners] = old_time .. account
      end
    end
    if time ~= '' then
      size = size + 1
      ranked[rankers + 1] = score
      ranked[rankers + 2] = time .. account
      rankers = rankers + 2
    end
    stored[storers + 1] = account
    stored[storers + 2] = version .. ':' .. time
    storers = storers + 2
  end
end

if storers == 0 then return answer end
if size ~= before then
  stored[storers + 1] = SIZE
  stored[storers + 2] = size
end
if goners > 0 then redis.call('ZREM', order, unpack(gone)) end
if rankers > 0 then redis.call('ZADD', order, unpack(ranked)) end
redis.call('HSET', lines, unpack(stored))
redis.call('HINCRBY', lines, REVISION, 1)
if before == 0 and size > 0 then
  -- The sorted set is a new key, and is forgotten together with its lines.
  local left = redis.call('PTTL', lines)
  if left > 0 then redis.call('PEXPIRE', order, left) end
end
return answer
