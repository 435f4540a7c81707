-- ARGV[2] the token of the builder, or nothing; then account, version, minus the score, time or nothing.
-- Answers 0 nothing written, 1 written, 2 written and yet the board needs building.
local MISSED_FOR_S = 3600

local wanted = {STATE, SIZE}
for i = 3, #ARGV, 4 do wanted[#wanted + 1] = ARGV[i] end
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
local before = size
for i = 3, #ARGV, 4 do
  local account, version, score, time = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local old_version, old_time = -1, ''
  local line = held[(i - 3) / 4 + 3]
  if line then old_version, old_time = parts(line) end
  if tonumber(version) > tonumber(old_version) then
    if old_time ~= '' then
      size = size - 1
      if old_time ~= time then gone[#gone + 1] = old_time .. account end
    end
    if time ~= '' then
      size = size + 1
      ranked[#ranked + 1] = score
      ranked[#ranked + 1] = time .. account
    end
    stored[#stored + 1] = account
    stored[#stored + 1] = version .. ':' .. time
  end
end

if #stored == 0 then return answer end
if size ~= before then
  stored[#stored + 1] = SIZE
  stored[#stored + 1] = size
end
if #gone > 0 then redis.call('ZREM', order, unpack(gone)) end
if #ranked > 0 then redis.call('ZADD', order, unpack(ranked)) end
redis.call('HSET', lines, unpack(stored))
return answer
