-- ARGV[2] cursor; [3] about how many lines. Answers the next cursor, then account, version, time and
-- score of each present line. One script, so that a line and its score are of the same moment.
local held = redis.call('HMGET', lines, STATE, SIZE)
if not whole(held[1], held[2]) then return false end
local found = redis.call('HSCAN', lines, ARGV[2], 'COUNT', ARGV[3])
local answer = {found[1]}
for i = 1, #found[2], 2 do
  local account = found[2][i]
  if string.sub(account, 1, 1) ~= '#' then add_line(answer, account, found[2][i + 1]) end
end
return answer
