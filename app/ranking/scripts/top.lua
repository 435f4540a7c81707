-- ARGV[2] how many lines.
local held = redis.call('HMGET', lines, STATE, SIZE)
if not whole(held[1], held[2]) then return false end
return window(0, ARGV[2] - 1)
