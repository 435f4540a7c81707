-- An empty board, ready at once, only where there is no trace of it: see submit.lua.
-- ARGV[2] unix seconds at which it may be forgotten, if ever.
if redis.call('EXISTS', lines) == 1 then return 0 end
redis.call('UNLINK', order)
redis.call('HSET', lines, STATE, READY, SIZE, 0, REVISION, first_revision())
if ARGV[2] then redis.call('EXPIREAT', lines, ARGV[2]) end
return 1
