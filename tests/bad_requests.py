"""Requests that nobody should send: one line of a table, how it is sent, and what every refusal is like.

A part has its table in a `<part>_bad_requests.py` and walks it in `api/test_<part>_bad_input.py`.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from lifespan import running

from app.kit.clock import utc_now
from app.main import create_app
from app.settings import Settings

ANSWER_WITHIN_S = 0.02

NO_ACCOUNTS: dict[str, str] = {
    "23 characters": "a" * 23,
    "25 characters": "a" * 25,
    "no hexadecimal": "g" * 24,
    "capitals": "A" * 24,
}


@dataclass(frozen=True)
class Bad:
    """One request and the status that refuses it; `role` says which of the table's callers sends it."""

    name: str
    method: str
    path: str
    body: Any = None
    status: int = 422
    role: str = "player"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes | None:
        """The body as bytes, sent as they are where a case gives them."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


@dataclass(frozen=True)
class Sender:
    """Sends what a table says to one service; `callers` are the headers of each role."""

    http: httpx.AsyncClient
    callers: Mapping[str, Mapping[str, str]]
    prefix: str

    async def __call__(self, bad: Bad) -> httpx.Response:
        """The answer to one request."""
        headers = {**self.callers[bad.role], "content-type": "application/json", **dict(bad.headers)}
        return await self.http.request(
            bad.method, self.prefix + bad.path, content=bad.content, headers=headers
        )


@asynccontextmanager
async def sending(
    settings: Settings, callers: Mapping[str, Mapping[str, str]], prefix: str = "/"
) -> AsyncIterator[Sender]:
    """One service for a whole table; `prefix` is what all its paths begin with."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as http:
        yield Sender(http, callers, prefix)


def assert_refused(answer: httpx.Response, status: int) -> None:
    """A refusal has the one shape of all errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= answer.json().keys()
    assert answer.json()["status"] == status


def assert_says_where(answer: httpx.Response) -> None:
    """A refusal of what was said points at every place that is at fault."""
    assert all("pointer" in fault or "parameter" in fault for fault in answer.json()["errors"])


async def assert_quick(send: Sender, cases: Sequence[Bad]) -> None:
    """Refusals cost next to nothing, on average."""
    started = utc_now()
    for bad in cases:
        await send(bad)
    assert (utc_now() - started).total_seconds() < ANSWER_WITHIN_S * len(cases)
