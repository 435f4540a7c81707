-- ARGV[2] and on: accounts. Answers like page.lua, without a next cursor.
ARGV[1] = STATE
local size = redis.call('HGET', lines, SIZE)
local held = redis.call('HMGET', lines, unpack(ARGV))
if not whole(held[1], size) then return false end
local answer = {'0'}
for i = 2, #ARGV do
  if held[i] then add_line(answer, ARGV[i], held[i]) end
end
return answer
