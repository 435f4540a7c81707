"""What is remembered about a channel: found out once, shared by all processes, dropped when it changes."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import uuid4

from redis.asyncio import Redis

from app.streams.errors import redis_errors
from app.streams.keys import remembered_key

REMEMBERED_FOR_S = 60
FINDING_OUT_FOR_S = 5

_FOUND = b"="
_FINDING = b"?"

#: Whoever was finding out while the data was dropped may have read what was before.
_KEEP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class Remembered:
    """Remembers data by channel. Every method raises ChannelsAway when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def recall(self, channel: str, find_out: Callable[[], Awaitable[bytes]]) -> bytes:
        """What is remembered; found out when nothing is, and then remembered for a minute."""
        key = remembered_key(channel)
        with redis_errors():
            kept: bytes | None = await self._redis.get(key)
        if kept is not None and kept.startswith(_FOUND):
            return kept.removeprefix(_FOUND)
        mine = _FINDING + uuid4().bytes
        with redis_errors():
            await self._redis.set(key, mine, nx=True, ex=FINDING_OUT_FOR_S)
        found = await find_out()
        with redis_errors():
            await self._keep([key], [mine, _FOUND + found, REMEMBERED_FOR_S])
        return found

    async def forget(self, channels: Iterable[str]) -> None:
        """Drop what is remembered about these channels."""
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for channel in channels:
                    pipeline.delete(remembered_key(channel))
                await pipeline.execute()
