"""The other side of a Pusher server: clients subscribe on a socket, and hear what the server is told."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pysher
from pusher_stand_in import KEY, PusherStandIn, Told, subscription_is_signed
from websockets.asyncio.server import ServerConnection, broadcast, serve

SOCKET_ID = "77.88"
HEARD_WITHIN_S = 10


@asynccontextmanager
async def serving_sockets(stand_in: PusherStandIn) -> AsyncIterator[int]:
    """The port on which clients are served that show a signature, in a URL with the application's key."""
    sockets = _Sockets()
    stand_in.listener = sockets.pass_on
    async with serve(sockets.attend, "127.0.0.1", 0) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@dataclass
class _Sockets:
    """Who has subscribed to what."""

    subscribers: dict[str, set[ServerConnection]] = field(default_factory=lambda: defaultdict(set))

    async def attend(self, connection: ServerConnection) -> None:
        """Serve one client."""
        assert connection.request is not None
        assert connection.request.path.startswith(f"/app/{KEY}?")
        await connection.send(
            _said("pusher:connection_established", {"socket_id": SOCKET_ID, "activity_timeout": 120})
        )
        async for message in connection:
            said = json.loads(message)
            if said["event"] == "pusher:subscribe":
                await connection.send(self._subscribed(connection, **said["data"]))

    def pass_on(self, told: Told) -> None:
        """Tell those who have subscribed."""
        for channel in told.channels:
            broadcast(self.subscribers[channel], _said(told.name, told.data, channel=channel))

    def _subscribed(
        self, connection: ServerConnection, channel: str, auth: str = "", channel_data: str | None = None
    ) -> str:
        is_public = not channel.startswith(("private-", "presence-"))
        if is_public or subscription_is_signed(auth, SOCKET_ID, channel, channel_data):
            self.subscribers[channel].add(connection)
            return _said("pusher_internal:subscription_succeeded", _members(channel_data), channel=channel)
        return _said("pusher:subscription_error", {"status": 401}, channel=channel)


class Listener:
    """A client of the `pysher` library, which has its subscriptions signed by the service."""

    def __init__(self, port: int, authorisation: str, headers: dict[str, str], *, member: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._client = pysher.Pusher(
            KEY,
            secure=False,
            custom_host="127.0.0.1",
            port=port,
            auth_endpoint=authorisation,
            auth_endpoint_headers=headers,
            user_data={"user_id": member},
        )

    @asynccontextmanager
    async def listening(self, *channels: str, to: str) -> AsyncIterator[None]:
        """Subscribed to the channels; only events of that name are heard."""
        self._client.connection.bind("pusher:connection_established", self._subscribe, channels, to)
        self._client.connect()
        try:
            for channel in channels:
                assert (await self.next())[0] == channel
            yield
        finally:
            await asyncio.to_thread(self._client.disconnect, HEARD_WITHIN_S)

    async def next(self) -> tuple[str, Any]:
        """The channel and the data of the next event."""
        async with asyncio.timeout(HEARD_WITHIN_S):
            return await self._said.get()

    def _subscribe(self, _: str, channels: tuple[str, ...], event: str) -> None:
        for channel in channels:
            subscribed = self._client.subscribe(channel)
            for name in ("pusher_internal:subscription_succeeded", event):
                subscribed.bind(name, self._hear, channel)

    def _hear(self, data: str, channel: str) -> None:
        self._loop.call_soon_threadsafe(self._said.put_nowait, (channel, json.loads(data)))


def _members(channel_data: str | None) -> Any:
    """Who is on a presence channel, as far as one subscriber is concerned."""
    if channel_data is None:
        return {}
    member = json.loads(channel_data)["user_id"]
    return {"presence": {"ids": [member], "hash": {member: {}}, "count": 1}}


def _said(event: str, data: Any, **more: str) -> str:
    return json.dumps({"event": event, "data": json.dumps(data), **more})
