"""One reader per process that hears every channel somebody here listens to, and passes events on.

Redis tells a process of new events without keeping them for it; what was missed while the connection was
down is read from what Redis keeps of each channel.
"""

import asyncio
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.streams.errors import ChannelsAway, TooManySubscribers
from app.streams.events import Event, events_since, newest_id
from app.streams.keys import events_key
from app.streams.listener import Listener
from app.streams.recent import RecentEvents

log = structlog.get_logger()

MOST_LISTENERS = 10_000
HEARD_WITHIN_S = 2.0
#: A connection on which nothing has come for so long is asked whether it is there.
QUIET_S = 5.0
REST_S = 0.2


class _Heard:
    """A channel that somebody here listens to."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.is_heard = asyncio.Event()
        self.last_id: str | None = None
        self.read_already: frozenset[str] = frozenset()

    def catch_up(self, recent: list[Event]) -> None:
        """Pass on what came since the last event; from here on nothing is missed."""
        if self.last_id is not None:
            for event in events_since(recent, self.last_id):
                self._pass_on(event)
        self.last_id = newest_id(recent)
        # Redis may be about to tell these as well.
        self.read_already = frozenset(event.id for event in recent)
        for listener in self.listeners:
            listener.since = listener.since or self.last_id
        self.is_heard.set()

    def hear(self, event: Event) -> None:
        """Pass an event on that Redis has told of."""
        if event.id in self.read_already:
            return
        self.read_already = frozenset()
        self.last_id = event.id
        self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        for listener in self.listeners:
            if listener.since is not None:
                listener.offer(event)


class Fanout:
    """Listeners by channel. The connection is opened for the first of them."""

    def __init__(self, redis: Redis, recent: RecentEvents) -> None:
        self._pool = redis.connection_pool
        self._recent = recent
        self._heard: dict[str, _Heard] = {}
        self._left: set[str] = set()
        self._connection: AbstractConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self.listening = 0

    async def join(self, channel: str) -> Listener:
        """A listener that misses nothing from now on; leave with it.

        Raises ChannelsAway if Redis does not answer, TooManySubscribers if there is no room.
        """
        if self.listening >= MOST_LISTENERS:
            raise TooManySubscribers
        key, listener = events_key(channel), Listener()
        is_first = key not in self._heard
        heard = self._heard.setdefault(key, _Heard())
        self._add(heard, listener)
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                if is_first:
                    await self._ask_for(key)
                await heard.is_heard.wait()
        except BaseException as error:
            self.leave(channel, listener)
            if isinstance(error, TimeoutError):
                raise ChannelsAway from error
            raise
        return listener

    def leave(self, channel: str, listener: Listener) -> None:
        """Listen no more; a channel that nobody listens to is soon not heard any more."""
        key = events_key(channel)
        heard = self._heard.get(key)
        if heard is None or listener not in heard.listeners:
            return
        heard.listeners.discard(listener)
        self.listening -= 1
        if not heard.listeners:
            del self._heard[key]
            self._left.add(key)

    async def aclose(self) -> None:
        """Cut every listener off and hear nothing any more."""
        for heard in self._heard.values():
            for listener in heard.listeners:
                listener.cut_off()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    def _add(self, heard: _Heard, listener: Listener) -> None:
        heard.listeners.add(listener)
        self.listening += 1
        if heard.is_heard.is_set():
            listener.since = heard.last_id
        if self._reader is None:
            self._reader = asyncio.get_running_loop().create_task(self._read())

    async def _ask_for(self, key: str) -> None:
        """Ask to hear a channel; without a connection that is left to the next one, which asks for all."""
        if self._connection is not None:
            with suppress(RedisError, OSError):
                await self._connection.send_command("SUBSCRIBE", key)

    async def _read(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError, ChannelsAway) as error:
                log.warning("channels.not_heard", error=type(error).__name__)
            for heard in self._heard.values():
                heard.is_heard.clear()
            await asyncio.sleep(REST_S)

    async def _hear(self) -> None:
        connection = await self._pool.get_connection()
        try:
            self._connection = connection
            if self._heard:
                await connection.send_command("SUBSCRIBE", *self._heard)
            while True:
                await self._take(await _next_reply(connection))
                await self._drop_left(connection)
        finally:
            self._connection = None
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)

    async def _drop_left(self, connection: AbstractConnection) -> None:
        gone = self._left - self._heard.keys()
        self._left.clear()
        if gone:
            await connection.send_command("UNSUBSCRIBE", *gone)

    async def _take(self, reply: object) -> None:
        match reply:
            case [b"message", bytes(key), bytes(text)]:
                if (heard := self._heard.get(key.decode())) is not None:
                    heard.hear(Event(*text.decode().split("\n", 2)))
            case [b"subscribe", bytes(key), _]:
                if (heard := self._heard.get(key.decode())) is not None:
                    heard.catch_up(await self._recent.read(_channel_of(key.decode())))


async def _next_reply(connection: AbstractConnection) -> object:
    """What the server says next; it is asked to say something when it has been quiet."""
    reply = await connection.read_response(timeout=QUIET_S)
    if reply is None:
        await connection.send_command("PING")
        reply = await connection.read_response(timeout=QUIET_S)
    if reply is None:
        raise RedisConnectionError("The server is silent.")
    return reply


def _channel_of(key: str) -> str:
    return key.partition("{")[2].partition("}")[0]
