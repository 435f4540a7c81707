-- ARGV[2] the builder's token. Answers 1 if the board is this builder's and whole, and then it is ready.
local held = redis.call('HMGET', lines, STATE, SIZE)
if held[1] ~= BUILDING .. ARGV[2] or tonumber(held[2]) ~= redis.call('ZCARD', order) then return 0 end
redis.call('HSET', lines, STATE, READY)
redis.call('DEL', claim)
return 1
