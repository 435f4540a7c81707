-- ARGV[2] the token of a builder that gives up: the next one need not wait.
if redis.call('GET', claim) == ARGV[2] then return redis.call('DEL', claim) end
return 0
