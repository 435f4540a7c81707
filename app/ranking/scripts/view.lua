-- ARGV[2] the caller; [3] boards below this many lines are shown whole; [4] lines a window; [5] lines above.
-- Answers version, size, the caller's 0-based position, the first lines, the lines around the caller
-- and the number of lines better than the first of these. The first lines are as many as serve all.
local held = redis.call('HMGET', lines, STATE, SIZE, ARGV[2])
if not held[3] or not whole(held[1], held[2]) then return false end
local version, time = parts(held[3])
if time == '' then return false end

local all_below, wide, above = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local size, position = tonumber(held[2]), redis.call('ZRANK', order, time .. ARGV[2])
local first = math.max(0, position - above)
if size < all_below then return {version, size, position, window(0, -1)} end
if first <= wide then return {version, size, position, window(0, first + wide - 1)} end

local nearby = redis.call('ZRANGE', order, first, first + wide - 1, 'WITHSCORES')
return {version, size, position, window(0, wide - 1), table.concat(nearby, ' '), better_than(nearby[2])}
