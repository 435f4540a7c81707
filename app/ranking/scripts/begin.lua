-- ARGV[2] the builder's token; [3] unix seconds at which the board may be forgotten, if ever. Answers 0 where
-- another builder is alive.
if redis.call('EXISTS', claim) == 1 then return 0 end
redis.call('UNLINK', order, lines)
redis.call('HSET', lines, STATE, BUILDING .. ARGV[2], SIZE, 0, REVISION, first_revision())
if ARGV[3] then redis.call('EXPIREAT', lines, ARGV[3]) end
redis.call('SET', claim, ARGV[2], 'PX', CLAIM_MS)
return 1
