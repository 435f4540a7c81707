-- ARGV[2] lines before the wanted ones; [3] how many are wanted; [4] an account; [5] the revision at which the
-- caller has read these lines before, or nothing. Answers size, the wanted lines, unless they are known, the
-- account's 0-based position, if it has a line, and the revision.
local held = redis.call('HMGET', lines, STATE, SIZE, REVISION, ARGV[4])
if not whole(held[1], held[2]) then return false end
local size, revision = tonumber(held[2]), held[3]
local position = false
if held[4] then
  local _, time = parts(held[4])
  if time ~= '' then position = redis.call('ZRANK', order, time .. ARGV[4]) end
end
local wanted = false
if revision ~= ARGV[5] then
  local first, count = tonumber(ARGV[2]), tonumber(ARGV[3])
  wanted = (count > 0 and first < size) and window(first, first + count - 1) or ''
end
return {size, wanted, position, revision}
