-- ARGV[2] a new stamp, or nothing to leave it as it is. Answers the stamp.
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
