-- ARGV[2] a new stamp, or nothing to leave it as it is; [3] milliseconds for which it lasts, if not for
-- ever. Answers the stamp.
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2]) end
if ARGV[3] then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return redis.call('GET', KEYS[1])
