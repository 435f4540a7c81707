"""A Pusher server, hosted or compatible: it takes events, and lets in whoever shows our signature."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from pusher import Pusher
from pusher.http import GET, Request
from pydantic import SecretStr

from app.clients.transport import Answer, get, post
from app.kit.errors import Unavailable


class PusherAway(Unavailable):
    """The Pusher server did not take the event."""

    slug = "pusher-unavailable"


class NoPusher(Unavailable):
    """No Pusher server is configured."""

    slug = "pusher-not-configured"


class PusherClient:
    """Publishes on a Pusher server and signs subscriptions to it."""

    def __init__(self, url: SecretStr | None, http: httpx.AsyncClient) -> None:
        self._pusher = None if url is None else _open(url.get_secret_value(), http)

    @property
    def is_configured(self) -> bool:
        """True if there is a Pusher server."""
        return self._pusher is not None

    async def trigger(self, channel: str, event: str, data: str) -> None:
        """Return once the server has taken the event, whose data is JSON; PusherAway when in doubt."""
        answer: Answer = await self._known().trigger(channel, event, data)
        if not answer.is_success:
            raise PusherAway(f"It answered {answer.status}.")

    async def examine(self) -> None:
        """Return if the server is there and knows our key and secret; PusherAway if not."""
        answer: Answer = await self._known().channels_info()
        if not answer.is_success:
            raise PusherAway(f"It answered {answer.status}.")

    def authenticate(
        self, channel: str, socket_id: str, *, member: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """What a client shows the server to subscribe: `auth`, and `channel_data` if it becomes a member."""
        signed: dict[str, str] = self._known().authenticate(channel, socket_id, member)
        return signed

    def _known(self) -> Pusher:
        if self._pusher is None:
            raise NoPusher
        return self._pusher


class _HttpxBackend:
    """Sends what the library has signed with the process's own HTTP client."""

    def __init__(self, _: object, http: httpx.AsyncClient) -> None:
        self._http = http

    async def send_request(self, request: Request) -> Answer:
        if request.method == GET:
            return await get(self._http, request.url, headers=request.headers, away=PusherAway)
        return await post(
            self._http, request.url, headers=request.headers, away=PusherAway, body=request.body
        )


def _open(url: str, http: httpx.AsyncClient) -> Pusher:
    # The library's own reading of a URL takes no port.
    parts = urlsplit(url)
    return Pusher(
        app_id=parts.path.removeprefix("/apps/"),
        key=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
        ssl=parts.scheme == "https",
        host=parts.hostname,
        port=parts.port,
        backend=_HttpxBackend,
        http=http,
    )
