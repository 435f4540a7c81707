-- ARGV[2] cursor; [3] about how many lines. Answers the next cursor, then account, version, time and
-- score of each present line. One script, so that a line and its score are of the same moment.
local held = redis.call('HMGET', lines, STATE, SIZE)
if not whole(held[1], held[2]) then return false end
local found = redis.call('HSCAN', lines, ARGV[2], 'COUNT', ARGV[3])
local answer = {found[1]}
for i = 1, #found[2], 2 do
  local account, line = found[2][i], found[2][i + 1]
  if account ~= STATE and account ~= SIZE then
    local version, time = parts(line)
    if time ~= '' then
      local at = #answer
      answer[at + 1], answer[at + 2], answer[at + 3] = account, version, time
      answer[at + 4] = redis.call('ZSCORE', order, time .. account)
    end
  end
end
return answer
