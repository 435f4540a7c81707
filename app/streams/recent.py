"""The recent events of every channel, in Redis."""

from hashlib import blake2b

from redis.asyncio import Redis

from app.streams.errors import redis_errors
from app.streams.events import KEPT, Event
from app.streams.keys import events_key, half_told_key

KEPT_FOR_S = 6 * 60 * 60
HALF_TOLD_FOR_S = 15 * 60

#: One step, so that subscribers are told in the order in which events are kept.
_TELL = """
if redis.call('DEL', KEYS[2]) == 1 then return false end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'event', ARGV[1], 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[1], id .. '\\n' .. ARGV[1] .. '\\n' .. ARGV[2])
return id
"""


class RecentEvents:
    """Keeps the last events of a channel for those who come back to it, and passes new ones on.

    Every method raises ChannelsAway when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._tell = redis.register_script(_TELL)

    async def tell(self, channel: str, name: str, data: str) -> None:
        """Tell an event to whoever listens, unless just this one has been noted as half told."""
        keys = [events_key(channel), half_told_key(channel, _digest(name, data))]
        with redis_errors():
            await self._tell(keys, [name, data, KEPT, KEPT_FOR_S])

    async def note_half_told(self, channel: str, name: str, data: str) -> None:
        """The event will be told again because others have not heard it: not to those who have."""
        with redis_errors():
            await self._redis.set(half_told_key(channel, _digest(name, data)), b"", ex=HALF_TOLD_FOR_S)

    async def read(self, channel: str) -> list[Event]:
        """The events that are kept, the oldest first."""
        with redis_errors():
            entries = await self._redis.xrange(events_key(channel))
        return [
            Event(event_id.decode(), fields[b"event"].decode(), fields[b"data"].decode())
            for event_id, fields in entries
        ]


def _digest(name: str, data: str) -> str:
    return blake2b(f"{name}\n{data}".encode(), digest_size=16).hexdigest()
