-- ARGV[2] the builder's token. Answers 0 where another builder is alive.
if redis.call('EXISTS', claim) == 1 then return 0 end
redis.call('UNLINK', order, lines)
redis.call('HSET', lines, STATE, BUILDING .. ARGV[2], SIZE, 0)
redis.call('SET', claim, ARGV[2], 'PX', CLAIM_MS)
return 1
