local held = redis.call('HMGET', lines, STATE, SIZE)
return whole(held[1], held[2]) and 1 or 0
