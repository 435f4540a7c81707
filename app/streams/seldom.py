"""Events that say no more than that something is new: told so seldom that nobody is kept busy by them."""

from collections.abc import Mapping

from redis.asyncio import Redis

from app.streams.errors import redis_errors
from app.streams.events import KEPT
from app.streams.keys import events_key, told_lately_key
from app.streams.recent import KEPT_FOR_S

#: Answers 0 where this has been told already, by whichever process.
_TELL = """
if not redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[5]) then return 0 end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'event', ARGV[1], 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[1], id .. '\\n' .. ARGV[1] .. '\\n' .. ARGV[2])
return 1
"""


class SeldomEvents:
    """Tells of news on channels, each at most once in so many milliseconds, whoever else tells of it."""

    def __init__(self, redis: Redis, *, every_ms: int) -> None:
        self._redis = redis
        self._every_ms = every_ms
        self._tell = redis.register_script(_TELL)

    async def tell(self, name: str, data_by_channel: Mapping[str, str]) -> set[str]:
        """Tell an event on these channels, in one round trip; the channels on which it is too early.

        Raises ChannelsAway when Redis does not answer.
        """
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for channel, data in data_by_channel.items():
                    keys = [events_key(channel), told_lately_key(channel, name)]
                    await self._tell(keys, [name, data, KEPT, KEPT_FOR_S, self._every_ms], client=pipeline)
                answers = await pipeline.execute()
        return {channel for channel, told in zip(data_by_channel, answers, strict=True) if not told}
