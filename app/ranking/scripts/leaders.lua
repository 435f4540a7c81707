-- ARGV[2] lines before the wanted ones; [3] how many are wanted; [4] an account. Answers size, the wanted
-- lines, and the account's 0-based position, if it has a line.
local held = redis.call('HMGET', lines, STATE, SIZE, ARGV[4])
if not whole(held[1], held[2]) then return false end
local position = false
if held[3] then
  local _, time = parts(held[3])
  if time ~= '' then position = redis.call('ZRANK', order, time .. ARGV[4]) end
end
local first, count = tonumber(ARGV[2]), tonumber(ARGV[3])
local size = tonumber(held[2])
local wanted = (count > 0 and first < size) and window(first, first + count - 1) or ''
return {size, wanted, position}
