"""How this service talks to others over HTTP: briefly, boundedly, and only where it was told to."""

import asyncio
import math
import re
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from app.kit.errors import Unavailable

CONNECT_WITHIN_S = 1.0
ANSWER_WITHIN_S = 5.0
LARGEST_ANSWER = 64 * 1024
MOST_CONNECTIONS = 100
#: Common servers close an idle connection after five seconds; asking on one just then would fail.
IDLE_FOR_S = 2.0

_FEW_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: what it says is the caller's business, also when the status is an error."""

    status: int
    body: bytes
    #: How long the other side asks to be left alone, if it says so.
    retry_after_s: int | None = None

    @property
    def is_success(self) -> bool:
        """True for 2xx."""
        return httpx.codes.is_success(self.status)


@asynccontextmanager
async def open_http() -> AsyncIterator[httpx.AsyncClient]:
    """The one client of a process: no redirects, no proxy from the environment, a bounded pool."""
    limits = httpx.Limits(
        max_connections=MOST_CONNECTIONS,
        max_keepalive_connections=MOST_CONNECTIONS,
        keepalive_expiry=IDLE_FOR_S,
    )
    timeout = httpx.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S)
    async with httpx.AsyncClient(
        verify=trusted_authorities(), follow_redirects=False, trust_env=False, limits=limits, timeout=timeout
    ) as client:
        yield client


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Who vouches for other services, read from disk once a process."""
    return httpx.create_ssl_context(trust_env=False)


async def fetch(
    http: httpx.AsyncClient,
    url: str,
    *,
    token: str,
    away: type[Unavailable],
    parameters: Mapping[str, str] | None = None,
) -> Answer:
    """GET with a bearer token; whatever keeps a whole answer from arriving in time is raised as `away`."""
    return await _exchange(http.stream("GET", url, headers=_headers(token), params=parameters), away)


async def send(
    http: httpx.AsyncClient,
    url: str,
    *,
    token: str,
    away: type[Unavailable],
    body: bytes,
    key: str | None = None,
) -> Answer:
    """POST of JSON, as in `fetch`; with a key, the other side knows it again when it is repeated."""
    headers = {**_headers(token), "Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await _exchange(http.stream("POST", url, headers=headers, content=body), away)


async def post(
    http: httpx.AsyncClient, url: str, *, headers: Mapping[str, str], away: type[Unavailable], body: bytes
) -> Answer:
    """POST with headers of the caller's own making, to a service that is shown no token; as in `fetch`."""
    return await _exchange(
        http.stream("POST", url, headers={**headers, "Accept-Encoding": "identity"}, content=body), away
    )


async def get(
    http: httpx.AsyncClient, url: str, *, headers: Mapping[str, str], away: type[Unavailable]
) -> Answer:
    """GET, as in `post`."""
    return await _exchange(http.stream("GET", url, headers={**headers, "Accept-Encoding": "identity"}), away)


def _headers(token: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        # A compressed answer could be small on the wire and huge in memory.
        "Accept-Encoding": "identity",
    }


async def _exchange(exchange: AbstractAsyncContextManager[httpx.Response], away: type[Unavailable]) -> Answer:
    with _translated(away):
        async with asyncio.timeout(ANSWER_WITHIN_S), exchange as response:
            retry_after_s = _seconds(response.headers.get("Retry-After", ""))
            return Answer(response.status_code, await _read(response, away), retry_after_s)


def _seconds(retry_after: str) -> int | None:
    """From now, whether it is said in seconds or as a date; None if it is neither."""
    if _FEW_DIGITS.fullmatch(retry_after):
        return int(retry_after)
    try:
        return max(0, math.ceil(parsedate_to_datetime(retry_after).timestamp() - time.time()))
    except (ValueError, OverflowError):
        return None


async def _read(response: httpx.Response, away: type[Unavailable]) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise away
    return bytes(body)


@contextmanager
def _translated(away: type[Unavailable]) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise away from error
