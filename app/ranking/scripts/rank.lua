-- ARGV[2] the account.
local held = redis.call('HMGET', lines, STATE, SIZE, ARGV[2])
if not held[3] or not whole(held[1], held[2]) then return false end
local _, time = parts(held[3])
if time == '' then return false end
return 1 + better_than(redis.call('ZSCORE', order, time .. ARGV[2]))
