"""A subscriber to a channel, reading server-sent events from a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

HEARD_WITHIN_S = 10


@dataclass(frozen=True)
class Heard:
    """One event."""

    name: str
    data: Any
    id: str


class Ears:
    """Hears what one answer says, block by block."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> Heard:
        """The next event."""
        fields = await self._block()
        while "data" not in fields:
            fields = await self._block()
        return Heard(fields["event"], json.loads(fields["data"]), fields["id"])

    async def ends(self) -> bool:
        """True once the stream has ended."""
        async with asyncio.timeout(HEARD_WITHIN_S):
            async for _ in self._lines:
                pass
        return True

    async def comment(self) -> str:
        """The next comment."""
        async with asyncio.timeout(HEARD_WITHIN_S * 2):
            async for line in self._lines:
                if line.startswith(":"):
                    return line[1:].strip()
        raise EOFError

    async def _block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        async with asyncio.timeout(HEARD_WITHIN_S):
            while line := await anext(self._lines):
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        return fields


@asynccontextmanager
async def listening(
    http: httpx.AsyncClient,
    channel: str,
    headers: dict[str, str] | None = None,
    *,
    after: str | None = None,
    **query: str,
) -> AsyncIterator[Ears]:
    """Ears on a channel, the opening event already heard unless something came back to has to be heard."""
    asked = dict(headers or {}) | ({} if after is None else {"Last-Event-ID": after})
    async with http.stream("GET", f"/channels/{channel}/events", headers=asked, params=query) as response:
        assert response.status_code == 200, await response.aread()
        yield Ears(response)
