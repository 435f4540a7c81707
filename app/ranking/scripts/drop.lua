return redis.call('UNLINK', order, lines, claim)
