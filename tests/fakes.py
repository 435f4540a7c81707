"""Stand-ins for other services: real HTTP on loopback, answering as a test tells them to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

Json = dict[str, Any]


class Mood(StrEnum):
    """How a service answers."""

    WELL = "well"
    BROKEN = "500"
    REFUSING = "403"
    NONSENSE = "nonsense"
    HANGING = "hanging"


@dataclass
class GuildStandIn:
    """The guild service: ranks of members by guild; who asks is the subject of the token shown."""

    guilds: dict[str, dict[str, int]] = field(default_factory=dict)
    mood: Mood = Mood.WELL
    asked: int = 0
    url: str = ""
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked += 1
        if self.mood is Mood.HANGING:
            await self._closing.wait()
        else:
            writer.write(self._answer(head))
        writer.close()

    def close(self) -> None:
        """Let go of those that were left hanging."""
        self._closing.set()

    def _answer(self, head: str) -> bytes:
        if self.mood is Mood.BROKEN:
            return http_answer(500, b"oops")
        if self.mood is Mood.REFUSING:
            return http_answer(403, b"{}")
        if self.mood is Mood.NONSENSE:
            return http_answer(200, b'{"guild": "yes"}')
        path = urlsplit(head.split(" ", 2)[1])
        if path.path == "/guild":
            return http_answer(200, self._guild_of(_subject(head)))
        asked = parse_qs(path.query)["guildId"][0]
        return http_answer(200, self._guild(asked)) if asked in self.guilds else http_answer(404, b"{}")

    def _guild_of(self, account_id: str) -> bytes:
        found = (guild_id for guild_id, members in self.guilds.items() if account_id in members)
        guild_id = next(found, None)
        return b'{"guild": null}' if guild_id is None else self._guild(guild_id)

    def _guild(self, guild_id: str) -> bytes:
        members = [{"accountId": name, "rank": rank} for name, rank in self.guilds[guild_id].items()]
        return json.dumps({"guild": {"id": guild_id, "name": "Owls", "members": members}}).encode()


@asynccontextmanager
async def serving_guilds() -> AsyncIterator[GuildStandIn]:
    """A guild service that knows no guild yet."""
    stand_in = GuildStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield stand_in
        stand_in.close()


def _subject(head: str) -> str:
    (line,) = (line for line in head.splitlines() if line.lower().startswith("authorization:"))
    token = line.split()[-1]
    claims = jwt.decode(token, options={"verify_signature": False})
    return str(claims["sub"])


def http_answer(status: int, body: bytes, *headers: str) -> bytes:
    """One whole answer, after which the connection ends."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
