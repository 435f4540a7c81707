"""The issuer's published key set."""

import asyncio

import httpx

from app.clients.transport import ANSWER_WITHIN_S, LARGEST_ANSWER
from app.kit.errors import Unavailable


class KeySetUnreadable(Unavailable):
    """The issuer did not give its keys."""

    slug = "key-set-unreadable"


async def fetch_key_set(http: httpx.AsyncClient, url: str) -> bytes:
    """The document at `url`, or KeySetUnreadable."""
    body = bytearray()
    # A compressed answer could be small on the wire and huge in memory.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S), http.stream("GET", url, headers=headers) as response:
            response.raise_for_status()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise KeySetUnreadable
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise KeySetUnreadable from error
    return bytes(body)
