"""A Pusher server's HTTP API on a real socket, which fails as a test tells it to.

Signatures are verified by the `pusher` library's own function.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fakes import http_answer
from pusher.signature import verify

APP_ID, KEY, SECRET = "42", "a-key", "a-secret-that-opens-nothing"
SIGNED_WITHIN_S = 600


class Mood(StrEnum):
    """What becomes of an event."""

    WELL = "200"
    BROKEN = "500"
    ELSEWHERE = "302"
    CUT = "closed without an answer"
    SILENT = "no answer"


_ANSWERS = {
    Mood.BROKEN: http_answer(500, b"oops"),
    Mood.ELSEWHERE: http_answer(302, b"", "Location: http://127.0.0.1:1/"),
    Mood.CUT: b"",
}


@dataclass(frozen=True)
class Told:
    """One event that the server took."""

    channels: list[str]
    name: str
    data: Any


@dataclass
class PusherStandIn:
    """Takes events whose signature is right."""

    mood: Mood = Mood.WELL
    told: list[Told] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    url: str = ""
    #: Is told what the server has taken.
    listener: Callable[[Told], None] = lambda _: None
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request, *lines = head.splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self._asked.set()
        if self.mood is Mood.SILENT:
            await self._closing.wait()
        else:
            writer.write(self._answer(request, body))
        writer.close()

    async def asked_for(self) -> None:
        """Return once somebody has wanted to tell something."""
        await self._asked.wait()

    def close(self) -> None:
        """Let go of those that were left waiting."""
        self._closing.set()

    def _answer(self, request: str, body: bytes) -> bytes:
        if (fault := _fault(request, body)) is not None:
            self.refused.append(fault)
            return http_answer(401, fault.encode())
        if self.mood is not Mood.WELL:
            return _ANSWERS[self.mood]
        if request.startswith("GET "):
            return http_answer(200, b'{"channels": {}}')
        event = json.loads(body)
        self.told.append(Told(event["channels"], event["name"], json.loads(event["data"])))
        self.listener(self.told[-1])
        return http_answer(200, b"{}")


@asynccontextmanager
async def serving_pusher() -> AsyncIterator[PusherStandIn]:
    """A Pusher server that nobody has told anything."""
    stand_in = PusherStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    stand_in.url = f"http://{KEY}:{SECRET}@127.0.0.1:{port}/apps/{APP_ID}"
    async with server:
        yield stand_in
        stand_in.close()


def subscription_is_signed(auth: str, socket_id: str, channel: str, channel_data: str | None = None) -> bool:
    """True if a Pusher server would let this subscriber in."""
    key, _, signature = auth.partition(":")
    text = ":".join([socket_id, channel] + ([] if channel_data is None else [channel_data]))
    return key == KEY and bool(verify(SECRET, text, signature))


def _fault(request: str, body: bytes) -> str | None:
    """Why a request is not authentic; None if it is."""
    method, target, _ = request.split()
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, strict_parsing=True))
    signature = query.pop("auth_signature", "")
    text = "\n".join([method, parts.path, "&".join(f"{name}={query[name]}" for name in sorted(query))])
    checks = {
        "path": parts.path == f"/apps/{APP_ID}/{'channels' if method == 'GET' else 'events'}",
        "key": query.get("auth_key") == KEY,
        "version": query.get("auth_version") == "1.0",
        "timestamp": abs(time.time() - int(query.get("auth_timestamp", 0))) < SIGNED_WITHIN_S,
        "body": query.get("body_md5") == hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "signature": bool(verify(SECRET, text, signature)),
    }
    return next((name for name, is_right in checks.items() if not is_right), None)
